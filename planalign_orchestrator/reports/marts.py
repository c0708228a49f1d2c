"""The reporting marts of a run, in the order in which a report shows them, and what moves the employer's net cost.

Net cost is headcount x pay x (share of the pay that savers earn x elected deferral rate x match rate x what limits
leave + core rate x what they leave) - forfeitures. One factor after another is moved from the earlier year to the later
one, in that order; each step is the effect of its driver, and together they are the whole difference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import prod
from typing import Any, TypeAlias

from planalign_orchestrator.config.settings import GROUPS_OF_EVERY_RUN
from planalign_orchestrator.reports.definitions import group_name
from planalign_orchestrator.reports.results import RunResults
from planalign_orchestrator.reports.wording import round_to_total
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.tables import language, rendered

Levels: TypeAlias = Mapping[str, Fraction | None]

_HEADS, _PAY, _SAVERS, _DEFERRAL = "Headcount", "Pay", "Participation", "Deferral rate"
_MATCH, _CORE, _LIMITS, _FORFEITURES = "Plan rules: match", "Plan rules: core", "Limits", "Forfeitures used"
_MATCH_LEFT, _CORE_LEFT = "match that limits leave", "core that limits leave"
_STEPS = {name: (name,) for name in (_HEADS, _PAY, _SAVERS, _DEFERRAL, _MATCH, _CORE)} | {
    _LIMITS: (_MATCH_LEFT, _CORE_LEFT), _FORFEITURES: (_FORFEITURES,)
}  # fmt: skip
"""Each driver, in order, with the levels that it moves."""


@dataclass(frozen=True)
class Driver:
    """What moves the cost.

    Args:
        name: of the driver.
        before: its level in the earlier year; None where there is nothing to measure it on.
        after: its level in the later year.
        effect: what its move changes, in cents; the effects add up to the change of the net cost.
    """

    name: str
    before: Fraction | None
    after: Fraction | None
    effect: int


def cost_drivers(results: RunResults, first: int, last: int) -> list[Driver]:
    """What moves the net cost from one year to another, in the order in which it is moved."""
    used = {row["simulation_year"]: row["forfeitures_used"] for row in results.summary}
    before, after = (
        _levels(results.slow_query(rendered(__package__, "cost_drivers.sql"), [year])[0], used[year])
        for year in (first, last)
    )
    moved, end = _filled(before, after), _filled(after, before)
    costs = [_cost(moved)]
    for names in _STEPS.values():
        moved |= {name: end[name] for name in names}
        costs.append(_cost(moved))
    exact = [(here - there) * 100 for there, here in pairwise(costs)]
    cents = round_to_total(exact, int(sum(exact)))
    return [Driver(name, before[name], after[name], effect) for name, effect in zip(_STEPS, cents, strict=True)]


def _levels(row: Mapping[str, Any], forfeitures_used: Any) -> Levels:
    found = {name: Fraction(value or 0) for name, value in row.items()}
    match = found["full_match"]
    core = found["core_within_limit"] + found["core_times_pay"] / (found["pay_limit"] or 1)
    return {
        _HEADS: found["people"],
        _PAY: _over(found["pay"], found["people"]),
        _SAVERS: _over(found["savers_pay"], found["pay"]),
        _DEFERRAL: _over(found["deferrals"], found["savers_pay"]),
        _MATCH: _over(match, found["deferrals"]),
        _CORE: _over(core, found["pay"]),
        _MATCH_LEFT: _over(found["match"], match),
        _CORE_LEFT: _over(found["core"], core),
        _LIMITS: _over(found["match"] + found["core"], match + core),
        _FORFEITURES: Fraction(forfeitures_used),
    }


def _cost(level: Mapping[str, Fraction]) -> Fraction:
    match = prod((level[name] for name in (_SAVERS, _DEFERRAL, _MATCH, _MATCH_LEFT)), start=Fraction(1))
    core = level[_CORE] * level[_CORE_LEFT]
    return level[_HEADS] * level[_PAY] * (match + core) - level[_FORFEITURES]


def _filled(levels: Levels, other: Levels) -> dict[str, Fraction]:
    """A level that a year has nothing to measure on does not move: it is the other year's."""
    return {name: level if level is not None else other[name] or Fraction() for name, level in levels.items()}


def _over(part: Fraction, whole: Fraction) -> Fraction | None:
    return part / whole if whole else None


Figures = Mapping[str, Any]

NOBODY: Figures = {}
COLUMN_KINDS = ("age_band", "tenure_band", "termination_reason")
"""Kinds of group that a column of a person's year names."""
MACRO_KINDS = {"pay_band": "pay_band", "enrollment_source": "enrolled_by", "deferral_band": "deferral_band"}
"""Kinds that a macro works out, with its name."""


@dataclass(frozen=True)
class Group:
    """A group of people in a year (or over all years).

    Args:
        name: as ``fct_plan_by_group`` names it.
        label: as a reader knows it.
        figures: the row of the mart; empty when the year has nobody in the group.
    """

    name: str
    label: str
    figures: Figures

    def __getitem__(self, measure: str) -> Any:
        return self.figures.get(measure) or 0


class Marts:
    """What the reports say, taken from the three reporting marts; only the cost drivers are sums over the people.

    Args:
        results: an open result.

    Attributes:
        years: of the run, and ``labels``, the same as text.
        summary: the rows of ``fct_yearly_summary``; ``first`` and ``last`` are those of the first and the last year.
    """

    def __init__(self, results: RunResults) -> None:
        self.results, self.years, self.summary = results, results.years, results.summary
        self.labels = [str(year) for year in self.years]
        self.first, self.last = self.summary[0], self.summary[-1]

    @cached_property
    def drivers(self) -> list[Driver]:
        """What moves the net cost from the first year to the last one."""
        return cost_drivers(self.results, self.years[0], self.years[-1])

    @property
    def ceiling(self) -> float:
        """The highest deferral rate that still earns a match in the last year."""
        return self.results.plan_of(self.years[-1]).match.ceiling()

    @cached_property
    def standing(self) -> dict[str, dict[str, Figures]]:
        """The people employed at the end of the last year, by kind of group and its name."""
        query = rendered(__package__, "standing.sql", pay_band=group_of_a_person("pay_band"))
        since = f"{self.years[0] - 1}-12-31"
        found: dict[str, dict[str, Figures]] = {kind: {} for kind in ("age_band", "pay_band", "tenure_band", "origin")}
        for row in self.results.query(query, [self.years[-1], since, str(self.ceiling)]):
            found[row["kind"]][row["name"]] = row
        return found

    def over_years(self, measure: str) -> list[Any]:
        """A column of ``fct_yearly_summary``, one value a year."""
        return [row[measure] for row in self.summary]

    def total(self, measure: str) -> Any:
        """A column of ``fct_yearly_summary`` summed over the years."""
        return sum(self.over_years(measure))

    def groups(self, kind: str, year: int) -> list[Group]:
        """The groups of a kind in a year, in their order: all that any year has, and a run's own bands and levels."""
        named = self._named.get(kind, [])
        return [Group(name, label, self._figures.get((kind, year, name), NOBODY)) for name, label in named]

    @property
    def census_groups(self) -> list[str]:
        """The kinds of group that ``census.groups`` names."""
        return [kind for kind in dict.fromkeys(kind for kind, *_ in self._figures) if kind not in GROUPS_OF_EVERY_RUN]

    def pooled(self, kind: str, measures: Sequence[str]) -> list[Group]:
        """The groups of a kind with measures summed over the years: person-years, exits, promotions, money."""
        by_year = [self.groups(kind, year) for year in self.years]
        return [
            Group(same[0].name, same[0].label, {measure: sum(group[measure] for group in same) for measure in measures})
            for same in zip(*by_year, strict=True)
        ]

    @cached_property
    def _figures(self) -> dict[tuple[str, int, str], Figures]:
        """The rows of the mart by kind, year and name of the group."""
        rows = self.results.rows("fct_plan_by_group")
        return {(row["group_type"], row["simulation_year"], row["group_name"]): row for row in rows}

    @cached_property
    def _named(self) -> dict[str, list[tuple[str, str]]]:
        """The names of the groups of each kind, in their order, each with what a reader calls it."""
        found: dict[str, list[tuple[str, str]]] = {}
        for row in self.results.query(rendered(__package__, "groups.sql")):
            label = row["label"] or group_name(row["kind"], row["name"])
            found.setdefault(row["kind"], []).append((row["name"], label))
        return found


def group_of_a_person(kind: str) -> str:
    """The SQL that tells a person's group, as the model of the groups has it."""
    if kind in COLUMN_KINDS:
        return kind
    if kind == "level":
        return "level_id::varchar"
    macros = language(dbt_project_dir() / "macros").get_template("groups_of_people.sql")
    return f"({getattr(macros.module, MACRO_KINDS[kind])()})"
