"""Text that is a number, and text that is not."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from census_files import read_rows
from hypothesis import given, settings, strategies as st

from planalign_orchestrator.census.sql import teach_reading


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        teach_reading(connection)
        yield connection


def parsed(connection: duckdb.DuckDBPyConnection, text: str, parse: str) -> Decimal | None:
    found = connection.execute(f"SELECT {parse} FROM (SELECT bare_number(t, false) AS t FROM (SELECT ? AS t))", [text])
    row = found.fetchone()
    assert row is not None
    value = row[0]
    return None if value is None else Decimal(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("85000", "85000"), ("85000.5", "85000.5"), ("85000.", "85000"), (".5", "0.5"), ("+7", "7"), ("-7", "-7"),
        ("85,000", "85000"), ("1,234,567.89", "1234567.89"), ("85 000", "85000"), ("85'000.5", "85000.5"),
        ("85\u00a0000", "85000"), ("85\u202f000,5", None), ("$85,000.00", "85000"), ("$ 85,000", "85000"),
        ("85000 USD", "85000"), ("US$ 85,000", "85000"), ("-$5", "-5"), ("$-5", "-5"), ("($1,234.50)", "-1234.5"),
        ("(100)", "-100"), ("100-", "-100"), ("8.5e4", "85000"), ("8.5E+04", "85000"), ("1e99", None),
        ("8,50", None), ("1,00,000", None), ("85000,50", None), ("1_000", None), ("0x10", None), ("nan", None),
        ("Infinity", None), ("--5", None), ("€85", None), ("85k", None), ("12 34", None), ("1.2.3", None),
        ("1234567890123", None), ("999999999999", "999999999999"), ("٣", None),
    ],
)  # fmt: skip
def test_numbers(connection: duckdb.DuckDBPyConnection, text: str, expected: str | None) -> None:
    assert parsed(connection, text, "as_number(t)") == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("85.000", None), ("-1.500", None), ("0.125", "0.125"), ("8500.125", "8500.125"), ("85.0000", "85"),
        ("85.00", "85"),
    ],
)  # fmt: skip
def test_money_that_reads_two_ways_is_refused(
    connection: duckdb.DuckDBPyConnection, text: str, expected: str | None
) -> None:
    assert parsed(connection, text, "as_money(t, false)") == (None if expected is None else Decimal(expected))


def test_with_a_decimal_comma_points_are_of_thousands(connection: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT as_money(bare_number(t, true), true) FROM (SELECT unnest(['85.000,50', '85.000', '0,06']) AS t)"
    assert connection.execute(query).fetchall() == [(Decimal("85000.5"),), (Decimal("85000"),), (Decimal("0.06"),)]


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    cents=st.lists(st.integers(min_value=-(10**13), max_value=10**13), min_size=1, max_size=50),
    style=st.sampled_from(["{:.2f}", "{:,.2f}", "${:,.2f}", "{:.2f} USD"]),
)
def test_every_amount_comes_back_as_written(
    connection: duckdb.DuckDBPyConnection, cents: list[int], style: str
) -> None:
    amounts = [Decimal(amount) / 100 for amount in cents]
    texts = [style.format(amount) for amount in amounts]
    query = "SELECT as_number(t) FROM (SELECT bare_number(t, false) AS t FROM (SELECT unnest(?) AS t))"
    assert [row[0] for row in connection.execute(query, [texts]).fetchall()] == amounts


def test_amounts_are_rounded_to_cents_half_up_and_that_is_told(tmp_path: Path) -> None:
    intake, rows = read_rows(
        tmp_path, {"{last year pay}": "65000.005"}, {"{last year pay}": "65000.0049"}, {"{last year pay}": "5"}
    )
    assert [row["prior_year_compensation"] for row in rows] == [Decimal("65000.01"), Decimal("65000"), Decimal("5")]
    assert "{last year pay}: values were rounded to 2 decimals. (2 rows, such as row 2)" in intake.notes
