"""The bundled assumption tables of hazards and behaviour against the figures of the methodology."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from tests.oracle import enrollment, exits, workforce
from tests.oracle.workforce import Band

SEEDS = Path(__file__).parents[3] / "dbt" / "seeds"


def rows(table: str) -> list[dict[str, str]]:
    with (SEEDS / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("table", "minimum", "column", "bands"),
    [
        ("age_bands", "min_age", "exit_multiplier", workforce.AGE_EXIT),
        ("age_bands", "min_age", "promotion_multiplier", workforce.AGE_PROMOTION),
        ("tenure_bands", "min_years", "exit_multiplier", workforce.TENURE_EXIT),
        ("tenure_bands", "min_years", "promotion_multiplier", workforce.TENURE_PROMOTION),
    ],
)
def test_hazard_bands(table: str, minimum: str, column: str, bands: Sequence[Band]) -> None:
    assert [Band(int(row[minimum]), Fraction(row[column])) for row in rows(table)] == list(bands)


@pytest.mark.parametrize(
    ("table", "low", "high"),
    [
        ("age_bands", "min_age", "max_age"),
        ("tenure_bands", "min_years", "max_years"),
        ("participation_by_age", "min_age", "max_age"),
        ("participation_by_income", "min_pay", "max_pay"),
        ("levels", "min_pay", "max_pay"),
    ],
)
def test_bands_tile_without_gaps(table: str, low: str, high: str) -> None:
    found = rows(table)
    assert [row[low] for row in found[1:]] == [row[high] for row in found[:-1]]


def test_level_factors() -> None:
    for row in rows("levels"):
        level = int(row["level_id"])
        assert Fraction(row["exit_multiplier"]) == workforce.level_exit(level)
        assert Fraction(row["promotion_multiplier"]) == workforce.level_promotion(level)


def test_participation_by_age() -> None:
    found = rows("participation_by_age")
    assert [(row["age_segment"], int(row["min_age"])) for row in found] == list(enrollment.AGES)
    for row in found:
        name = row["age_segment"]
        assert Fraction(row["voluntary_rate"]) == enrollment.VOLUNTARY[name]
        assert Fraction(row["conversion_rate"]) == enrollment.CONVERSION[name]
        assert Fraction(row["opt_out_rate"]) == enrollment.OPT_OUT[name]


def test_participation_by_income() -> None:
    found = rows("participation_by_income")
    assert [(row["income_segment"], int(row["min_pay"])) for row in found] == list(enrollment.INCOMES)
    for row in found:
        name = row["income_segment"]
        assert Fraction(row["voluntary_multiplier"]) == enrollment.VOLUNTARY_INCOME[name]
        assert Fraction(row["conversion_multiplier"]) == enrollment.CONVERSION_INCOME[name]
        assert Fraction(row["opt_out_multiplier"]) == enrollment.OPT_OUT_INCOME[name]


def test_elected_rates() -> None:
    found = rows("elected_deferral_rates")
    assert len(found) == len(enrollment.AGES) * len(enrollment.INCOMES)
    for row in found:
        assert Fraction(row["deferral_rate"]) == enrollment.ELECTED[row["income_segment"]][row["age_segment"]]


def test_tails_of_elected_rates() -> None:
    found = {
        (row["income_segment"], Fraction(row["deferral_rate"])): Fraction(row["share"])
        for row in rows("elected_rate_tails")
    }
    known = {(income, rate): share for income, tail in enrollment.TAILS.items() for rate, share in tail.items()}
    assert found == known


def test_retirement_rates() -> None:
    found = {(int(row["age"]), int(row["years_of_service"])): Fraction(row["rate"]) for row in rows("retirement_rates")}
    known = {(age, years): rate for age, by_service in exits.RETIREMENT.items() for years, rate in by_service.items()}
    assert found == known


def test_death_and_disability_rates() -> None:
    found = {
        int(row["age"]): (Fraction(row["death_rate"]), Fraction(row["disability_rate"]))
        for row in rows("death_and_disability_rates")
    }
    assert found == exits.DEATH_AND_DISABILITY


def test_levels() -> None:
    """Pay bands and merit rates as in the table of levels."""
    assert [(int(row["min_pay"]), int(row["max_pay"]), row["merit_rate"]) for row in rows("levels")] == [
        (56_000, 81_000, "0.032"),
        (81_000, 121_000, "0.032"),
        (121_000, 161_000, "0.032"),
        (161_000, 275_000, "0.032"),
        (275_000, 500_000, "0.032"),
    ]
