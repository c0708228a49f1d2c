"""For every setting of the model a change, and the settings around it that let the change matter."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

TIER = {"deferral_from": 0, "deferral_to": 0.04, "rate": 1}
BANDS = [{"minimum": 0, "tiers": [TIER]}, {"minimum": 8, "tiers": [{**TIER, "rate": 0.5}]}]
FLAT_CORE = {"plan.core.type": "flat"}
DISPARITY = {
    **FLAT_CORE,
    "plan.core.rate": 0.06,
    "plan.core.permitted_disparity.enabled": True,
    "plan.core.permitted_disparity.excess_rate": 0.03,
    "plan.core.permitted_disparity.integration_level": 0.7,
}
POOL = {"plan.core.type": "profit_sharing", "plan.core.profit_sharing.pool_rate": 0.05}
CLASSES = {
    "census.groups": ["department"],
    "plan.core.type": "profit_sharing",
    "plan.core.profit_sharing.shared_by": "rates",
    "plan.core.profit_sharing.classes_by": "department",
    "plan.core.profit_sharing.classes": [{"who": "0", "rate": 0.05}],
}
BY_AGE = {"plan.core.profit_sharing.classes_by": "age"}
ALL_ESCALATE = {"plan.escalation.scope": "all"}
HALF_TIME = {"workforce.new_hires.scheduled_hours_per_week": 20}
LIMITED = {
    "assumptions.overrides": {
        "irs_limits": [{"limit_year": 2025, "elective_deferral_limit": 2000, "catch_up_limit": 0}]
    }
}
SMALL_ADDITIONS = {
    "plan.core.type": "flat",
    "assumptions.overrides": {"irs_limits": [{"limit_year": 2025, "annual_additions_limit": 3000}]},
}
SAVERS = {"plan.enrollment.voluntary_rate_multiplier": 5}
QUITTERS = {
    "plan.enrollment.voluntary_rate_multiplier": 0,
    "plan.enrollment.opt_out_rate_multiplier": 20,
    "plan.enrollment.conversion_rate_multiplier": 20,
    "plan.enrollment.auto_enrollment.window_days": 5,
    "plan.enrollment.auto_enrollment.opt_out_grace_period": 5,
}
FAILING = {"plan.enrollment.voluntary_rate_multiplier": 0, "plan.enrollment.auto_enrollment.enabled": False}
AUTOMATIC = {"plan.enrollment.auto_enrollment.enabled": True}
REFUNDED = {**FAILING, "plan.testing.correction": "refund"}


@dataclass(frozen=True)
class Change:
    """One setting changed.

    Args:
        value: the other value.
        around: other settings, in force before and after the change.
        years: how many years it takes to show.
    """

    value: Any
    around: dict[str, Any] = field(default_factory=dict)
    years: int = 1


def _eligibility(section: str, around: dict[str, Any]) -> dict[str, Change]:
    prefix = f"plan.{section}.eligibility."
    anybody = {**around, prefix + "require_employment_on_last_day": False}
    return {
        prefix + "require_employment_on_last_day": Change(False, around),
        prefix + "last_day_exceptions": Change(["voluntary", "retirement"], around),
        prefix + "minimum_hours": Change(0, around),
        prefix + "waive_hours_for_new_hires": Change(True, around),
        prefix + "waive_hours_for_leavers": Change(True, anybody),
        prefix + "minimum_service_years": Change(3, around),
    }


def _entry(section: str, around: dict[str, Any]) -> dict[str, Change]:
    prefix = f"plan.{section}."
    later = {**around, prefix + "service.months": 3}
    return {
        prefix + "minimum_age": Change(21, {**around, "plan.eligibility.minimum_age": 18}),
        prefix + "service.days": Change(90, around),
        prefix + "service.months": Change(6, around),
        prefix + "service.years": Change(1, around),
        prefix + "service.hours": Change(2080, {**around, prefix + "service.years": 1, **HALF_TIME}),
        prefix + "entry_dates": Change("quarterly", around),
        prefix + "compensation": Change("full_year", later),
    }


CHANGES: dict[str, Change] = {
    "simulation.start_year": Change(2026, {"simulation.end_year": 2026}),
    "simulation.end_year": Change(2026),
    "simulation.random_seed": Change(43),
    "simulation.scenario_id": Change("other"),
    "simulation.plan_design_id": Change("other"),
    "assumptions.overrides": Change({"levels": [{"level_id": 1, "merit_rate": 0.08}]}),
    "workforce.target_growth_rate": Change(0.10),
    "workforce.exits": Change("random"),
    "workforce.total_termination_rate": Change(0.20),
    "workforce.new_hire_termination_rate": Change(0.40),
    "workforce.involuntary_share": Change(0.9),
    "workforce.new_hires.level_mix": Change({1: 0.2, 3: 0.8}),
    "workforce.new_hires.pay_factor": Change(1.2),
    "workforce.new_hires.pay_percentile_spread": Change(0.2),
    "workforce.new_hires.scheduled_hours_per_week": Change(20),
    "compensation.structure_growth_rate": Change(0.1, years=2),
    "compensation.cola_rate": Change(0.05),
    "amendments": Change([{"from": 2025, "workforce": {"target_growth_rate": 0.1}}]),
    "compensation.merit_budget": Change(0.02),
    "compensation.minimum_service_months": Change(48),
    "compensation.promotion.base_rate": Change(0.2),
    "compensation.promotion.promotion_rate_multiplier": Change(5),
    "compensation.promotion.effective_date": Change("10-01"),
    "compensation.promotion.minimum_service_years": Change(6),
    "compensation.promotion.raise_distribution": Change("fixed"),
    "compensation.promotion.raise_mean": Change(0.2),
    "compensation.promotion.raise_spread": Change(0.0),
    "compensation.promotion.raise_mean_by_level": Change({1: 0.05}),
    "compensation.promotion.raise_maximum": Change(0.05),
    "compensation.promotion.raise_maximum_amount": Change(1000),
    "plan.service_completed": Change("anniversary", {"workforce.target_growth_rate": 1}),
    "plan.last_day_counts": Change(
        False,
        {
            "workforce.total_termination_rate": 1,
            "workforce.new_hire_termination_rate": 0.5,
            "workforce.target_growth_rate": 2,
            "plan.match.eligibility.minimum_hours": 0,
        },
    ),
    "plan.eligibility.waiting_period_days": Change(90),
    **_entry("eligibility", {}),
    "plan.eligibility.new_hire_ineligible_rate": Change(0.5),
    "plan.enrollment.auto_enrollment.enabled": Change(False),
    "plan.enrollment.auto_enrollment.scope": Change("all_eligible_employees"),
    "plan.enrollment.auto_enrollment.reenroll": Change(
        "yearly", {"plan.enrollment.auto_enrollment.scope": "all_eligible_employees"}, years=2
    ),
    "plan.enrollment.auto_enrollment.hire_date_cutoff": Change("2025-07-01"),
    "plan.enrollment.auto_enrollment.default_deferral_rate": Change(0.06),
    "plan.enrollment.auto_enrollment.window_days": Change(10),
    "plan.enrollment.auto_enrollment.opt_out_grace_period": Change(90, {"plan.enrollment.opt_out_rate_multiplier": 10}),
    "plan.enrollment.match_magnet.probability": Change(0.0, SAVERS),
    "plan.enrollment.match_magnet.maximum_rate": Change(0.05, SAVERS),
    "plan.enrollment.opt_out_cooling_years": Change(1, QUITTERS, years=2),
    "plan.enrollment.voluntary_rate_multiplier": Change(0),
    "plan.enrollment.conversion_rate_multiplier": Change(10),
    "plan.enrollment.opt_out_rate_multiplier": Change(10),
    "plan.escalation.enabled": Change(False, ALL_ESCALATE),
    "plan.escalation.scope": Change("all"),
    "plan.escalation.effective_date": Change("07-01", ALL_ESCALATE),
    "plan.escalation.increment": Change(0.02, ALL_ESCALATE),
    "plan.escalation.cap": Change(0.06, ALL_ESCALATE),
    "plan.escalation.first_escalation_delay_years": Change(8, ALL_ESCALATE),
    "plan.deferral.hce_maximum_rate": Change(0.01),
    "plan.deferral.roth_available": Change(False),
    "plan.deferral.maximum_rate": Change(0.05),
    "plan.deferral.roth_share": Change(0.5),
    "plan.match.family": Change("none"),
    "plan.match.formula": Change("safe_harbor_enhanced"),
    "plan.match.tiers": Change([{**TIER, "rate": 0.25}], {"plan.match.formula": "custom", "plan.match.tiers": [TIER]}),
    "plan.match.service_bands": Change(
        BANDS, {"plan.match.family": "tenure_bands", "plan.match.service_bands": BANDS[:1]}
    ),
    "plan.match.points_bands": Change(BANDS, {"plan.match.family": "points", "plan.match.points_bands": BANDS[:1]}),
    "plan.match.max_match_percentage": Change(0.01),
    "plan.match.computed": Change("payroll", LIMITED),
    "plan.match.pay_periods": Change(2, {**LIMITED, "plan.match.computed": "payroll"}),
    "plan.match.true_up": Change(True, {**LIMITED, "plan.match.computed": "payroll"}),
    "plan.match.maximum_match_amount": Change(500),
    "plan.match.match_catch_up": Change(
        False, {"plan.match.formula": "custom", "plan.match.tiers": [{**TIER, "deferral_to": 1}]}
    ),
    **_entry("match.entry", {}),
    **_eligibility("match", {}),
    "plan.core.type": Change("flat"),
    "plan.core.rate": Change(0.05, FLAT_CORE),
    "plan.core.bands": Change(
        [{"minimum": 0, "rate": 0.02}, {"minimum": 40, "rate": 0.04}],
        {"plan.core.type": "age_bands", "plan.core.bands": [{"minimum": 0, "rate": 0.02}]},
    ),
    "plan.core.profit_sharing.pool_amount": Change(
        50_000, {"plan.core.type": "profit_sharing", "plan.core.profit_sharing.pool_amount": 40_000}
    ),
    "plan.core.profit_sharing.pool_rate": Change(0.02, POOL),
    "plan.core.profit_sharing.shared_by": Change("head", POOL),
    "plan.core.profit_sharing.classes_by": Change("age", CLASSES),
    "plan.core.profit_sharing.classes": Change([{"who": "0", "rate": 0.02}], {**CLASSES, **BY_AGE}),
    "plan.core.permitted_disparity.enabled": Change(
        True, {**DISPARITY, "plan.core.permitted_disparity.enabled": False}
    ),
    "plan.core.permitted_disparity.excess_rate": Change(0.01, DISPARITY),
    "plan.core.permitted_disparity.integration_level": Change(0.5, DISPARITY),
    "plan.core.permitted_disparity.integration_amount": Change(80_000, DISPARITY),
    **_entry("core.entry", FLAT_CORE),
    **_eligibility("core", FLAT_CORE),
    "plan.behavior.responds": Change(False, {"plan.behavior.known_plan.match_ceiling": 0.03}),
    "plan.behavior.known_plan.match_ceiling": Change(0.03),
    "plan.behavior.known_plan.match_rate": Change(0.1),
    "plan.behavior.deferral_change_multiplier": Change(0),
    "plan.vesting.match_schedule": Change("immediate"),
    "plan.vesting.core_schedule": Change("immediate", FLAT_CORE),
    "plan.forfeitures.used_for": Change("expenses", years=2),
    "plan.forfeitures.used_in": Change("same_year"),
    "plan.vesting.partial_termination": Change(
        "ignore", {"workforce.total_termination_rate": 0.5, "workforce.involuntary_share": 1}
    ),
    "plan.vesting.normal_retirement_age": Change(50),
    "plan.vesting.full_at": Change(
        [], {"assumptions.overrides": {"death_and_disability_rates": [{"age": 30, "death_rate": 0.3}]}}, years=2
    ),
    "plan.compliance.annual_additions_order": Change("return_deferrals_first", SMALL_ADDITIONS),
    "plan.compliance.wage_base_growth_rate": Change(0.1, {"simulation.start_year": 2028, "simulation.end_year": 2028}),
    "plan.compliance.top_paid_group_election": Change(
        True, {"assumptions.overrides": {"irs_limits": [{"limit_year": 2024, "hce_compensation": 60000}]}}
    ),
    "plan.compliance.irs_indexation_rate": Change(
        0.10, {"simulation.start_year": 2028, "simulation.end_year": 2028}
    ),
    "plan.testing.method": Change("prior"),
    "plan.testing.first_year_prior_adp": Change("actual", {"plan.testing.method": "prior"}),
    "plan.testing.compensation": Change("full_year"),
    "plan.testing.otherwise_excludable": Change("separate"),
    "plan.testing.leave_out_long_term_part_time": Change(
        True, {"plan.eligibility.service.years": 1, "plan.eligibility.service.hours": 2080, **HALF_TIME}, years=3
    ),
    "plan.testing.correction": Change("refund", FAILING),
    "plan.testing.refund_earnings_rate": Change(0.05, REFUNDED),
    "plan.testing.eaca_covers_all": Change(True, {**REFUNDED, **AUTOMATIC}),
    "plan.testing.annuity_factor": Change(
        8.5, {"plan.core.type": "age_bands", "plan.core.bands": [{"minimum": 0, "rate": 0.02}]}
    ),
}  # fmt: skip
"""Every setting of the model. A new one without an entry fails a test."""
