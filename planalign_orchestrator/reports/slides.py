"""``report.pptx``: five slides from the page, with native charts that can be edited."""

import io
from pathlib import Path
from typing import Any

from planalign_orchestrator.errors import ResultsError, instead_of
from planalign_orchestrator.reports.page import Exhibit, Page
from planalign_orchestrator.storage.durable import atomic_write_bytes
from planalign_orchestrator.tables import table

FILE_NAME = "report.pptx"
_CHARTS = table(__package__, "slides")
"""Exhibits with a slide of their own: its kind of chart, and the columns of the table that it draws."""
_COLORS = ("1F6FC4", "0A5755", "9B3600")


def write_slides(page: Page, path: Path) -> Path:
    """Write five slides: the headline figures, and an exhibit each; what stands at ``path`` is replaced.

    Raises:
        ResultsError: the library for slides is not installed.
    """
    with instead_of(ImportError, ResultsError.told, "no slides"):
        from pptx import Presentation
    deck = Presentation()
    deck.slide_width, deck.slide_height = 12_192_000, 6_858_000
    (figures,) = page.headlines.values()
    body = _slide(deck, page.title, page)
    body.text_frame.text = page.finding
    for one in figures:
        body.text_frame.add_paragraph().text = f"{one.label}: {one.figure.text} ({one.change})"
    exhibits = {exhibit.key: exhibit for section in page.sections for exhibit in section.exhibits}
    for key in _CHARTS:
        if key in exhibits:  # a single year has no drivers
            _chart(_slide(deck, exhibits[key].title, page), exhibits[key])
    content = io.BytesIO()
    deck.save(content)
    atomic_write_bytes(path, content.getvalue())
    return path


def _slide(deck: Any, title: str, page: Page) -> Any:
    """A slide with its title and what it is of; returns the place of its content."""
    from pptx.util import Pt

    slide = deck.slides.add_slide(deck.slide_layouts[1])
    heading, body = slide.placeholders[0], slide.placeholders[1]
    margin, width = 600_000, deck.slide_width - 1_200_000
    heading.left, heading.top, heading.width, heading.height = margin, 250_000, width, 1_000_000
    heading.text_frame.text = title
    heading.text_frame.paragraphs[0].font.size = Pt(26)
    body.left, body.top, body.width, body.height = margin, 1_350_000, width, 4_900_000
    foot = slide.shapes.add_textbox(margin, 6_350_000, width, 300_000).text_frame
    foot.text = f"{page.title} · {len(deck.slides)} · PlanAlign Engine"
    foot.paragraphs[0].font.size = Pt(11)
    return body


def _chart(body: Any, exhibit: Exhibit) -> None:
    from pptx.chart.data import CategoryChartData
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION

    kind, columns = _CHARTS[exhibit.key]["chart"], map(int, _CHARTS[exhibit.key]["columns"].split())
    rows = [row for row in exhibit.table.rows if not row.is_total]
    data = CategoryChartData(number_format="0%" if "percent" in exhibit.subtitle.lower() else "$#,##0")
    data.categories = [row.label for row in rows]
    for column in columns:
        values = [row.cells[column].value for row in rows]
        if any(values):
            data.add_series(
                exhibit.table.columns[column], [None if value is None else float(value) for value in values]
            )
    place = body.left, body.top, body.width, body.height
    body.element.getparent().remove(body.element)
    chart = body.part.slide.shapes.add_chart(getattr(XL_CHART_TYPE, kind), *place, data).chart
    chart.has_legend = len(chart.plots[0].series) > 1
    if chart.has_legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    if kind.startswith("BAR"):
        chart.category_axis.reverse_order = True
    for series, color in zip(chart.plots[0].series, _COLORS, strict=False):
        series.invert_if_negative = False
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = RGBColor.from_string(color)
