"""Settings of the retirement plan: eligibility, enrolment, deferrals, match, core, vesting, limits."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Literal

from pydantic import Field, model_validator

from planalign_orchestrator.config.fields import MonthDay, Section, Share, ShareOfPay, conflict, setting

TerminationReason = Literal["retirement", "reduction_in_force", "voluntary", "involuntary"]
VestingSchedule = Literal["immediate", "cliff_2", "cliff_3", "graded_2_6", "qaca_2", "graded_3", "graded_4", "graded_5"]


class Eligibility(Section):
    """When a person may join the plan (IRC 410(a))."""

    minimum_age: int = setting(
        21,
        "years",
        "age needed for entry; 21 is the highest the law allows",
        effect="fct_workforce_snapshot.eligibility_date",
        ge=0,
        le=21,
    )
    waiting_period_days: int = setting(
        0,
        "days after hire",
        "service needed for entry",
        effect="fct_workforce_snapshot.eligibility_date",
        ge=0,
        le=730,
    )
    entry_dates: Literal["immediate", "monthly", "quarterly", "semiannual", "annual"] = setting(
        "immediate",
        "kind of entry date",
        "the plan's entry dates; entry is on the first one on or after age and service are met",
        effect="fct_workforce_snapshot.eligibility_date",
    )
    new_hire_ineligible_rate: Share = setting(
        0.0,
        "share of each hire cohort",
        "part of the hires in job classes that the plan excludes",
        effect="fct_workforce_snapshot.is_eligible",
    )


class AutoEnrollment(Section):
    """Automatic enrolment (an eligible automatic contribution arrangement, IRC 414(w))."""

    enabled: bool = setting(
        True, "yes or no", "enrols eligible people who did nothing", effect="fct_workforce_snapshot.enrollment_source"
    )
    scope: Literal["new_hires_only", "all_eligible_employees"] = setting(
        "new_hires_only",
        "who",
        "'all_eligible_employees' also sweeps in existing non-participants in the first year",
        effect="fct_workforce_snapshot.enrollment_source",
    )
    hire_date_cutoff: dt.date | None = setting(
        None,
        "date, or null",
        "for new_hires_only: hires on or after this date are in scope; null is 1 January of the first year",
        effect="fct_workforce_snapshot.enrollment_source",
    )
    default_deferral_rate: ShareOfPay = setting(
        0.02,
        "share of pay",
        "the rate at which people are enrolled automatically",
        effect="fct_workforce_snapshot.deferral_rate",
        gt=0,
        le=0.75,
    )
    window_days: int = setting(
        45,
        "days after eligibility",
        "how long a person has to decide before being enrolled",
        effect="fct_yearly_events.effective_date",
        ge=0,
        le=180,
    )
    opt_out_grace_period: int = setting(
        30,
        "days after automatic enrolment",
        "an opt-out falls within this many days; plans set 30 to 90 (Treas. Reg. 1.414(w)-1(c))",
        effect="fct_yearly_events.effective_date",
        ge=1,
        le=180,
    )


class MatchMagnet(Section):
    """People who elect a rate tend to take the whole match."""

    probability: Share = setting(
        0.45,
        "share of electing people",
        "how many move up to the match ceiling when they would elect less",
        effect="fct_workforce_snapshot.deferral_rate",
    )
    maximum_rate: Share = setting(
        0.10, "share of pay", "nobody is moved above this rate", effect="fct_workforce_snapshot.deferral_rate"
    )


class Enrollment(Section):
    """How people come to take part."""

    auto_enrollment: AutoEnrollment = Field(default_factory=AutoEnrollment)
    match_magnet: MatchMagnet = Field(default_factory=MatchMagnet)
    opt_out_cooling_years: int = setting(
        2,
        "years",
        "how long after an opt-out a person may convert again",
        effect="fct_yearly_events.event_category",
        ge=1,
        le=20,
    )
    voluntary_rate_multiplier: float = setting(
        1.0,
        "factor",
        "scales every voluntary enrolment probability",
        effect="fct_workforce_snapshot.enrollment_source",
        ge=0,
        le=10,
    )
    conversion_rate_multiplier: float = setting(
        1.0,
        "factor",
        "scales every yearly conversion probability",
        effect="fct_workforce_snapshot.enrollment_source",
        ge=0,
        le=20,
    )
    opt_out_rate_multiplier: float = setting(
        1.0, "factor", "scales every opt-out probability", effect="fct_workforce_snapshot.ever_opted_out", ge=0, le=20
    )


class Escalation(Section):
    """Yearly automatic increase of deferral rates."""

    enabled: bool = setting(
        True, "yes or no", "raises deferral rates year by year", effect="fct_workforce_snapshot.escalation_count"
    )
    effective_date: MonthDay = setting(
        "01-01", "MM-DD", "the day on which rates rise", effect="fct_yearly_events.effective_date"
    )
    increment: ShareOfPay = setting(
        0.01,
        "share of pay",
        "each step adds this much to the deferral rate",
        effect="fct_workforce_snapshot.deferral_rate",
        gt=0,
        le=0.1,
    )
    cap: ShareOfPay = setting(
        0.10,
        "share of pay",
        "rates do not rise above this",
        effect="fct_workforce_snapshot.deferral_rate",
        gt=0,
        le=0.75,
    )
    first_escalation_delay_years: int = setting(
        1,
        "years since enrolment",
        "how long a person is enrolled before the first step",
        effect="fct_workforce_snapshot.escalation_count",
        ge=0,
        le=10,
    )


class Deferral(Section):
    """Employees' own contributions (IRC 402(g), 414(v))."""

    maximum_rate: ShareOfPay = setting(
        0.75,
        "share of pay",
        "the plan's highest deferral rate; a higher election in the census is reduced to it",
        effect="fct_workforce_snapshot.deferral_rate",
        gt=0,
        le=0.75,
    )
    roth_share: Share = setting(
        0.15,
        "share of deferrals",
        "part of the deferrals made as Roth",
        effect="fct_workforce_snapshot.roth_contributions",
    )


class ContributionEligibility(Section):
    """Who shares in an employer contribution for a year."""

    require_employment_on_last_day: bool = setting(
        True, "yes or no", "only people active on 31 December share in it", effect="{table}.ineligible_reason"
    )
    last_day_exceptions: list[TerminationReason] = setting(
        [],
        "termination reasons",
        "leavers for these reasons need not be active on 31 December",
        effect="{table}.ineligible_reason",
    )
    minimum_hours: float = setting(
        1000.0,
        "hours in the year",
        "hours of service needed; 1000 is the year of service of IRC 410(a)(3)",
        effect="{table}.ineligible_reason",
        ge=0,
        le=2080,
    )
    waive_hours_for_new_hires: bool = setting(
        False, "yes or no", "hires of the year need no minimum hours", effect="{table}.ineligible_reason"
    )
    waive_hours_for_leavers: bool = setting(
        False, "yes or no", "leavers of the year need no minimum hours", effect="{table}.ineligible_reason"
    )
    minimum_service_years: int = setting(
        0, "completed years", "service needed at year end or exit", effect="{table}.ineligible_reason", ge=0, le=10
    )


class MatchTier(Section):
    """``rate`` on the part of the deferral between two shares of plan compensation."""

    deferral_from: ShareOfPay = Field(ge=0, le=1)
    deferral_to: ShareOfPay = Field(ge=0, le=1)
    rate: ShareOfPay = Field(ge=0, le=5)

    @model_validator(mode="after")
    def _ordered(self) -> MatchTier:
        if self.deferral_to <= self.deferral_from:
            raise conflict(
                f"a tier from {self.deferral_from} to {self.deferral_to} is empty; deferral_to must be the larger",
                "deferral_to",
            )
        return self


class MatchBand(Section):
    """Match tiers for people from ``minimum`` years of service (or points) on, up to the next band."""

    minimum: int = Field(ge=0, le=200)
    tiers: list[MatchTier]


MATCH_FORMULAS: dict[str, list[tuple[float, float, float]]] = {
    "simple": [(0, 0.06, 0.50)],
    "tiered": [(0, 0.03, 1.00), (0.03, 0.05, 0.50)],
    "stretch": [(0, 0.12, 0.25)],
    "safe_harbor_basic": [(0, 0.03, 1.00), (0.03, 0.05, 0.50)],
    "safe_harbor_enhanced": [(0, 0.04, 1.00)],
    "qaca": [(0, 0.01, 1.00), (0.01, 0.06, 0.50)],
}
"""Named deferral tiers as (from, to, rate). Safe harbor: IRC 401(k)(12); QACA: IRC 401(k)(13)."""


class Match(Section):
    """The employer's match on dollars deferred in the year, with true-up."""

    family: Literal["none", "deferral_tiers", "graded_by_service", "tenure_bands", "points"] = setting(
        "deferral_tiers",
        "kind of formula",
        "what the tiers depend on: nothing else, service (one rate or own tiers a band), or age + service points",
        effect="fct_workforce_snapshot.employer_match",
    )
    formula: Literal["simple", "tiered", "stretch", "safe_harbor_basic", "safe_harbor_enhanced", "qaca", "custom"] = (
        setting(
            "simple",
            "name of a formula",
            "for deferral_tiers: a named formula, or 'custom' with tiers",
            effect="fct_workforce_snapshot.employer_match",
        )
    )
    tiers: list[MatchTier] = setting(
        [], "tiers", "for formula custom: the tiers", effect="fct_workforce_snapshot.employer_match"
    )
    service_bands: list[MatchBand] = setting(
        [],
        "bands by completed years",
        "for graded_by_service (one tier a band) and tenure_bands (any tiers)",
        effect="fct_workforce_snapshot.employer_match",
    )
    points_bands: list[MatchBand] = setting(
        [],
        "bands by age + completed years",
        "for points: the tiers of each band",
        effect="fct_workforce_snapshot.employer_match",
    )
    max_match_percentage: ShareOfPay = setting(
        0.06,
        "share of plan compensation",
        "the match never exceeds this share",
        effect="fct_workforce_snapshot.employer_match",
        ge=0,
        le=1,
    )
    eligibility: ContributionEligibility = Field(default_factory=ContributionEligibility)

    @model_validator(mode="after")
    def _has_what_its_family_needs(self) -> Match:
        if self.family == "deferral_tiers" and self.formula == "custom" and not self.tiers:
            raise conflict(
                "formula 'custom' needs tiers; list them, or name a formula such as 'simple'", "formula", "tiers"
            )
        if self.family in ("graded_by_service", "tenure_bands"):
            _check_bands(self.service_bands, "service_bands", self.family)
        if self.family == "graded_by_service" and any(len(band.tiers) != 1 for band in self.service_bands):
            raise conflict(
                "graded_by_service takes exactly one tier a band; use tenure_bands for several",
                "service_bands",
                "family",
            )
        if self.family == "points":
            _check_bands(self.points_bands, "points_bands", self.family)
        return self

    def bands(self) -> list[MatchBand]:
        """The tiers in force, every family brought to one shape: bands of tiers, the first from 0."""
        if self.family == "none":
            return []
        if self.family == "deferral_tiers":
            tiers = self.tiers
            if self.formula != "custom":
                tiers = [
                    MatchTier(deferral_from=low, deferral_to=high, rate=rate)
                    for low, high, rate in MATCH_FORMULAS[self.formula]
                ]
            return [MatchBand(minimum=0, tiers=tiers)]
        return self.points_bands if self.family == "points" else self.service_bands

    def ceiling(self) -> float:
        """The highest deferral rate that still earns a match."""
        return max((tier.deferral_to for band in self.bands() for tier in band.tiers if tier.rate > 0), default=0.0)


class CoreBand(Section):
    """A core rate for people from ``minimum`` years (of service or age) or points on."""

    minimum: int = Field(ge=0, le=200)
    rate: ShareOfPay = Field(ge=0, le=0.25)


class PermittedDisparity(Section):
    """Extra core contribution on pay above an integration level (IRC 401(l))."""

    enabled: bool = setting(
        False,
        "yes or no",
        "adds excess_rate on pay above the integration level",
        effect="fct_workforce_snapshot.employer_core",
    )
    excess_rate: ShareOfPay = setting(
        0.0,
        "share of pay above the level",
        "at most the base rate, and 5.7, 5.4 or 4.3% by the integration level",
        effect="fct_workforce_snapshot.employer_core",
        ge=0,
        le=0.057,
    )
    integration_level: ShareOfPay = setting(
        1.0,
        "share of the Social Security wage base",
        "pay above this share of the wage base earns the excess rate",
        effect="fct_workforce_snapshot.employer_core",
        ge=0,
        le=1,
    )


class Core(Section):
    """Nonelective employer contribution, whatever a person defers."""

    type: Literal["none", "flat", "graded_by_service", "points", "age_bands"] = setting(
        "none", "kind of formula", "what the core rate depends on", effect="fct_workforce_snapshot.employer_core"
    )
    rate: ShareOfPay = setting(
        0.03,
        "share of plan compensation",
        "for type flat: the rate",
        effect="fct_workforce_snapshot.employer_core",
        ge=0,
        le=0.25,
    )
    bands: list[CoreBand] = setting(
        [],
        "bands by years of service, points, or age",
        "for the other types: the rate from each minimum on",
        effect="fct_workforce_snapshot.employer_core",
    )
    permitted_disparity: PermittedDisparity = Field(default_factory=PermittedDisparity)
    eligibility: ContributionEligibility = Field(default_factory=ContributionEligibility)

    @model_validator(mode="after")
    def _is_consistent(self) -> Core:
        if self.type in ("graded_by_service", "points", "age_bands"):
            _check_bands(self.bands, "bands", self.type)
        disparity = self.permitted_disparity
        if disparity.enabled:
            if self.type == "none":
                raise conflict(
                    "permitted_disparity needs a core contribution; set type, or enabled: false",
                    "permitted_disparity.enabled",
                    "type",
                )
            rates = [self.rate] if self.type == "flat" else [band.rate for band in self.bands if band.rate > 0]
            allowed = min([maximum_disparity(disparity.integration_level), *rates])
            if disparity.excess_rate > allowed:
                raise conflict(
                    f"permitted_disparity.excess_rate is {disparity.excess_rate}; with integration_level "
                    f"{disparity.integration_level} and these base rates IRC 401(l) allows at most {allowed}",
                    "permitted_disparity.excess_rate",
                    "permitted_disparity.integration_level",
                    "permitted_disparity.enabled",
                    "rate",
                    "bands",
                )
        return self


def maximum_disparity(integration_level: float) -> float:
    """The maximum excess allowance of IRC 401(l) and Treas. Reg. 1.401(l)-2(d) for an integration level.

    Args:
        integration_level: share of the Social Security wage base.

    Returns:
        0.057 at the wage base, 0.054 above 80%, 0.043 above 20%, and 0.057 at 20% or below.
    """
    if integration_level >= 1 or integration_level <= 0.2:
        return 0.057
    return 0.054 if integration_level > 0.8 else 0.043


class Vesting(Section):
    """How long a person must serve to keep employer money (IRC 411(a)(2)(B))."""

    match_schedule: VestingSchedule = setting(
        "graded_2_6",
        "name of a schedule",
        "when the match becomes the person's own; graded_2_6 is the slowest graded one that the law allows",
        effect="fct_workforce_snapshot.vested_percentage",
    )
    core_schedule: VestingSchedule = setting(
        "cliff_3",
        "name of a schedule",
        "when the core contribution becomes the person's own",
        effect="fct_workforce_snapshot.vested_percentage",
    )


class Compliance(Section):
    """Highly compensated employees and limits (IRC 414(q), 415(d))."""

    top_paid_group_election: bool = setting(
        False, "yes or no", "counts only the top-paid 20% as highly compensated", effect="fct_workforce_snapshot.is_hce"
    )
    irs_indexation_rate: float = setting(
        0.025,
        "share a year",
        "growth of the limits after the last published year, before rounding down to the statutory multiple",
        effect="int_plan_year_limits.elective_deferral_limit",
        ge=0,
        le=0.2,
    )


class Plan(Section):
    """The defined contribution plan's design."""

    eligibility: Eligibility = Field(default_factory=Eligibility)
    enrollment: Enrollment = Field(default_factory=Enrollment)
    escalation: Escalation = Field(default_factory=Escalation)
    deferral: Deferral = Field(default_factory=Deferral)
    match: Match = Field(default_factory=Match)
    core: Core = Field(default_factory=Core)
    vesting: Vesting = Field(default_factory=Vesting)
    compliance: Compliance = Field(default_factory=Compliance)

    @model_validator(mode="after")
    def _default_rate_is_allowed(self) -> Plan:
        default = self.enrollment.auto_enrollment.default_deferral_rate
        if default > self.deferral.maximum_rate:
            raise conflict(
                f"enrollment.auto_enrollment.default_deferral_rate is {default}, above deferral.maximum_rate "
                f"{self.deferral.maximum_rate}",
                "enrollment.auto_enrollment.default_deferral_rate",
                "deferral.maximum_rate",
            )
        return self


def _check_bands(bands: list[MatchBand] | list[CoreBand], name: str, kind: str) -> None:
    keys = (name, "type" if name == "bands" else "family")
    minima = [band.minimum for band in bands]
    if not minima:
        raise conflict(f"{kind} needs {name}; list them, the first with minimum: 0", *keys)
    if minima[0] != 0 or any(low >= high for low, high in pairwise(minima)):
        raise conflict(f"{name} must start at minimum 0 and rise; they are {minima}", *keys)
