from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest

from planalign_orchestrator.memory.picture import memory_picture
from tests.unit.memory.scripted import Run


@pytest.fixture
def record() -> dict[str, Any]:
    """Two years of three stages, as it comes back from ``run.json``."""
    run = Run(budget_gb=2, batch_size=500)
    for year in (2025, 2026):
        for stage, share in (("FOUNDATION", 0.2), ("EVENT_GENERATION", 0.9), ("STATE <&>", 0.5)):
            run.memory.mark(stage, year)
            for _ in range(10):
                run.sees(share)
    read_back: dict[str, Any] = json.loads(json.dumps(run.memory.summary().to_dict()))
    return read_back


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter() if element.tag.endswith("text")]


def test_the_picture_is_small_and_needs_nothing_else(record: dict[str, Any]) -> None:
    svg = memory_picture(record)
    ElementTree.fromstring(svg)
    assert len(svg) < 30_000
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_it_names_budget_peak_and_years(record: dict[str, Any]) -> None:
    shown = texts(memory_picture(record))
    assert {"budget 2048 MiB", "1843 MiB", "2025", "2026", "moderate", "high", "critical"} <= set(shown)


def test_it_has_a_band_a_level_and_a_box_a_stage(record: dict[str, Any]) -> None:
    titles = [
        element.text or ""
        for element in ElementTree.fromstring(memory_picture(record)).iter()
        if "title" in element.tag
    ]
    assert {"moderate", "high", "critical"} <= set(titles)
    assert "2025 EVENT_GENERATION: 1843 MiB, batches of 500 thousand" in titles
    assert sum(title.startswith("2026") for title in titles) == 3


def test_a_run_beyond_its_budget_stays_in_the_picture(record: dict[str, Any]) -> None:
    record["series"]["tree_mb"][5] = record["peak_mb"] = 3000
    svg = ElementTree.fromstring(memory_picture(record))
    line = next(element for element in svg.iter() if element.tag.endswith("polyline"))
    assert all(float(point.split(",")[1]) >= 0 for point in line.attrib["points"].split())


def test_without_a_record_there_is_no_picture() -> None:
    assert memory_picture({}) == ""
