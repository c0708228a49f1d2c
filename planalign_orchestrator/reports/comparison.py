"""Runs side by side: what the plans cost, who gains and who loses, and whether the difference is the plan's alone.

    compare_runs([Path("runs/todays_match"), Path("runs/safe_harbor")])

The first run is the base that the others are compared with. Yearly figures come from ``fct_yearly_summary``; who gains
is a sum over ``fct_workforce_snapshot`` by person, so the changes of all people add up to the change of the
contributions less what exits forfeit.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from pydantic import TypeAdapter

from planalign_orchestrator.config.description import describe_settings
from planalign_orchestrator.config.result_settings import NAMES_OF_A_RUN, decides_result
from planalign_orchestrator.errors import ResultsError
from planalign_orchestrator.json_text import plain
from planalign_orchestrator.reports import wording
from planalign_orchestrator.reports.answers import Answers, answers_of
from planalign_orchestrator.reports.page import finding, told
from planalign_orchestrator.reports.results import Keep, Rows, made_anew, open_results, readable, reading_limits
from planalign_orchestrator.reports.testing import TestOfYear, failing, name_of, tests_of
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.storage.durable import scratch_folder
from planalign_orchestrator.tables import rendered
from planalign_orchestrator.warehouse import fetch_dicts, quoted_path, shut_in

_LEAST_MIB, _MOST_MIB = 128, 384
"""Of memory; a sixth of what both databases take on disk is enough, the rest is spilled."""
GROUP_TYPES = {"everybody": "", "age": "Age", "service": "Service", "pay": "Pay", "level": "Level"}
"""By what people are grouped, with its heading: as they stood in the first compared year in which they appear."""
_OF_THE_PLAN = ("eligibility", "enrollment", "opt_out", "deferral_escalation", "deferral_change", "forfeiture")
"""Events that a plan design may change; any other makes a different workforce."""


@dataclass
class GroupChange:
    """What a change of plan does to a group of people over the compared years.

    Args:
        group_type: one of ``GROUP_TYPES``.
        group_name: the band or level.
        people: those of the group in either run; ``in_one_run`` of them are in one only, because the workforces differ.
        winners: get more employer money, net of what an exit forfeits; ``losers`` get less, ``unchanged`` the same.
        other_workforce: had other hires, exits, promotions or raises than in the base.
        change: sum over the group, in dollars; over everybody it is the change of contributions less
            what exits forfeit, which lowers the net employer cost when it is used.
        change_in_both: the part of it that falls to people who are in both runs; ``mean_change`` is one person's.

    Attributes:
        name: the group as a reader knows it, with what it is grouped by.
    """

    group_type: str
    group_name: str
    people: int
    in_both: int
    in_one_run: int
    winners: int
    losers: int
    unchanged: int
    other_workforce: int
    change: Decimal
    change_in_both: Decimal

    def __post_init__(self) -> None:
        heading = GROUP_TYPES[self.group_type]
        label = wording.sentence(self.group_name) + (" years" if self.group_type == "service" else "")
        self.name = f"{heading}: {label}" if heading else label
        self.mean_change = self.change_in_both / self.in_both if self.in_both else Decimal(0)


def differences(base: Path, other: Path, years: Sequence[int], keep: Keep) -> tuple[GroupChange, ...]:
    """Compare two result databases person by person.

    Args:
        base: a result database.
        other: the one that is compared with it.
        years: those compared.
        keep: what is worked out of them.

    Returns:
        Who gains and who loses: everybody first, then by band and level.
    """
    words = {"first": years[0], "last": years[-1], "of_the_plan": _OF_THE_PLAN, "kinds": [*GROUP_TYPES]}

    def compared() -> Rows:
        with _side_by_side(base, other) as connection:
            return list(plain(fetch_dicts(connection, rendered(__package__, "group_changes.sql", **words))))

    rows = keep((base, other), f"gains, {years[0]} to {years[-1]}", compared)
    return TypeAdapter(tuple[GroupChange, ...]).validate_python(rows)


@contextmanager
def _side_by_side(base: Path, other: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Both databases in one connection, read-only, as ``base`` and ``other``."""
    size = sum(path.stat().st_size for path in (base, other))
    memory = f"{min(_MOST_MIB, max(_LEAST_MIB, size // (6 << 20)))}MiB"
    with scratch_folder() as spill:
        limits = replace(reading_limits(spill), memory_limit=memory)
        with duckdb.connect(config=limits.options()) as connection:
            for name, path in (("base", base), ("other", other)):
                with readable(path):
                    connection.execute(f"attach '{quoted_path(path)}' as {name} (read_only)")
            with readable(base, other):
                shut_in(connection)
                yield connection


MONEY = (
    "payroll", "employee_contributions", "employer_match", "employer_core", "total_employer_contributions",
    "forfeitures", "forfeitures_used", "net_employer_cost",
)  # fmt: skip
"""The columns of ``fct_yearly_summary`` that add up over years, in dollars."""


@dataclass
class Side:
    """One of the compared runs.

    Args:
        name: the scenario; with its folder where two runs have the same.
        root: the run folder.
        summary: the row of ``fct_yearly_summary`` by year.
        settings: all settings by dotted key.
        fingerprints: of everything that decides the result, as ``run.json`` has them.
        warnings: the run's own.
        tests: its nondiscrimination tests.
        answers: what its people answered a new match; None for the base, and where they answered nothing.
        groups: who gains and who loses against the base, everybody first; none for the base.

    Attributes:
        title: the scenario as a reader knows it.
        why_not_split: why what the answers cost is not known; nothing where it is.
    """

    name: str
    root: Path
    summary: Mapping[int, Mapping[str, Any]]
    settings: Mapping[str, Any]
    fingerprints: Mapping[str, Any]
    warnings: Sequence[str]
    tests: Sequence[TestOfYear] = ()
    answers: Answers | None = None
    groups: Sequence[GroupChange] = ()

    def __post_init__(self) -> None:
        scenario, there, folder = self.name.partition(" (")
        self.title = f"{wording.title(scenario)}{there}{folder}"
        self.why_not_split = self.answers.why_not if self.answers else ""


@dataclass
class Comparison:
    """Runs side by side; the first side is the base.

    Args:
        sides: the runs, in the order given.
        years: those that all runs have.
        settings: the values, in the order of the runs, of each setting that is not the same in all of them.
        warnings: what a reader must know before trusting a difference.
        passes: the nondiscrimination tests that a run must pass.

    Attributes:
        base: the run that the others are compared with.
        period: the compared years as one name.
        answering: the runs but the base whose people answer a new match.
    """

    sides: tuple[Side, ...]
    years: tuple[int, ...]
    settings: Mapping[str, tuple[Any, ...]]
    warnings: tuple[str, ...]
    passes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.base, self.others, self.period = self.sides[0], self.sides[1:], wording.period_of(self.years)
        self.answering = [side for side in self.others if side.answers is not None]

    def total(self, side: Side, column: str) -> Decimal:
        """A money column of ``fct_yearly_summary`` over the compared years."""
        return sum((side.summary[year][column] for year in self.years), Decimal(0))

    def cost_change(self, side: Side) -> Decimal:
        """How much more a run costs the employer than the base over the compared years, in dollars."""
        return self.total(side, "net_employer_cost") - self.total(self.base, "net_employer_cost")

    def shown_change(self, side: Side, unit: int = 1) -> int:
        """The change of cost in units of so many dollars: the difference of the costs, each rounded as it is shown."""
        cost, base = (wording.rounded(self.total(one, "net_employer_cost") / unit) for one in (side, self.base))
        return cost - base

    def mechanical_change(self, side: Side) -> Decimal | None:
        """The part of the change of cost that is there without people's answers; None where that is not known."""
        if side.answers is None:
            return self.cost_change(side)
        if side.why_not_split:
            return None
        without = sum((side.answers.cost_without[year] for year in self.years), Decimal(0))
        return without - self.total(self.base, "net_employer_cost")

    def behavioral_change(self, side: Side) -> Decimal | None:
        """The rest of the change of cost: what people's answers cost; None where that is not known."""
        mechanical = self.mechanical_change(side)
        return None if mechanical is None else self.cost_change(side) - mechanical

    def failing(self, side: Side) -> list[str]:
        """Which of the tests that are to pass a run fails in the compared years, and when."""
        return failing((test for test in side.tests if test.year in self.years), self.passes)

    @property
    def verdict(self) -> str:
        """Which run costs least of those that pass the tests that are to pass; nothing where none is."""
        if not self.passes:
            return ""
        fine = [side for side in self.sides if not self.failing(side)]
        tests = [name_of(test) for test in self.passes]
        least = min(fine, key=lambda side: self.total(side, "net_employer_cost"), default=self.base)
        return finding("verdict", tests=tests, fine=len(fine), runs=len(self.sides), cheapest=least.title)

    def cost_share(self, side: Side) -> Decimal | None:
        """Net employer cost as a share of the pay of the compared years; None where nobody was paid."""
        payroll = self.total(side, "payroll")
        return self.total(side, "net_employer_cost") / payroll if payroll else None

    def last(self, side: Side, column: str) -> Any:
        """A column of ``fct_yearly_summary`` in the last compared year."""
        return side.summary[self.years[-1]][column]

    def value(self, side: Side, column: str) -> Any:
        """A column over the compared years where that makes sense, else in the last of them."""
        if column == "cost_share_of_payroll":
            return self.cost_share(side)
        return self.total(side, column) if column in MONEY else self.last(side, column)

    def to_json(self) -> dict[str, Any]:
        """The whole comparison as JSON values: money is text with cents, rates too."""
        changes = [
            {
                "run": side.name,
                "net_employer_cost": self.cost_change(side),
                "mechanical": self.mechanical_change(side),
                "behavioral": self.behavioral_change(side),
                "not_split_because": side.why_not_split or None,
                "match_response": side.answers.parameters if side.answers else [],
                "people_with_other_workforce_events": side.groups[0].other_workforce,
                "groups": [asdict(group) for group in side.groups],
            }
            for side in self.others
        ]
        plans = {side.name: describe_settings(side.settings) for side in self.sides}
        of_runs = {"base": self.base.name, "years": self.years, "runs": [self._side(side) for side in self.sides]}
        settings = [{"key": key, "values": values} for key, values in self.settings.items()]
        passes = {side.name: not self.failing(side) for side in self.sides} if self.passes else None
        said = {"settings": settings, "warnings": self.warnings, "passes": passes}
        return dict(plain({**of_runs, "changes": changes, "plans": plans, **said}))

    def _side(self, side: Side) -> dict[str, Any]:
        share = self.cost_share(side)
        return {
            "name": side.name,
            "folder": side.root,
            "totals": {column: self.total(side, column) for column in MONEY},
            "cost_share_of_payroll": None if share is None else round(float(share), 6),
            "years": {year: side.summary[year] for year in self.years},
            "tests": [test.to_json() for test in side.tests if test.year in self.years],
        }


def compare_runs(
    roots: Sequence[Path], tell: Callable[[str], None] | None = None, passes: Sequence[str] = (), keep: Keep = made_anew
) -> Comparison:
    """Compare two runs or more.

    Args:
        roots: run folders; the first is the base.
        tell: is told of each of the others that is simulated once more, to see what people's answers to its match cost;
            without it, none is.
        passes: the nondiscrimination tests that a run must pass.
        keep: what is worked out person by person, which takes longest.

    Raises:
        ResultsError: a folder has no result, there is only one, or the runs have no year in common.
        RunLockedError: a simulation works on one of them.
    """
    _refuse_repeated(roots)
    base, *others = _named([_read(root) for root in roots])
    years = _common_years([base, *others])
    sides = (base, *(_compared(base, side, years, keep, tell) for side in others))
    reasons = [(side, what) for side in sides[1:] for what in _other_reasons(base, side)]
    doubts = told("doubts", sides=sides, reasons=reasons, years=years)
    found = Comparison(sides, years, _different_settings(sides), tuple(doubts), tuple(passes))
    failed = [f"{side.title} does not pass: {what}" for side in found.sides for what in found.failing(side)]
    return replace(found, warnings=(*failed, *found.warnings))


def _refuse_repeated(roots: Sequence[Path]) -> None:
    if len(roots) < 2:
        raise ResultsError("a comparison needs two runs or more", remedy="Give the folders of at least two runs.")
    for root, times in Counter(root.resolve() for root in roots).items():
        if times > 1:
            raise ResultsError(f"{root} is given {times} times", remedy="Give each run once.")


def _read(root: Path) -> Side:
    with open_results(root) as results:
        fingerprints = results.record["fingerprints"]
        return Side(
            name=results.name,
            root=results.folder.root,
            summary={row["simulation_year"]: row for row in results.summary},
            settings=fingerprints["settings"],
            fingerprints=fingerprints,
            warnings=results.warnings,
            tests=tests_of(results),
        )


def _compared(base: Side, side: Side, years: Sequence[int], keep: Keep, tell: Callable[[str], None] | None) -> Side:
    """A run with what sets it apart from the base."""
    groups = differences(RunFolder(base.root).database, RunFolder(side.root).database, years, keep)
    with open_results(side.root) as results:
        return replace(side, groups=groups, answers=answers_of(results, tell))


def _named(sides: Sequence[Side]) -> tuple[Side, ...]:
    """Sides with names that tell them apart."""
    times = Counter(side.name for side in sides)
    return tuple(side if times[side.name] == 1 else replace(side, name=f"{side.name} ({side.root})") for side in sides)


def _common_years(sides: Sequence[Side]) -> tuple[int, ...]:
    common = sorted(set.intersection(*(set(side.summary) for side in sides)))
    if not common:
        has = "; ".join(f"{side.name}: {min(side.summary)}-{max(side.summary)}" for side in sides)
        raise ResultsError(f"the runs have no year in common ({has})", remedy="Simulate the same years for each.")
    return tuple(common)


def _different_settings(sides: Sequence[Side]) -> dict[str, tuple[Any, ...]]:
    keys = dict.fromkeys(
        key for side in sides for key in side.settings if decides_result(key) and key not in NAMES_OF_A_RUN
    )
    values = {key: tuple(side.settings.get(key) for side in sides) for key in keys}
    return {key: found for key, found in values.items() if any(value != found[0] for value in found)}


def _other_reasons(base: Side, side: Side) -> list[str]:
    """Why two runs differ by more than the plan."""
    one, other = base.fingerprints, side.fingerprints
    tables = sorted(name for name, digest in one["assumptions"].items() if other["assumptions"].get(name) != digest)
    return told("differ", one=one, other=other, tables=tables, everybody=side.groups[0])
