"""``comparison.html``: runs side by side on one page that needs nothing else, the workbook's companion for reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from planalign_orchestrator.reports import wording
from planalign_orchestrator.reports.comparison import Comparison, Side
from planalign_orchestrator.reports.comparison_people import GroupChange
from planalign_orchestrator.reports.page import Cell, Headline, Page
from planalign_orchestrator.reports.sections.compared_costs import costs, saving
from planalign_orchestrator.reports.sections.compared_people import gains
from planalign_orchestrator.reports.sections.compared_runs import places, settings

FILE_NAME = "comparison.html"


@dataclass(frozen=True)
class Measure:
    """A headline figure.

    Args:
        key: names it in the page.
        label: over its column.
        value: of a run.
        form: shows it.
        change: says how far it is from the base's, both given.
    """

    key: str
    label: str
    value: Callable[[Side], Any]
    form: Callable[[Any], str]
    change: Callable[[Any, Any], str]


def comparison_page(comparison: Comparison) -> Page:
    """The page of a comparison."""
    measures = _measures(comparison)
    return Page(
        title=_title(comparison),
        finding=_finding(comparison),
        facts=_compared(comparison),
        headlines={
            side.title: [_headline(measure, side, comparison.base) for measure in measures] for side in comparison.sides
        },
        warnings=comparison.warnings,
        quiet="No warnings: same people, seed, assumptions and model in all runs, so every difference is the plan's.",
        sections=[costs(comparison), saving(comparison), gains(comparison), settings(comparison), places(comparison)],
    )


def _measures(comparison: Comparison) -> list[Measure]:
    def total(key: str, label: str, change: Callable[[Any, Any], str]) -> Measure:
        return Measure(key, label, lambda side: comparison.total(side, key), wording.short_dollars, change)

    def last(key: str, label: str, form: Callable[[Any], str], change: Callable[[Any, Any], str]) -> Measure:
        return Measure(key, f"{label}, {comparison.years[-1]}", lambda side: comparison.last(side, key), form, change)

    return [
        total("net_employer_cost", "Net employer cost", _relative),
        Measure(
            "cost_share_of_payroll",
            "Share of pay",
            comparison.cost_share,
            _two_digits,
            lambda before, after: _points(before, after, 2),
        ),
        total("employer_match", "Match", _dollars_more),
        total("employer_core", "Core", _dollars_more),
        last("participation_rate", "Participation", wording.percent, lambda before, after: _points(before, after, 1)),
        last("mean_deferral_rate", "Mean deferral", _two_digits, lambda before, after: _points(before, after, 2)),
        last("closing_headcount", "Headcount", wording.count, lambda before, after: wording.signed(after - before)),
    ]


def _headline(measure: Measure, side: Side, base: Side) -> Headline:
    before, after = measure.value(base), measure.value(side)
    figure = Cell(measure.form(after), after)
    if side is base or before is None or after is None:
        return Headline(measure.key, measure.label, figure, "", "base" if side is base else "")
    change = measure.change(before, after)
    if not any(digit in "123456789" for digit in change):
        return Headline(measure.key, measure.label, figure, "level", "same" if before == after else "about the same")
    return Headline(measure.key, measure.label, figure, "up" if after > before else "down", change)


def _relative(before: Decimal, after: Decimal) -> str:
    """``+$120K, +4.2%``: in dollars, and as a share where there is one."""
    dollars = _dollars_more(before, after)
    return dollars if before <= 0 or before == after else f"{dollars}, {wording.relative(before, after)}"


def _two_digits(share: Any) -> str:
    return wording.percent(share, 2)


def _points(before: Any, after: Any, digits: int) -> str:
    return wording.points(before, after, digits).replace("points", "pts")


def _dollars_more(before: Decimal, after: Decimal) -> str:
    return wording.signed_dollars(after - before)


def _title(comparison: Comparison) -> str:
    if len(comparison.sides) == 2:
        return f"{comparison.sides[1].title} against {comparison.base.title}, {comparison.period}"
    return f"{len(comparison.sides)} runs compared, {comparison.period}"


def _finding(comparison: Comparison) -> str:
    """What the difference comes to, in a sentence or two."""
    base, *others = comparison.sides
    if len(others) == 1:
        return f"{_against_base(comparison, others[0])} {_gain_sentence(comparison.groups[0][0])}"
    cost = {side.title: comparison.total(side, "net_employer_cost") for side in comparison.sides}
    cheapest, dearest = min(cost, key=cost.__getitem__), max(cost, key=cost.__getitem__)
    form = wording.short_dollars
    if cost[cheapest] == cost[dearest]:
        return f"All runs cost the employer {form(cost[cheapest])} net."
    said = [
        f"{name} costs the {what}, {form(cost[name])} net"
        + ("" if name == base.title else f" ({_relative(cost[base.title], cost[name])} against {base.title})")
        for name, what in ((cheapest, "least"), (dearest, "most"))
    ]
    own = "" if base.title in (cheapest, dearest) else f" {base.title} costs {form(cost[base.title])}."
    return f"Over {comparison.period} {said[0]}; {said[1]}.{own}"


def _against_base(comparison: Comparison, side: Side) -> str:
    before, after = (comparison.total(one, "net_employer_cost") for one in (comparison.base, side))
    change, form = after - before, wording.short_dollars
    if not change:
        return f"Both runs cost the employer {form(after)} net over {comparison.period}."
    return (
        f"{side.title} costs the employer {form(abs(change))} {'more' if change > 0 else 'less'} than "
        f"{comparison.base.title} over {comparison.period}: {form(after)} instead of {form(before)} net."
    )


def _gain_sentence(everybody: GroupChange) -> str:
    more, less = everybody.winners, everybody.losers
    if not more and not less:
        return "Nobody's employer money changes."
    of = f"{everybody.in_both:,} people{' in both runs' if everybody.in_one_run else ''}"
    return f"Of {of} {_get(more)} more employer money and {_get(less)} less."


def _get(number: int) -> str:
    return f"{number:,} {'gets' if number == 1 else 'get'}" if number else "none get"


def _compared(comparison: Comparison) -> list[tuple[str, str]]:
    base, *others = comparison.sides
    different = [side.title for side, found in zip(others, comparison.workforces, strict=True) if found.people]
    first = base.summary[comparison.years[0]]["opening_headcount"]
    workforce = (
        f"other hires, exits, promotions or raises in {wording.listed(different)}"
        if different
        else "the same hires, exits, promotions and raises in all runs"
    )
    return [
        ("Base", base.title),
        ("Others" if len(others) > 1 else "Other", wording.listed([side.title for side in others])),
        ("Years", wording.plan_years(comparison.years)),
        ("People", f"{wording.count(first)} at the start of {comparison.years[0]} in the base; {workforce}"),
    ]
