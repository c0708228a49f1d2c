"""Whether the tests would notice a changed model: each judge here stands for one of them, at a thousandth of the cost.

* ``oracle``: the events, and the columns of snapshot, detail marts and reports that the oracle recomputes. The true
  models were compared with the oracle first and agreed on every value, so a value that differs from theirs is one
  that the oracle's comparison reports.
* ``laws``: a law of VALIDATION finds a violation.
* ``planted faults``: a law, itself changed, no longer names a fault that is planted for it.
* ``single macros``: what is held directly to a contract, such as the last bit of a draw.
* ``slices``: a model built slice by slice has other rows than built for everybody.

The first to notice counts: a year of a world and the planted faults for a changed law, single macros, then the years of
the worlds, those first that noticed most mutants of the same file, then the faults of other laws, and slices.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.errors import ModelError
from tests.model.planted_faults import MANY, SHOWN, Fault, number_of
from tests.model.planted_money_faults import FAULTS
from tests.model.single_macros import CHECKS as CHECKS_OF_FILES
from tests.mutation.executor import Year, years_of
from tests.mutation.mutants import Mutant
from tests.mutation.rendering import Node, Project
from tests.oracle.comparison import FLAGS, PLAIN_COLUMNS
from tests.oracle.forecast import Standing

LAWS = ("models/validation/", "macros/laws.sql")
"""Where the laws stand."""

CHECKS = "fct_law_checks"
CHECKING = ("int_law_violations", CHECKS)
"""The tables that gather what the laws find, in the order of building."""

FIRST_SLICE = 150
"""People in the first of two slices."""

VERIFIED = {
    "int_plan_year_limits": "*",
    "fct_yearly_events": "* exclude (person_key)",
    "fct_workforce_snapshot": ", ".join(
        sorted(
            {
                *PLAIN_COLUMNS,
                *(f"is_limited_by_{part}" for part in FLAGS),
                *Standing._fields,
                "employee_id",
                "person_key",
                "simulation_year",
                "detailed_status_code",
                "employment_status",
                "termination_date",
                "termination_reason",
                "level_id",
                "is_enrolled",
                "ever_opted_out",
                "escalation_count",
                "scheduled_hours_per_week",
                "is_five_percent_owner",
                "is_in_top_paid_group",
                "is_union_member",
                "age_band",
                "tenure_band",
                "days_employed",
                "employer_balance",
                "vested_percentage",
            }
        )
    )
    + "".join(
        f", case when {name} <= coalesce(termination_date, make_date(simulation_year, 12, 31)) then {name} end"
        for name in ("eligibility_date", "match_entry_date", "core_entry_date")
    )
    + ", case when detailed_status_code not like 'new_hire%' then opening_compensation end"
    + ", case when detailed_status_code not like 'new_hire%' then prior_year_compensation end",
    "fct_employer_match": "*",
    "fct_employer_core": "person_key, simulation_year, core_rate, ineligible_reason",
    "fct_yearly_summary": "*",
    "fct_compensation_growth": "*",
    "fct_plan_by_group": "*",
    "fct_hires_by_level": "simulation_year, unit, level_id, hires_owed",
    "fct_headcount_path": "simulation_year, unit, headcount_path, exits_carried, new_hire_exits_carried",
    "fct_year_notes": "simulation_year, position, note",
    "fct_ndt_test": "* exclude (refund_deadline)",
    "fct_ndt_person": "* exclude (person_key)",
}
"""What the oracle recomputes, as columns of a SELECT."""

STILLBORN = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)
"""Errors that say that a text is no valid SQL: no mutant, as no commit with it could exist."""


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant.

    Args:
        mutant: the change.
        judge: who noticed, or ``stillborn``, or None for a survivor.
        touched: whether any table came out different in any world.
    """

    mutant: Mutant
    judge: str | None
    touched: bool = False


class Court:
    """Judges mutants of one project over a set of worlds."""

    def __init__(self, project: Project, years: list[Year], faulty: list[Year]) -> None:
        self.project = project
        self._years = years
        self._faulty = faulty
        self._noticed: dict[str, Counter[int]] = defaultdict(Counter)

    def judge(self, mutant: Mutant) -> Verdict:
        """Try every world and year until one notices."""
        changed = self.project.changed(mutant.path, mutant.text)
        try:
            return self._try(mutant, changed)
        except (ModelError, *STILLBORN):
            return Verdict(mutant, "stillborn")
        except duckdb.IOException:  # a file is missing: the court's fault, not the mutant's
            raise
        except (duckdb.Error, RuntimeError):  # the second is a query stopped at its time limit while rows are fetched
            self._assert_usable()
            return Verdict(mutant, "error")

    def _assert_usable(self) -> None:
        """An engine's own fault ends its database: every later mutant would seem to be noticed.

        Raises:
            duckdb.Error: a world is lost.
        """
        for year in [*self._years, *self._faulty]:
            year.connection.execute("select 1").fetchall()

    def _try(self, mutant: Mutant, changed: Project) -> Verdict:
        is_of_laws = mutant.path.startswith(LAWS)
        noticed = self._noticed[mutant.path]
        years = sorted(range(len(self._years)), key=lambda number: -noticed[number])
        judge, touched = self._in_years(years[:1], mutant, changed) if is_of_laws else (None, False)
        if judge is None and is_of_laws and self._misses_a_fault(changed):
            judge = "planted faults"
        if judge is None and not all(check(changed) for check in CHECKS_OF_FILES.get(mutant.path, ())):
            judge = "single macros"
        if judge is None:
            judge, differs = self._in_years(years[is_of_laws:], mutant, changed)
            touched = touched or differs
        if judge is None and not is_of_laws and self._misses_a_fault(changed):
            judge = "planted faults"
        if judge is None and not all(slices_add_up(changed, year) for year in self._faulty):
            judge = "slices"
        return Verdict(mutant, judge, touched)

    def _in_years(self, numbers: Sequence[int], mutant: Mutant, changed: Project) -> tuple[str | None, bool]:
        touched = False
        for number in numbers:
            judge, differs = _in_year(changed, self._years[number])
            touched = touched or differs
            if judge is not None:
                self._noticed[mutant.path][number] += 1
                return judge, touched
        return None, touched

    def _misses_a_fault(self, changed: Project) -> bool:
        return any(misses_a_fault(changed, year) for year in self._faulty)


def _in_year(project: Project, year: Year) -> tuple[str | None, bool]:
    nodes = project.render(year.variables)
    if all(nodes[name].sql == year.nodes[name].sql for name in nodes):
        return None, False
    differs = False
    with year.trial(), year.time_limit():
        for table in rerun(year, nodes):
            differs = True
            if table in VERIFIED and year.differs(table, VERIFIED[table]):
                return "oracle", True
            if table == CHECKS and violations(year):
                return "laws", True
    return None, differs


def slices_add_up(project: Project, year: Year) -> bool:
    """Whether every changed model may be built slice by slice, as the true one may."""
    changed = [node for name, node in project.render(year.variables).items() if node.sql != year.nodes[name].sql]
    with year.time_limit():
        for node in changed:
            if node.sliced and not year.slices_add_up(node, FIRST_SLICE):
                true = year.nodes[node.name]
                assert not true.sliced or year.slices_add_up(true, FIRST_SLICE), f"{node.name} depends on slices"
                return False
    return True


def rerun(year: Year, nodes: Mapping[str, Node]) -> Iterator[str]:
    """Build the changed models and what depends on tables that differ.

    Returns:
        The tables that are not what the true models leave, each as soon as it is built.
    """
    differing: set[str] = set()
    for name, node in nodes.items():
        if node.materialized != "ephemeral" and (node.sql != year.nodes[name].sql or node.parents & differing):
            year.build(node)
            if node.materialized == "view" or year.differs(name):
                differing.add(name)
                yield name


def violations(year: Year) -> int:
    """Violations of the laws in the year, as the law table has them; a law that is missing there counts as one."""
    row = year.connection.execute(
        f"select coalesce(sum(violations), 0), count(*) from {CHECKS} where simulation_year = {year.number}"
    ).fetchone()
    assert row is not None
    return int(row[0]) + len(FAULTS) - int(row[1])


def faults_of(year: Year, law: str) -> list[Fault]:
    """The faults that a law must name in a year."""
    first = year.number == year.variables["start_year"]
    return [fault for fault in FAULTS[law] if fault.first_year == first]


def misses_a_fault(project: Project, year: Year) -> bool:
    """Whether a changed law, or the table of laws, passes over one of its planted faults, which the true one finds."""
    nodes = project.render(year.variables)
    changed = [law for law in FAULTS if nodes[law].sql != year.nodes[law].sql]
    for law in changed:
        for fault in faults_of(year, law):
            if not names(year, nodes[law], fault):
                assert names(year, year.nodes[law], fault), f"{law} does not name {fault.rule}"
                return True
    if changed or all(nodes[name].sql == year.nodes[name].sql for name in CHECKING) or gathers(year, nodes):
        return False
    assert gathers(year, year.nodes), "the table of laws passes over a fault"
    return True


def gathers(year: Year, nodes: Mapping[str, Node]) -> bool:
    """Whether the table of laws has a fault of each law, and shows some of many."""
    faults = ((law, fault) for law in FAULTS for fault in faults_of(year, law)[:1])
    return shows_some_of_many(year, nodes) and all(counts(year, nodes, law, fault) for law, fault in faults)


def names(year: Year, law: Node, fault: Fault) -> bool:
    """Plant a fault and see whether the law finds it."""
    with year.trial(), year.time_limit():
        detail = fault.hits(year.connection, year.number) + fault.detail
        year.plant(fault)
        query = f"select 1 from ({law.sql}) where rule = ? and contains(concat(employee_id, ': ', detail), ?) limit 1"
        return year.connection.execute(query, [fault.rule, detail]).fetchone() is not None


def counts(year: Year, nodes: Mapping[str, Node], law: str, fault: Fault) -> bool:
    """Plant a fault and see whether the table of laws has it under its law, with an example."""
    number, violations, examples = _checked(year, nodes, law, fault)
    return violations > 0 and f"{fault.rule} " in examples and number == number_of(law)


def shows_some_of_many(year: Year, nodes: Mapping[str, Node]) -> bool:
    """Plant a fault that many have, and see whether the table of laws shows the first of them."""
    _, violations, examples = _checked(year, nodes, "law_05_event_dates", MANY)
    return violations > SHOWN and examples.count(f"{MANY.rule} ") == SHOWN


def _checked(year: Year, nodes: Mapping[str, Node], law: str, fault: Fault) -> tuple[int, int, str]:
    """Number, violations and examples that the table of laws has for a law, with a fault planted."""
    with year.trial(), year.time_limit():
        year.plant(fault)
        for name in CHECKING:
            year.build(nodes[name])
        row = year.connection.execute(
            f"select law, violations, coalesce(examples, '') from {CHECKS}"
            f" where simulation_year = {year.number} and law_name = '{law}'"
        ).fetchone()
    return row or (0, 0, "")


def court_of(folder: Path, worlds: Iterable[tuple[str, Settings, Path]], faulty: tuple[str, Settings, Path]) -> Court:
    """Run the true models in every world.

    Args:
        folder: of the dbt project.
        worlds: name, settings and census of each world.
        faulty: the world in which faults are planted.

    Raises:
        AssertionError: the true models break a law.
    """
    project = Project.read(folder)
    seeds = folder / "seeds"
    years = [year for world in worlds for year in years_of(project, seeds, *world)]
    planted = years_of(project, seeds, *faulty)
    for year in [*years, *planted]:
        assert violations(year) == 0, f"{year.world} breaks a law in {year.number}"
    return Court(project, years, planted)
