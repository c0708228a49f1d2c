"""The whole way in a real browser by keyboard: census, columns, design, run, a studio that dies, result, people, tests.

Needs Debian's Chromium and playwright; elsewhere these tests skip. A request to another origin, a word on the console
or an error of a script fails them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest

from planalign_orchestrator.census.synthetic import generate_census
from tests.studio.browsing import CHROMIUM, Keys, Served

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (apt-get install chromium)"),
    pytest.mark.skipif(find_spec("axe_playwright_python") is None, reason="playwright or axe is not installed"),
]
PATIENCE = 60_000
WIDTHS = (1400, 1100, 400, 320)
PAGES = (
    *("/", "/census", "/census/staff.csv", "/census/staff.csv/mapping", "/designs", "/designs/auto_6"),
    *(
        "/designs/auto_6/tables",
        "/designs/auto_6/tables/levels",
        "/runs/auto_6",
        "/runs/auto_6/people",
        "/runs/auto_6/live",
    ),
    *(
        "/runs/auto_6?measure=exits&by=age_band",
        "/runs/auto_6/history",
        "/compare?base=auto_6&with=base_plan",
        "/sweeps",
        "/checks",
    ),
)

SMALLEST_TEXT = """() => Math.min(...[...document.querySelectorAll("svg.chart text")].map((text) => {
    const chart = text.closest("svg"), width = chart.getBoundingClientRect().width;
    return width ? parseFloat(getComputedStyle(text).fontSize) * width / chart.viewBox.baseVal.width : Infinity;
}))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def opened(browser: Any, served: Served, heard: list[str]) -> Any:
    """A page that was opened with the token; whatever a page should not do is written down."""
    page = browser.new_context(viewport={"width": WIDTHS[0], "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    page.on("console", lambda message: heard.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"error: {error}"))
    page.on("request", lambda asked: asked.url.startswith(served.origin) or heard.append(f"request: {asked.url}"))
    page.goto(served.address)
    assert page.url == f"{served.origin}/", "the token stays in the address"
    return page


def run_design(page: Any, served: Served, name: str) -> None:
    """Start a run from the page of a design, by keyboard."""
    keys = Keys(page)
    page.goto(f"{served.origin}/designs/{name}")
    keys.write(page.get_by_label("Census").last, "staff")
    keys.write(page.get_by_label("Years").last, "2025-2026")
    keys.press(page.get_by_role("button", name="Run"))
    page.wait_for_url("**/live")


@pytest.fixture(scope="module")
def walked(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Served, list[str]]]:
    """The way from a census to two results, by keyboard alone; the studio is killed while a run works and one waits."""
    folder, source = tmp_path_factory.mktemp("workspace"), tmp_path_factory.mktemp("files") / "staff.csv"
    generate_census(source, employees=60, seed=5, as_of=dt.date(2024, 12, 31))
    heard: list[str] = []
    served = Served(folder)
    page = opened(browser, served, heard)
    keys = Keys(page)
    keys.follow("Census")
    with page.expect_file_chooser() as chooser:
        keys.press(page.get_by_label(re.compile("Drop a census here")))
    chooser.value.set_files(str(source))
    keys.press(page.get_by_role("button", name="Add census"))
    keys.press(page.get_by_role("button", name="Save and check the census"))
    page.get_by_text("60 people as of 2024-12-31").wait_for()
    for name in ("base_plan", "auto_6"):
        keys.follow("Designs")
        keys.write(page.get_by_label("Name"), name)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/designs/{name}")
    keys.press(page.locator("summary", has_text="Enrollment, auto enrollment"))
    keys.write(page.get_by_label("Default deferral rate", exact=True), "6")
    page.keyboard.press("Enter")
    page.get_by_text("Automatic at 6% for new hires").wait_for()
    run_design(page, served, "base_plan")
    run_design(page, served, "auto_6")
    served.kill()  # the first run goes on, and the second one waits
    page.context.close()
    heard.clear()  # what the page said of the dead studio is no fault of its own
    served = Served(folder)
    page = opened(browser, served, heard)
    page.goto(f"{served.origin}/runs/auto_6/live")
    page.get_by_role("link", name="See the result").wait_for()
    yield page, served, heard
    served.kill()


def test_a_figure_leads_to_its_people_and_a_person(walked: tuple[Any, Served, list[str]]) -> None:
    page, served, heard = walked
    page.goto(f"{served.origin}/runs/auto_6")
    page.get_by_label("Measure").select_option("participants")
    page.locator("select[name='by']").select_option("age_band")
    page.wait_for_url("**/runs/auto_6?measure=participants&by=age_band")  # the view is in the address
    page.get_by_role("heading", name="Participants").wait_for()
    page.get_by_role("button", name="Copy table").wait_for()  # a part that was exchanged is enlivened too
    figure = page.locator("#view td a").first
    number = figure.inner_text()
    figure.click()
    page.get_by_text(f"{number} found").wait_for()
    page.locator("#found th a").first.click()
    page.get_by_text("Each amount is recomputed").wait_for()
    page.get_by_label("Beside").select_option("base_plan")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Base plan").wait_for()
    page.go_back()
    page.go_back()
    page.get_by_text(f"{number} found").wait_for()
    assert heard == []


def test_marks_of_a_chart_are_reached_by_keys(walked: tuple[Any, Served, list[str]]) -> None:
    page, served, heard = walked
    page.goto(f"{served.origin}/runs/auto_6?measure=payroll&by=everybody")
    page.locator("svg.chart.wide").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.locator("output.tip").inner_text().startswith("2026")
    assert heard == []


def test_results_are_read_by_keyboard_alone(walked: tuple[Any, Served, list[str]]) -> None:
    page, served, heard = walked
    keys = Keys(page)
    page.goto(served.origin)
    keys.follow("auto_6")
    keys.write(page.get_by_label("Measure"), "Participants")
    page.get_by_role("heading", name="Participants").wait_for()
    keys.press(page.locator("#view td a").first)
    keys.press(page.locator("#found th a").first)
    keys.write(page.get_by_label("Beside"), "base_plan")
    keys.press(page.get_by_role("button", name="Show"))
    keys.follow("Base plan")
    keys.follow("Tests")
    page.get_by_role("heading", name="Nondiscrimination tests").wait_for()
    keys.follow("Compare")
    keys.write(page.locator("select[name='base']"), "base_plan")
    keys.press(page.get_by_role("checkbox", name="auto_6"), "Space")
    keys.press(page.get_by_role("button", name="Compare"))
    page.wait_for_url("**/compare?base=base_plan&**")
    page.get_by_role("heading", name=re.compile("Auto 6 against Base plan")).wait_for()
    assert heard == []


def test_rows_of_a_design_are_added_and_taken_out_by_keyboard(walked: tuple[Any, Served, list[str]]) -> None:
    page, served, heard = walked
    keys = Keys(page)
    page.goto(f"{served.origin}/designs/base_plan")
    keys.press(page.locator("summary", has_text="By year"))
    for number in (1, 2):
        keys.write(page.get_by_label("Setting that changes"), "Core, type")
        keys.press(page.locator("[id='amendments.add']"))
        keys.write(page.get_by_label(f"From {number}", exact=True), "2027")
    keys.press(page.get_by_role("button", name="Remove row 2"))
    page.get_by_label("From 2", exact=True).wait_for(state="detached")
    keys.write(page.get_by_label("Note 1"), "a new document")
    keys.write(page.get_by_label("Value 1"), "flat")
    page.locator("summary", has_text="YAML").wait_for()
    keys.press(page.get_by_role("button", name="Check and save").last)
    page.get_by_text("a new document").first.wait_for(state="attached")
    assert page.get_by_label("Value 1").input_value() == "flat" and heard == []


@pytest.mark.parametrize("address", PAGES)
def test_a_page_fits_and_is_accessible(walked: tuple[Any, Served, list[str]], address: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page, served, heard = walked
    page.goto(f"{served.origin}{address}")
    page.locator("#working").wait_for(state="detached")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        over = page.locator("html").evaluate("page => page.scrollWidth - page.clientWidth")
        assert over <= 0, f"{width} px: {over} px too wide"
        assert page.evaluate(SMALLEST_TEXT) >= 11, f"{width} px: text of a chart is too small"
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response
        told = [(one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in found["violations"]]
        assert told == [] and found["passes"], scheme
    page.emulate_media(color_scheme="light")
    assert heard == []


def test_the_check_of_accessibility_can_fail(walked: tuple[Any, Served, list[str]]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page, served, _ = walked
    page.goto(f"{served.origin}/designs")
    page.locator("h1").evaluate("heading => heading.append(document.createElement('button'))")
    assert Axe().run(page, options={"runOnly": ["wcag2a"]}).response["violations"]


def test_no_person_is_kept_in_the_browser(walked: tuple[Any, Served, list[str]]) -> None:
    page, served, _ = walked
    page.goto(f"{served.origin}/runs/auto_6/people")
    page.get_by_label("Year").select_option("2025")
    page.wait_for_url("**year=2025**")
    person = page.locator("#found th a").first.inner_text()
    kept = page.locator("html").evaluate("() => JSON.stringify([localStorage, sessionStorage])")
    assert "year=2025" in kept and person not in kept  # the address alone, as the history has it


def test_it_works_without_scripts(walked: tuple[Any, Served, list[str]], browser: Any) -> None:
    page, served, _ = walked
    plain = browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state()).new_page()
    plain.goto(f"{served.origin}/runs/auto_6")
    plain.get_by_label("Measure").select_option("payroll")
    plain.get_by_role("button", name="Show").click()
    plain.get_by_role("heading", name="Payroll").wait_for()
    plain.context.close()
