"""``comparison.html``: runs side by side on one page that needs nothing else, the workbook's companion for reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from planalign_orchestrator import __version__
from planalign_orchestrator.reports import wording
from planalign_orchestrator.reports.comparison import Comparison, Side
from planalign_orchestrator.reports.comparison_costs import costs, relative, saving
from planalign_orchestrator.reports.comparison_differences import places, settings
from planalign_orchestrator.reports.comparison_gains import gains
from planalign_orchestrator.reports.page import Cell, Headline, Section, render
from planalign_orchestrator.storage.durable import atomic_write_text

FILE_NAME = "comparison.html"


@dataclass(frozen=True)
class HeadlineRow:
    """A run and its headline figures."""

    label: str
    cells: list[Headline]


@dataclass(frozen=True)
class Headlines:
    """The headline figures of all runs."""

    head: str
    columns: list[str]
    rows: list[HeadlineRow]


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


def write_comparison_page(comparison: Comparison, path: Path) -> Path:
    """Write the page, whole or not at all; what stands at ``path`` is replaced."""
    atomic_write_text(path, comparison_page(comparison))
    return path


def comparison_page(comparison: Comparison) -> str:
    """The page as text."""
    return render(
        "comparison.html.j2",
        title=_title(comparison),
        version=__version__,
        finding=_finding(comparison),
        compared=_compared(comparison),
        warnings=comparison.warnings,
        headlines=headlines(comparison),
        sections=_sections(comparison),
    )


def _sections(comparison: Comparison) -> list[Section]:
    return [
        costs(comparison),
        saving(comparison),
        gains(comparison),
        settings(comparison),
        places(comparison),
    ]


def headlines(comparison: Comparison) -> Headlines:
    """The headline figures of each run, with the change against the base."""
    measures = _measures(comparison)
    return Headlines(
        "Run",
        [measure.label for measure in measures],
        [
            HeadlineRow(side.name, [_headline(measure, side, comparison.base) for measure in measures])
            for side in comparison.sides
        ],
    )


def _measures(comparison: Comparison) -> list[Measure]:
    def total(key: str, label: str, change: Callable[[Any, Any], str]) -> Measure:
        return Measure(key, label, lambda side: comparison.total(side, key), wording.short_dollars, change)

    def last(key: str, label: str, form: Callable[[Any], str], change: Callable[[Any, Any], str]) -> Measure:
        return Measure(key, f"{label}, {comparison.years[-1]}", lambda side: comparison.last(side, key), form, change)

    return [
        total("net_employer_cost", "Net employer cost", lambda before, after: relative(before, after)),
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


def _two_digits(share: Any) -> str:
    return wording.percent(share, 2)


def _points(before: Any, after: Any, digits: int) -> str:
    return wording.points(before, after, digits).replace("points", "pts")


def _dollars_more(before: Decimal, after: Decimal) -> str:
    return wording.signed_dollars(after - before)


def _title(comparison: Comparison) -> str:
    if len(comparison.sides) == 2:
        return f"{comparison.sides[1].name} against {comparison.base.name}, {comparison.period}"
    return f"{len(comparison.sides)} runs compared, {comparison.period}"


def _finding(comparison: Comparison) -> str:
    """What the difference comes to, in a sentence or two."""
    base, *others = comparison.sides
    if len(others) == 1:
        return f"{_against_base(comparison, others[0])} {_gain_sentence(comparison, 0)}"
    ordered = sorted(comparison.sides, key=lambda side: comparison.total(side, "net_employer_cost"))
    cheapest, dearest = ordered[0], ordered[-1]
    costs_of = {side.name: comparison.total(side, "net_employer_cost") for side in comparison.sides}
    if costs_of[cheapest.name] == costs_of[dearest.name]:
        return f"All runs cost the employer {wording.short_dollars(costs_of[base.name])} net."
    said = [
        f"{name} costs the {what}, {wording.short_dollars(costs_of[side.name])} net"
        + ("" if side is base else f" ({relative(costs_of[base.name], costs_of[side.name])} against {base.name})")
        for side, name, what in ((cheapest, cheapest.name, "least"), (dearest, dearest.name, "most"))
    ]
    own = "" if base in (cheapest, dearest) else f" {base.name} costs {wording.short_dollars(costs_of[base.name])}."
    return f"Over {comparison.period} {said[0]}; {said[1]}.{own}"


def _against_base(comparison: Comparison, side: Side) -> str:
    before, after = (comparison.total(one, "net_employer_cost") for one in (comparison.base, side))
    change, form = after - before, wording.short_dollars
    if not change:
        return f"Both runs cost the employer {form(after)} net over {comparison.period}."
    return (
        f"{side.name} costs the employer {form(abs(change))} {'more' if change > 0 else 'less'} than "
        f"{comparison.base.name} over {comparison.period}: {form(after)} instead of {form(before)} net."
    )


def _gain_sentence(comparison: Comparison, number: int) -> str:
    everybody = comparison.groups[number][0]
    if not everybody.winners and not everybody.losers:
        return "Nobody's employer money changes."
    more, less = everybody.winners, everybody.losers
    return f"Of {everybody.people:,} people {_get(more)} more employer money and {_get(less)} less."


def _get(number: int) -> str:
    return f"{number:,} {'gets' if number == 1 else 'get'}" if number else "none get"


def _compared(comparison: Comparison) -> list[tuple[str, str]]:
    base, *others = comparison.sides
    years = len(comparison.years)
    different = [side.name for side, found in zip(others, comparison.workforces, strict=True) if found.people]
    first = base.summary[comparison.years[0]]["opening_headcount"]
    return [
        ("Base", base.name),
        ("Others" if len(others) > 1 else "Other", wording.listed([side.name for side in others])),
        ("Years", f"{comparison.period} ({years} plan year{'s' if years > 1 else ''})"),
        (
            "People",
            f"{wording.count(first)} at the start of {comparison.years[0]} in the base; "
            + (
                f"other hires, exits, promotions or raises in {wording.listed(different)}"
                if different
                else "the same hires, exits, promotions and raises in all runs"
            ),
        ),
    ]
