"""Headings of real templates and exports, collected from what record keepers, administrators and HR systems publish."""

from __future__ import annotations

import pytest

from planalign_orchestrator.census.synonyms import unit_and_meaning

HEADINGS = {
    "SSN": "social_security_number", "SS#": "social_security_number",
    "Social Security Number": "social_security_number",
    "Employee SSN": "social_security_number", "EMPLID": "employee_id", "Employee File Number": "employee_id",
    "Worker ID": "employee_id", "Associate ID": "employee_id", "Personnel Number": "employee_id",
    "Date of Birth": "birth_date", "EE DOB": "birth_date", "Birthdate": "birth_date",
    "Date of Hire": "hire_date", "Last Hire Date": "hire_date", "Original Hire Date": "original_hire_date",
    "Orig Hire Dt": "original_hire_date", "RE-HIRE DATE": "rehire_date", "Date of Rehire": "rehire_date",
    "Date of Termination 1": "termination_date", "Date of Termination 2": "second_termination_date",
    "Termination Date": "termination_date", "Termination Reason": "context",
    "Plan Year Hours": "hours_worked", "Hours of Service": "hours_worked", "YTD Hours": "hours_worked",
    "Std Hrs/Wk": "scheduled_hours_per_week", "Gross Compensation": "paid_compensation",
    "W-2 Comp": "paid_compensation",
    "Plan Comp": "paid_compensation", "Excluded Comp": "context", "Annual Rt": "annual_compensation",
    "Total Base Pay Annualized - Amount": "annual_compensation", "401(k)": "deferral_amount",
    "Pre-Tax Deferrals": "deferral_amount", "Salary Deferral": "deferral_amount",
    "Elective Deferrals": "deferral_amount",
    "Roth 401(k)": "roth_amount", "Roth Deferrals": "roth_amount", "Roth %": "roth_deferral_rate",
    "Pre-tax %": "deferral_rate", "Deferral Percentage": "deferral_rate", "Employer Match": "employer_match_paid",
    "Matching Contributions": "employer_match_paid", "Safe Harbor Match": "employer_match_paid",
    "Ownership %": "ownership_percent", "Officer/Owner %": "ownership_percent", "> 5% Owner": "is_five_percent_owner",
    "Officer": "context", "Family Relation": "context", "Union Code": "context", "Division Number": "context",
    "Pay Frequency": "pay_frequency", "Payroll Date": "period_date", "Empl Status": "employment_status",
    "HR Status": "employment_status", "Plan Entry Date": "eligibility_date", "FTE": "full_time_equivalent",
    "Loan Payments": "context", "Leave of Absence": "context", "Highly Compensated": "context", "Zip Code": "context",
    "Plan Year Comp": "paid_compensation", "Worker": "context", "Payroll Name": "context", "Time Type": "context",
    "Hours Per Pay Period": "scheduled_hours_per_week",
    "Date of Hire - Original": "original_hire_date", "Name - Last": "context", "Plan Compensation": "paid_compensation",
    "Employee 401(k) Election %": "deferral_rate", "401k EE Pretax %": "deferral_rate", "HOURLY_RT": "hourly_rate",
    "401k Roth %": "roth_deferral_rate", "SERVICE_DT": "original_hire_date", "ER 401(k) match": "employer_match_paid",
    "Most Recent Hire/Rehire Date": "rehire_date", "Previous Termination Date": "second_termination_date",
    "Date of Reemployment": "rehire_date", "Date of Hire 2": "rehire_date", "EE DOE": "hire_date",
    "Plan Year Hours Worked": "hours_worked", "Annualized Rate": "annual_compensation", "Salary or Hourly": "pay_basis",
    "Marital Status": "context", "Name Suffix": "context", "Middle Name": "context", "Division": "context",
}  # fmt: skip


@pytest.mark.parametrize(("heading", "meaning"), HEADINGS.items())
def test_headings_of_templates_are_understood(heading: str, meaning: str) -> None:
    assert unit_and_meaning(heading) == ("", meaning)


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("Monthly Salary", "monthly"),
        ("Bi-Weekly Pay", "biweekly"),
        ("Semi-Monthly Salary", "semimonthly"),
        ("Pay Amount Per Period", "per_period"),
        ("Per Pay Period Amount", "per_period"),
        ("Salary Per Paycheck", "per_period"),
    ],
)
def test_headings_tell_the_unit_of_pay(heading: str, unit: str) -> None:
    assert unit_and_meaning(heading) == (unit, "annual_compensation")
