"""A sweep on one page."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial

from planalign_orchestrator.reports import charts, show, wording
from planalign_orchestrator.reports.definitions import Column, Form, column
from planalign_orchestrator.reports.page import Cell, Exhibit, Headline, Page, Row, Table, finding, told
from planalign_orchestrator.sweep.designs import Failure
from planalign_orchestrator.sweep.statistics import COST, QUANTILES, Candidate, Findings, Outcome, Spread

SUMMARY = "fct_yearly_summary"
_LEVELS = 12
_HEADLINES = 4
_SPREAD = ["Futures", "Mean", "Standard error", *(f"{share * 100:.0f}%" for share in QUANTILES)]
"""What is told of a spread."""


def warnings_of(findings: Findings, failures: Sequence[Failure]) -> list[str]:
    """What a reader must know before anything else."""
    return told("of_a_sweep", failed=len(failures), left_out=findings.left_out, incomplete=findings.incomplete)


def sweep_page(findings: Findings, failures: Sequence[Failure], budget: float | None) -> Page:
    """The page of a sweep."""
    names, found = findings.alternatives, findings.found
    total = [_spread(findings), _exceedance(findings, budget), *_differences(findings)]
    years = [*(_fan(findings, name, at) for at, name in enumerate(names)), _measures(findings)]
    sections = [
        show.section("search", [_search(found)] if found else []),
        show.section("total", total, risk=finding("process_risk"), who=" ".join(who_or_how_many(findings))),
        show.section("years", years),
        show.section("plans", _plans(findings), "plans of a sweep"),
        show.section("failed", _failures(failures)),
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
    return [finding("who", name=wording.title(name), share=min(share, 1.0)) for name, share in findings.who.items()]


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
    return show.exhibit("spread", "What the years cost together", Table("Alternative", _SPREAD, rows, "dollars"))


def _search(outcome: Outcome) -> Exhibit:
    gain, best = column(SUMMARY, outcome.gain), outcome.candidates[0]
    tests = column("fct_ndt_test", "test").values
    measures = [column(SUMMARY, name) for name in best.measures]
    columns = [one.title for one in measures] + [tests[test] for test in best.passing]
    rows = [
        Row(wording.title(one.name), [show.dollars(one.cost), show.percent(one.missed), *_reached(one, measures)])
        for one in outcome.candidates
    ]
    front = outcome.front
    spots = [
        charts.Spot(
            wording.title(one.name), one.cost, one.measures[gain.name], "s2" if one.missed else "s1", one in front
        )
        for one in outcome.candidates
    ]
    chart = charts.spots("search", spots, wording.short_dollars, lambda value: _measured(gain.form, value).text)
    title = finding("search", name=wording.title(best.name), missed=best.missed)
    table = Table("Design", ["Mean total cost", "Limits missed by", *columns], rows)
    return show.exhibit("search", title, table, chart, gain=gain.title)


def _reached(one: Candidate, measures: Sequence[Column]) -> list[Cell]:
    reached = [_measured(measure.form, one.measures[measure.name]) for measure in measures]
    return [*reached, *map(show.percent, one.passing.values())]


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
    labels = [wording.short_dollars(level) for level in levels]
    chart = charts.lines("exceedance", labels, series, wording.percent, wording.axis_percent)
    chances = {wording.title(name): chance for name, chance in findings.chances.items()}
    title = finding("exceedance", budget=None if budget is None else wording.dollars(budget), chances=chances)
    rows = [
        Row(wording.dollars(level), [show.percent(share[i]) for share in shares.values()])
        for i, level in enumerate(levels)
    ]
    return show.exhibit("exceedance", title, Table("More than", [*shares], rows), chart)


def _differences(findings: Findings) -> list[Exhibit]:
    if not findings.differences:
        return []
    rows = [
        Row(wording.title(name), [*_spread_cells(spread), *map(show.dollars, spread.interval or (None, None))])
        for name, spread in findings.differences.items()
    ]
    title = f"What alternatives cost more or less than {wording.title(findings.alternatives[0])}"
    table = Table("Alternative", ["Pairs", *_SPREAD[1:], "From", "To"], rows, "dollars")
    return [show.exhibit("differences", title, table)]


def _fan(findings: Findings, name: str, number: int) -> Exhibit:
    spreads = [findings.by_year[name, COST, year] for year in findings.years]
    key, years, tones = f"fan-{number}", [*map(str, findings.years)], charts.spread(len(QUANTILES))
    series = [
        charts.Series(band, [spread.quantiles[i] for spread in spreads], tones[i])
        for i, band in reversed(list(enumerate(_SPREAD[3:])))
    ]
    chart = charts.lines(key, years, series, wording.short_dollars, wording.axis_dollars)
    rows = [Row(year, _spread_cells(one)) for year, one in zip(years, spreads, strict=True)]
    return show.exhibit(key, wording.title(name), Table("Year", _SPREAD, rows, "dollars"), chart, texts="fan")


def _measures(findings: Findings) -> Exhibit:
    rows = [
        Row(wording.title(name), [show.text(measure.title), show.text(year), *_spread_cells(one, measure.form)])
        for (name, found, year), one in sorted(findings.by_year.items())
        for measure in [column(SUMMARY, found)]
    ]
    return show.exhibit("measures", "Every measure", Table("Alternative", ["Measure", "Year", *_SPREAD], rows))


def _plans(findings: Findings) -> list[Exhibit]:
    if len(findings.plans) < 2:
        return []
    names = findings.alternatives
    rows = [
        Row(plan["plan"], [show.count(plan["people"]), *(show.dollars(plan["costs"][name]) for name in names)])
        for plan in findings.plans
    ]
    table = Table("Plan", ["People", *map(wording.title, names)], rows)
    return [show.exhibit("plans", wording.counted(len(rows), "plan"), table)]


def _failures(failures: Sequence[Failure]) -> list[Exhibit]:
    table = Table("Cell or plan", ["Why"], [Row(one.title, [show.text(one.reason)]) for one in failures])
    title = f"{wording.counted(len(failures), 'cell or plan')} failed"
    return [show.exhibit("failed", title, table)] if failures else []
