"""Deferral rates: fractions or percents is decided for the whole column, and told."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from census_files import people, read, read_rows, write_csv

from planalign_orchestrator.census.intake import CensusIntake
from planalign_orchestrator.census.refusal import CensusRefusedError


def rates(folder: Path, *texts: str) -> tuple[CensusIntake, list[str]]:
    intake, rows = read_rows(folder, *({"Deferral %": text} for text in texts))
    return intake, [str(row["deferral_rate"].normalize()) for row in rows]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("0.075", "0", "0.1"), ["0.075", "0", "0.1"]),
        (("7.5", "3", "10"), ["0.075", "0.03", "0.1"]),
        (("7.5%", "3 %", "0.5%"), ["0.075", "0.03", "0.005"]),
        (("7.5%", "0.03"), ["0.075", "0.03"]),
        (("6", "1", "0"), ["0.06", "0.01", "0"]),
        (("0.06", "0.05", "1"), ["0.06", "0.05", "1"]),
        (("", "0.05", "n/a"), ["0", "0.05", "0"]),
        (("100%", "100"), ["1", "1"]),
        (("0.03", "0.05", "7.5"), ["0.03", "0.05", "0.075"]),
        (("3", "5", "0.5"), ["0.03", "0.05", "0.005"]),
    ],
)
def test_rates(tmp_path: Path, texts: tuple[str, ...], expected: list[str]) -> None:
    assert rates(tmp_path, *texts)[1] == expected


def test_percents_are_told(tmp_path: Path) -> None:
    intake, _ = rates(tmp_path, "7.5", "1", "3%")
    told = " ".join(intake.notes)
    assert "Deferral %: the column holds percents: 7.5 is read as 7.5%, which is 0.075." in told
    assert "1 was read as 1% in 1 rows" in told
    assert "1 values have a percent sign" in told


def test_the_odd_ones_of_a_mixed_column_are_warned_of(tmp_path: Path) -> None:
    intake, _ = rates(tmp_path, "0.03", "0.05", "7.5")
    assert [(fault.severity, fault.row, fault.value) for fault in intake.faults] == [("warning", 4, "7.5")]
    intake, _ = rates(tmp_path, "3", "5", "0.5")
    assert [(fault.severity, fault.row, fault.value) for fault in intake.faults] == [("warning", 4, "0.5")]


def test_nothing_but_ones_is_refused_since_nobody_can_tell(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "people.csv", people({"deferral_rate": "1"}, {"deferral_rate": "0"}))
    with pytest.raises(CensusRefusedError, match="may be 1% or 100%"):
        read(file)


def test_more_than_four_decimals_are_rounded_and_told(tmp_path: Path) -> None:
    intake, read_as = rates(tmp_path, "0.07125", "6.375%")
    assert read_as == ["0.0713", "0.0638"]
    assert "Deferral %: values were rounded to 4 decimals. (2 rows, such as row 2)" in intake.notes


def test_last_digits_of_a_binary_fraction_do_not_matter(tmp_path: Path) -> None:
    _, rows = read_rows(tmp_path, {"deferral_rate": "0.07500000000000001"})
    assert rows[0]["deferral_rate"] == Decimal("0.0750")
