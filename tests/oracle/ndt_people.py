"""Who is in which nondiscrimination test of a year, from the snapshot and the terms of the plan alone."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.reports.plan_arithmetic import ServiceOfYear, Standing, ineligible_reason, service_years
from tests.oracle.census_people import day, number
from tests.oracle.dates import birthday, last_day
from tests.oracle.eligibility import plan_entry
from tests.oracle.exact import ZERO
from tests.oracle.limits import Limits
from tests.oracle.ndt_average import hundredth
from tests.oracle.ndt_exempt import Exemptions, exemptions
from tests.oracle.plan import AllocationRule, EntryRule, PlanTerms
from tests.oracle.terms import plan_terms

UNION = "union"
"""The group of people whose pay and benefits a union has bargained for."""
BARGAINED = "collectively_bargained"
"""Why their part of a plan passes by itself (1.410(b)-2(b)(7), 1.401(m)-1(b)(2), 1.401(a)(4)-1(c)(5))."""


@dataclass(frozen=True)
class Plan:
    """What the tests of a year depend on.

    Attributes:
        settings, terms: of the plan.
        limits: of the year.
        year: the plan year.
    """

    settings: Settings
    terms: PlanTerms
    limits: Limits
    year: int

    @staticmethod
    def of(settings: Settings, limits: Limits, year: int) -> Plan:
        return Plan(settings, plan_terms(settings), limits, year)

    @cached_property
    def free(self) -> Exemptions:
        """What needs no test."""
        return exemptions(self.settings)


@dataclass(frozen=True)
class Someone:
    """A person of the year.

    ``*_out`` say why not in a test, ``no_*`` why not in a contribution, ``counted_*`` whether in a part of IRC 410(b).
    """

    name: str
    hce: bool
    owner: bool
    active: bool
    eligible: bool
    group: str
    age: int
    born: int
    standing: Standing
    pay: Fraction
    match_pay: Fraction
    pay_415: Fraction
    deferral: Fraction
    matched: Fraction
    catch_up: Fraction
    match: Fraction
    core: Fraction
    balance: Fraction
    room: Fraction
    vested: Fraction
    prior_pay: Fraction | None
    adp_out: str | None
    acp_out: str | None
    no_match: str | None
    no_core: str | None
    counted: bool
    counted_match: bool
    counted_core: bool
    shares_in_match: bool

    @property
    def tested_deferral(self) -> Fraction:
        """Without catch-up (1.414(v)-1(d))."""
        return self.deferral - self.catch_up

    @property
    def benefit(self) -> Fraction:
        """All money of the year as points of pay (1.410(b)-5(d))."""
        return hundredth(100 * (self.tested_deferral + self.match + self.core) / self.pay) if self.pay else ZERO


def someone(row: Mapping[str, Any], plan: Plan) -> Someone:
    """A person, from a row of the snapshot with that of ``fct_employee_contributions``."""
    money = {name: number(row[name]) for name in _MONEY}
    end = day(row["termination_date"]) if row["termination_date"] else last_day(plan.year)
    birth, hire = day(row["birth_date"]), day(row["hire_date"])
    entry = day(row["eligibility_date"]) if row["eligibility_date"] else None
    eligible = entry is not None and entry <= end
    weekly_hours = number(row["scheduled_hours_per_week"])
    left_out = plan.settings.plan.testing.leave_out_long_term_part_time and is_long_term_part_time(
        weekly_hours, plan.terms.entry.hours
    )
    own = {name: day(row[f"{name}_entry_date"]) if row[f"{name}_entry_date"] else None for name in ("match", "core")}

    def has_met(rule: EntryRule, entered: dt.date | None) -> bool:
        """Whether age and service let in by the end; in an excluded class there is no entry to say so."""
        due = entered or plan_entry(rule, birth, hire, weekly_hours)
        return due is not None and due <= end

    counted = has_met(plan.terms.entry, entry) and not (eligible and left_out)
    service = ServiceOfYear(
        eligible,
        eligible,
        hire.year == plan.year,
        row["termination_reason"],
        number(row["hours_worked"]),
        service_years(hire, end, day_before=plan.terms.day_before),
        plan.terms.last_day_counts and end == last_day(plan.year),
    )
    in_match, in_core = (replace(service, entered=own[name] is not None and own[name] <= end) for name in own)
    earned = money["prorated_annual_compensation"]
    pay_415 = min(earned, plan.limits.compensation)
    pay = money["plan_compensation"] if plan.settings.plan.testing.compensation == "from_entry" else pay_415
    statutory = is_statutory(birth, hire, end, weekly_hours, day_before=plan.terms.day_before)
    way = plan.settings.plan.testing.otherwise_excludable
    adp_out = "not_plan_eligible" if not eligible else "no_compensation" if not pay else None
    if adp_out is None and left_out:
        adp_out = "long_term_part_time"
    if adp_out is None and way == "early_participation" and not row["is_hce"] and not statutory:
        adp_out = "otherwise_excludable"
    no_match = ineligible_reason(plan.terms.match.allocation, in_match)
    additions = (
        money["employee_contributions"]
        - money["catch_up_contributions"]
        + money["employer_match"]
        + money["employer_core"]
    )
    return Someone(
        name=row["employee_id"],
        hce=row["is_hce"],
        owner=row["is_five_percent_owner"],
        active=row["employment_status"] == "active",
        eligible=eligible,
        group=group_of(row["is_union_member"], statutory, way),
        age=row["age"],
        born=birth.year,
        standing=Standing(row["age"], service.years),
        pay=pay if eligible else ZERO,
        match_pay=money["match_compensation"],
        pay_415=pay_415,
        deferral=money["employee_contributions"],
        matched=money["matched_deferrals"],
        catch_up=money["catch_up_contributions"],
        match=money["employer_match"],
        core=money["employer_core"],
        balance=money["employer_balance"] - money["employer_match"] - money["employer_core"],
        room=max(ZERO, min(earned, plan.limits.annual_additions) - additions),
        vested=number(row["match_vested_percentage"]),
        prior_pay=None if row["prior_year_compensation"] is None else number(row["prior_year_compensation"]),
        adp_out=adp_out,
        acp_out="no_match" if plan.terms.match.family == "none" else no_match or adp_out,
        no_match=no_match,
        no_core=ineligible_reason(plan.terms.core.allocation, in_core),
        counted=counted,
        counted_match=counted
        and has_met(plan.terms.match.entry, own["match"])
        and not left_early(plan.terms.match.allocation, in_match),
        counted_core=counted
        and has_met(plan.terms.core.entry, own["core"])
        and not left_early(plan.terms.core.allocation, in_core),
        shares_in_match=plan.terms.match.family != "none" and no_match is None,
    )


_MONEY = (
    "prorated_annual_compensation", "plan_compensation", "employee_contributions", "catch_up_contributions",
    "employer_match", "employer_core", "employer_balance", "match_compensation", "matched_deferrals",
)  # fmt: skip


def is_long_term_part_time(weekly_hours: Fraction, needed: Fraction) -> bool:
    """In a plan for two years of 500 hours alone; it may be left out of every test (IRC 401(k)(15)(B)(i)(II))."""
    return 500 <= weekly_hours * 52 < needed


def group_of(union: bool, statutory: bool, way: str) -> str:
    """Who is tested together; a union's people never with others (1.410(b)-7(c)(4), 1.401(k)-1(b)(4)(iii))."""
    if union:
        return UNION
    if way != "separate":
        return "all"
    return "statutory" if statutory else "otherwise_excludable"


def is_statutory(birth: dt.date, hire: dt.date, end: dt.date, weekly_hours: Fraction, *, day_before: bool) -> bool:
    """Whether a plan with the longest wait the law allows would have let the person in (IRC 410(a)(1), (4)).

    A year of service takes 1000 hours (410(a)(3)), and is complete at the end of its last day, or on the day after;
    entry is by the next plan year, or after six months.
    """
    if weekly_hours * 52 < 1000:
        return False
    met = max(birthday(birth, 21), birthday(hire, 1) - dt.timedelta(days=day_before))
    return min(dt.date(met.year + 1, 1, 1), _six_months_after(met)) <= end


def _six_months_after(start: dt.date) -> dt.date:
    year, month = divmod(start.year * 12 + start.month - 1 + 6, 12)
    return dt.date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def left_early(rule: AllocationRule, service: ServiceOfYear) -> bool:
    """Left with at most 500 hours, and only the last-day or hours rule is in the way (1.410(b)-6(f))."""
    if service.exit_reason is None or service.hours > 500 or service.years < rule.minimum_service_years:
        return False
    return ineligible_reason(rule, service) in ("not_employed_on_last_day", "too_few_hours")
