"""``report.html``: one page that needs nothing else, for people who do not query a database; and its first screen."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from planalign_orchestrator.config.catalogue import leaves
from planalign_orchestrator.config.description import describe
from planalign_orchestrator.config.form import is_percent, typed_text
from planalign_orchestrator.reports import wording
from planalign_orchestrator.reports.charts import sparkline
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.page import Cell, Headline, Page, finding
from planalign_orchestrator.reports.results import RunResults
from planalign_orchestrator.reports.sections.money import cost, cost_finding, distribution, drivers_finding
from planalign_orchestrator.reports.sections.run_facts import run_facts
from planalign_orchestrator.reports.sections.workforce import movement, participation, pay, workforce
from planalign_orchestrator.reports.show import number, rate
from planalign_orchestrator.reports.testing import failures, testing
from planalign_orchestrator.tables import table

FILE_NAME = "report.html"


def html_report(results: RunResults) -> Page:
    """The page of a run."""
    marts = Marts(results)
    sections = (cost, participation, distribution, workforce, movement, pay, testing, run_facts)
    return Page(
        title=f"{results.title}, {results.period}",
        finding=answer(marts),
        facts=simulated(marts),
        headlines={results.name: headlines(results)},
        warnings=[*results.warnings, *failures(results)],
        quiet=finding("no_warnings"),
        sections=[section(marts) for section in sections],
    )


def simulated(marts: Marts) -> list[tuple[str, str]]:
    """What was simulated, as pairs of a heading and a text."""
    results = marts.results
    census = results.record.get("census", {}).get("source", "unknown")
    numbers = (marts.first["opening_headcount"], marts.total("hires"), marts.last["closing_headcount"])
    opening, hires, closing = map(wording.count, numbers)
    return [
        ("Scenario", f"{results.title}, plan design {wording.title(results.plan_design)}"),
        ("Census", f"{census}, as of December 31, {marts.years[0] - 1}"),
        ("Years", wording.plan_years(marts.years)),
        ("People", f"{opening} at the start, {hires} hired, {closing} at the end"),
        *_plan_in_words(marts),
        *((f"From {year}", _amended(note, changes)) for year, note, changes in results.amendments),
    ]


def _plan_in_words(marts: Marts) -> Iterator[tuple[str, str]]:
    """The plan in force; where amendments change it, as it is in the first year and in the last."""
    first, last = marts.years[0], marts.years[-1]
    before, after = (describe(marts.results.plan_of(year)) for year in (first, last))
    for subject, text in after.items():
        if before[subject] == text:
            yield subject, text
        else:
            yield f"{subject}, {first}", before[subject]
            yield f"{subject}, {last}", text


def _amended(note: str, changes: Mapping[str, Any]) -> str:
    """``new plan document: Match, formula: safe harbor basic; Workforce, target growth rate: −5%``"""
    listed = "; ".join(f"{wording.setting_title(key)}: {_changed_to(key, value)}" for key, value in changes.items())
    return f"{note}: {listed}" if note else listed


def _changed_to(key: str, value: Any) -> str:
    leaf = leaves().get(key)
    if leaf is not None and isinstance(value, int | float) and is_percent(leaf):
        return f"{typed_text(leaf, value)}%".replace("-", "−")
    return wording.setting_text(value)


def headlines(results: RunResults) -> list[Headline]:
    """The headline figures of the last year, each with its change since the first."""
    marts = Marts(results)
    heads = [marts.first["opening_headcount"], *marts.over_years("closing_headcount")]
    since = f" since the start of {marts.years[0]}"
    found = headlines_of("run", marts.over_years, marts.years[-1], f" since {marts.years[0]}")
    label = f"Headcount, end of {marts.years[-1]}"
    return [_total_cost(marts), *found, _headline("headcount", label, heads, wording.count, "growth", since)]


def headlines_of(page: str, values_of: Callable[[str], Sequence[Any]], last: int, since: str = "") -> list[Headline]:
    """The headline figures that ``headlines.ini`` has for a page.

    Args:
        page: ``run`` or ``compared``.
        values_of: gives the values of a measure, the last of which is shown with its change since the first.
        last: the last year.
        since: follows a change.
    """
    return [
        _headline(
            name.replace("_", "-"), one[page].format(last=last), values_of(name), getattr(wording, one["form"]),
            one["change"], since,
        )
        for name, one in table(__package__, "headlines").items()
        if page in one
    ]  # fmt: skip


def _total_cost(marts: Marts) -> Headline:
    total, pay = marts.total("net_employer_cost"), marts.total("payroll")
    share = wording.percent2(rate(total, pay))
    label = f"Net employer cost, {marts.results.period}"
    spark = sparkline([*map(number, marts.over_years("net_employer_cost"))])
    return Headline("total-cost", label, Cell(wording.short_dollars(total), total), "", f"{share} of pay", spark)


def answer(marts: Marts) -> str:
    """What the plan costs over the years, and why that moves."""
    why = f" {drivers_finding(marts)}." if len(marts.years) > 1 else ""
    return f"{cost_finding(marts)}.{why}"


def _headline(
    key: str, label: str, values: Sequence[Any], form: Callable[[Any], str], change: str, since: str
) -> Headline:
    before, after = values[0], values[-1]
    figure = Cell(form(after), after)
    if after is None or before is None or len(values) == 1:
        why = "nobody to measure it on" if after is None else "nothing earlier to compare with"
        return Headline(key, label, figure, "", why)
    direction = "level" if form(before) == form(after) else "up" if after > before else "down"
    said = finding(change, before=before, after=after) + since
    return Headline(key, label, figure, direction, said, sparkline([*map(number, values)]))
