"""Stating what the program would assume anyway changes nothing in the checked census, for every optional column."""

from __future__ import annotations

from pathlib import Path

import pytest
from census_files import people, read, write_csv

from planalign_orchestrator.census.columns import COLUMNS, INPUTS

ASSUMED = {
    "termination_date": "", "job_level": "", "deferral_rate": "0", "enrollment_date": "", "eligibility_date": "",
    "scheduled_hours_per_week": "40", "prior_year_compensation": "", "is_five_percent_owner": "no",
    "auto_escalation_opt_out": "no", "plan_eligible": "yes", "employer_account_balance": "0",
    "years_of_vesting_service": "", "roth_share": "", "is_union_member": "no",
    "original_hire_date": "2015-03-02", "rehire_date": "2015-03-02", "second_termination_date": "",
    "period_date": "2024-12-31",
    "paid_compensation": "", "hourly_rate": "31.25", "deferral_amount": "0", "roth_amount": "0", "catch_up_amount": "0",
    "employer_match_paid": "0", "roth_deferral_rate": "0", "ownership_percent": "0",
    "hours_worked": "2080", "full_time_equivalent": "1",
    "eligible_now": "yes", "pay_frequency": "annual", "pay_basis": "salary",
    "employment_status": "active",
}  # fmt: skip


def test_every_optional_column_has_a_case() -> None:
    optional = {column.name for column in (*COLUMNS, *INPUTS) if not column.required}
    assert optional | {"employment_status"} == set(ASSUMED)


@pytest.mark.parametrize("column", ASSUMED)
def test_stating_the_assumption_changes_nothing(tmp_path: Path, column: str) -> None:
    plain = read(write_csv(tmp_path / "plain.csv", people({}, {"annual_compensation": "90000"})))
    before = plain.output.read_bytes()
    stated = people({column: ASSUMED[column]}, {"annual_compensation": "90000", column: ASSUMED[column]})
    assert read(write_csv(tmp_path / "stated.csv", stated)).output.read_bytes() == before
