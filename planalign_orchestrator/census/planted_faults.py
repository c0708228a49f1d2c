"""Plants faults in a synthetic census: one kind after the other, spread over the file."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from planalign_orchestrator.census.columns import COLUMNS
from planalign_orchestrator.census.rules import LONGEST_ID


@dataclass(frozen=True)
class PlantedFault:
    """One kind of fault.

    Attributes:
        name: what is wrong.
        cells: column → SQL of the text that is put there.
        is_error: whether the intake refuses the row; otherwise it warns.
    """

    name: str
    cells: dict[str, str]
    is_error: bool = True


def planted_kinds(as_of: dt.date) -> tuple[PlantedFault, ...]:
    """Every kind, in the order in which they are planted."""

    def of(name: str, is_error: bool = True, **cells: str) -> PlantedFault:
        return PlantedFault(name, cells, is_error)

    after = f"'{as_of + dt.timedelta(days=40)}'"
    return (
        of("empty id", employee_id="''"),
        of("empty birth date", birth_date="''"),
        of("empty hire date", hire_date="''"),
        of("empty pay", annual_compensation="''"),
        of("impossible birth date", birth_date="'1980-02-31'"),
        of("unreadable hire date", hire_date="'last spring'"),
        of("pay that is a word", annual_compensation="'unknown'"),
        of("pay with a decimal comma", annual_compensation="'85.000,50'"),
        of("pay of zero", annual_compensation="'0'"),
        of("pay below zero", annual_compensation="'-52000.00'"),
        of("duplicate id", employee_id="other_id"),
        of("long id", employee_id=f"repeat('X', {LONGEST_ID}) || employee_id"),
        of("control character in an id", employee_id="employee_id || chr(7)"),
        of("hire before birth", hire_date="(birth_date::DATE - 30)::VARCHAR"),
        of("hire as a child", hire_date="(birth_date::DATE + 3000)::VARCHAR"),
        of("hire after the as-of date", hire_date=after, enrollment_date="''"),
        of("termination before hire", termination_date="(hire_date::DATE - 1)::VARCHAR"),
        of("level 0", job_level="'0'"),
        of("level that is a word", job_level="'boss'"),
        of("deferral below zero", deferral_rate="'-0.05'"),
        of("deferral above 100%", deferral_rate="'250%'"),
        of("enrollment before hire", enrollment_date="(hire_date::DATE - 10)::VARCHAR"),
        of("eligibility before hire", eligibility_date="(hire_date::DATE - 10)::VARCHAR"),
        of("hours of a year", scheduled_hours_per_week="'2080'"),
        of("last year's pay below zero", prior_year_compensation="'-1.00'"),
        of("owner that is neither yes nor no", is_five_percent_owner="'maybe'"),
        of("balance below zero", employer_account_balance="'-250.00'"),
        of("service below zero", years_of_vesting_service="'-2'"),
        of("never eligible, but defers", plan_eligible="'false'", deferral_rate="'0.05'"),
        of("pay above 5 million", False, annual_compensation="'6500000.00'"),
        of("age above 90", False, birth_date=f"'{as_of.year - 95}-05-17'"),
        of("deferral above 75%", False, deferral_rate="'0.9'"),
    )


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


def _cell(column: str, present: tuple[str, ...], kinds: tuple[PlantedFault, ...]) -> str:
    sound = f"{column}::VARCHAR" if column in present else "NULL"
    cases = [f"WHEN {i} THEN {kind.cells[column]}" for i, kind in enumerate(kinds) if column in kind.cells]
    return f"CASE fault {' '.join(cases)} ELSE {sound} END" if cases else f"{sound}::VARCHAR"
