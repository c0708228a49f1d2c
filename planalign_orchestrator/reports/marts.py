"""The reporting marts of a run, in the order in which a report shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from planalign_orchestrator.reports.results import RunResults

Figures = Mapping[str, Any]

PAY_BANDS = {
    "<50k": "below $50,000",
    "50k-100k": "$50,000-$99,999",
    "100k-200k": "$100,000-$199,999",
    "200k+": "$200,000 and more",
}
SOURCES = {
    "census": "enrolled in the census",
    "voluntary": "enrolled by own choice",
    "auto": "enrolled automatically",
    "conversion": "enrolled later",
    "not_enrolled": "eligible, never enrolled",
    "opted_out": "opted out",
    "not_eligible": "not yet eligible",
}
REASONS = {
    "voluntary": "voluntary",
    "involuntary": "involuntary",
    "retirement": "retirement",
    "reduction_in_force": "reduction in force",
}
DEFERRAL_BANDS = {band: band for band in ("0%", "<1%", *(f"{percent}%" for percent in range(1, 15)), "15%+")}
NOBODY: Figures = {}


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
    """What the reports say, taken from the three reporting marts and nowhere else.

    Args:
        results: an open result.
    """

    def __init__(self, results: RunResults) -> None:
        self.results = results
        self.years = results.years
        self.summary = results.summary

    @property
    def labels(self) -> list[str]:
        """The years as text."""
        return [str(year) for year in self.years]

    @property
    def first(self) -> Figures:
        """The summary of the first year."""
        return self.summary[0]

    @property
    def last(self) -> Figures:
        """The summary of the last year."""
        return self.summary[-1]

    @cached_property
    def growth(self) -> list[dict[str, Any]]:
        """``fct_compensation_growth``, one row a year."""
        return self.results.query("select * from fct_compensation_growth order by simulation_year")

    def over_years(self, measure: str) -> list[Any]:
        """A column of ``fct_yearly_summary``, one value a year."""
        return [row[measure] for row in self.summary]

    def total(self, measure: str) -> Any:
        """A column of ``fct_yearly_summary`` summed over the years."""
        return sum(self.over_years(measure))

    def groups(self, kind: str, year: int) -> list[Group]:
        """All groups of a kind in a year, in their order, those without people too."""
        found = self._by_year[kind].get(year, {})
        return [Group(name, label, found.get(name, NOBODY)) for name, label in self._labels(kind).items()]

    def pooled(self, kind: str, measures: Sequence[str]) -> list[Group]:
        """The groups of a kind with measures summed over the years: person-years, exits, promotions, money."""
        return [
            Group(name, label, {measure: self._sum(kind, name, measure) for measure in measures})
            for name, label in self._labels(kind).items()
        ]

    def _sum(self, kind: str, name: str, measure: str) -> Any:
        rows = [year[name] for year in self._by_year[kind].values() if name in year]
        return sum((row[measure] for row in rows if row[measure] is not None), 0)

    @cached_property
    def _by_year(self) -> dict[str, dict[int, dict[str, Figures]]]:
        found: dict[str, dict[int, dict[str, Figures]]] = {}
        for row in self.results.rows("fct_plan_by_group"):
            years = found.setdefault(row["group_type"], {})
            years.setdefault(row["simulation_year"], {})[row["group_name"]] = row
        return found

    def _labels(self, kind: str) -> dict[str, str]:
        fixed = {
            "pay_band": PAY_BANDS,
            "enrollment_source": SOURCES,
            "termination_reason": REASONS,
            "deferral_band": DEFERRAL_BANDS,
        }
        return fixed.get(kind) or self._assumed[kind.removeprefix("opening_")]

    @cached_property
    def _assumed(self) -> dict[str, dict[str, str]]:
        """The bands and levels as the run's own assumption tables name and order them."""
        ages = self.results.query("select age_band as name from age_bands order by min_age")
        services = self.results.query("select tenure_band as name from tenure_bands order by min_years")
        levels = self.results.query("select level_id, level_name from levels order by level_id")
        return {
            "age_band": {row["name"]: row["name"] for row in ages},
            "tenure_band": {row["name"]: f"{row['name']} years" for row in services},
            "level": {str(row["level_id"]): f"{row['level_id']} {row['level_name']}" for row in levels},
        }
