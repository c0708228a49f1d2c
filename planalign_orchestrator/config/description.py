"""A plan in words, from what is in force: two plans that pay differently read differently."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planalign_orchestrator.config.behavior import Behavior
from planalign_orchestrator.config.contributions import BANDS_OF_FAMILY, ContributionEligibility, Core, Match, MatchTier
from planalign_orchestrator.config.entry import Entry
from planalign_orchestrator.config.plan import Deferral, Enrollment, Escalation, Forfeitures, Plan, Vesting
from planalign_orchestrator.config.testing import Testing

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_MEASURES = {"service_bands": "years of service", "points_bands": "points of age and service"}
_CORE_MEASURES = {
    "graded_by_service": "years of service", "points": "points of age and service", "age_bands": "years of age",
}  # fmt: skip


def describe(plan: Plan) -> dict[str, str]:
    """What a plan does, a sentence a subject.

    Args:
        plan: its settings.

    Returns:
        The sentences by subject, in the order in which a reader wants them. What a setting says shows wherever it can
        change what anybody gets; where it cannot, as the vesting of a contribution that the plan does not make, it does
        not show.
    """
    found = {
        "Match": _match(plan.match),
        "Core": _core(plan.core),
        "Vesting": _vesting(plan),
        "Forfeitures": _forfeitures(plan.forfeitures),
        "Entry": _plan_entry(plan),
        "Enrollment": _enrollment(plan.enrollment),
        "Increases": _increases(plan.escalation),
        "Deferrals": _deferrals(plan.deferral),
        "Limits": _compliance(plan),
        "Tests": _tests(plan.testing),
        "Behavior": _behavior(plan.behavior),
    }
    return {subject: f"{text[0].upper()}{text[1:]}." for subject, text in found.items()}


def describe_settings(settings: Mapping[str, Any]) -> dict[str, str]:
    """What the plan among recorded settings does.

    Args:
        settings: values by dotted key, as a run records them.
    """
    from planalign_orchestrator.config.layers import nested

    found = nested({key: value for key, value in settings.items() if key.startswith("plan.")})
    return describe(Plan.model_validate(found.get("plan", {})))


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]])) if parts else "nothing"


def _share(value: float) -> str:
    return f"{round(value * 100, 10):.12g}%"


def _years(number: int) -> str:
    return f"{number} year{'' if number == 1 else 's'}"


def _days(number: int) -> str:
    return f"{number} day{'' if number == 1 else 's'}"


def _tiers(tiers: Sequence[MatchTier]) -> str:
    """``100% of deferrals up to 3% of pay and 50% of those from 3% to 5%``"""
    parts = [
        f"{_share(tier.rate)} of deferrals up to {_share(tier.deferral_to)} of pay"
        if not tier.deferral_from
        else f"{_share(tier.rate)} of those from {_share(tier.deferral_from)} to {_share(tier.deferral_to)}"
        for tier in tiers
    ]
    return _listed(parts)


def _match(match: Match) -> str:
    if match.family == "none":
        return "none"
    formula = _tiers(match.bands()[0].tiers)
    if match.family != "deferral_tiers":
        measure = _MEASURES[BANDS_OF_FAMILY[match.family]]
        formula = "; ".join(f"from {band.minimum} {measure} {_tiers(band.tiers)}" for band in match.bands())
    parts = [formula, *_match_caps(match)]
    if not match.match_catch_up:
        parts.append("catch-up not matched")
    if match.computed == "payroll":
        parts.append(f"by each of {match.pay_periods} payrolls a year" + (", trued up to the year" * match.true_up))
    return "; ".join([*parts, *_source_entry(match.entry), *_conditions(match.eligibility)])


def _match_caps(match: Match) -> Iterator[str]:
    if match.max_match_percentage is not None and match.max_match_percentage < match.largest_share() - 1e-9:
        yield f"at most {_share(match.max_match_percentage)} of pay"
    if match.maximum_match_amount is not None:
        yield f"at most ${match.maximum_match_amount:,.2f} a year"


def _conditions(rule: ContributionEligibility) -> Iterator[str]:
    if rule.minimum_hours:
        waived = ["hires"] * rule.waive_hours_for_new_hires + ["leavers"] * rule.waive_hours_for_leavers
        except_for = f" (not for {_listed(waived)} of the year)" if waived else ""
        yield f"for {rule.minimum_hours:.12g} hours in the year{except_for}"
    if rule.minimum_service_years:
        yield f"after {_years(rule.minimum_service_years)} of service"
    if rule.require_employment_on_last_day:
        reasons = sorted(reason.replace("_", " ") for reason in rule.last_day_exceptions)
        yield "employed on December 31" + (f", or gone by {_listed(reasons)}" if reasons else "")


def _core(core: Core) -> str:
    if core.type == "none":
        return "none"
    formula = f"{_share(core.rate)} of pay"
    if core.type == "profit_sharing":
        formula = _profit_sharing(core)
    elif core.type != "flat":
        measure = _CORE_MEASURES[core.type]
        formula = "; ".join(f"from {band.minimum} {measure} {_share(band.rate)} of pay" for band in core.bands)
    parts, disparity = [formula], core.permitted_disparity
    if disparity.enabled:
        amount, level = disparity.integration_amount, f"{_share(disparity.integration_level)} of the wage base"
        level = level if amount is None else f"${amount:,.2f}, at most the wage base"
        parts.append(f"{_share(disparity.excess_rate)} more of pay above {level}")
    return "; ".join([*parts, *_source_entry(core.entry), *_conditions(core.eligibility)])


def _profit_sharing(core: Core) -> str:
    pool = core.profit_sharing
    text = f"profit sharing by {pool.shared_by}"
    if pool.shared_by == "rates":
        classes = (f"{one.who} {_share(one.rate)}" for one in pool.classes)
        text = f"profit sharing by class of {pool.classes_by}: {', '.join(classes)} of pay"
    if pool.pool_amount is not None:
        text += f", out of ${pool.pool_amount:,.2f} a year"
    return text if pool.pool_rate is None else f"{text}, out of {_share(pool.pool_rate)} of pay"


def _vesting(plan: Plan) -> str:
    rule: Vesting = plan.vesting
    # What the census brings along vests like the match, whether the plan makes one or not.
    parts = [f"match {rule.match_schedule}", *([f"core {rule.core_schedule}"] if plan.core.type != "none" else [])]
    parts.append(f"in full at the age of {rule.normal_retirement_age}")
    if rule.partial_termination == "presume":
        parts.append("and for leavers of a partial termination")
    return _words(", ".join(parts))


def _words(text: str) -> str:
    """Names of settings as a reader says them: ``graded 2-6`` of ``graded_2_6``."""
    return re.sub(r"(?<=\d)_(?=\d)", "-", text).replace("_", " ")


def _forfeitures(rule: Forfeitures) -> str:
    when = "in the same year" if rule.used_in == "same_year" else "from the next year on"
    use = {
        "offset": "pay employer contributions",
        "reallocate": "go by pay to those who share in the core contribution",
        "expenses": "pay plan expenses",
    }
    return f"{use[rule.used_for]} {when}"


def _plan_entry(plan: Plan) -> str:
    rule = plan.eligibility
    parts = [_entered(rule, rule.waiting_period_days)]
    if rule.new_hire_ineligible_rate:
        parts.append(f"{_share(rule.new_hire_ineligible_rate)} of hires in excluded jobs")
    day = "the day before its anniversary" if plan.service_completed == "day_before" else "its anniversary"
    parts.append(f"a year of service complete on {day}")
    parts.append(f"who leaves on December 31 is {'' if plan.last_day_counts else 'not '}employed on it")
    return "; ".join(parts)


def _source_entry(rule: Entry) -> Iterator[str]:
    """When an employer contribution opens, where it has a rule of its own."""
    if rule != Entry():
        yield f"from entry {_entered(rule)}"


def _entered(rule: Entry, wait: int = 0) -> str:
    """What entry asks for, and the pay that counts."""
    asked = {unit: getattr(rule.service, unit) for unit in ("years", "months", "days")}
    parts = [f"{number} {unit[:-1] if number == 1 else unit}" for unit, number in asked.items() if number]
    of_service = [f"after {_listed(parts)} of service"] if parts else []
    of_age = [f"at the age of {rule.minimum_age}"] if rule.minimum_age else []
    text = _listed([*of_age, *([f"{_days(wait)} after hire"] if wait else []), *of_service] or ["on hire"])
    if rule.service.hours:
        text += f", each of {rule.service.hours:.12g} hours"
    if rule.entry_dates != "immediate":
        text += f", on the next {rule.entry_dates} entry date"
    if rule.compensation == "full_year":
        text += ", with the pay of the whole year"
    left_out = [f"{row.group} {row.value}" for row in rule.excluded_groups]
    return text + (f", never for {_listed(left_out)}" if left_out else "")


def _enrollment(rule: Enrollment) -> str:
    auto, magnet = rule.auto_enrollment, rule.match_magnet
    parts = ["no automatic enrollment"]
    if auto.enabled:
        who = "all eligible employees" if auto.scope == "all_eligible_employees" else "new hires"
        if auto.scope == "new_hires_only" and auto.hire_date_cutoff:
            who = f"those hired from {auto.hire_date_cutoff} on"
        when = f"{_days(auto.window_days)} after eligibility, opt-out within {_days(auto.opt_out_grace_period)}"
        again = ", and again every January 1" * (auto.reenroll == "yearly")
        parts = [f"automatic at {_share(auto.default_deferral_rate)} for {who}, {when}{again}"]
    parts.append(f"conversion {_years(rule.opt_out_cooling_years)} after an opt-out")
    parts.append(f"{_share(magnet.probability)} move up to the whole match, to {_share(magnet.maximum_rate)} at most")
    for name in ("voluntary", "conversion", "opt_out"):
        factor = getattr(rule, f"{name}_rate_multiplier")
        if factor != 1:
            parts.append(f"{name.replace('_', '-')} chances times {factor!r}")
    return "; ".join(parts)


def _increases(rule: Escalation) -> str:
    if not rule.enabled:
        return "none"
    who = "everybody's" if rule.scope == "all" else "automatically enrolled people's"
    return (
        f"{who} rate by {_share(rule.increment)} of pay every {_day(rule.effective_date)}, to {_share(rule.cap)} at "
        f"most, starting {_years(rule.first_escalation_delay_years)} after enrollment"
    )


def _day(month_day: str) -> str:
    """``January 1`` of ``01-01``"""
    month, day = map(int, month_day.split("-"))
    return f"{_MONTHS[month - 1]} {day}"


def _deferrals(rule: Deferral) -> str:
    roth = _share(rule.roth_share) if rule.roth_available else "none"
    most = f"to {_share(rule.maximum_rate)} of pay"
    if rule.hce_maximum_rate is not None and rule.hce_maximum_rate < rule.maximum_rate:
        most += f" ({_share(rule.hce_maximum_rate)} for highly compensated people)"
    return f"{most}, {roth} of them Roth"


def _compliance(plan: Plan) -> str:
    rule = plan.compliance
    who = "by pay within the top-paid group" if rule.top_paid_group_election else "by pay"
    order = rule.annual_additions_order.replace("_", " ")
    prices, wages = _share(rule.irs_indexation_rate), _share(rule.wage_base_growth_rate)
    return (
        f"highly compensated {who}; above the limit on additions {order}; limits rise by {prices} a year after the "
        f"last published one, the wage base by {wages}"
    )


def _tests(rule: Testing) -> str:
    against = "the same year's NHCEs"
    if rule.method == "prior":
        first = rule.first_year_prior_adp
        assumed = "as it is" if first == "actual" else _share(float(first))
        against = f"the NHCEs of the year before, {assumed} in the first year"
    parts = [
        f"compared with {against}",
        f"pay {'from entry on' if rule.compensation == 'from_entry' else 'of the full year'}",
        f"otherwise excludable people: {rule.otherwise_excludable}",
        f"correction: {rule.correction}",
    ]
    if rule.correction == "refund":
        parts[-1] += f" with earnings of {_share(rule.refund_earnings_rate)}"
        parts[-1] += ", within six months" * rule.eaca_covers_all
    return _words("; ".join([*parts, f"$1 a year from age 65 costs ${rule.annuity_factor:.12g}"]))


def _behavior(rule: Behavior) -> str:
    ceiling, rate, factor = rule.known_plan.match_ceiling, rule.known_plan.match_rate, rule.deferral_change_multiplier
    parts = ["people answer a new match" if rule.responds else "nobody answers a new match"]
    if rule.responds and ceiling is not None:
        parts.append(f"they know one on deferrals up to {_share(ceiling)} of pay")
    if rule.responds and rate is not None:
        parts.append(f"they know one of ${rate!r} a dollar")
    if factor != 1:
        parts.append(f"chances to change a deferral times {factor!r}")
    return "; ".join(parts)
