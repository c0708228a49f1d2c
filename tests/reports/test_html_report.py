"""`report.html`: what it shows equals sums over the people, what it adds up adds up, and it loads nothing."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pytest

from planalign_orchestrator.reports.charts.drawing import SIZES
from planalign_orchestrator.reports.html_report import html_report
from planalign_orchestrator.reports.page import TEMPLATES, html_of
from planalign_orchestrator.reports.results import RunResults, open_results
from planalign_orchestrator.run.folder import RunFolder
from tests.reports.shown import Page, words_of

ACTIVE = "employment_status = 'active'"
OPENING = "detailed_status_code in ('continuous_active', 'experienced_termination')"


@pytest.fixture(scope="module")
def results(two_years: RunFolder) -> Iterator[RunResults]:
    with open_results(two_years.root) as opened:
        yield opened


@pytest.fixture(scope="module")
def text(results: RunResults) -> str:
    return html_of(html_report(results))


@pytest.fixture(scope="module")
def shown(text: str) -> Page:
    return Page(text)


@pytest.fixture(scope="module")
def people(results: RunResults) -> duckdb.DuckDBPyConnection:
    return results.connection


def one(people: duckdb.DuckDBPyConnection, expression: str, where: str) -> Any:
    row = people.execute(f"select {expression} from fct_workforce_snapshot where {where}").fetchone()
    assert row is not None
    return Decimal(str(row[0] or 0))


BY_YEAR = {
    ("headcount-bridge", 0): ("count(*)", OPENING),
    ("headcount-bridge", 1): ("count(*)", "detailed_status_code like 'new_hire%'"),
    ("headcount-bridge", 2): ("count(*)", "detailed_status_code = 'experienced_termination'"),
    ("headcount-bridge", 3): ("count(*)", "detailed_status_code = 'new_hire_termination'"),
    ("headcount-bridge", 4): ("count(*)", ACTIVE),
    ("exits-by-reason", 0): ("count(*)", "termination_reason = 'voluntary'"),
    ("exits-by-reason", 1): ("count(*)", "termination_reason = 'involuntary'"),
    ("exits-by-reason", 2): ("count(*)", "termination_reason = 'disability'"),
    ("exits-by-reason", 3): ("count(*)", "termination_reason = 'retirement'"),
    ("exits-by-reason", 4): ("count(*)", "termination_reason = 'death'"),
    ("exits-by-reason", 5): ("count(*)", "employment_status = 'terminated'"),
    ("participation-by-source", 0): ("count(*)", f"{ACTIVE} and enrollment_source = 'census'"),
    ("employer-cost", 0): ("sum(employer_match)", "true"),
    ("employer-cost", 1): ("sum(employer_core)", "true"),
    ("cost-share-of-pay", 0): ("sum(prorated_annual_compensation)", "true"),
    ("cost-share-of-pay", 1): ("sum(employee_contributions)", "true"),
    ("limits-reached", 0): ("count(*)", "is_limited_by_402g"),
    ("limits-reached", 1): ("count(*)", "catch_up_contributions > 0"),
    ("limits-reached", 2): ("count(*)", "is_limited_by_401a17"),
    ("limits-reached", 3): ("count(*)", "is_limited_by_415c"),
    ("limits-reached", 4): ("count(*)", "is_hce"),
    ("pay-growth", 6): ("sum(prorated_annual_compensation)", "true"),
}
"""Exhibit and column: the same figure as a sum over the people of the year."""


@pytest.mark.parametrize("year", ["2025", "2026"])
@pytest.mark.parametrize("place", BY_YEAR)
def test_yearly_figures_are_sums_over_people(
    shown: Page, people: duckdb.DuckDBPyConnection, place: tuple[str, int], year: str
) -> None:
    expression, where = BY_YEAR[place]
    value, _ = shown.figures[place[0], year, place[1]]
    assert value == one(people, expression, f"simulation_year = {year} and {where}")


@pytest.mark.parametrize(
    ("kind", "exhibit"), [("age_band", "workforce-by-age"), ("tenure_band", "workforce-by-service")]
)
def test_mix_is_counted_from_people(shown: Page, people: duckdb.DuckDBPyConnection, kind: str, exhibit: str) -> None:
    order = {"age_band": "min_age", "tenure_band": "min_years"}[kind]
    bands = [row[0] for row in people.execute(f"select {kind} from {kind}s order by {order}").fetchall()]
    for i, band in enumerate(bands):
        where = f"simulation_year = 2026 and {ACTIVE} and {kind} = '{band}'"
        assert shown.figures[exhibit, "2026", 2 * i][0] == one(people, "count(*)", where)
    shares = [Decimal(shown.figures[exhibit, "2026", 2 * i + 1][1].removesuffix("%")) for i in range(len(bands))]
    assert sum(shares) == 100


def test_exits_and_promotions_by_level_are_those_of_the_events(shown: Page, people: duckdb.DuckDBPyConnection) -> None:
    for what, kind in {"exits": "termination", "promotions": "promotion"}.items():
        counted = people.execute(
            "select opening.level_before, count(*) from fct_yearly_events as events inner join ("
            " select employee_id, simulation_year, level_id as level_before from fct_workforce_snapshot"
            " where detailed_status_code in ('continuous_active', 'experienced_termination')) as opening"
            f" using (employee_id, simulation_year) where event_type = '{kind}' group by all"
        ).fetchall()
        number = sum(row[1] for row in counted)
        rows = {row: value for (key, row, column), (value, _) in shown.figures.items()
                if key == f"{what}-by-band" and column == 1}  # fmt: skip
        assert number > 0
        for panel in ("Age", "Service", "Level"):
            assert sum(value for row, value in rows.items() if row.startswith(f"{panel} ")) == number


def test_expected_exits_add_up_to_the_exits(shown: Page) -> None:
    for panel in ("Age", "Service", "Level"):
        found = [
            (column, value)
            for (key, row, column), (value, _) in shown.figures.items()
            if key == "exits-by-band" and row.startswith(f"{panel} ")
        ]
        seen, expected = (sum(value for column, value in found if column == wanted) for wanted in (1, 2))
        # What the rates ask for in two years, of which the exits are the rounded numbers.
        assert abs(seen - expected) <= Decimal("1.0")


def test_participation_deferrals_and_money_by_group_are_counted_from_people(
    shown: Page, people: duckdb.DuckDBPyConnection
) -> None:
    here = f"simulation_year = 2026 and {ACTIVE}"
    for band in ("<25", "25-34", "35-44", "45-54", "55-64", "65+"):
        of = f"{here} and age_band = '{band}'"
        assert shown.figures["participation-by-age-and-pay", f"Age {band}", 0][0] == one(
            people, "count(*)", f"{of} and is_eligible"
        )
        assert shown.figures["participation-by-age-and-pay", f"Age {band}", 1][0] == one(
            people, "count(*)", f"{of} and is_enrolled"
        )
        everybody = f"simulation_year = 2026 and age_band = '{band}'"
        for column, expression in {
            0: "count(*)", 2: "sum(prorated_annual_compensation)", 3: "sum(employer_match)", 4: "sum(employer_core)"
        }.items():  # fmt: skip
            assert shown.figures["employer-money-by-group", f"Age {band}", column][0] == one(
                people, expression, everybody
            )
    for band, low, high in (("0%", 0, 0.0001), ("3%", 0.03, 0.04), ("15%+", 0.15, 1)):
        where = f"{here} and deferral_rate >= {low} and deferral_rate < {high}"
        assert shown.figures["deferral-distribution", band, 0][0] == one(people, "count(*)", where)


def test_headlines_are_sums_over_people(shown: Page, people: duckdb.DuckDBPyConnection) -> None:
    here = f"simulation_year = 2026 and {ACTIVE}"
    pay = "sum(prorated_annual_compensation) filter (where simulation_year = 2026)"
    # What is forfeited in a year pays for contributions of the next.
    net = "sum(case simulation_year when 2026 then total_employer_contributions else -forfeiture_amount end)"
    before = "simulation_year = 2025"
    assert shown.headlines == {
        "headcount": one(people, "count(*)", here),
        "payroll": one(people, pay, "true"),
        "total-cost": one(people, "sum(total_employer_contributions)", "true")
        - one(people, "sum(forfeiture_amount)", before),
        "cost-share-of-payroll": one(people, f"round({net} / {pay}, 6)", "true"),
        "participation-rate": one(
            people, "round(count(*) filter (where is_enrolled) / count(*) filter (where is_eligible), 6)", here
        ),
        "mean-deferral-rate": one(people, "round(avg(deferral_rate), 6)", f"{here} and is_enrolled"),
    }


def test_shown_money_adds_up_along_rows_and_columns(shown: Page) -> None:
    cost = {(row, column): int(text.replace(",", "").replace("−", "-"))
            for (key, row, column), (_, text) in shown.figures.items() if key == "employer-cost"}  # fmt: skip
    for row in ("2025", "2026", "2025-2026"):
        assert cost[row, 0] + cost[row, 1] + cost[row, 2] == cost[row, 3]
    for column in range(4):
        assert cost["2025", column] + cost["2026", column] == cost["2025-2026", column]


def test_page_loads_nothing_and_is_small(text: str, shown: Page) -> None:
    page = shown
    assert all(name == "href" and target.startswith("#") for name, target in page.targets)
    assert not page.tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    assert "@import" not in text and "url(" not in text
    assert re.findall(r"https?://[^\"' <]*", text) in ([], ["http://www.w3.org/2000/svg"])
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'\"" in text
    assert len(text.encode()) < 400_000
    assert (
        '<html lang="en">' in text
        and "<main" in text
        and text.count('<svg class="chart wide" viewBox="0 0 760 ')
        == text.count('<svg class="chart narrow" viewBox="0 0 360 ')
        > 10
    )


def test_no_name_of_the_configuration_stands_in_the_text(results: RunResults) -> None:
    entry = {"kind": "warning", "text": "job_level is odd", "column": "job_level", "people": 3, "row": 7}
    made = {"year": 2025, "stage": "STATE_ACCUMULATION", "seconds": 1.0, "cpu_seconds": 1.0, "rows": 7,
            "peak_memory_mb": 9.0}  # fmt: skip
    record = {**results.record, "data_quality": [entry], "stages": [made], "warnings": ["plan.max_rate is high"]}
    text = html_of(html_report(RunResults(results.folder, results.connection, record, results.keep)))
    assert "State accumulation" in text
    assert "Workforce" in words_of(text) and "_" not in words_of(text)
    quoted = re.findall(r"<code>([^<]*_(?:<wbr>|[^<])*)</code>", text[: text.index('id="run-record"')])
    assert {name.replace("<wbr>", "") for name in quoted} == {"job_level", "plan.max_rate"}
    assert not re.findall(r"<text[^>]*>[^<]*_[^<]*<", text)


def test_text_of_charts_is_large_enough_on_a_telephone(text: str) -> None:
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    (size,) = re.findall(r"\.chart \{[^}]*font-size: (\d+)px", style)
    width_of_the_page = 380 - 2 * 1.25 * 16
    assert int(size) * width_of_the_page / SIZES["narrow"] >= 11
    for width, chart in re.findall(
        r'<svg class="chart \w+" viewBox="0 0 (\d+) [^>]*>(.*?)</svg>', text.replace("&NoBreak;", "")
    ):
        for x, anchor, label in re.findall(r'<text x="([-\d.]+)"[^>]*anchor="(\w+)"[^>]*>([^<]*)<', chart):
            room = len(label) * 6.4  # about what a character takes
            left = float(x) - {"start": 0, "middle": room / 2, "end": room}[anchor]
            assert left >= -1 and left + room <= int(width) + 1, label


def test_groups_of_fewer_than_100_people_are_marked(text: str) -> None:
    rows = re.findall(
        r'<th scope="row">(Age [^<]+)(<sup[^>]*>\*</sup>)?</th><td data-value="(\d+)"', text.replace("&lt;", "‹")
    )
    assert {bool(mark) for _, mark, _ in rows} == {True, False}
    assert all(bool(mark) == (int(people) < 100) for _, mark, people in rows)


def test_names_are_data_not_markup(results: RunResults, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("name", "title"):
        monkeypatch.setattr(results, name, "<script>alert(1)</script>")
    text = html_of(html_report(results))
    assert "<script>alert" not in text and "&lt;script&gt;" in text


REPORT_FORMATS = "reporting.formats"
"""The setting whose effect the following test sees."""


def test_settings_choose_the_reports(results: RunResults, tmp_path: Path) -> None:
    from planalign_orchestrator.config.settings import Settings
    from planalign_orchestrator.reports.rebuilding import WRITERS

    chosen = Settings.model_validate({"reporting": {"formats": ["html"]}}).reporting.formats
    assert [path.name for form in chosen for path in WRITERS[form](results, tmp_path)] == ["report.html"]
    assert Settings().reporting.formats == ["csv", "html", "xlsx"]
