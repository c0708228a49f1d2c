"""A run's settings, translated into the oracle's terms."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from planalign_orchestrator.census.recognition import group_name
from planalign_orchestrator.config.contributions import Entry, MatchTier
from planalign_orchestrator.config.settings import Settings
from tests.oracle.escalation import EscalationRule
from tests.oracle.exact import ZERO, exact
from tests.oracle.plan import (
    FORMULAS,
    CoreBand,
    CoreTerms,
    EntryRule,
    MatchBand,
    MatchTerms,
    PlanTerms,
    Tier,
)


def plan_terms(settings: Settings) -> PlanTerms:
    """The terms of the plan that a run simulated."""
    plan = settings.plan
    return PlanTerms(
        day_before=plan.service_completed == "day_before",
        last_day_counts=plan.last_day_counts,
        entry=replace(
            _entry(plan.eligibility), waiting_days=plan.eligibility.waiting_period_days, long_term_part_time=True
        ),
        match=_match(settings),
        core=_core(settings),
        match_vesting=plan.vesting.match_schedule,
        core_vesting=plan.vesting.core_schedule,
        normal_retirement_age=plan.vesting.normal_retirement_age,
        full_vesting_at=tuple(plan.vesting.full_at),
        reallocates=plan.forfeitures.used_for == "reallocate",
        additions_order=plan.compliance.annual_additions_order,
        presumes_partial_termination=plan.vesting.partial_termination == "presume",
        roth_share=exact(plan.deferral.roth_share),
        roth_available=plan.deferral.roth_available,
        highest_rates=(maximum_deferral_rate(settings), maximum_deferral_rate(settings, is_hce=True)),
        top_paid_group=plan.compliance.top_paid_group_election,
    )


def escalation_rule(settings: Settings) -> EscalationRule:
    """The escalation rule of a run; no rate rises above what the plan allows at all."""
    rule = settings.plan.escalation
    cap = min(exact(rule.cap), maximum_deferral_rate(settings))
    month, day = map(int, rule.effective_date.split("-"))
    return EscalationRule(
        rule.enabled,
        month,
        day,
        exact(rule.increment),
        cap,
        rule.first_escalation_delay_years,
        rule.scope == "auto_enrolled",
    )


def maximum_deferral_rate(settings: Settings, *, is_hce: bool = False) -> Fraction:
    """The plan's highest deferral rate, or that of its highly compensated people."""
    rule = settings.plan.deferral
    limits = [rule.maximum_rate, *([rule.hce_maximum_rate] if is_hce and rule.hce_maximum_rate is not None else [])]
    return exact(min(limits))


def _entry(rule: Entry) -> EntryRule:
    service = rule.service
    return EntryRule(
        rule.minimum_age,
        entry_dates=rule.entry_dates,
        service=(service.years, service.months, service.days),
        hours=exact(service.hours),
        full_year_pay=rule.compensation == "full_year",
        left_out=frozenset((group_name(row.group), row.value) for row in rule.excluded_groups),
    )


def _tiers(rows: list[MatchTier]) -> tuple[Tier, ...]:
    return tuple(Tier(exact(row.deferral_from), exact(row.deferral_to), exact(row.rate)) for row in rows)


def _match(settings: Settings) -> MatchTerms:
    match = settings.plan.match
    if match.family in ("none", "deferral_tiers"):
        named = _tiers(match.tiers) if match.formula == "custom" else FORMULAS[match.formula]
        bands: tuple[MatchBand, ...] = (MatchBand(0, named),)
    else:
        rows = {"points": match.points_bands}.get(match.family, match.service_bands)
        bands = tuple(MatchBand(row.minimum, _tiers(row.tiers)) for row in rows)
    return MatchTerms(
        match.family,
        bands,
        _optional(match.max_match_percentage),
        _optional(match.maximum_match_amount),
        match.match_catch_up,
        match.pay_periods if match.computed == "payroll" else None,
        match.true_up,
        _entry(match.entry),
        match.eligibility,
    )


def _optional(value: float | None) -> Fraction | None:
    return None if value is None else exact(value)


def _core(settings: Settings) -> CoreTerms:
    core = settings.plan.core
    disparity = core.permitted_disparity
    return CoreTerms(
        kind=core.type,
        rate=exact(core.rate),
        bands=tuple(CoreBand(row.minimum, exact(row.rate)) for row in core.bands),
        excess_rate=exact(disparity.excess_rate) if disparity.enabled else ZERO,
        integration_level=exact(disparity.integration_level),
        integration_amount=_optional(disparity.integration_amount),
        pool_amount=_optional(core.profit_sharing.pool_amount),
        pool_rate=_optional(core.profit_sharing.pool_rate),
        shared_by=core.profit_sharing.shared_by,
        classes_by=core.profit_sharing.classes_by,
        classes=tuple((row.who, exact(row.rate)) for row in core.profit_sharing.classes),
        entry=_entry(core.entry),
        allocation=core.eligibility,
    )
