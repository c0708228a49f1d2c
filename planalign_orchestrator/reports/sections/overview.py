"""The first screen: what was simulated, the headline figures with their direction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from planalign_orchestrator.reports import wording
from planalign_orchestrator.reports.charts import sparkline
from planalign_orchestrator.reports.figures import count_cell
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
    years = len(marts.years)
    return [
        ("Scenario", f"{results.name}, plan design {results.plan_design}"),
        ("Census", f"{census.get('source', 'unknown')}, as of 31 December {marts.years[0] - 1}"),
        ("Years", f"{results.period} ({years} plan year{'s' if years > 1 else ''})"),
        (
            "People",
            f"{wording.count(marts.first['opening_headcount'])} at the start, "
            f"{wording.count(marts.total('hires'))} hired, {wording.count(marts.last['closing_headcount'])} at the end",
        ),
        ("Match", _match(settings)),
        ("Core", _core(settings)),
        ("Enrolment", _enrolment(settings)),
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
    figure = Cell(form(after), after)
    label = f"{label}, {marts.years[-1]}"
    if after is None:
        return Headline(measure.replace("_", "-"), label, figure, "", "nobody to measure it on")
    if since is None or before is None:
        return Headline(measure.replace("_", "-"), label, figure, "", "no earlier year to compare with")
    numbers = [None if value is None else float(value) for value in values]
    return Headline(
        measure.replace("_", "-"),
        label,
        figure,
        _direction(before, after) if form(before) != form(after) else "level",
        f"{change(before, after)} since {since}",
        sparkline(numbers),
    )


def _direction(before: Any, after: Any) -> str:
    return "level" if before == after else "up" if after > before else "down"


def _relative(before: Any, after: Any) -> str:
    if before == after:
        return "unchanged"
    if before <= 0:
        return f"from {wording.short_dollars(before)}"
    share = (Decimal(after) - Decimal(before)) / Decimal(before)
    return f"{'+' if share > 0 else ''}{wording.percent(share)}"


def _points_of_two(before: Any, after: Any) -> str:
    return wording.points(before, after, 2)


def _two_digits(share: Any) -> str:
    return wording.percent(share, 2)


def _match(settings: Mapping[str, Any]) -> str:
    family = settings.get("plan.match.family")
    if family != "deferral_tiers":
        return FAMILIES.get(str(family), str(family))
    formula = str(settings.get("plan.match.formula"))
    return FORMULAS.get(formula, formula)


def _core(settings: Mapping[str, Any]) -> str:
    kind = settings.get("plan.core.type")
    if kind == "flat":
        return f"{_share(settings['plan.core.rate'])} of pay"
    return CORE.get(str(kind), str(kind))


def _enrolment(settings: Mapping[str, Any]) -> str:
    parts = ["no automatic enrolment"]
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
