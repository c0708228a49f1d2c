"""``experience.html``: every rate with its evidence, interval, credibility and fitted value."""

import re
from collections.abc import Iterable, Sequence

from planalign_orchestrator.learning.experience import Experience, Rate, topics
from planalign_orchestrator.reports import charts, show, wording
from planalign_orchestrator.reports.page import Cell, Exhibit, Headline, Page, Row, Section, Table, finding
from planalign_orchestrator.tables import table

COLUMNS = ("People", "Exposure", "Events", "Actual", "From", "To", "Before", "Credibility", "Fitted", "Note")


def experience_page(found: Experience) -> Page:
    """The page of a fit."""
    by_topic = topics(found.rates)
    files = found.history.intakes
    return Page(
        title=f"Experience, {wording.period_of(sorted({files[0].as_of.year, files[-1].as_of.year}))}",
        finding=_finding(found),
        facts=[(intake.source, f"{intake.as_of}, {wording.people(intake.rows_kept)}") for intake in files],
        headlines={"": [_headline(i, rates[0]) for i, rates in enumerate(by_topic.values()) if len(rates) == 1][:6]},
        warnings=found.history.left_out,
        sections=[rates_section(found.rates), show.section("statement", [_statement()])],
    )  # fmt: skip


def rates_section(rates: Iterable[Rate]) -> Section:
    """Every rate: those that hold for everybody in one table, the others by topic."""
    by_topic = topics(rates)
    alone = [of[0] for of in by_topic.values() if len(of) == 1]
    rows = [Row(rate.topic, _cells(rate)) for rate in alone]
    table = Table("", COLUMNS, rows)
    in_all = show.exhibit("in-all", "Rates that hold for everybody", table, texts="rates", open=True)
    exhibits = [_exhibit(topic, of) for topic, of in by_topic.items() if len(of) > 1]
    return show.section("rates", [*([in_all] if rows else []), *exhibits])


def _finding(found: Experience) -> str:
    moved = [rate for rate in found.rates if rate.fitted is not None]
    full = sum(rate.credibility >= 1 for rate in moved)
    exits = sum(rate.events or 0 for rate in found.rates if rate.topic == "Exits in all")
    return finding("fitted", rates=len(moved), full=full, exits=exits)


def _headline(number: int, rate: Rate) -> Headline:
    change = "" if rate.known is None else f"assumed before: {text_of(rate, rate.known)}"
    return Headline(f"rate-{number}", rate.topic, _cell(rate, rate.fitted), "", change)


def _exhibit(topic: str, rates: Sequence[Rate]) -> Exhibit:
    key = re.sub(r"[^a-z]+", "-", topic.lower()).strip("-")
    rows = [Row(rate.name, _cells(rate)) for rate in rates]
    shown = [
        charts.Bar(f"{rate.name}{_interval_text(rate)}", value, mark=rate.known)
        for rate in rates
        if (value := rate.fitted if rate.fitted is not None else rate.actual) is not None
        and rate.unit == "share"
        and value >= 0
    ]
    mark_name = "Assumed before" if any(bar.mark is not None for bar in shown) else ""
    chart = charts.bars(key, {"": shown}, form=wording.percent, name="Fitted", mark_name=mark_name)
    is_assumed = any(rate.fitted is not None for rate in rates)
    title = topic if is_assumed else f"{topic} (described, not an assumption)"
    return show.exhibit(key, title, Table("", COLUMNS, rows), chart, texts="rates")


def _cells(rate: Rate) -> list[Cell]:
    low, high = rate.interval or (None, None)
    return [
        Cell(wording.count(rate.people), rate.people) if rate.actual is not None else show.text("under 5"),
        Cell(wording.count(rate.exposure), round(rate.exposure, 1)),
        Cell(wording.ABSENT if rate.events is None else f"{rate.events:,.0f}", rate.events),
        *(_cell(rate, value) for value in (rate.actual, low, high, rate.known)),
        Cell(wording.percent(rate.credibility, 0), rate.credibility),
        _cell(rate, rate.fitted),
        show.text(rate.note),
    ]


def text_of(rate: Rate, value: float | None) -> str:
    """A value in the unit of a rate."""
    if value is None or abs(value) == float("inf"):
        return wording.ABSENT
    return wording.percent(value, 2) if rate.unit == "share" else wording.dollars(value)


def _cell(rate: Rate, value: float | None) -> Cell:
    return Cell(text_of(rate, value), None if value is None else round(value, 6))


def _interval_text(rate: Rate) -> str:
    if rate.interval is None:
        return ""
    return f" ({' to '.join(text_of(rate, end) for end in rate.interval)})"


def _statement() -> Exhibit:
    rows = [Row(name, [show.text(row["text"])]) for name, row in table(__package__, "statement").items()]
    return show.exhibit("statement", "Purpose, data, reliance, limits, model risk", Table("", [""], rows))
