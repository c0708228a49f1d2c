"""A sweep on one page and in a workbook."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path

from planalign_orchestrator.reports import charts, show, wording
from planalign_orchestrator.reports.definitions import Form, column
from planalign_orchestrator.reports.page import Cell, Exhibit, Headline, Page, Row, Section, Table, write_page
from planalign_orchestrator.reports.spreadsheet import written_book
from planalign_orchestrator.sweep.designs import Failure
from planalign_orchestrator.sweep.search import Outcome
from planalign_orchestrator.sweep.statistics import COST, QUANTILES, Findings, Spread

SUMMARY = "fct_yearly_summary"
PAGE_NAME, WORKBOOK_NAME = "sweep.html", "sweep.xlsx"
PROCESS_RISK = (
    "These bands show process risk: who happens to leave, join and save, with every assumption as it is set. In quota "
    "mode the number of exits is fixed and only who leaves is drawn, so headcount hardly varies. A wrong assumption, "
    "such as an exit rate of 15% instead of 12%, usually matters more than all of it."
)
NOT_A_SUM = "A band is that of futures in this year; bands of years do not add up to the band of the total."
_LOOKED_FOR = "Costs and measures are means of the futures; a test passes in a future in which it fails in no year."
_LEVELS = 12
_HEADLINES = 4
_EARLIEST = dt.datetime(2000, 1, 1)
"""Stands for the time of writing, so that equal sweeps give equal bytes."""
_SPREAD = ["Futures", "Mean", "Standard error", *(f"{share * 100:.0f}%" for share in QUANTILES)]
"""What is told of a spread."""


def write_reports(findings: Findings, failures: Sequence[Failure], folder: Path, budget: float | None) -> list[Path]:
    """Write the page and a workbook of its tables, each whole or not at all."""
    page = sweep_page(findings, failures, budget)
    with written_book(folder / WORKBOOK_NAME, "Sweep", _EARLIEST) as book:
        for section in page.sections:
            sheet = book.sheet(section.heading)
            sheet.line(section.lead)
            for line in page.warnings:
                sheet.line(line, "warning")
            for exhibit in section.exhibits:
                sheet.line(exhibit.title, "subtitle")
                sheet.figures(exhibit.table)
    return [write_page(page, folder / PAGE_NAME), folder / WORKBOOK_NAME]


def warnings_of(findings: Findings, failures: Sequence[Failure]) -> list[str]:
    """What a reader must know before anything else."""
    found = []
    if failures:
        found.append(f"{wording.counted(len(failures), 'cell or plan')} failed and counts in no figure.")
    if findings.left_out:
        found.append(
            f"{wording.listed(findings.left_out[:8])}{' and others' if len(findings.left_out) > 8 else ''} "
            "do not have a result in every alternative and are left out of all totals."
        )
    if findings.incomplete:
        found.append(f"{wording.counted(findings.incomplete, 'future')} in which a plan failed are left out.")
    return found


def sweep_page(findings: Findings, failures: Sequence[Failure], budget: float | None) -> Page:
    """The page of a sweep."""
    names, found = findings.alternatives, findings.found
    cost = f"{PROCESS_RISK} {' '.join(who_or_how_many(findings))}"
    years = [*(_fan(findings, name, at) for at, name in enumerate(names)), _measures(findings)]
    sections = [
        Section("search", "The search", _LOOKED_FOR, [_search(found)] if found else []),
        Section(
            "total", "Total cost", cost, [_spread(findings), _exceedance(findings, budget), *_differences(findings)]
        ),
        Section("years", "By year", NOT_A_SUM, years),
        Section("plans", "Plans", "Mean of total net employer cost over the seeds.", _plans(findings)),
        Section("failed", "Failures", "", _failures(failures)),
    ]
    return Page(
        title=f"Many futures, {wording.period_of(findings.years)}",
        facts=[
            ("Plans", wording.count(len(findings.plans))),
            ("Alternatives", wording.listed([*map(wording.title, names)])),
            ("Futures", wording.listed([f"{findings.totals[name].number:,}" for name in names])),
        ],
        headlines={"": [_headline(i, name, findings.totals[name]) for i, name in enumerate(names[:_HEADLINES])]},
        warnings=warnings_of(findings, failures),
        quiet="Every cell was simulated and every law holds.",
        sections=[section for section in sections if section.exhibits],
    )


def exhibits_of(findings: Findings, budget: float | None) -> list[Exhibit]:
    """What the terminal shows too."""
    left_out = ("measures",) if budget is not None else ("exceedance", "measures")
    shown = [one for section in sweep_page(findings, [], budget).sections for one in section.exhibits]
    return [one for one in shown if one.key not in left_out]


def who_or_how_many(findings: Findings) -> list[str]:
    """Sentences about what the variance comes from, where it can be told."""
    return [
        f"Of the variance of total cost of {wording.title(name)}, {wording.percent(min(share, 1.0), 0)} comes from "
        "who leaves, joins and saves, and the rest from how many leave."
        for name, share in findings.who.items()
    ]


def _headline(number: int, name: str, total: Spread) -> Headline:
    low, *_, high = map(wording.short_dollars, total.quantiles)
    figure = Cell(wording.short_dollars(total.mean), total.mean)
    label, spread = f"Mean total cost, {wording.title(name)}", f"nine futures in ten: {low} to {high}"
    return Headline(f"total-{number}", label, figure, "", spread)


def _spread_cells(spread: Spread, form: Form = "money") -> list[Cell]:
    cell = show.dollars if form == "money" else partial(_measured, form)
    return [show.count(spread.number), *map(cell, [spread.mean, spread.error, *spread.quantiles])]


def _measured(form: Form, value: float | None) -> Cell:
    return show.value(form, None if value is None else Decimal(str(value)))


def _spread(findings: Findings) -> Exhibit:
    rows = [Row(wording.title(name), _spread_cells(findings.totals[name])) for name in findings.alternatives]
    table = Table("Alternative", _SPREAD, rows, "dollars")
    return Exhibit("spread", "What the years cost together", "Net employer cost over all years", table, open=True)


def _search(outcome: Outcome) -> Exhibit:
    gain = column(SUMMARY, outcome.gain)
    best, front, up = outcome.candidates[0], outcome.front, outcome.gain
    columns = [
        "Mean total cost",
        "Limits missed by",
        *(column(SUMMARY, name).title for name in best.measures),
        *(column("fct_ndt_test", "test").values[test] for test in best.passing),
    ]
    rows = [
        Row(
            wording.title(one.name),
            [
                show.dollars(one.cost),
                show.percent(one.missed),
                *(_measured(column(SUMMARY, name).form, value) for name, value in one.measures.items()),
                *map(show.percent, one.passing.values()),
            ],
        )
        for one in outcome.candidates
    ]
    chart = charts.spots(
        "search",
        [
            charts.Spot(wording.title(one.name), one.cost, one.measures[up], "s2" if one.missed else "s1", one in front)
            for one in outcome.candidates
        ],
        wording.short_dollars,
        lambda value: _measured(gain.form, value).text,
    )
    name = wording.title(best.name)
    title = f"No design keeps every limit; {name} comes nearest" if best.missed else f"The cheapest is {name}"
    said = (
        f"{gain.title} of the last year against mean total cost; the line joins the designs that no other beats in both"
    )
    return Exhibit("search", title, said, Table("Design", columns, rows), chart, open=True)


def _exceedance(findings: Findings, budget: float | None) -> Exhibit:
    """The share of futures that cost more than an amount."""
    everything = [cost for costs in findings.costs.values() for cost in costs]
    low, high = min(everything), max(everything)
    levels = [low + (high - low) * step / (_LEVELS - 1) for step in range(_LEVELS)]
    shares = {
        wording.title(name): [sum(cost > level for cost in costs) / len(costs) for level in levels]
        for name, costs in findings.costs.items()
    }
    series = [charts.Series(name, share, charts.tone(i)) for i, (name, share) in enumerate(shares.items())]
    chart = charts.lines(
        "exceedance", [wording.short_dollars(level) for level in levels], series, wording.percent, wording.axis_percent
    )
    title = "The chance of costing more than an amount"
    if budget is not None:
        said = [
            f"{wording.title(name)} {wording.percent(chance.share)} (95% interval "
            f"{wording.percent(chance.interval[0])} to {wording.percent(chance.interval[1])})"
            for name, chance in findings.chances.items()
        ]
        title = f"The chance of costing more than {wording.dollars(budget)}: {'; '.join(said)}"
    rows = [
        Row(wording.dollars(level), [show.percent(share[i]) for share in shares.values()])
        for i, level in enumerate(levels)
    ]
    return Exhibit("exceedance", title, "Share of futures, percent", Table("More than", [*shares], rows), chart)


def _differences(findings: Findings) -> list[Exhibit]:
    if not findings.differences:
        return []
    rows = [
        Row(wording.title(name), [*_spread_cells(spread), *map(show.dollars, spread.interval or (None, None))])
        for name, spread in findings.differences.items()
    ]
    columns = ["Pairs", *_SPREAD[1:], "From", "To"]
    base = wording.title(findings.alternatives[0])
    return [
        Exhibit(
            "differences", f"What alternatives cost more or less than {base}",
            "Total net employer cost less that of the same seed; the 95% interval of the mean is at the right",
            Table("Alternative", columns, rows, "dollars"), open=True,
        )
    ]  # fmt: skip


def _fan(findings: Findings, name: str, number: int) -> Exhibit:
    spreads = [findings.by_year[name, COST, year] for year in findings.years]
    tones = charts.spread(len(QUANTILES))
    series = [
        charts.Series(band, [spread.quantiles[i] for spread in spreads], tones[i])
        for i, band in reversed(list(enumerate(_SPREAD[3:])))
    ]
    key = f"fan-{number}"
    chart = charts.lines(key, [*map(str, findings.years)], series, wording.short_dollars, wording.axis_dollars)
    rows = [Row(str(year), _spread_cells(one)) for year, one in zip(findings.years, spreads, strict=True)]
    table = Table("Year", _SPREAD, rows, "dollars")
    return Exhibit(key, wording.title(name), "Net employer cost of a year: five quantiles of the futures", table, chart)


def _measures(findings: Findings) -> Exhibit:
    rows = [
        Row(wording.title(name), [show.text(measure.title), show.text(year), *_spread_cells(one, measure.form)])
        for (name, found, year), one in sorted(findings.by_year.items())
        for measure in [column(SUMMARY, found)]
    ]
    table = Table("Alternative", ["Measure", "Year", *_SPREAD], rows)
    return Exhibit("measures", "Every measure", "Of the futures of a year", table)


def _plans(findings: Findings) -> list[Exhibit]:
    if len(findings.plans) < 2:
        return []
    rows = [
        Row(
            plan["plan"],
            [show.count(plan["people"]), *(show.dollars(plan["costs"][name]) for name in findings.alternatives)],
        )
        for plan in findings.plans
    ]
    table = Table("Plan", ["People", *map(wording.title, findings.alternatives)], rows)
    return [Exhibit("plans", wording.counted(len(rows), "plan"), "Dollars over all years", table)]


def _failures(failures: Sequence[Failure]) -> list[Exhibit]:
    table = Table("Cell or plan", ["Why"], [Row(one.title, [show.text(one.reason)]) for one in failures])
    title = f"{wording.counted(len(failures), 'cell or plan')} failed"
    return [Exhibit("failed", title, "By name", table, open=True)] if failures else []
