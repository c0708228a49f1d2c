"""The first screen: what was simulated, the headline figures with their direction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from planalign_orchestrator.reports import wording
from planalign_orchestrator.reports.charts import sparkline
from planalign_orchestrator.reports.figures import count_cell, number
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.page import Cell, Headline

FORMULAS = {
    "simple": "50% of deferrals up to 6% of pay",
    "tiered": "100% of deferrals up to 3% of pay and 50% of the next 2%",
    "stretch": "25% of deferrals up to 12% of pay",
    "safe_harbor_basic": "safe harbor, 100% of deferrals up to 3% of pay and 50% of the next 2%",
    "safe_harbor_enhanced": "safe harbor, 100% of deferrals up to 4% of pay",
    "qaca": "QACA, 100% of deferrals up to 1% of pay and 50% of the next 5%",
    "custom": "own tiers",
}
FAMILIES = {
    "none": "none",
    "graded_by_service": "graded by service",
    "tenure_bands": "tiers by service",
    "points": "tiers by age and service points",
}
CORE = {
    "none": "none",
    "graded_by_service": "graded by service",
    "points": "by age and service points",
    "age_bands": "by age",
}


def simulated(marts: Marts) -> list[tuple[str, str]]:
    """What was simulated, as pairs of a heading and a text."""
    results = marts.results
    settings = results.settings_of(marts.years[-1])
    census = results.record.get("census", {})
    opening, closing = marts.first["opening_headcount"], marts.last["closing_headcount"]
    return [
        ("Scenario", f"{results.title}, plan design {wording.title(results.plan_design)}"),
        ("Census", f"{census.get('source', 'unknown')}, as of December 31, {marts.years[0] - 1}"),
        ("Years", wording.plan_years(marts.years)),
        (
            "People",
            f"{wording.count(opening)} at the start, {wording.count(marts.total('hires'))} hired, "
            f"{wording.count(closing)} at the end",
        ),
        ("Match", _match(settings)),
        ("Core", _core(settings)),
        ("Enrollment", _enrollment(settings)),
    ]


def headlines(marts: Marts) -> list[Headline]:
    """The headline figures of the last year, each with its change since the first."""
    first, last = marts.first, marts.last
    opening, closing = first["opening_headcount"], last["closing_headcount"]
    since = None if len(marts.years) == 1 else marts.years[0]
    return [
        Headline(
            "headcount",
            f"Headcount, end of {marts.years[-1]}",
            count_cell(closing),
            _direction(opening, closing),
            f"{_relative(opening, closing)} since the start of {marts.years[0]}",
            sparkline([opening, *marts.over_years("closing_headcount")]),
        ),
        _headline(marts, "payroll", "Payroll", wording.short_dollars, since, _relative),
        _headline(marts, "net_employer_cost", "Net employer cost", wording.short_dollars, since, _relative),
        _headline(marts, "cost_share_of_payroll", "Net cost, share of pay", _two_digits, since, _points_of_two),
        _headline(marts, "participation_rate", "Participation", wording.percent, since, wording.points),
        _headline(marts, "mean_deferral_rate", "Mean deferral of participants", _two_digits, since, _points_of_two),
    ]


def _headline(
    marts: Marts, measure: str, label: str, form: Callable[[Any], str], since: int | None, change: Callable[..., str]
) -> Headline:
    values = marts.over_years(measure)
    before, after = values[0], values[-1]
    direction, said, spark = "", "no earlier year to compare with", ""
    if after is None:
        said = "nobody to measure it on"
    elif since is not None and before is not None:
        direction = _direction(before, after) if form(before) != form(after) else "level"
        said, spark = f"{change(before, after)} since {since}", sparkline([number(value) for value in values])
    key = measure.replace("_", "-")
    return Headline(key, f"{label}, {marts.years[-1]}", Cell(form(after), after), direction, said, spark)


def _direction(before: Any, after: Any) -> str:
    return "level" if before == after else "up" if after > before else "down"


def _relative(before: Any, after: Any) -> str:
    if before == after:
        return "unchanged"
    return f"from {wording.short_dollars(before)}" if before <= 0 else wording.relative(before, after)


def _points_of_two(before: Any, after: Any) -> str:
    return wording.points(before, after, 2)


def _two_digits(share: Any) -> str:
    return wording.percent(share, 2)


def _match(settings: Mapping[str, Any]) -> str:
    family = settings.get("plan.match.family")
    if family != "deferral_tiers":
        return FAMILIES.get(str(family), wording.words(str(family)))
    formula = str(settings.get("plan.match.formula"))
    return FORMULAS.get(formula, wording.words(formula))


def _core(settings: Mapping[str, Any]) -> str:
    kind = settings.get("plan.core.type")
    if kind == "flat":
        return f"{_share(settings['plan.core.rate'])} of pay"
    return CORE.get(str(kind), wording.words(str(kind)))


def _enrollment(settings: Mapping[str, Any]) -> str:
    parts = ["no automatic enrollment"]
    if settings.get("plan.enrollment.auto_enrollment.enabled"):
        who = {"new_hires_only": "new hires"}.get(
            str(settings.get("plan.enrollment.auto_enrollment.scope")), "all eligible employees"
        )
        rate = _share(settings["plan.enrollment.auto_enrollment.default_deferral_rate"])
        parts = [f"automatic at {rate} for {who}"]
    if settings.get("plan.escalation.enabled"):
        step, cap = _share(settings["plan.escalation.increment"]), _share(settings["plan.escalation.cap"])
        parts.append(f"rates rise by {step} a year to {cap}")
    return ", ".join(parts)


def _share(value: Any) -> str:
    return f"{Decimal(str(value)) * 100:f}".rstrip("0").rstrip(".") + "%" if value else "0%"
