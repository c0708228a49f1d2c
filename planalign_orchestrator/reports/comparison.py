"""Runs side by side: what the plans cost, who gains and who loses, and whether the difference is the plan's alone.

    compare_runs([Path("runs/todays_match"), Path("runs/safe_harbor")])

The first run is the base that the others are compared with. Yearly figures come from ``fct_yearly_summary``; who gains
is a sum over ``fct_workforce_snapshot`` by person, so the changes of all people add up to the change of the
contributions less what exits forfeit.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from planalign_orchestrator.config.description import describe_settings
from planalign_orchestrator.config.result_settings import NAMES_OF_A_RUN, decides_result
from planalign_orchestrator.errors import ResultsError
from planalign_orchestrator.json_text import plain
from planalign_orchestrator.reports.answers import Answers, answers_of
from planalign_orchestrator.reports.comparison_people import GroupChange, WorkforceDifference, differences
from planalign_orchestrator.reports.page import finding, told
from planalign_orchestrator.reports.results import open_results
from planalign_orchestrator.reports.testing import TestOfYear, failing, name_of, tests_of
from planalign_orchestrator.reports.wording import period_of, title
from planalign_orchestrator.run.folder import RunFolder

MONEY = (
    "payroll", "employee_contributions", "employer_match", "employer_core", "total_employer_contributions",
    "forfeitures", "forfeitures_used", "net_employer_cost",
)  # fmt: skip
"""The columns of ``fct_yearly_summary`` that add up over years, in dollars."""


@dataclass(frozen=True)
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
        workforce: how its workforce differs from the base's.
        groups: who gains and who loses against the base; none for the base.
    """

    name: str
    root: Path
    summary: Mapping[int, Mapping[str, Any]]
    settings: Mapping[str, Any]
    fingerprints: Mapping[str, Any]
    warnings: Sequence[str]
    tests: Sequence[TestOfYear] = ()
    answers: Answers | None = None
    workforce: WorkforceDifference = field(default_factory=WorkforceDifference)
    groups: Sequence[GroupChange] = ()

    @property
    def title(self) -> str:
        """The scenario as a reader knows it."""
        scenario, there, folder = self.name.partition(" (")
        return f"{title(scenario)}{there}{folder}"

    @property
    def why_not_split(self) -> str:
        """Why what the answers cost is not known; nothing where it is."""
        return self.answers.why_not if self.answers else ""


@dataclass(frozen=True)
class Comparison:
    """Runs side by side; the first side is the base.

    Args:
        sides: the runs, in the order given.
        years: those that all runs have.
        settings: the values, in the order of the runs, of each setting that is not the same in all of them.
        warnings: what a reader must know before trusting a difference.
        passes: the nondiscrimination tests that a run must pass.
    """

    sides: tuple[Side, ...]
    years: tuple[int, ...]
    settings: Mapping[str, tuple[Any, ...]]
    warnings: tuple[str, ...]
    passes: tuple[str, ...] = ()

    @property
    def base(self) -> Side:
        """The run that the others are compared with."""
        return self.sides[0]

    @property
    def others(self) -> tuple[Side, ...]:
        """The runs that are compared with the base."""
        return self.sides[1:]

    @property
    def period(self) -> str:
        """The compared years as one name."""
        return period_of(self.years)

    def total(self, side: Side, column: str) -> Decimal:
        """A money column of ``fct_yearly_summary`` over the compared years."""
        return sum((side.summary[year][column] for year in self.years), Decimal(0))

    def cost_change(self, side: Side) -> Decimal:
        """How much more a run costs the employer than the base over the compared years, in dollars."""
        return self.total(side, "net_employer_cost") - self.total(self.base, "net_employer_cost")

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

    @property
    def answering(self) -> list[Side]:
        """The runs but the base whose people answer a new match."""
        return [side for side in self.others if side.answers is not None]

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
                "people_with_other_workforce_events": side.workforce.people,
                "groups": [{**asdict(group), "unchanged": group.unchanged} for group in side.groups],
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
    roots: Sequence[Path], tell: Callable[[str], None] | None = None, passes: Sequence[str] = ()
) -> Comparison:
    """Compare two runs or more.

    Args:
        roots: run folders; the first is the base.
        tell: is told of each of the others that is simulated once more, to see what people's answers to its match cost;
            without it, none is.
        passes: the nondiscrimination tests that a run must pass.

    Raises:
        ResultsError: a folder has no result, there is only one, or the runs have no year in common.
        RunLockedError: a simulation works on one of them.
    """
    _refuse_repeated(roots)
    base, *others = _named([_read(root) for root in roots])
    years = _common_years([base, *others])
    sides = (base, *(_compared(base, side, years, tell) for side in others))
    found = Comparison(sides, years, _different_settings(sides), tuple(_warnings(sides, years)), tuple(passes))
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


def _compared(base: Side, side: Side, years: Sequence[int], tell: Callable[[str], None] | None) -> Side:
    """A run with what sets it apart from the base."""
    workforce, groups = differences(RunFolder(base.root).database, RunFolder(side.root).database, years)
    with open_results(side.root) as results:
        return replace(side, workforce=workforce, groups=groups, answers=answers_of(results, tell))


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


def _warnings(sides: Sequence[Side], years: Sequence[int]) -> list[str]:
    base, *others = sides
    found = [
        f"{side.title} and {base.title} {what}, so their difference is not the plan's alone"
        for side in others
        for what in _other_reasons(base, side)
    ]
    for side in sides:
        if set(side.summary) != set(years):
            only = f"{period_of(years)} {'are' if len(years) > 1 else 'is'}"
            found.append(f"{side.title} has years that not all runs have; only {only} compared")
    for warning in dict.fromkeys(warning for side in sides for warning in side.warnings):
        names = [side.title for side in sides if warning in side.warnings]
        found.append(f"{'all runs' if len(names) == len(sides) > 1 else ', '.join(names)}: {warning}")
    return found


def _other_reasons(base: Side, side: Side) -> list[str]:
    """Why two runs differ by more than the plan."""
    one, other = base.fingerprints, side.fingerprints
    tables = sorted(name for name, digest in one["assumptions"].items() if other["assumptions"].get(name) != digest)
    return told("differ", one=one, other=other, tables=tables, workforce=side.workforce)
