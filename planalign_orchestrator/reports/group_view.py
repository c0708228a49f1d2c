"""One measure of a run by one kind of group and year, as a table and a chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from planalign_orchestrator.errors import ResultsError
from planalign_orchestrator.json_text import plain
from planalign_orchestrator.reports import charts, show, wording
from planalign_orchestrator.reports.charts.drawing import Form as DrawnForm
from planalign_orchestrator.reports.definitions import Column, Form, group_type_name, public_tables
from planalign_orchestrator.reports.figures import number
from planalign_orchestrator.reports.marts import Group, Marts
from planalign_orchestrator.reports.page import Cell, Exhibit, Row, Table
from planalign_orchestrator.tables import table

EVERYBODY = "everybody"
"""The kind of group that all people of a year are in."""
_SUMMARY, _GROUPS = "fct_yearly_summary", "fct_plan_by_group"
_FIGURES: frozenset[Form] = frozenset(("count", "decimal", "money", "mean_money", "rate", "share"))
_ADD_UP: frozenset[Form] = frozenset(("count", "money"))

ByYear: TypeAlias = tuple[str, str, Sequence[Any]]
"""A group: its name, what a reader calls it, and a value a year."""


@dataclass(frozen=True)
class GroupView:
    """A measure by group and year.

    Args:
        measure: its column.
        kind: of group.
        years: of the run.
        groups: in the order of the rows of the table.
        exhibit: the table and the chart.
    """

    measure: Column
    kind: str
    years: Sequence[int]
    groups: Sequence[ByYear]
    exhibit: Exhibit

    def to_json(self) -> dict[str, Any]:
        """The view as plain data; amounts and shares are text, as exact as they are stored."""
        found = [{"group": name, "label": label, "values": plain(values)} for name, label, values in self.groups]
        return {"measure": self.measure.name, "by": self.kind, "years": list(self.years), "groups": found}


def measures() -> Mapping[str, Column]:
    """The measures there are, by name: those of everybody, then those that only groups have."""
    tables = public_tables()
    found = {**tables[_SUMMARY].columns, **tables[_GROUPS].columns}
    return {name: column for name, column in found.items() if column.form in _FIGURES}


def kinds(marts: Marts, measure: str) -> Mapping[str, str]:
    """The kinds of group that a measure is known by, with what a reader calls them."""
    by_group = public_tables()[_GROUPS].columns
    found = {EVERYBODY: "Everybody"} if measure in public_tables()[_SUMMARY].columns else {}
    if measure in by_group:
        own = {kind: wording.title(kind) for kind in marts.census_groups}
        found |= {kind: group_type_name(kind) for kind in by_group["group_type"].values} | own
    return found


def group_view(marts: Marts, measure: str, kind: str) -> GroupView:
    """A measure by a kind of group.

    Raises:
        ResultsError: there is no such measure, or it is not known by this kind of group.
    """
    found = measures().get(measure)
    if found is None:
        raise ResultsError(f"there is no measure {measure!r}", remedy=f"The measures are {', '.join(measures())}.")
    known = kinds(marts, measure)
    if kind not in known:
        raise ResultsError(f"{measure} is not known by {kind!r}", remedy=f"It is known by {', '.join(known)}.")
    groups: list[ByYear] = (
        [(kind, known[kind], marts.over_years(measure))] if kind == EVERYBODY else _groups(marts, measure, kind)
    )
    return GroupView(found, kind, marts.years, groups, _exhibit(marts, found, known[kind], groups))


def _groups(marts: Marts, measure: str, kind: str) -> list[ByYear]:
    by_year = [marts.groups(kind, year) for year in marts.years]
    found: list[ByYear] = []
    for same in zip(*by_year, strict=True):
        if any(group.figures for group in same):
            values = [_value(group, measure) for group in same]
            found.append((same[0].name, wording.sentence(same[0].label), values))
    return found


def _value(group: Group, measure: str) -> Any:
    """Nobody in a group is nothing to count, but no rate."""
    return group.figures.get(measure) if measures()[measure].form not in _ADD_UP else group[measure]


def _exhibit(marts: Marts, column: Column, by: str, groups: Sequence[ByYear]) -> Exhibit:
    rows = [Row(label, [_cell(column.form, value) for value in values]) for _, label, values in groups]
    adds_up = column.form in _ADD_UP
    totals = marts.over_years(column.name) if adds_up and len(rows) > 1 and column.name in marts.last else []
    if totals and totals == [sum(of_year) for of_year in zip(*(values for *_, values in groups), strict=True)]:
        rows.append(Row("Everybody", [_cell(column.form, value) for value in totals], is_total=True))
    series = [
        charts.Series(label, [number(value) for value in values], charts.tone(i))
        for i, (_, label, values) in enumerate(groups)
    ]
    form: DrawnForm = getattr(wording, table(__package__, "forms")[column.form].get("drawn", "count"))
    if adds_up:
        axis = wording.axis_dollars if column.form == "money" else form
        chart = charts.columns("view", marts.labels, series, form=form, axis_form=axis)
    else:
        chart = charts.lines("view", marts.labels, series, form, form)
    subtitle = f"By {by.lower()} and year: {column.counted_in}. {column.meaning}"
    note = "" if column.rule == "settings" else f"How it is worked out: {column.rule}."
    return Exhibit("view", column.title, subtitle, Table(by, marts.labels, rows, column.counted_in), chart, note)


def _cell(form: Form, value: Any) -> Cell:
    """Whole dollars, so that years stand side by side; the exact amount is in the cell."""
    return show.dollars(value) if form in ("money", "mean_money") else show.value(form, value)
