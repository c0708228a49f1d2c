"""Experience counts by its events; thin cells lean on the tables and on their neighbors."""

from __future__ import annotations

from typing import cast

import pytest

from planalign_orchestrator.learning.credibility import (
    FULL,
    Dimension,
    Evidence,
    Factor,
    factors_of,
    of_estimate,
    of_events,
    smoothed,
)
from planalign_orchestrator.learning.experience import Experience
from planalign_orchestrator.learning.history import History


def test_full_credibility_is_the_usual_count() -> None:
    assert round(FULL) == 1082
    assert of_events(2000) == 1 and of_events(270.55) == pytest.approx(0.5, rel=1e-3) and of_events(0) == 0


def test_an_estimate_with_the_error_of_a_count_has_its_credibility() -> None:
    assert of_estimate(100.0, 10.0) == pytest.approx(of_events(100))


def test_smoothing_keeps_what_has_evidence_and_fills_what_has_none() -> None:
    found = smoothed([1.0, 3.0, 2.0], [1e6, 0.0, 1e6])
    assert found == pytest.approx([1.0, 1.5, 2.0], abs=1e-3)


def test_smoothing_keeps_the_expected_total() -> None:
    values, evidence = [0.8, 1.4, 1.1, 0.5], [10.0, 30.0, 5.0, 60.0]
    found = smoothed(values, evidence)
    before, after = (sum(v * w for v, w in zip(one, evidence, strict=True)) for one in (values, found))
    assert after == pytest.approx(before, rel=1e-5)


def whole(events: dict[tuple[str, str], float], people: int = 1000) -> list[dict[object, float]]:
    """Factors of two dimensions, each cell with 10 000 expected by the tables."""
    dimensions = [Dimension(["a", "b"], {"a": people, "b": people}), Dimension(["x", "y"], {"x": people, "y": people})]
    evidence = [Evidence(key, number, 10_000) for key, number in events.items()]
    return [{value: one.factor for value, one in by.items()} for by in factors_of(evidence, dimensions)]


def test_factors_of_two_dimensions_are_told_apart() -> None:
    first, second = whole({("a", "x"): 6000, ("a", "y"): 12_000, ("b", "x"): 3000, ("b", "y"): 6000})
    assert first["a"] / first["b"] == pytest.approx(2) and second["y"] / second["x"] == pytest.approx(2)


def test_of_fewer_than_five_people_nothing_is_used() -> None:
    first, second = whole({("a", "x"): 6000, ("a", "y"): 12_000, ("b", "x"): 3000, ("b", "y"): 6000}, people=4)
    assert {*first.values(), *second.values()} == {1.0}


def test_without_events_the_tables_stay() -> None:
    first, _ = whole({("a", "x"): 0, ("b", "y"): 0})
    assert first == {"a": 1.0, "b": 1.0}


def test_where_nobody_was_exposed_no_rate_is_shown() -> None:
    found = Experience(cast(History, None))
    factors = {"under 65": Factor(2, 2.0, 0.1, 1.1), "65+": Factor(0, 0.0, 0.0, 1.0)}
    found.of_factors("Turnover by age", Dimension(list(factors), {"under 65": 9}), factors, {"under 65": 20.0})
    assert [(rate.known, rate.fitted) for rate in found.rates] == [(0.1, pytest.approx(0.11)), (None, None)]
