"""The columns of the canonical census: name, type, what kind of text they are read from, and what stands for absent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "date", "money", "rate", "number", "whole", "flag"]


@dataclass(frozen=True)
class Column:
    """One column of the canonical census.

    Attributes:
        name: the name in the Parquet file and in the model.
        sql_type: its DuckDB type.
        kind: how its text is read.
        required: without it there is no simulation.
        default: SQL of the value when the cell is empty; None leaves it null.
    """

    name: str
    sql_type: str
    kind: Kind
    required: bool = False
    default: str | None = None


COLUMNS: tuple[Column, ...] = (
    Column("employee_id", "VARCHAR", "id", required=True),
    Column("birth_date", "DATE", "date", required=True),
    Column("hire_date", "DATE", "date", required=True),
    Column("annual_compensation", "DECIMAL(18,2)", "money", required=True),
    Column("termination_date", "DATE", "date"),
    Column("job_level", "INTEGER", "whole"),
    Column("deferral_rate", "DECIMAL(6,4)", "rate", default="0"),
    Column("enrollment_date", "DATE", "date"),
    Column("eligibility_date", "DATE", "date"),
    Column("scheduled_hours_per_week", "DECIMAL(5,2)", "number", default="40"),
    Column("prior_year_compensation", "DECIMAL(18,2)", "money"),
    Column("is_five_percent_owner", "BOOLEAN", "flag", default="false"),
    Column("auto_escalation_opt_out", "BOOLEAN", "flag", default="false"),
    Column("plan_eligible", "BOOLEAN", "flag", default="true"),
    Column("employer_account_balance", "DECIMAL(18,2)", "money", default="0"),
    Column("years_of_vesting_service", "DECIMAL(6,2)", "number"),
)
"""In the order of the canonical file, which always holds all of them."""

REQUIRED: tuple[str, ...] = tuple(column.name for column in COLUMNS if column.required)

STATUS = "employment_status"
"""A meaning that is no canonical column: a status that says 'left' counts like a termination date."""

MEANINGS: tuple[str, ...] = (*(column.name for column in COLUMNS), STATUS)
"""Everything that a column of a file can be recognised as."""
