"""``report.html``: one page that needs nothing else, for people who do not query a database; and its first screen."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from planalign_orchestrator.config.catalogue import leaves
from planalign_orchestrator.config.description import describe
from planalign_orchestrator.config.design_file import is_percent, typed_text
from planalign_orchestrator.reports import wording
from planalign_orchestrator.reports.charts import sparkline
from planalign_orchestrator.reports.figures import number, rate
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.page import Cell, Headline, Page
from planalign_orchestrator.reports.results import RunResults
from planalign_orchestrator.reports.sections.drivers import drivers_finding
from planalign_orchestrator.reports.sections.money import cost, cost_finding, distribution
from planalign_orchestrator.reports.sections.participation import participation
from planalign_orchestrator.reports.sections.run_facts import run_facts
from planalign_orchestrator.reports.sections.testing import testing
from planalign_orchestrator.reports.sections.workforce import movement, pay, workforce
from planalign_orchestrator.reports.testing import failures

FILE_NAME = "report.html"


def html_report(results: RunResults) -> Page:
    """The page of a run."""
    marts = Marts(results)
    sections = (cost, participation, distribution, workforce, movement, pay, testing, run_facts)
    return Page(
        title=f"{results.title}, {results.period}",
        finding=answer(marts),
        facts=simulated(marts),
        headlines={results.name: headlines(marts)},
        warnings=[*results.warnings, *failures(results)],
        quiet=(
            "No warnings: the census needed no change and no assumption, all years had the same settings, and no "
            "nondiscrimination test would fail."
        ),
        sections=[section(marts) for section in sections],
    )


Shown = Callable[[Any], str]
Change = Callable[[Any, Any], str]


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


def headlines(marts: Marts) -> list[Headline]:
    """The headline figures of the last year, each with its change since the first."""
    heads = [marts.first["opening_headcount"], *marts.over_years("closing_headcount")]
    since = f"since the start of {marts.years[0]}"
    found = [_total_cost(marts)]
    for measure, label, form, change in (
        ("cost_share_of_payroll", "Net cost, share of pay", wording.percent2, wording.points2),
        ("participation_rate", "Participation", wording.percent, wording.points),
        ("mean_deferral_rate", "Mean deferral of participants", wording.percent2, wording.points2),
        ("payroll", "Payroll", wording.short_dollars, _relative),
    ):
        values, key = marts.over_years(measure), measure.replace("_", "-")
        found.append(headline(key, f"{label}, {marts.years[-1]}", values, form, change, f"since {marts.years[0]}"))
    found.append(headline("headcount", f"Headcount, end of {marts.years[-1]}", heads, wording.count, _relative, since))
    return found


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


def headline(key: str, label: str, values: Sequence[Any], form: Shown, change: Change, since: str = "") -> Headline:
    """A headline figure: the last of some values, with its change since the first."""
    before, after = values[0], values[-1]
    figure = Cell(form(after), after)
    if after is None or before is None or len(values) == 1:
        why = "nobody to measure it on" if after is None else "nothing earlier to compare with"
        return Headline(key, label, figure, "", why)
    direction = "level" if form(before) == form(after) else "up" if after > before else "down"
    return Headline(
        key, label, figure, direction, f"{change(before, after)} {since}", sparkline([*map(number, values)])
    )


def _relative(before: Any, after: Any) -> str:
    if before == after:
        return "unchanged"
    return f"from {wording.short_dollars(before)}" if before <= 0 else wording.relative(before, after)
