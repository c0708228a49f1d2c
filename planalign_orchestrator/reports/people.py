"""The people behind a figure of ``fct_plan_by_group``, a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planalign_orchestrator.errors import ResultsError
from planalign_orchestrator.json_text import plain
from planalign_orchestrator.reports import show
from planalign_orchestrator.reports.definitions import Column, column
from planalign_orchestrator.reports.group_view import EVERYBODY
from planalign_orchestrator.reports.marts import COLUMN_KINDS, MACRO_KINDS, Marts, group_of_a_person
from planalign_orchestrator.reports.page import Row, Table
from planalign_orchestrator.tables import table

SHOWN = (
    "detailed_status_code", "level_id", "age", "current_compensation", "deferral_rate", "employee_contributions",
    "total_employer_contributions",
)  # fmt: skip
"""What of a person a list shows, besides the id."""
_PAGE = 50


@dataclass(frozen=True)
class PeopleWanted:
    """Which people are wanted.

    Args:
        year: the plan year.
        kind: of group; everybody by default.
        group: its name in ``fct_plan_by_group``.
        measure: only those that it counts, where that can be said of a person.
        text: only ids that hold it.
        after: the last id of the page before.
    """

    year: int
    kind: str = EVERYBODY
    group: str = ""
    measure: str = ""
    text: str = ""
    after: str = ""


@dataclass(frozen=True)
class PeopleFound:
    """A page of people.

    Args:
        columns: what is shown of them.
        rows: the values, a mapping a person.
        after: what the next page is after; empty on the last one.
        number: how many people there are on all pages.
    """

    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    after: str
    number: int

    @property
    def table(self) -> Table:
        """The page as a table."""
        rows = [
            Row(str(row["employee_id"]), [show.value(one.form, row[one.name], one.values) for one in self.columns])
            for row in self.rows
        ]
        return Table("Person", [one.title for one in self.columns], rows)

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
    if wanted.kind not in people_kinds(marts):
        raise ResultsError.told("people not kept", wanted=wanted, kinds=", ".join(people_kinds(marts)))
    where, values = _condition(wanted, marts.census_groups)
    shown = f"select employee_id, {', '.join(SHOWN)} from fct_workforce_snapshot where {where} and employee_id > ?"
    rows = results.query(f"{shown} order by employee_id limit {_PAGE + 1}", [*values, wanted.after])
    [counted] = results.query(f"select count(*) as number from fct_workforce_snapshot where {where}", values)
    after = str(rows[_PAGE - 1]["employee_id"]) if len(rows) > _PAGE else ""
    columns = [column("fct_workforce_snapshot", name) for name in SHOWN]
    return PeopleFound(columns, rows[:_PAGE], after, counted["number"])


def _condition(wanted: PeopleWanted, census_groups: Sequence[str]) -> tuple[str, list[Any]]:
    parts, values = ["simulation_year = ?"], [wanted.year]  # type: tuple[list[str], list[Any]]
    if wanted.kind in census_groups:
        parts.append("groups[?] = ?")
        values += [wanted.kind, wanted.group]
    elif wanted.kind != EVERYBODY:
        parts.append(f"{group_of_a_person(wanted.kind)} = ?")
        values.append(wanted.group)
    if counted := table(__package__, "counted").get(wanted.measure):
        parts.append(counted["who"])
    if wanted.text:
        parts.append("contains(lower(employee_id), lower(?))")
        values.append(wanted.text)
    return " and ".join(f"({part})" for part in parts), values
