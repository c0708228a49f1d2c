"""A sweep on one page and in a workbook."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from planalign_orchestrator.reports import charts, wording
from planalign_orchestrator.reports.definitions import column
from planalign_orchestrator.reports.figures import cell_of, text_cell
from planalign_orchestrator.reports.page import Cell, Exhibit, Headline, Page, Row, Section, Table, write_page
from planalign_orchestrator.reports.spreadsheet import Book, Heading, headings_of, written_book
from planalign_orchestrator.sweep.designs import Failure
from planalign_orchestrator.sweep.search import Outcome
from planalign_orchestrator.sweep.statistics import COST, MEASURES, QUANTILES, Findings, Spread

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


def write_reports(findings: Findings, failures: Sequence[Failure], folder: Path, budget: float | None) -> list[Path]:
    """Write the page and the workbook, each whole or not at all."""
    page = write_page(sweep_page(findings, failures, budget), folder / PAGE_NAME)
    with written_book(folder / WORKBOOK_NAME, "Sweep", _EARLIEST) as book:
        _fill(book, findings, failures)
    return [page, folder / WORKBOOK_NAME]


def band_names() -> list[str]:
    """The quantiles as people say them."""
    return [f"{share * 100:.0f}%" for share in QUANTILES]


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
    total = [_spread(findings), _exceedance(findings, budget), *_differences(findings)]
    sections = [Section("search", "The search", _LOOKED_FOR, [_search(findings.found)])] if findings.found else []
    sections += [
        Section("total", "Total cost", f"{PROCESS_RISK} {' '.join(who_or_how_many(findings))}", total),
        Section("years", "By year", NOT_A_SUM, _fans(findings)),
    ]
    if len(findings.plans) > 1:
        sections.append(
            Section("plans", "Plans", "Mean of total net employer cost over the seeds.", [_plans(findings)])
        )
    if failures:
        rows = [Row(one.title, [text_cell(one.reason)]) for one in failures]
        table = Table("Cell or plan", ["Why"], rows)
        title = wording.counted(len(failures), "cell or plan") + " failed"
        sections.append(Section("failed", "Failures", "", [Exhibit("failed", title, "By name", table, open=True)]))
    return Page(
        title=f"Many futures, {wording.period_of(findings.years)}",
        facts=[
            ("Plans", wording.count(len(findings.plans))),
            ("Alternatives", wording.listed(findings.alternatives)),
            ("Futures", wording.listed([f"{findings.totals[name].number:,}" for name in findings.alternatives])),
        ],
        headlines={
            "": [_headline(i, name, findings.totals[name]) for i, name in enumerate(findings.alternatives[:_HEADLINES])]
        },
        warnings=warnings_of(findings, failures),
        quiet="Every cell was simulated and every law holds.",
        sections=sections,
    )


def _headline(number: int, name: str, total: Spread) -> Headline:
    low, *_, high = map(wording.short_dollars, total.quantiles)
    figure = Cell(wording.short_dollars(total.mean), total.mean)
    return Headline(f"total-{number}", f"Mean total cost, {name}", figure, "", f"nine futures in ten: {low} to {high}")


def _money(values: Sequence[float | None]) -> list[Cell]:
    return [Cell(wording.dollars(value), value) for value in values]


def _spread_cells(spread: Spread) -> list[Cell]:
    return [Cell(wording.count(spread.number), spread.number), *_money([spread.mean, spread.error, *spread.quantiles])]


def exhibits_of(findings: Findings, budget: float | None) -> list[Exhibit]:
    """What the terminal shows too."""
    chances = [] if budget is None else [_exceedance(findings, budget)]
    plans = [_plans(findings)] if len(findings.plans) > 1 else []
    found = [_search(findings.found)] if findings.found else []
    return [*found, _spread(findings), *chances, *_differences(findings), *_fans(findings), *plans]


def who_or_how_many(findings: Findings) -> list[str]:
    """Sentences about what the variance comes from, where it can be told."""
    return [
        f"Of the variance of total cost of {name}, {wording.percent(min(share, 1.0), 0)} comes from who leaves, joins "
        "and saves, and the rest from how many leave."
        for name, share in findings.who.items()
    ]


def _spread(findings: Findings) -> Exhibit:
    rows = [Row(name, _spread_cells(findings.totals[name])) for name in findings.alternatives]
    table = Table("Alternative", ["Futures", "Mean", "Standard error", *band_names()], rows, "dollars")
    return Exhibit("spread", "What the years cost together", "Net employer cost over all years", table, open=True)


def _search(outcome: Outcome) -> Exhibit:
    gain = column(SUMMARY, outcome.gain)
    best, front = outcome.candidates[0], {one.name for one in outcome.front}
    columns = [
        "Mean total cost",
        *(column(SUMMARY, name).title for name in best.measures),
        *(column("fct_ndt_test", "test").values[test] for test in best.passing),
    ]
    rows = [
        Row(
            f"{one.name}{'' if one.missed else ' (within the limits)'}",
            [
                *_money([one.cost]),
                *(cell_of(column(SUMMARY, name).form, Decimal(str(value))) for name, value in one.measures.items()),
                *(Cell(wording.percent(share), share) for share in one.passing.values()),
            ],
        )
        for one in outcome.candidates
    ]
    chart = charts.spots(
        "search",
        [
            charts.Spot(one.name, one.cost, one.measures[outcome.gain], "s2" if one.missed else "s1", one.name in front)
            for one in outcome.candidates
        ],
        wording.short_dollars,
        lambda value: cell_of(gain.form, Decimal(str(value))).text,
    )
    title = f"No design keeps every limit; {best.name} comes nearest" if best.missed else f"The cheapest is {best.name}"
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
        name: [sum(cost > level for cost in costs) / len(costs) for level in levels]
        for name, costs in findings.costs.items()
    }
    series = [charts.Series(name, share, charts.tone(i)) for i, (name, share) in enumerate(shares.items())]
    chart = charts.lines(
        "exceedance", [wording.short_dollars(level) for level in levels], series, wording.percent, wording.axis_percent
    )
    title = "The chance of costing more than an amount"
    if budget is not None:
        said = [
            f"{name} {wording.percent(chance.share)} (95% interval {wording.percent(chance.interval[0])} to "
            f"{wording.percent(chance.interval[1])})"
            for name, chance in findings.chances.items()
        ]
        title = f"The chance of costing more than {wording.dollars(budget)}: {'; '.join(said)}"
    rows = [
        Row(wording.dollars(level), [Cell(wording.percent(share[i]), share[i]) for share in shares.values()])
        for i, level in enumerate(levels)
    ]
    return Exhibit("exceedance", title, "Share of futures, percent", Table("More than", [*shares], rows), chart)


def _differences(findings: Findings) -> list[Exhibit]:
    if not findings.differences:
        return []
    rows = [
        Row(name, [*_spread_cells(spread), *_money(spread.interval or (None, None))])
        for name, spread in findings.differences.items()
    ]
    columns = ["Pairs", "Mean", "Standard error", *band_names(), "From", "To"]
    base = findings.alternatives[0]
    return [
        Exhibit(
            "differences", f"What alternatives cost more or less than {base}",
            "Total net employer cost less that of the same seed; the 95% interval of the mean is at the right",
            Table("Alternative", columns, rows, "dollars"), open=True,
        )
    ]  # fmt: skip


def _fans(findings: Findings) -> list[Exhibit]:
    return [_fan(findings, name, number) for number, name in enumerate(findings.alternatives)]


def _fan(findings: Findings, name: str, number: int) -> Exhibit:
    spreads = [findings.by_year[name, COST, year] for year in findings.years]
    tones = charts.spread(len(QUANTILES))
    series = [
        charts.Series(band, [spread.quantiles[i] for spread in spreads], tones[i])
        for i, band in reversed(list(enumerate(band_names())))
    ]
    key = f"fan-{number}"
    chart = charts.lines(key, [*map(str, findings.years)], series, wording.short_dollars, wording.axis_dollars)
    rows = [Row(str(year), _spread_cells(one)) for year, one in zip(findings.years, spreads, strict=True)]
    table = Table("Year", ["Futures", "Mean", "Standard error", *band_names()], rows, "dollars")
    return Exhibit(key, name, "Net employer cost of a year: five quantiles of the futures", table, chart)


def _plans(findings: Findings) -> Exhibit:
    rows = [
        Row(plan["plan"], [Cell(wording.count(plan["people"]), plan["people"]),
                           *_money([plan["costs"][name] for name in findings.alternatives])])
        for plan in findings.plans
    ]  # fmt: skip
    columns = ["People", *findings.alternatives]
    return Exhibit("plans", wording.counted(len(rows), "plan"), "Dollars over all years", Table("Plan", columns, rows))


def _fill(book: Book, findings: Findings, failures: Sequence[Failure]) -> None:
    spread = "Futures: count, Mean: money, Standard error: money, " + ", ".join(f"{b}: money" for b in band_names())
    total = book.sheet("Total cost")
    total.line(PROCESS_RISK)
    for line in warnings_of(findings, failures):
        total.line(line, "warning")
    total.table(
        headings_of(f"Alternative: text, {spread}"),
        [[name, *_values(findings.totals[name])] for name in findings.alternatives],
    )
    total.table(
        # The name of a design may hold what headings_of goes by.
        [Heading(f"Less {findings.alternatives[0] if findings.alternatives else ''}", "text"), *headings_of(spread)],
        [[name, *_values(one)] for name, one in findings.differences.items()],
    )
    by_year = book.sheet("By year")
    by_year.line(NOT_A_SUM)
    by_year.table(
        headings_of(f"Alternative: text, Measure: text, Year: year, {spread.replace('money', 'number')}"),
        [
            [name, column(SUMMARY, measure).title, year, *_values(one)]
            for measure in MEASURES
            for (name, found, year), one in sorted(findings.by_year.items())
            if found == measure
        ],
        frozen_columns=3,
    )
    if (found := findings.found) is not None:
        measures = [Heading(column(SUMMARY, name).title, "number") for name in found.candidates[0].measures]
        passing = [Heading(f"Passes {test}", "share") for test in found.candidates[0].passing]
        book.sheet("Search").table(
            [*headings_of("Design: text, Misses limits by: number, Mean total cost: money"), *measures, *passing],
            [
                [one.name, one.missed, one.cost, *one.measures.values(), *one.passing.values()]
                for one in found.candidates
            ],
            frozen_columns=1,
        )
    book.sheet("Plans").table(
        headings_of("Plan: text, People: count, Alternative: text, Mean total cost: money"),
        [[plan["plan"], plan["people"], name, cost] for plan in findings.plans for name, cost in plan["costs"].items()],
        frozen_columns=1,
    )
    book.sheet("Failures").table(
        headings_of("Cell or plan: text, Why: note"), [[one.title, one.reason] for one in failures], frozen_columns=1
    )


def _values(spread: Spread) -> list[float | None]:
    return [spread.number, spread.mean, spread.error, *spread.quantiles]
