"""Slides and PDF: made from the same page, and where something is missing, that is said."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest
from pptx import Presentation

from planalign_orchestrator.errors import ResultsError
from planalign_orchestrator.reports import rebuilding
from planalign_orchestrator.reports.html_report import html_report
from planalign_orchestrator.reports.page import Page
from planalign_orchestrator.reports.rebuilding import report_run
from planalign_orchestrator.reports.results import open_results
from planalign_orchestrator.reports.slides import write_slides
from planalign_orchestrator.run.folder import RunFolder
from tests.reports.browsers import needs_browser


@pytest.fixture(scope="module")
def page(two_years: RunFolder) -> Page:
    with open_results(two_years.root) as results:
        return html_report(results)


def test_five_slides_say_what_the_page_says(page: Page, tmp_path: Path) -> None:
    slides = [*Presentation(str(write_slides(page, tmp_path / "report.pptx"))).slides]
    exhibits = {exhibit.title: exhibit for section in page.sections for exhibit in section.exhibits}
    assert len(slides) == 5 and slides[0].shapes.title.text == page.title
    assert page.finding in slides[0].placeholders[1].text_frame.text
    for number, slide in enumerate(slides[1:], 2):
        assert f"{page.title} · {number} · PlanAlign Engine" in [
            s.text_frame.text for s in slide.shapes if s.has_text_frame
        ]
        rows = [row for row in exhibits[slide.shapes.title.text].table.rows if not row.is_total]
        (chart,) = [shape.chart for shape in slide.shapes if shape.has_chart]
        assert [*chart.plots[0].categories] == [row.label for row in rows]
        for series in chart.plots[0].series:
            column = [*exhibits[slide.shapes.title.text].table.columns].index(series.name)
            assert [*series.values] == [pytest.approx(float(row.cells[column].value or 0)) for row in rows]


def test_a_missing_library_or_browser_is_said(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_pptx(name: str, *rest: Any) -> Any:
        if name == "pptx":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_pptx)
    with pytest.raises(ResultsError, match="python-pptx"):
        write_slides(page, tmp_path / "report.pptx")
    monkeypatch.setattr(rebuilding, "installed_browser", lambda: None)
    with pytest.raises(ResultsError, match="none is installed"):
        rebuilding.print_page(tmp_path / "page.html", tmp_path / "page.pdf")
    assert not [*tmp_path.iterdir()]


@needs_browser
@pytest.mark.slow
def test_the_browser_prints_the_page(two_years: RunFolder, tmp_path: Path) -> None:
    _, (path,) = report_run(two_years, ["pdf"], "test", tmp_path)
    content, content_of_page = path.read_bytes(), path.with_suffix(".html").read_text(encoding="utf-8")
    exhibits = content_of_page.count("<figure ")
    assert content.startswith(b"%PDF-") and content.count(b"/Type /Page\n") * 1.6 < exhibits, "two exhibits a page"
    assert {found.name for found in tmp_path.iterdir()} == {"report.html", "report.pdf"}
