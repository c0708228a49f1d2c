from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks.benchmark import scaling_of
from benchmarks.scaling import fit
from benchmarks.scaling_picture import scaling_picture

SIZES = (10_000, 100_000, 1_000_000)


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_the_exponent_of_a_power_is_found(exponent: float) -> None:
    found = fit([(size, 3 * size**exponent) for size in SIZES])
    assert found is not None and found.exponent == pytest.approx(exponent)


def test_the_fixed_part_is_found() -> None:
    found = fit([(size, 5 + size / 10_000) for size in SIZES])
    assert found is not None
    assert (found.fixed, found.per_unit) == (pytest.approx(5, abs=0.01), pytest.approx(1e-4))
    assert found.exponent < 1


def test_one_size_tells_nothing() -> None:
    assert fit([(10, 1.0), (10, 2.0)]) is None


def summaries() -> list[dict[str, Any]]:
    return [
        {
            "employees": size,
            "years": years,
            "median": {"seconds": size * years / 1e4, "cpu_seconds": size * years / 1e4, "peak_mb": 200 + size / 1e3},
        }
        for size in SIZES
        for years in (1, 5)
    ]


def test_growth_is_told_along_employees_and_along_years() -> None:
    found = scaling_of(summaries())
    assert found["cpu_seconds by employees at 5 years"]["exponent"] == pytest.approx(1)
    assert found["cpu_seconds by years at 100000 employees"]["exponent"] == pytest.approx(1)
    assert found["peak_mb by years at 100000 employees"]["exponent"] == pytest.approx(0)


def test_the_picture_has_a_line_a_number_of_years_and_stays_within_its_frame() -> None:
    svg = ElementTree.fromstring(scaling_picture({"cases": summaries()}))
    lines = [element for element in svg.iter() if element.tag.endswith("polyline")]
    assert len(lines) == 4
    for line in lines:
        for point in line.attrib["points"].split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= 890 and 0 <= y <= 330
    shown = [element.text for element in svg.iter() if element.tag.endswith("text")]
    assert shown.count("1 year") == shown.count("5 years") == 2


def test_one_run_alone_can_be_drawn() -> None:
    ElementTree.fromstring(scaling_picture({"cases": summaries()[:1]}))
