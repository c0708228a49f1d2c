"""Plants faults in a synthetic census: one kind after the other, spread over the file."""

from __future__ import annotations

import datetime as dt

from planalign_orchestrator.census.columns import COLUMNS
from planalign_orchestrator.tables import table


def planted_kinds(as_of: dt.date) -> dict[str, dict[str, str]]:
    """Every kind of fault, in the order in which they are planted: SQL by column."""
    days = {"after": as_of + dt.timedelta(days=40), "old": as_of.year - 95}
    return {
        name: {column: text.format_map(days) for column, text in cells.items()}
        for name, cells in table(__package__, "planted_faults").items()
    }


def planted(people: str, present: tuple[str, ...], employees: int, faults: int, as_of: dt.date) -> str:
    """SQL for the people of another query as text in every canonical column, ``faults`` of them with a fault.

    Args:
        people: a query.
        present: its columns.
        employees: how many rows it gives.
        faults: how many of them get a fault.
        as_of: the day that the census describes.
    """
    kinds = planted_kinds(as_of)
    numbered = f"SELECT *, row_number() OVER () AS number, lag(employee_id) OVER () AS other_id FROM ({people})"
    before, up_to = f"(number - 1) * {faults} // {employees}", f"number * {faults} // {employees}"
    spread = f"SELECT *, CASE WHEN {up_to} > {before} THEN ({before}) % {len(kinds)} END AS fault FROM ({numbered})"
    columns = ", ".join(f"{_cell(column.name, present, kinds)} AS {column.name}" for column in COLUMNS)
    return f"SELECT {columns} FROM ({spread})"


def _cell(column: str, present: tuple[str, ...], kinds: dict[str, dict[str, str]]) -> str:
    sound = f"{column}::VARCHAR" if column in present else "NULL"
    cases = [f"WHEN {i} THEN {cells[column]}" for i, cells in enumerate(kinds.values()) if column in cells]
    return f"CASE fault {' '.join(cases)} ELSE {sound} END" if cases else f"{sound}::VARCHAR"
