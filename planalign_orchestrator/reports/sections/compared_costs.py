"""What the compared plans cost the employer, what of it is people's answers, and how people save."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

from planalign_orchestrator.reports import charts, show, wording
from planalign_orchestrator.reports.comparison import MONEY, Comparison, Side
from planalign_orchestrator.reports.definitions import column
from planalign_orchestrator.reports.page import Cell, Exhibit, Row, Section, Table, finding
from planalign_orchestrator.tables import table

PARAMETERS = table(__package__, "match_response")
LAST_YEAR = ("participation_rate", "mean_deferral_rate", "closing_headcount", "mean_compensation")
"""Columns of ``fct_yearly_summary`` that do not add up over years; those of the last year are shown."""
_NET = "net_employer_cost"
_BASE_TONE = "s7"
_OTHER_TONES = ("s1", "s2", "s3", "s4", "s5", "s6")
_LONGEST_NAME = 34
_LONGEST_NAMES = 90


def costs(comparison: Comparison) -> Section:
    """Net employer cost over the years, by year, and as a share of pay."""
    share = _rates(comparison, "cost_share_of_payroll", 2, "net cost is {} of pay")
    found = [_over_the_years(comparison), *answers(comparison), _by_year(comparison), share, _measures(comparison)]
    return show.section("cost", found)


def saving(comparison: Comparison) -> Section:
    """Participation and deferral rates by year."""
    rates = [
        _rates(comparison, "participation_rate", 1, "{} of eligible people participate"),
        _rates(comparison, "mean_deferral_rate", 2, "participants defer {} of pay"),
    ]
    return show.section("participation", rates, "compared participation")


def chart_names(sides: Sequence[Side]) -> list[str]:
    """Names short enough for a chart; those that shortening makes equal are numbered."""
    short = [_shortened(side.title) for side in sides]
    return [name if short.count(name) == 1 else f"{i}: {name}" for i, name in enumerate(short, 1)]


def _shortened(name: str) -> str:
    half = (_LONGEST_NAME - 1) // 2
    return name if len(name) <= _LONGEST_NAME else f"{name[:half]}…{name[-half:]}"


def _over_the_years(comparison: Comparison) -> Exhibit:
    totals = [comparison.total(side, "net_employer_cost") for side in comparison.sides]
    names = chart_names(comparison.sides)
    bars = [charts.Bar(name, float(total), float(totals[0])) for name, total in zip(names, totals, strict=True)]
    key, panels = "cost-in-all", {"": bars} if min(totals) >= 0 < max(totals) else {}
    chart = charts.bars(key, panels, form=wording.short_dollars, name="Net employer cost", mark_name=names[0])
    title, table = total_finding(comparison), _total_table(comparison)
    return show.exhibit(key, title, table, chart, period=comparison.period, base=comparison.base.title)


def total_finding(comparison: Comparison) -> str:
    """How the net costs of the runs compare with the base's, in a sentence."""
    changes = [(comparison.cost_change(side), side.title) for side in comparison.others]
    cost = comparison.total(comparison.others[0], _NET)
    return finding("total", base=comparison.base.title, changes=changes, cost=cost)


def _total_table(comparison: Comparison) -> Table:
    of, sides = comparison.total, comparison.sides
    parts = [[of(side, "employer_match"), of(side, "employer_core"), -of(side, "forfeitures_used")] for side in sides]
    cells, unit = show.totaled(parts)
    changes = [Cell(wording.ABSENT)]
    for side in comparison.others:
        shown = wording.signed(comparison.shown_change(side, unit.size))
        changes.append(Cell(shown, comparison.cost_change(side), form="money"))
    rows = [Row(side.title, [*row, change]) for side, row, change in zip(sides, cells, changes, strict=True)]
    return Table("Run", ["Match", "Core", "Forfeitures used", "Net cost", "Change"], rows, unit.name)


def _by_year(comparison: Comparison) -> Exhibit:
    chart = _lines(comparison, "cost-by-year", _NET, wording.short_dollars, wording.axis_dollars)
    return show.exhibit("cost-by-year", _year_finding(comparison), _year_table(comparison), chart)


def _year_finding(comparison: Comparison) -> str:
    first, last = comparison.years[0], comparison.years[-1]
    ends = [{side.title: side.summary[year][_NET] for side in comparison.sides} for year in (first, last)]
    low, high = (of(ends[1].items(), key=lambda item: item[1]) for of in (min, max))
    return finding("year", first=first, last=last, before=ends[0], low=low, high=high)


def _year_table(comparison: Comparison) -> Table:
    columns, unit = show.totaled([[side.summary[year][_NET] for year in comparison.years] for side in comparison.sides])
    rows = [Row(str(year), [column[i] for column in columns]) for i, year in enumerate(comparison.years)]
    if len(rows) > 1:
        rows.append(Row(comparison.period, [column[-1] for column in columns], is_total=True))
    return Table("Year", [side.title for side in comparison.sides], rows, unit.name)


def _measures(comparison: Comparison) -> Exhibit:
    """Exact figures side by side: money over the years, and what does not add up at their end."""
    sides, names = comparison.sides, (*MONEY, "cost_share_of_payroll", *LAST_YEAR)
    rows = [
        Row(measure.title, [show.value(measure.form, comparison.value(side, measure.name)) for side in sides])
        for measure in (column("fct_yearly_summary", name) for name in names)
    ]
    table, last = Table("Measure", [side.title for side in sides], rows), comparison.years[-1]
    return show.exhibit("measures-side-by-side", "Measures side by side", table, period=comparison.period, last=last)


def _rates(comparison: Comparison, column: str, digits: int, sentence: str) -> Exhibit:
    """A rate by year; the sentence says what the rates of the last year are, at ``{}``."""

    def form(share: Any) -> str:
        return wording.percent(share, digits)

    rows = [
        Row(str(year), [show.percent(side.summary[year][column], digits) for side in comparison.sides])
        for year in comparison.years
    ]
    table = Table("Year", [side.title for side in comparison.sides], rows, "percent")
    key = column.replace("_", "-")
    chart = _lines(comparison, key, column, form, wording.percent)
    return show.exhibit(key, _rate_finding(comparison, column, sentence, form), table, chart)


def _rate_finding(comparison: Comparison, column: str, sentence: str, form: Callable[[Any], str]) -> str:
    rates = [(rate, side.title) for side in comparison.sides if (rate := comparison.last(side, column)) is not None]
    return finding("rate", sentence=sentence, year=comparison.years[-1], rates=rates, form=form)


def _lines(
    comparison: Comparison, key: str, column: str, form: Callable[[Any], str], axis_form: Callable[[Any], str]
) -> str:
    """A line for each run; runs that are equal in every year share one, as lines over each other hide each other."""
    others = (_OTHER_TONES[i % len(_OTHER_TONES)] for i in range(len(comparison.sides)))
    found: dict[tuple[Any, ...], tuple[str, list[str]]] = {}
    for side, name in zip(comparison.sides, chart_names(comparison.sides), strict=True):
        values = tuple(show.number(side.summary[year][column]) for year in comparison.years)
        tone = _BASE_TONE if side is comparison.base else next(others)
        found.setdefault(values, (tone, []))[1].append(name)
    series = [charts.Series(_together(names), values, tone) for values, (tone, names) in found.items()]
    return charts.lines(key, [*map(str, comparison.years)], series, form, axis_form)


def _together(names: Sequence[str]) -> str:
    kept = list(names)
    while len(", ".join(kept)) > _LONGEST_NAMES:
        kept.pop()
    left = len(names) - len(kept)
    return ", ".join(kept) + (f" and {left} more" if left else "")


def answers(comparison: Comparison) -> Iterator[Exhibit]:
    """The split of each run that has one, and the parameters behind it; nothing where nobody answers."""
    if comparison.answering:
        title = finding("answers", comparison=comparison)
        period, base = comparison.period, comparison.base.title
        yield show.exhibit("cost-of-answers", title, _split_table(comparison), period=period, base=base)
        title = f"{len(PARAMETERS)} parameters say how people answer"
        parameters = comparison.answering[0].answers
        rows = [(PARAMETERS[row["name"]]["name"], row) for row in (parameters.ranges() if parameters else [])]
        yield show.listed("match-response", title, rows)


def _split_table(comparison: Comparison) -> Table:
    splits = [(comparison.mechanical_change(side), comparison.behavioral_change(side)) for side in comparison.answering]
    parts = [[part for part in split if part is not None] for split in splits]
    changes = [comparison.cost_change(side) for side in comparison.answering]
    unit, rows = show.money_unit([*changes, *chain.from_iterable(parts)]), []
    for side, known, change in zip(comparison.answering, parts, changes, strict=True):
        total = comparison.shown_change(side, unit.size)
        shown = wording.round_to_total([part / unit.size for part in known], total) if known else []
        cells = [*map(show.money, shown, known)] or [Cell(wording.ABSENT)] * 2
        rows.append(Row(side.title, [*cells, show.money(total, change)]))
    return Table("Run", ["Mechanical", "Behavioral", "Change"], rows, unit.name)
