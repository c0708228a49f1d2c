"""The pages in a browser: the one script runs under the policy and does what it should, axe finds no fault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import sync_playwright

from planalign_orchestrator.reports.comparison_page import comparison_page
from planalign_orchestrator.reports.html_report import html_report
from planalign_orchestrator.reports.page import html_of
from planalign_orchestrator.reports.rebuilding import installed_browser
from planalign_orchestrator.reports.results import open_results
from planalign_orchestrator.run.folder import RunFolder
from tests.reports.browsers import DARK, LIGHT, dom_of, found_in, needs_browser
from tests.reports.test_comparison_page import comparison_of, groups, side, year

pytestmark = [needs_browser, pytest.mark.slow]
PHONE = "--window-size=380,800"


@pytest.fixture(scope="module")
def report(two_years: RunFolder) -> str:
    with open_results(two_years.root) as results:
        return html_of(html_report(results))


def test_the_policy_lets_our_script_run_and_no_other(report: str, tmp_path: Path) -> None:
    planted = report.replace("</body>", "<script>document.title = 'planted'</script></body>")
    dom = dom_of(planted, tmp_path)
    assert 'class="copy"' in dom and "<title>planted</title>" not in dom


def test_arrow_keys_read_a_chart_out_and_light_up_a_series(report: str, tmp_path: Path) -> None:
    script = """
        const chart = document.querySelector("#employer-cost .chart.wide");
        const press = (key) => chart.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
        const tip = document.querySelector(".tip");
        press("ArrowRight");
        const said = [tip.textContent];
        press("ArrowRight");
        said.push(tip.textContent);
        const faded = chart.querySelectorAll(".faded").length;
        press("Escape");
        found({said, faded, hidden: tip.hidden, left: chart.querySelectorAll(".faded").length});
    """
    seen = found_in(report, script, tmp_path)
    assert [text.split(":")[0] for text in seen["said"]] == ["2025, Match", "2025, Core"]
    assert seen["faded"] > 0 and seen["hidden"] and seen["left"] == 0


def test_tables_sort_by_exact_value_and_totals_stay(report: str, tmp_path: Path) -> None:
    script = """
        const table = document.querySelector("#cost-drivers table");
        const column = () => [...table.tBodies[0].rows].map((row) => Number(row.cells[3].dataset.value));
        const heading = table.tHead.rows[0].cells[3];
        const before = column();
        heading.querySelector("button").click();
        found({before, after: column(), order: heading.getAttribute("aria-sort")});
    """
    seen = found_in(report, script, tmp_path)
    first, *drivers, last = seen["before"]
    assert seen["after"] == [first, *sorted(drivers), last] and seen["order"] == "ascending"
    assert drivers != sorted(drivers)


@pytest.fixture(scope="module")
def shown(report: str) -> Iterator[Any]:
    """The report in a window of the size that a test wants."""
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=installed_browser(), args=["--no-sandbox"])
        page = browser.new_page()
        page.set_content(report)
        yield page
        browser.close()


@pytest.mark.parametrize("width", [380, 640], ids=["telephone", "twice as large on a screen of 1280"])
def test_a_narrow_window_shows_the_page_without_scrolling_sideways(shown: Any, width: int) -> None:
    shown.set_viewport_size({"width": width, "height": 800})
    needed, smallest, wide_chart, drawn = shown.evaluate("""() => {
        const size = (one) => parseFloat(getComputedStyle(one).fontSize);
        const scale = (svg) => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
        const seen = [...document.querySelectorAll("p, td, th, li, dd, button")].filter((one) => one.offsetWidth);
        const texts = [...document.querySelectorAll(".chart text")].filter((one) => one.getBoundingClientRect().width);
        return [document.documentElement.scrollWidth, Math.min(...seen.map(size)),
                getComputedStyle(document.querySelector(".chart.wide")).display,
                Math.min(...texts.map((one) => size(one) * scale(one.closest("svg"))))];
    }""")
    assert needed <= width and smallest >= 11 and drawn >= 11
    assert wide_chart == "none"


def test_forced_colors_leave_every_mark_an_outline(shown: Any) -> None:
    marks = """() => [...document.querySelectorAll(".chart rect, .chart circle")].map(
        (one) => [getComputedStyle(one).stroke, getComputedStyle(document.body).backgroundColor])"""
    shown.emulate_media(forced_colors="active")
    outlined = shown.evaluate(marks)
    shown.emulate_media(forced_colors="none")
    assert outlined and all(stroke not in ("none", ground) for stroke, ground in outlined)
    assert any(stroke == "none" for stroke, _ in shown.evaluate(marks)), "without them, color is enough"


@pytest.mark.parametrize("size", ["--window-size=1280,800", PHONE], ids=["desktop", "phone"])
def test_no_figure_of_a_chart_is_cut(report: str, tmp_path: Path, size: str) -> None:
    script = """
        const charts = [...document.querySelectorAll(".chart")].filter((one) => one.getBoundingClientRect().width);
        const all = charts.flatMap((one) => [...one.querySelectorAll("text")].map(it => it.getBoundingClientRect()));
        found([charts.every((one) => getComputedStyle(one).overflow === "visible"), all.length,
               Math.min(...all.map((it) => it.left)), Math.max(...all.map((it) => it.right)), innerWidth]);
    """
    uncut, number, left, right, width = found_in(report, script, tmp_path, size)
    assert uncut and number > 100 and left >= 0 and right <= width


def test_the_summary_is_the_first_printed_page(shown: Any) -> None:
    shown.set_viewport_size({"width": 710, "height": 940})  # letter without its margins
    shown.emulate_media(media="print")
    measured = "(it) => [it.getBoundingClientRect().bottom, getComputedStyle(it.nextElementSibling).breakBefore]"
    bottom, then = shown.locator("header").evaluate(measured)
    shown.emulate_media(media="screen")
    assert bottom <= 940 and then == "page"


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("page", ["report", "comparison"])
def test_axe_finds_no_fault(report: str, tmp_path: Path, page: str, scheme: str) -> None:
    source = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    sides = [side(name, year(f"{i}000.00", "10.00", "0.00", "0.5")) for i, name in enumerate("abc", 1)]
    compared = comparison_of(sides, [groups("500.00", "-7.00"), groups("5.00", "0.00", in_one_run=2)], "a warning")
    text = report if page == "report" else html_of(comparison_page(compared))
    script = """;axe.run(document).then(({violations}) => found(
        violations.map((one) => [one.id, one.nodes.slice(0, 3).map((node) => node.html.slice(0, 200))])));"""
    assert found_in(text, source + script, tmp_path, scheme) == []
