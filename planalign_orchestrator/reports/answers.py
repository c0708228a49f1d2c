"""What people's answers to a new match cost: the run once more without them, with the same people and draws."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from planalign_orchestrator.config.amendments import overlaid
from planalign_orchestrator.config.assumption_files import AssumptionTable, table_forms
from planalign_orchestrator.config.layers import nested
from planalign_orchestrator.config.plan import known_plan
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.errors import PlanAlignError
from planalign_orchestrator.memory.batches import slice_need
from planalign_orchestrator.model.cells import Cell
from planalign_orchestrator.reports.results import RunResults
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.run.record import SCHEMA_VERSION, read_record, sealed
from planalign_orchestrator.storage.durable import atomic_write_json, content_of
from planalign_orchestrator.storage.fingerprints import model_digests
from planalign_orchestrator.sweep.store import passing, simulate_pack

TABLE = "match_response"
_WANTED = ("fct_yearly_summary",)


@dataclass(frozen=True)
class Answers:
    """What a run's people answered a new match, told by what the run costs without.

    Args:
        parameters: the rows of ``match_response`` by which they did.
        cost_without: net employer cost by year without their answers; empty where that could not be simulated.
        why_not: why not.
    """

    parameters: Sequence[Mapping[str, Any]]
    cost_without: Mapping[int, Decimal] = field(default_factory=dict)
    why_not: str = ""

    def ranges(self) -> list[dict[str, str]]:
        """Each parameter with its values by pay, the range that is plausible, and the source."""
        rows = {row["parameter"]: row for row in self.parameters}
        values = {name: sorted({row["value"] for row in self.parameters if row["parameter"] == name}) for name in rows}
        return [
            {"name": name, "value": _span(values[name][0], values[name][-1]),
             "range": _span(row["lowest"], row["highest"]), "source": row["source"]}
            for name, row in rows.items()
        ]  # fmt: skip


def answers_of(results: RunResults, tell: Callable[[str], None] | None) -> Answers | None:
    """What the people of a run answered; None where no match was new to them, or they were told not to answer.

    Simulates the run once more, within the memory that it was made with, unless an earlier comparison has; ``tell`` is
    told so. Without it, nothing is simulated.
    """
    plans = {year: results.plan_of(year) for year in results.years}
    is_new = any(
        plan.behavior.responds and known_plan(plan.match) != results.known_plan_of(year) for year, plan in plans.items()
    )
    if not is_new:
        return None
    parameters = results.query(f'select * from "{TABLE}"')
    try:
        if known := _kept(results):
            return Answers(parameters, cost_without=known)
        if tell is None:
            return Answers(parameters, why_not="planalign compare simulates the run once more to tell them apart")
        tell(f"simulating {results.title} once more, without people's answers to its match")
        found = _cost_without(results)
    except PlanAlignError as error:
        return Answers(parameters, why_not=error.message)
    _keep(results, found, tell)
    return Answers(parameters, cost_without=found)


def _kept(results: RunResults) -> dict[int, Decimal]:
    """What an earlier comparison found of this result, if one did."""
    kept = read_record(results.folder.answers) or {}
    costs = kept["cost_without"] if kept.get("run_id") == results.record["run_id"] else {}
    return {int(year): Decimal(cost) for year, cost in costs.items()}


def _keep(results: RunResults, found: Mapping[int, Decimal], tell: Callable[[str], None]) -> None:
    costs = {str(year): str(cost) for year, cost in found.items()}
    kept = {"schema_version": SCHEMA_VERSION, "run_id": results.record["run_id"], "cost_without": costs}
    try:
        atomic_write_json(results.folder.answers, sealed(kept))
    except (PlanAlignError, OSError) as error:
        tell(f"the next comparison has to simulate it again: {error}")


def _cost_without(results: RunResults) -> dict[int, Decimal]:
    fingerprints, years = results.record["fingerprints"], results.years
    census, checked = results.folder.census, results.record["census"].get("checked")
    if not census.exists() or asdict(content_of(census)) != checked:
        raise PlanAlignError("the run folder has no checked census")
    if fingerprints["models"] != model_digests(dbt_project_dir()):
        raise PlanAlignError("another version of the model made the run")
    if results.record.get("changes_by_year") or results.assumptions_changed_after(years[0]):
        raise PlanAlignError("settings or assumption tables changed within the run")
    settings = Settings.model_validate(nested(fingerprints["settings"]))
    thousands = max(row["closing_headcount"] for row in results.summary) // 1000
    memory = min(int(float(results.record["limits"]["memory_limit_gb"]) * 512), slice_need(thousands) >> 20)
    cells, tables = [Cell(1, _unanswered(settings))], _tables(results)
    with passing("the run without answers", memory, on_disk=True) as (builder, _):
        if simulate_pack(builder, cells, {1: census}, tables, range(years[0], years[-1] + 1), tables=_WANTED):
            raise PlanAlignError("a law of the model does not hold without the answers")
        with builder.cursor() as cursor:
            query = "select simulation_year, net_employer_cost from fct_yearly_summary"
            return dict(cursor.execute(query).fetchall())


def _unanswered(settings: Settings) -> Settings:
    """The settings without answers, in every year."""
    tree = settings.model_dump(exclude_unset=True)
    for place in (tree, *tree.get("amendments", [])):
        place["plan"] = overlaid(place.get("plan", {}), {"behavior": {"responds": False}})
    return Settings.model_validate(tree)


def _tables(results: RunResults) -> dict[str, AssumptionTable]:
    """The assumption tables of the run, which its database holds."""
    found = {}
    for name, form in table_forms(dbt_project_dir() / "seeds").items():
        rows = results.query(f'select * from "{name}"')
        cells = (tuple("" if row[column] is None else str(row[column]) for column in form.columns) for row in rows)
        found[name] = AssumptionTable(form, tuple(cells), "run")
    return found


def _span(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
