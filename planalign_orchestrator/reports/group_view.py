"""One measure of a run by one kind of group and year, as a table and a chart; and the people behind it, in pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from planalign_orchestrator.errors import ResultsError
from planalign_orchestrator.json_text import plain
from planalign_orchestrator.reports import charts, show, wording
from planalign_orchestrator.reports.charts.drawing import Form as DrawnForm
from planalign_orchestrator.reports.definitions import Column, Form, column, group_type_name, public_tables
from planalign_orchestrator.reports.marts import COLUMN_KINDS, MACRO_KINDS, Group, Marts, group_of_a_person
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
    return [
        (same[0].name, wording.sentence(same[0].label), [_value(group, measure) for group in same])
        for same in zip(*by_year, strict=True)
        if any(group.figures for group in same)
    ]


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
        charts.Series(label, [show.number(value) for value in values], charts.tone(i))
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


SHOWN = (
    "detailed_status_code", "level_id", "age", "current_compensation", "deferral_rate", "employee_contributions",
    "total_employer_contributions",
)  # fmt: skip
"""What of a person a list shows, besides the id."""
_PAGE = 50


@dataclass(frozen=True)
class PeopleWanted:
    """Which people are wanted, by the names of the flags that say so.

    Args:
        year: the plan year.
        by: kind of group; everybody by default.
        group: its name in ``fct_plan_by_group``.
        measure: only those that it counts, where that can be said of a person.
        find: only ids that hold it.
        after: the last id of the page before.
    """

    year: int
    by: str = EVERYBODY
    group: str = ""
    measure: str = ""
    find: str = ""
    after: str = ""


@dataclass(frozen=True)
class PeopleFound:
    """A page of people.

    Args:
        table: what is shown of them.
        rows: the same values as they are stored, a mapping a person.
        after: what the next page is after; empty on the last one.
        number: how many people there are on all pages.
    """

    table: Table
    rows: Sequence[Mapping[str, Any]]
    after: str
    number: int

    def to_json(self) -> dict[str, Any]:
        """The page as plain data; amounts and rates are text."""
        return {"number": self.number, "people": plain(self.rows), "after": self.after or None}


def people_kinds(marts: Marts) -> list[str]:
    """The kinds of group whose people can be told from the results; those of the opening workforce are not kept."""
    return [EVERYBODY, *COLUMN_KINDS, "level", *MACRO_KINDS, *marts.census_groups]


def people(marts: Marts, wanted: PeopleWanted) -> PeopleFound:
    """The people of a group, by id.

    Raises:
        ResultsError: there is no such year or kind of group.
    """
    results = marts.results
    if wanted.year not in results.years:
        raise ResultsError(f"the run has no year {wanted.year}", remedy=f"It has {results.period}.")
    if wanted.by not in people_kinds(marts):
        raise ResultsError.told("people not kept", wanted=wanted, kinds=", ".join(people_kinds(marts)))
    where, values = _condition(wanted, marts.census_groups)
    shown = f"select employee_id, {', '.join(SHOWN)} from fct_workforce_snapshot where {where} and employee_id > ?"
    rows = results.query(f"{shown} order by employee_id limit {_PAGE + 1}", [*values, wanted.after])
    [counted] = results.query(f"select count(*) as number from fct_workforce_snapshot where {where}", values)
    after = str(rows[_PAGE - 1]["employee_id"]) if len(rows) > _PAGE else ""
    columns = [column("fct_workforce_snapshot", name) for name in SHOWN]
    found = [
        Row(str(row["employee_id"]), [show.value(one.form, row[one.name], one.values) for one in columns])
        for row in rows[:_PAGE]
    ]
    table = Table("Person", [one.title for one in columns], found)
    return PeopleFound(table, rows[:_PAGE], after, counted["number"])


def _condition(wanted: PeopleWanted, census_groups: Sequence[str]) -> tuple[str, list[Any]]:
    parts = ["simulation_year = ?", "contains(lower(employee_id), lower(?))"]
    values: list[Any] = [wanted.year, wanted.find]
    if wanted.by in census_groups:
        parts.append("groups[?] = ?")
        values += [wanted.by, wanted.group]
    elif wanted.by != EVERYBODY:
        parts.append(f"{group_of_a_person(wanted.by)} = ?")
        values.append(wanted.group)
    if counted := table(__package__, "counted").get(wanted.measure):
        parts.append(counted["who"])
    return " and ".join(f"({part})" for part in parts), values
