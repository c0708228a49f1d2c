"""Recognises what a column of a file means from its name, whatever its case and punctuation."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from planalign_orchestrator.census.columns import MEANINGS, REQUIRED, STATUS
from planalign_orchestrator.visible import visible

_SYNONYMS: dict[str, str] = {
    "employee_id": """
        id emp_id empl_id employee_number employee_num employee_no employee_nbr
        emp_number emp_num emp_no emp_nbr empno employee_identifier employee_code
        ee_number personnel_number personnel_no personnel_id person_id worker_id staff_id staff_number associate_id
        associate_number team_member_id participant_id payroll_id payroll_number file_number""",
    "birth_date": """
        dob birthdate birth_dt date_of_birth birthday birth date_born born bdate""",
    "hire_date": """
        hire_dt hired hire doh date_of_hire date_hired hired_date hired_on most_recent_hire_date latest_hire_date
        last_hire_date current_hire_date recent_hire_date employment_start_date employment_date date_of_employment
        start_date join_date joining_date date_joined""",
    "annual_compensation": """
        annual_comp annual_salary annual_pay annual_rate annual_rt annual_rate_of_pay annual_pay_rate
        annual_base_salary annual_base_pay annual_base annual_wages annual_wage annualized_salary annualized_pay
        annualized_compensation annualised_salary base_annual_salary base_salary base_pay base_compensation salary
        yearly_salary yearly_pay compensation comp pay pay_annual salary_annual salary_per_year
        employee_gross_compensation gross_annual_compensation gross_annual_salary gross_annual_pay
        current_annual_compensation current_compensation current_salary contract_salary""",
    "termination_date": """
        term_date term_dt date_of_termination date_terminated termination_dt termination term separation_date
        date_of_separation leaving_date exit_date end_date employment_end_date last_day_worked last_day
        last_working_day""",
    "job_level": "level level_id job_level_id job_level_number level_number career_level position_level",
    "deferral_rate": """
        deferral_pct deferral_percent deferral_percentage deferral deferral_election elected_deferral_rate
        election_rate savings_rate contribution_rate contribution_pct contribution_percent contribution_percentage
        pre_tax_deferral_rate pretax_deferral_rate 401k_rate 401k_pct 401k_percent 401k_deferral_rate 401k_deferral_pct
        401k_deferral_percent 401k_contribution_rate 401k_contribution_percent""",
    "enrollment_date": """
        enrolment_date enrollment_dt enroll_date enroll_dt date_enrolled date_of_enrollment enrolled_date enrolled_on
        plan_enrollment_date participation_date participation_start_date date_of_participation 401k_enrollment_date""",
    "eligibility_date": """
        eligibility_dt eligible_date date_eligible date_of_eligibility plan_eligibility_date plan_entry_date
        401k_eligibility_date""",
    "scheduled_hours_per_week": """
        scheduled_hours scheduled_weekly_hours weekly_hours hours_per_week hours_week hrs_per_week standard_hours
        std_hours standard_weekly_hours weekly_scheduled_hours standard_hours_per_week""",
    "prior_year_compensation": """
        prior_year_comp prior_year_pay prior_year_salary prior_year_earnings prior_year_wages prior_compensation
        prior_comp previous_year_compensation previous_year_comp previous_year_pay last_year_compensation
        last_year_comp last_year_pay prior_plan_year_compensation lookback_year_compensation py_compensation py_comp""",
    "is_five_percent_owner": """
        five_percent_owner five_pct_owner is_5_percent_owner 5_percent_owner 5_pct_owner is_5_pct_owner owner is_owner
        more_than_5_percent_owner more_than_five_percent_owner owner_flag""",
    "auto_escalation_opt_out": """
        auto_escalation_opted_out escalation_opt_out escalation_opted_out auto_increase_opt_out
        auto_increase_opted_out opt_out_auto_escalation opted_out_of_auto_escalation aip_opt_out""",
    "plan_eligible": """
        is_plan_eligible eligible_for_plan is_eligible_for_plan plan_eligibility is_eligible eligible 401k_eligible
        eligible_class eligible_employee""",
    "employer_account_balance": """
        employer_balance employer_money employer_account employer_money_balance er_balance er_account_balance
        company_balance company_account_balance employer_contribution_balance opening_employer_balance""",
    "years_of_vesting_service": """
        vesting_service vesting_years years_vesting_service vesting_service_years vested_service vested_service_years
        vesting_yos yos_vesting""",
    STATUS: """
        status status_code employment_status_code active is_active active_flag active_status active_employee
        currently_active currently_employed is_employed employed terminated is_terminated terminated_flag
        termination_flag""",
}

_PREFIXES = ("employee", "empl", "emp", "ee", "participant", "worker", "staff", "member")
"""Words that say nothing new in front of a name: ``emp_hire_date`` is ``hire_date``."""

_NAME_SHOWN = 100
_SOCIAL_SECURITY_NAME = re.compile(r"ssn\d*|.*socialsecurity.*|socsec.*|.*taxpayerid.*")


def normal_name(name: str) -> str:
    """A column name without case, accents, spaces and punctuation: ``'Date of  Birth'`` is ``'dateofbirth'``.

    A percent and a number sign carry meaning in such names (``Deferral %``, ``Emp #``) and are spelled out.
    """
    spelled = name.replace("%", " percent ").replace("#", " number ")
    plain = unicodedata.normalize("NFKD", spelled).casefold()
    return "".join(character for character in plain if character.isalnum() and character.isascii())


_MEANING_BY_NAME: dict[str, str] = {
    normal_name(spelling): meaning for meaning in MEANINGS for spelling in (meaning, *_SYNONYMS[meaning].split())
}


def meaning_of(name: str) -> str | None:
    """The meaning of one column name, or None when nobody knows it."""
    plain = normal_name(name)
    shorter = (plain.removeprefix(prefix) for prefix in _PREFIXES if plain.startswith(prefix))
    return next((_MEANING_BY_NAME[word] for word in (plain, *shorter) if word in _MEANING_BY_NAME), None)


def names_social_security(name: str) -> bool:
    """Whether the name alone says that the column holds social security numbers."""
    return _SOCIAL_SECURITY_NAME.fullmatch(normal_name(name)) is not None


@dataclass(frozen=True)
class Recognised:
    """Which column of a file holds what.

    Attributes:
        names: the file's column names, as it wrote them; very long ones cut, what does not print written out.
        positions: meaning → position in ``names``, in the order of the file.
        claims: meanings that several columns claim, with those columns' names; none of them is used.
        ignored: positions of the columns that nobody knows.
    """

    names: tuple[str, ...]
    positions: dict[str, int]
    claims: dict[str, list[str]]
    ignored: tuple[int, ...]

    @property
    def missing(self) -> list[str]:
        """Required meanings that no column claims."""
        return [name for name in REQUIRED if name not in self.positions and name not in self.claims]

    def column(self, meaning: str) -> str:
        """The file's own name of the column with this meaning."""
        return self.names[self.positions[meaning]]


def recognise(names: Sequence[str]) -> Recognised:
    """Find the meaning of each column of a file."""
    claimants: dict[str, list[int]] = {}
    ignored = []
    for position, name in enumerate(names):
        meaning = meaning_of(name)
        if meaning is None:
            ignored.append(position)
        else:
            claimants.setdefault(meaning, []).append(position)
    shown = tuple(map(_shown_name, names))
    return Recognised(
        names=shown,
        positions={meaning: found[0] for meaning, found in claimants.items() if len(found) == 1},
        claims={meaning: [shown[i] for i in found] for meaning, found in claimants.items() if len(found) > 1},
        ignored=tuple(ignored),
    )


def _shown_name(name: str) -> str:
    return visible(name if len(name) <= _NAME_SHOWN else f"{name[:_NAME_SHOWN]}…")


def nearest_names(meaning: str, names: Sequence[str], wanted: int = 3) -> list[str]:
    """The column names that look most like a meaning that was not found."""
    spellings = [normal_name(meaning), *(normal_name(word) for word in _SYNONYMS[meaning].split())]
    words = set(meaning.split("_")) - {"date", "is", "of", "per"}

    def likeness(name: str) -> float:
        plain = normal_name(name)
        if not plain:
            return 0.0
        close = max(difflib.SequenceMatcher(None, plain, spelling).ratio() for spelling in spellings)
        return max(close, 0.8 if any(word in plain for word in words) else 0.0)

    ranked = sorted(((likeness(name), name) for name in names), key=lambda pair: (-pair[0], pair[1]))
    return [name for score, name in ranked if score >= 0.55][:wanted]
