"""Designs outside the law: each is a note with the section, and no error, since people test what-ifs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from planalign_orchestrator.config.assumptions import effective_assumptions
from planalign_orchestrator.config.contributions import ContributionEligibility
from planalign_orchestrator.config.entry import Entry, Service
from planalign_orchestrator.config.plan import Plan
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.resources import dbt_project_dir

SAFE_HARBOR_FORMULAS = ("safe_harbor_basic", "safe_harbor_enhanced", "qaca")
_SLOWEST: tuple[Mapping[int, float], ...] = ({3: 1.0}, {2: 0.2, 3: 0.4, 4: 0.6, 5: 0.8, 6: 1.0})
"""The slowest vesting that IRC 411(a)(2)(B) allows: a cliff at three years, or two to six years."""


def legality_notes(settings: Settings) -> list[str]:
    """What of a plan is outside the law, a sentence each with the section."""
    notes = [note for check in _OF_PLANS for note in check(settings.plan)]
    return [*notes, *_vests_too_slowly(settings)]


def _named(plan: Plan) -> str | None:
    """The named formula in force."""
    return plan.match.formula if plan.match.family == "deferral_tiers" else None


def _waits_too_long(plan: Plan) -> Iterator[str]:
    days, service = plan.eligibility.waiting_period_days, plan.eligibility.service
    if _days_of(service) > 366:
        yield (
            f"plan.eligibility.service is {_in_words(service)}; nobody may be kept from deferring for more than a year "
            "of service (IRC 401(k)(2)(D), 410(a)(1)(A))"
        )
    if days > 366:
        yield (
            f"plan.eligibility.waiting_period_days is {days}; nobody may be kept from deferring for more than a year "
            "of service (IRC 401(k)(2)(D), 410(a)(1)(A))"
        )


def _enters_too_late(plan: Plan) -> Iterator[str]:
    # Yearly dates leave half a year of what the law allows for age and service.
    for key, rule, waits in _entries(plan):
        if rule.entry_dates == "annual" and (waits > 183 or rule.minimum_age > 20):
            yield (
                f"{key}.entry_dates is annual with minimum_age {rule.minimum_age} and {waits:.0f} days of service; "
                "entry may come later than the next plan year and six months after the age of 21 and a year of service "
                "(IRC 410(a)(4)): use semiannual, or age 20 and 183 days at most"
            )


def _entries(plan: Plan) -> Iterator[tuple[str, Entry, float]]:
    """The rules of entry that count, with the days that each waits at least."""
    deferrals = plan.eligibility
    yield "plan.eligibility", deferrals, max(deferrals.waiting_period_days, _days_of(deferrals.service))
    for name, _, _ in _contributions(plan):
        entry: Entry = getattr(plan, name).entry
        yield f"plan.{name}.entry", entry, _days_of(entry.service)


def _days_of(service: Service) -> float:
    return (12 * service.years + service.months) * 365.25 / 12 + service.days


def _in_words(service: Service) -> str:
    return ", ".join(f"{unit}: {value}" for unit, value in service.model_dump(exclude_defaults=True).items())


def _needs_too_many_hours(plan: Plan) -> Iterator[str]:
    for key, rule, _ in _entries(plan):
        if rule.service.hours > 1000:
            yield (
                f"{key}.service.hours is {rule.service.hours:g}; 1000 hours are a year of "
                "service, and no more may be asked for (IRC 410(a)(3)(A))"
            )


def _enters_after_years(plan: Plan) -> Iterator[str]:
    for name, _, schedule in _contributions(plan):
        service: Service = getattr(plan, name).entry.service
        waits = _days_of(service)
        if waits > 731:
            yield (
                f"plan.{name}.entry.service is {_in_words(service)}; two years are the most that may be asked for "
                "(IRC 410(a)(1)(B)(i))"
            )
        elif waits > 366 and schedule != "immediate":
            yield (
                f"plan.{name}.entry.service is {_in_words(service)} and plan.vesting.{name}_schedule {schedule}; what "
                "waits for more than a year must be vested at once (IRC 410(a)(1)(B)(i))"
            )


def _asks_too_much_service(plan: Plan) -> Iterator[str]:
    for name, rule, schedule in _contributions(plan):
        if rule.minimum_hours > 1000:
            yield (
                f"plan.{name}.eligibility.minimum_hours is {rule.minimum_hours:g}; 1000 hours are a year of service, "
                "and no more may be asked for (IRC 410(a)(3)(A), 411(a)(5))"
            )
        if rule.minimum_service_years > 2:
            yield (
                f"plan.{name}.eligibility.minimum_service_years is {rule.minimum_service_years}; two years are the "
                "most that may be asked for (IRC 410(a)(1)(B)(i))"
            )
        elif rule.minimum_service_years == 2 and schedule != "immediate":
            yield (
                f"plan.{name}.eligibility.minimum_service_years is 2 and plan.vesting.{name}_schedule {schedule}; what "
                "waits for two years must be vested at once (IRC 410(a)(1)(B)(i))"
            )


def _contributions(plan: Plan) -> Iterator[tuple[str, ContributionEligibility, str]]:
    """The employer's contributions that the plan has, with their conditions and vesting schedules."""
    if plan.match.family != "none":
        yield "match", plan.match.eligibility, plan.vesting.match_schedule
    if plan.core.type != "none":
        yield "core", plan.core.eligibility, plan.vesting.core_schedule


def _retires_too_late(plan: Plan) -> Iterator[str]:
    if plan.vesting.normal_retirement_age > 65:
        yield (
            f"plan.vesting.normal_retirement_age is {plan.vesting.normal_retirement_age}; people must be fully vested "
            "at 65, or after five years of participation if that is later (IRC 411(a)(8))"
        )


def _disparity_is_not_uniform(plan: Plan) -> Iterator[str]:
    core = plan.core
    if core.permitted_disparity.enabled and core.type != "flat" and len({band.rate for band in core.bands}) > 1:
        yield (
            f"plan.core.permitted_disparity.enabled is true with type {core.type}; disparity is permitted only where "
            "base and excess rate are the same for everybody (IRC 401(l)(2), Treas. Reg. 1.401(l)-2(a))"
        )


def _safe_harbor_is_broken(plan: Plan) -> Iterator[str]:
    name, match = _named(plan), plan.match
    if name not in SAFE_HARBOR_FORMULAS:
        return
    conditions = [condition for condition, value in _conditions(match.eligibility) if value]
    conditions += ["more than a year of service (plan.match.entry)"] * (_days_of(match.entry.service) > 366)
    if conditions:
        yield (
            f"plan.match.formula is {name}, but plan.match.eligibility sets {', '.join(conditions)}; a safe harbor "
            "match may not depend on hours, service or employment at year end (IRC 401(k)(12)(B))"
        )
    share = match.max_match_percentage
    cuts = ["max_match_percentage"] * (share is not None and share < match.largest_share() - 1e-9)
    cuts += ["maximum_match_amount"] * (match.maximum_match_amount is not None)
    cuts += ["match_catch_up"] * (not match.match_catch_up)
    if cuts:
        yield (
            f"plan.match.formula is {name}, but plan.match sets {', '.join(cuts)}, which can pay less than the safe "
            "harbor match (IRC 401(k)(12)(B), Treas. Reg. 1.401(k)-3(c))"
        )


def _conditions(eligibility: ContributionEligibility) -> list[tuple[str, object]]:
    return [
        ("require_employment_on_last_day", eligibility.require_employment_on_last_day),
        ("minimum_hours", eligibility.minimum_hours),
        ("minimum_service_years", eligibility.minimum_service_years > 1),
    ]


def _safe_harbor_vests_at_once(plan: Plan) -> Iterator[str]:
    schedule = plan.vesting.match_schedule
    if _named(plan) in ("safe_harbor_basic", "safe_harbor_enhanced") and schedule != "immediate":
        yield (
            f"plan.vesting.match_schedule is {schedule}; a safe harbor match is vested at once (IRC 401(k)(12)(E)(i)): "
            "use immediate"
        )


def _qaca_needs_automatic_features(plan: Plan) -> Iterator[str]:
    if _named(plan) != "qaca":
        return
    if not plan.enrollment.auto_enrollment.enabled:
        yield "plan.match.formula is qaca, which needs plan.enrollment.auto_enrollment.enabled: true (IRC 401(k)(13))"
    elif plan.enrollment.auto_enrollment.default_deferral_rate < 0.03:
        yield (
            "plan.match.formula is qaca, which needs a default_deferral_rate of at least 0.03 "
            f"(IRC 401(k)(13)); it is {plan.enrollment.auto_enrollment.default_deferral_rate:g}"
        )
    if plan.vesting.match_schedule not in ("immediate", "cliff_2", "qaca_2"):
        yield (
            f"plan.vesting.match_schedule is {plan.vesting.match_schedule}; a qaca match must be vested after two "
            "years (IRC 401(k)(13)(D)(iii)): use qaca_2"
        )


def _vests_too_slowly(settings: Settings) -> Iterator[str]:
    """A schedule of a run's own tables; those that come with the product are lawful."""
    if not settings.assumptions.directory and "vesting_schedules" not in settings.assumptions.overrides:
        return
    table = effective_assumptions(settings, dbt_project_dir() / "seeds")["vesting_schedules"]
    steps: dict[str, dict[int, float]] = defaultdict(dict)
    for row in table.rows:
        found = dict(zip(table.columns, row, strict=True))
        steps[str(found["schedule"])][int(str(found["years_of_service"]))] = float(str(found["vested_percentage"]))
    for name, _, schedule in _contributions(settings.plan):
        if not any(_keeps_up(steps[schedule], slowest) for slowest in _SLOWEST):
            yield (
                f"plan.vesting.{name}_schedule is {schedule}, whose steps in vesting_schedules are slower than three "
                "years at once or 20% a year from two to six years (IRC 411(a)(2)(B))"
            )


def _keeps_up(schedule: Mapping[int, float], slowest: Mapping[int, float]) -> bool:
    return all(_vested(schedule, years) >= share for years, share in slowest.items())


def _vested(schedule: Mapping[int, float], years: int) -> float:
    return max((share for reached, share in schedule.items() if reached <= years), default=0.0)


_OF_PLANS: tuple[Callable[[Plan], Iterator[str]], ...] = (
    _waits_too_long,
    _enters_too_late,
    _needs_too_many_hours,
    _enters_after_years,
    _asks_too_much_service,
    _retires_too_late,
    _disparity_is_not_uniform,
    _safe_harbor_is_broken,
    _safe_harbor_vests_at_once,
    _qaca_needs_automatic_features,
)
