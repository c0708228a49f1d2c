"""Dollar limits: the assumption tables against the published figures, and the estimates after the last of them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from tests.oracle.limits import LimitTable
from tests.oracle.published import LIMITS, PUBLISHED
from tests.oracle.tables import load_tables
from tests.oracle.vesting import SCHEDULES

SEEDS = Path(__file__).parents[3] / "dbt" / "seeds"


@pytest.mark.parametrize("year", sorted(PUBLISHED))
def test_assumption_table_holds_the_published_limits(year: int) -> None:
    assert load_tables(SEEDS).limits[year] == PUBLISHED[year]


def test_assumption_table_has_no_other_published_years() -> None:
    assert set(load_tables(SEEDS).limits) == set(PUBLISHED)


def test_assumption_table_holds_the_vesting_schedules() -> None:
    assert load_tables(SEEDS).vesting == SCHEDULES


# 2027 at 2.5%, by hand, from the amounts of 2026 before rounding: 24 682 × 1.025 = 25 299.05, down to 500; 8 227 →
# 8 432.68; 11 573 → 11 862.33, which is 11 250 + 500 and more; 72 891 → 74 713.28, down to 1 000; 364 456 → 373 567.40,
# down to 5 000; 164 681 → 168 798.03; 153 083 → 156 910.08. At 3.5%: 184 549 → 191 008.22, to the nearest 300.
@pytest.mark.parametrize(
    ("name", "amount"),
    [
        ("elective_deferral", 25_000),
        ("catch_up", 8_000),
        ("catch_up_60_63", 11_750),
        ("annual_additions", 74_000),
        ("compensation", 370_000),
        ("hce_compensation", 165_000),
        ("wage_base", 191_100),
        ("roth_catch_up_wages", 155_000),
    ],
)
def test_first_estimated_year(name: str, amount: int) -> None:
    assert getattr(LIMITS.of(2027), name) == amount


def test_estimates_compound_from_the_amount_before_rounding() -> None:
    # 8 227 × 1.025 = 8 432.68, × 1.025² = 8 643.49: the increase of two years reaches the next 500.
    assert [LIMITS.of(year).catch_up for year in (2027, 2028, 2029)] == [8_000, 8_500, 8_500]


def test_catch_up_from_60_to_63_rises_by_whole_multiples_above_11_250() -> None:
    """IRC 414(v)(2)(E)(i) and (C): 150% of 7 500, raised by multiples of 500; 11 573 × 1.025^n for 2027 to 2036."""
    amounts = [11_750, 11_750, 12_250, 12_750, 12_750, 13_250, 13_750, 13_750, 14_250, 14_750]
    assert [LIMITS.of(year).catch_up_60_63 for year in range(2027, 2037)] == amounts


def test_an_amount_that_was_never_rounded_so_is_indexed_as_it_is() -> None:
    table = LimitTable({2026: replace(PUBLISHED[2026], catch_up=Fraction(9_000))})
    assert table.of(2027).catch_up == 9_000 and table.of(2030).catch_up == 9_500


@pytest.mark.parametrize("indexation", ["0", "0.01", "0.025", "0.2"])
def test_a_limit_never_falls(indexation: str) -> None:
    table = LimitTable(PUBLISHED, Fraction(indexation))
    for year in range(2020, 2040):
        before, after = table.of(year - 1), table.of(year)
        assert after.catch_up_60_63 >= before.catch_up_60_63
        assert after.compensation >= before.compensation


def test_limit_that_was_never_published_is_not_estimated() -> None:
    table = LimitTable({2023: PUBLISHED[2023]})
    assert table.of(2025).roth_catch_up_wages is None


@pytest.mark.parametrize(
    ("age", "amount"),
    [
        (49, 0),
        (50, 7_500),
        (59, 7_500),
        (60, 11_250),
        (63, 11_250),
        (64, 7_500),
        (70, 7_500),
    ],
)
def test_catch_up_limit_by_age_in_2025(age: int, amount: int) -> None:
    """Source: IRS Notice 2024-80; IRC 414(v)(2)(E): age 60 but not 64 before the close of the taxable year."""
    assert PUBLISHED[2025].catch_up_for(age) == amount


def test_catch_up_limit_in_a_year_before_the_higher_one_existed() -> None:
    assert PUBLISHED[2024].catch_up_for(61) == 7_500


def test_overrides_change_single_values_and_add_rows() -> None:
    changed = load_tables(
        SEEDS,
        overrides={
            "irs_limits": [
                {"limit_year": 2026, "elective_deferral_limit": 30_000},
                {"limit_year": 2024, "roth_catch_up_wages": None},
            ]
        },
    )
    assert changed.limits[2026] == replace(PUBLISHED[2026], elective_deferral=Fraction(30_000))
    assert changed.limits[2024] == replace(PUBLISHED[2024], roth_catch_up_wages=None)


def test_a_folder_replaces_tables_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "vesting_schedules.csv").write_text("schedule,years_of_service,vested_percentage\nown,0,0.5\n")
    tables = load_tables(SEEDS, tmp_path)
    assert tables.vesting == {"own": {0: Fraction(1, 2)}}
    assert tables.limits == PUBLISHED
