"""``comparison.html``: runs side by side on one page that needs nothing else, the workbook's companion for reading."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from planalign_orchestrator.config.description import describe_settings
from planalign_orchestrator.reports import show, wording
from planalign_orchestrator.reports.comparison import Comparison, Side
from planalign_orchestrator.reports.html_report import headlines_of
from planalign_orchestrator.reports.page import Cell, Headline, Page, Row, Section, Table, finding
from planalign_orchestrator.reports.sections.compared_costs import costs, saving, total_finding
from planalign_orchestrator.reports.sections.compared_people import gains
from planalign_orchestrator.reports.testing import TestOfYear

AS_BASE = "same"


def comparison_page(comparison: Comparison) -> Page:
    """The page of a comparison."""
    return Page(
        title=_title(comparison),
        finding=_finding(comparison),
        facts=_compared(comparison),
        headlines={side.title: [*_headlines(comparison, side)] for side in comparison.sides},
        warnings=comparison.warnings,
        quiet="No warnings: same people, seed, assumptions and model in all runs, so every difference is the plan's.",
        sections=[part(comparison) for part in (costs, saving, gains, tests, plans, settings, places)],
    )


def _headlines(comparison: Comparison, side: Side) -> Iterator[Headline]:
    """The headline figures of a run, each with its change against the base's."""
    for one in headlines_of("compared", partial(_values, comparison, side), comparison.years[-1]):
        if side is comparison.base:
            one = replace(one, direction="", change="base")
        elif one.direction == "level":
            same = one.figure.value == comparison.value(comparison.base, one.key.replace("-", "_"))
            one = replace(one, change="same" if same else "about the same")
        yield replace(one, change=one.change.replace("points", "pts"))


def _values(comparison: Comparison, side: Side, measure: str) -> list[Any]:
    return [comparison.value(one, measure) for one in (comparison.base, side)]


def _title(comparison: Comparison) -> str:
    if len(comparison.sides) == 2:
        return f"{comparison.sides[1].title} against {comparison.base.title}, {comparison.period}"
    return f"{len(comparison.sides)} runs compared, {comparison.period}"


def _finding(comparison: Comparison) -> str:
    """What the difference comes to, in a sentence or two."""
    cost = f"{total_finding(comparison)} over {comparison.period}."
    gain = finding("gain", everybody=comparison.others[0].groups[0]) if len(comparison.sides) == 2 else ""
    return " ".join(filter(None, (cost, gain, comparison.verdict)))


def _compared(comparison: Comparison) -> list[tuple[str, str]]:
    base, others = comparison.base, comparison.others
    different = [side.title for side in others if side.groups[0].other_workforce]
    first = base.summary[comparison.years[0]]["opening_headcount"]
    return [
        ("Base", base.title),
        ("Others" if len(others) > 1 else "Other", wording.listed([side.title for side in others])),
        ("Years", wording.plan_years(comparison.years)),
        ("People", finding("workforces", first=first, year=comparison.years[0], different=different)),
    ]


def settings(comparison: Comparison) -> Section:
    """What was set differently, of everything that decides the result."""
    number = len(comparison.settings)
    title = finding("different", number=number) if number else "No setting differs"
    columns = [*(side.title for side in comparison.sides), "Name in the file"]
    table = Table("Setting", columns, [_row(*one) for one in comparison.settings.items()])
    found = show.exhibit("settings-that-differ", title, table)
    return show.section("settings", [found], same=AS_BASE, base=comparison.base.title)


def plans(comparison: Comparison) -> Section:
    """What each plan does, in words."""
    told = [describe_settings(side.settings) for side in comparison.sides]
    rows = [Row(subject, [show.text(plan[subject]) for plan in told]) for subject in told[0]]
    table = Table("What", [side.title for side in comparison.sides], rows)
    return show.section("plans", [show.exhibit("plans-in-words", f"{len(told)} plans side by side", table)])


def _row(key: str, values: Sequence[Any]) -> Row:
    base, *others = values
    said = [wording.setting_text(base), *(AS_BASE if one == base else wording.setting_text(one) for one in others)]
    return Row(wording.setting_title(key), [*map(show.text, said), Cell(key, is_code=True)])


def tests(comparison: Comparison) -> Section:
    """What every test came to in each of the compared runs."""
    found = [{(test.year, test.name): test for test in side.tests} for side in comparison.sides]
    keys = [key for key in dict.fromkeys(key for side in found for key in side) if key[0] in comparison.years]
    rows = [Row(f"{year} {name}", [_outcome(side.get((year, name))) for side in found]) for year, name in keys]
    failed = sum(1 for side in found for key in keys if key in side and side[key].has_failed)
    title = finding("failed", number=failed, where=" in all runs together")
    table = Table("Test", [side.title for side in comparison.sides], rows)
    return show.section("testing", [show.exhibit("tests", title, table, texts="compared-tests")], "compared testing")


def _outcome(test: TestOfYear | None) -> Cell:
    if test is None:
        return show.text("")
    margin = test.row["margin"]
    return show.text(test.result if margin is None else f"{test.result}, {margin:+.2f}".replace("-", "−"))


def places(comparison: Comparison) -> Section:
    """Which run folders the figures come from."""
    rows = [
        (one.title, {**vars(one), "seed": one.fingerprints["seed"], "years": wording.period_of(sorted(one.summary)),
                     "design": wording.setting_text(one.settings.get("simulation.plan_design_id"))})
        for one in comparison.sides
    ]  # fmt: skip
    title = f"{len(comparison.sides)} finished runs; the first is the base"
    return show.section("runs", [show.listed("run-folders", title, rows)])
