"""The columns of the canonical census: name, type, what kind of text they are read from, and what stands for absent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "date", "money", "rate", "number", "whole", "flag", "text"]


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
    Column("roth_share", "DECIMAL(5,4)", "rate"),
    Column("is_union_member", "BOOLEAN", "flag", default="false"),
)
"""In the order of the canonical file, which always holds all of them."""

REQUIRED: tuple[str, ...] = tuple(column.name for column in COLUMNS if column.required)

STATUS = "employment_status"
"""A status that says 'left' counts like a termination date."""
SOCIAL_SECURITY_NUMBER = "social_security_number"
CONTEXT = "context"
"""What a column holds that is understood and not needed, such as names; ``census.groups`` keeps it."""

INPUTS: tuple[Column, ...] = (
    Column("original_hire_date", "DATE", "date"),
    Column("rehire_date", "DATE", "date"),
    Column("second_termination_date", "DATE", "date"),
    Column("period_date", "DATE", "date"),
    Column("paid_compensation", "DECIMAL(18,2)", "money"),
    Column("deferral_amount", "DECIMAL(18,2)", "money"),
    Column("roth_amount", "DECIMAL(18,2)", "money"),
    Column("employer_match_paid", "DECIMAL(18,2)", "money"),
    Column("roth_deferral_rate", "DECIMAL(6,4)", "rate"),
    Column("ownership_percent", "DECIMAL(6,4)", "rate"),
    Column("hours_worked", "DECIMAL(8,2)", "number"),
    Column("full_time_equivalent", "DECIMAL(6,4)", "number"),
    Column("eligible_now", "BOOLEAN", "flag"),
    Column("pay_frequency", "VARCHAR", "text"),
)
"""What record keepers' and payroll files have beside the canonical columns, from which those are worked out."""

REPLACED: dict[str, tuple[str, ...]] = {
    "hire_date": ("original_hire_date",),
    "annual_compensation": ("paid_compensation",),
    "employee_id": (SOCIAL_SECURITY_NUMBER,),
}
"""Required columns, and the inputs from which they can be worked out."""

MEANINGS: tuple[str, ...] = (
    *(column.name for column in (*COLUMNS, *INPUTS)), STATUS, SOCIAL_SECURITY_NUMBER, CONTEXT,
)  # fmt: skip
