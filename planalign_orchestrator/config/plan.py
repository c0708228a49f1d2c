"""Settings of the retirement plan: eligibility, enrollment, deferrals, vesting, limits, nondiscrimination tests.

Also how people answer it: whether a new design moves them, and how often they change their minds.
"""

import datetime as dt
from typing import Literal

from planalign_orchestrator.config.contributions import Core, Entry, Match
from planalign_orchestrator.config.fields import MonthDay, Section, Share, ShareOfPay, part, setting, told_conflict

_FIRST_SHARE = 0.06
"""What a matched dollar earns is looked at on deferrals up to this share of pay."""


class KnownPlan(Section):
    """The match that people know before the first year, which they compare with the one then in force."""

    match_ceiling: ShareOfPay | None = setting(None, "share of pay, or null", ge=0, le=1)
    """The highest deferral rate that earned a match; null is that of the configuration without the scenario."""
    match_rate: float | None = setting(None, "dollars a dollar, or null", ge=0, le=5)
    """What a dollar deferred up to 6% of pay earned; null is that of the configuration without the scenario."""


class Behavior(Section):
    """How people answer the plan; the chances stand in the tables match_response and deferral_changes."""

    responds: bool = setting(True)
    """A new match moves deferral rates and participation in its first year; no is the mechanical cost alone."""
    known_plan: KnownPlan = part(KnownPlan)
    deferral_change_multiplier: float = setting(1.0, "factor", ge=0, le=5)
    """Scales the yearly chances to raise, lower or stop one's deferral; 0 keeps every election."""


def known_plan(match: Match) -> KnownPlan:
    """What people know of a match; of several bands the best one counts."""
    most = match.largest_share(_FIRST_SHARE)
    capped = most if match.max_match_percentage is None else min(most, match.max_match_percentage)
    return KnownPlan(match_ceiling=match.ceiling(), match_rate=round(capped / _FIRST_SHARE, 6))


class Testing(Section):
    """Nondiscrimination tests (IRC 401(k)(3), 401(m), 410(b), 401(a)(4)); no test changes what is simulated."""

    method: Literal["current", "prior"] = setting("current", "year")
    """The year whose NHCE average the ADP and ACP tests compare with."""
    first_year_prior_adp: float | Literal["actual"] = setting(0.03, "0.03, or actual")
    """For method prior: the NHCE average of the year before the first, 3% or what the first year's is."""
    compensation: Literal["from_entry", "full_year"] = setting("from_entry", "part of the year")
    """The pay that ratios divide by: from entry into the plan, or of the whole year (IRC 414(s))."""
    otherwise_excludable: Literal["together", "early_participation", "separate"] = setting("together", "way of testing")
    """People below 21 or with less than a year of service: with the others, NHCEs left out, or a test of their own."""
    leave_out_long_term_part_time: bool = setting(False)
    """No test counts people who may defer for two years of 500 hours alone (IRC 401(k)(15)(B)(i)(II))."""
    correction: Literal["none", "refund", "qnec_flat", "qnec_targeted"] = setting("none", "way of correction")
    """What the employer does about a failed ADP or ACP test."""
    refund_earnings_rate: Share = setting(0.0, "share of the refund")
    """Earnings paid out with a refund."""
    eaca_covers_all: bool = setting(False)
    """Every eligible employee is in the automatic arrangement, which gives six months for refunds (IRC 4979(f))."""
    annuity_factor: float = setting(7.9485, "dollars for 1 a year from 65 on", ge=5, le=12)
    """For cross-testing, at 8.5%; the default is the UP-1984 table, paid monthly."""

    def check(self) -> None:
        if self.first_year_prior_adp not in (0.03, "actual"):
            raise told_conflict("another first year", rate=self.first_year_prior_adp)
        if self.method == "prior" and self.correction.startswith("qnec"):
            raise told_conflict("contributions against the year before", correction=self.correction)


VestingSchedule = Literal["immediate", "cliff_2", "cliff_3", "graded_2_6", "qaca_2", "graded_3", "graded_4", "graded_5"]


class Eligibility(Entry):
    """When a person may join the plan and defer (IRC 410(a), 401(k)(2)(D))."""

    minimum_age: int = setting(21, "years", ge=0, le=21)
    """Age needed for entry; 21 is the highest the law allows."""
    waiting_period_days: int = setting(0, "days after hire", ge=0, le=730)
    """Days to wait for entry, whatever service asks; the later of the two counts."""
    new_hire_ineligible_rate: Share = setting(0.0, "share of each hire cohort")
    """Share of hires in job classes that the plan excludes."""


class AutoEnrollment(Section):
    """Automatic enrollment (an eligible automatic contribution arrangement, IRC 414(w))."""

    enabled: bool = setting(True)
    """Enrolls eligible people who did nothing."""
    scope: Literal["new_hires_only", "all_eligible_employees"] = setting("new_hires_only", "who")
    """'all_eligible_employees' also sweeps in existing non-participants in the first year in force."""
    reenroll: Literal["never", "yearly"] = setting("never", "never or yearly")
    """'yearly' enrolls everybody in scope who does not take part every January 1, even after an opt-out."""
    hire_date_cutoff: dt.date | None = setting(None, "date, or null")
    """For new_hires_only: hires on or after this date are in scope; null is January 1 of the first year in force."""
    default_deferral_rate: ShareOfPay = setting(0.02, "share of pay", gt=0, le=0.75)
    """The rate at which people are enrolled automatically."""
    window_days: int = setting(45, "days after eligibility", ge=0, le=180)
    """How long a person has to decide before being enrolled."""
    opt_out_grace_period: int = setting(30, "days after automatic enrollment", ge=1, le=180)
    """An opt-out falls within this many days; plans set 30 to 90 (Treas. Reg. 1.414(w)-1(c))."""


class MatchMagnet(Section):
    """People who elect a rate tend to take the whole match."""

    probability: Share = setting(0.45, "share of electing people")
    """How many move up to the match ceiling when they would elect less."""
    maximum_rate: Share = setting(0.10, "share of pay")
    """Nobody is moved above this rate."""


class Enrollment(Section):
    """How people come to take part."""

    auto_enrollment: AutoEnrollment = part(AutoEnrollment)
    match_magnet: MatchMagnet = part(MatchMagnet)
    opt_out_cooling_years: int = setting(2, "years", ge=1, le=20)
    """How long after an opt-out a person may convert again."""
    voluntary_rate_multiplier: float = setting(1.0, "factor", ge=0, le=10)
    """Scales every voluntary enrollment probability."""
    conversion_rate_multiplier: float = setting(1.0, "factor", ge=0, le=20)
    """Scales every yearly conversion probability."""
    opt_out_rate_multiplier: float = setting(1.0, "factor", ge=0, le=20)
    """Scales every opt-out probability."""


class Escalation(Section):
    """Yearly automatic increase of deferral rates."""

    enabled: bool = setting(True)
    """Raises deferral rates year by year."""
    scope: Literal["auto_enrolled", "all"] = setting("auto_enrolled", "who")
    """Whose rates rise: those of people enrolled automatically, or of all participants."""
    effective_date: MonthDay = setting("01-01", "MM-DD")
    """The day on which rates rise."""
    increment: ShareOfPay = setting(0.01, "share of pay", gt=0, le=0.1)
    """Each step adds this much to the deferral rate."""
    cap: ShareOfPay = setting(0.10, "share of pay", gt=0, le=0.75)
    """Rates do not rise above this."""
    first_escalation_delay_years: int = setting(1, "years since enrollment", ge=0, le=10)
    """How long a person is enrolled before the first step."""


class Deferral(Section):
    """Employees' own contributions (IRC 402(g), 414(v))."""

    maximum_rate: ShareOfPay = setting(0.75, "share of pay", gt=0, le=0.75)
    """The plan's highest deferral rate. A higher election is reduced to it, except for people who may make catch-up:
    theirs goes above it by the catch-up limit (Treas. Reg. 1.414(v)-1(b)(1)(ii))."""
    hce_maximum_rate: ShareOfPay | None = setting(None, "share of pay, or null", gt=0, le=0.75)
    """The highest deferral rate, from January 1 of a year, of people who are highly compensated in it, where it is
    below maximum_rate."""
    roth_available: bool = setting(True)
    """Whether the plan takes Roth; without it people above the Roth threshold make no catch-up (IRC 414(v)(7)(B))."""
    roth_share: Share = setting(0.15, "share of deferrals")
    """Share of deferrals made as Roth, for people whose share the census does not give."""


class Vesting(Section):
    """How long a person must serve to keep employer money (IRC 411(a)(2)(B))."""

    match_schedule: VestingSchedule = setting("graded_2_6", "name of a schedule")
    """When the match becomes the person's own; graded_2_6 is the slowest graded one that the law allows."""
    core_schedule: VestingSchedule = setting("cliff_3", "name of a schedule")
    """When the core contribution becomes the person's own."""
    normal_retirement_age: int = setting(65, "years", ge=50, le=70)
    """People who reach this age in service are fully vested (IRC 411(a)(8)); the law allows 65 at the latest."""
    full_at: list[Literal["death", "disability"]] = setting(["death", "disability"], "causes of an exit")
    """People who leave for these causes are fully vested, as in most plans; the law leaves it to the plan."""
    partial_termination: Literal["presume", "ignore"] = setting("presume", "what is done")
    """Where the employer ends the jobs of 20% of participants in a year, everybody who leaves in it is fully vested
    (IRC 411(d)(3), Rev. Rul. 2007-43)."""


class Forfeitures(Section):
    """The account of what leavers forfeit (Treas. Reg. 1.401-7)."""

    used_for: Literal["offset", "reallocate", "expenses"] = setting("offset", "purpose")
    """'offset' pays employer contributions with it, so far as there are any; 'reallocate' gives it, by pay, to those
    who share in the core contribution; 'expenses' leaves the cost as it is."""
    used_in: Literal["next_year", "same_year"] = setting("next_year", "year")
    """Whether money is used from the year after it was forfeited on, or in the same; plans use it by the end of the
    year after."""

    def check(self) -> None:
        if self.used_for == "reallocate" and self.used_in == "same_year":
            raise told_conflict("reallocated in the same year")


class Compliance(Section):
    """Highly compensated employees and limits (IRC 414(q), 415(d))."""

    top_paid_group_election: bool = setting(False)
    """Counts only the top-paid 20% as highly compensated."""
    annual_additions_order: Literal["core_first", "match_first", "return_deferrals_first"] = setting(
        "core_first", "what is cut first"
    )
    """What gives way to the limit of IRC 415(c), after deferrals of people 50 and over have become catch-up."""
    irs_indexation_rate: float = setting(0.025, "share a year", ge=0, le=0.2)
    """Growth of the limits after the last published year, before rounding down to the statutory multiple."""
    wage_base_growth_rate: float = setting(0.035, "share a year", ge=0, le=0.2)
    """Growth of the Social Security wage base after the last published year; it follows wages and not prices."""


class Plan(Section):
    """The defined contribution plan's design."""

    eligibility: Eligibility = part(Eligibility)
    enrollment: Enrollment = part(Enrollment)
    escalation: Escalation = part(Escalation)
    deferral: Deferral = part(Deferral)
    match: Match = part(Match)
    core: Core = part(Core)
    vesting: Vesting = part(Vesting)
    forfeitures: Forfeitures = part(Forfeitures)
    compliance: Compliance = part(Compliance)
    testing: Testing = part(Testing)
    behavior: Behavior = part(Behavior)
    service_completed: Literal["day_before", "anniversary"] = setting("day_before", "which day")
    """When a year of service for match, core and vesting is complete: at the end of the day before, or on it."""
    last_day_counts: bool = setting(True)
    """Someone whose last day is December 31 is employed on the last day of the year."""

    def entries(self) -> dict[str, Entry]:
        """The rule of each source of money: of the plan, that is of deferrals, of the match and of the core."""
        return {"plan": self.eligibility, "match": self.match.entry, "core": self.core.entry}

    def check(self) -> None:
        default = self.enrollment.auto_enrollment.default_deferral_rate
        if default > self.deferral.maximum_rate:
            raise told_conflict("default above the maximum", default=default, maximum=self.deferral.maximum_rate)
