"""Law 13 for the census: each of its settings decides what the checked census holds, or whether there is one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter

from planalign_orchestrator.config.loading import load_settings
from planalign_orchestrator.errors import CensusError
from planalign_orchestrator.resources import bundled_census
from planalign_orchestrator.run.inputs import RunInputs
from tools.effects import effect_of

HEADER = ("employee_id", "birth_date", "hire_date", "annual_compensation")
Before = Callable[[Path], tuple[Any, dict[str, Any]]]


def _people(folder: Path, hired: str = "03/04/2019", born: str = "01/02/1980", team: str = "") -> Path:
    path = folder / "people.csv"
    rows = [(*HEADER, "Team"), ("A", born, hired, "50000", team), ("B", "02/03/1985", "05/06/2018", "60000", team)]
    path.write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _workbook(folder: Path) -> Path:
    path = folder / "people.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name, pay in (("first", 50_000), ("second", 70_000)):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEADER)
            sheet.write_row(1, 0, ("A", "1980-01-02", "2019-03-04", pay))
    return path


def _mapping(folder: Path) -> str:
    path = folder / "people.mapping.yaml"
    lines = [f"  {name}: {name}" for name in HEADER[:3]] + [
        "  annual_compensation: {meaning: annual_compensation, unit: monthly}"
    ]
    path.write_text("\n".join(["columns:", *lines]) + "\n", encoding="utf-8")
    return str(path)


def _key(folder: Path, key: str) -> str:
    path = folder / f"{key}.key"
    path.write_text(key * 20, encoding="utf-8")
    return str(path)


CHANGES: dict[str, Before] = {
    "census.path": lambda folder: (str(_people(folder)), {}),
    "census.sha256": lambda folder: ("0" * 64, {"census.path": str(_people(folder))}),
    "census.sheet": lambda folder: ("second", {"census.path": str(_workbook(folder))}),
    "census.date_order": lambda folder: ("day_first", {"census.path": str(_people(folder))}),
    "census.on_bad_rows": lambda folder: (
        "drop",
        {"census.path": str(_people(folder, hired="")), "census.drop_at_most": 1},
    ),
    "census.drop_at_most": lambda folder: (
        1,
        {"census.path": str(_people(folder, hired="")), "census.on_bad_rows": "drop"},
    ),
    "census.mapping": lambda folder: (_mapping(folder), {"census.path": str(_people(folder))}),
    "census.groups": lambda folder: (["Team"], {"census.path": str(_people(folder, team="A"))}),
    "census.pseudonym": lambda folder: (
        "keyed",
        {"census.path": str(_people(folder)), "census.pseudonym_key": _key(folder, "a")},
    ),
    "census.pseudonym_key": lambda folder: (
        _key(folder, "b"),
        {"census.path": str(_people(folder)), "census.pseudonym": "keyed", "census.pseudonym_key": _key(folder, "a")},
    ),
    "census.impute.birth_date": lambda folder: (30, {"census.path": str(_people(folder, born=""))}),
}
"""A value and the settings around it, by key; each makes the files that it needs."""


def _census(flags: dict[str, Any], folder: Path) -> Any:
    """The rows of the checked census, or the error in place of them."""
    settings = load_settings(config_file=None, scenario_file=None, environ={}, flags=flags).settings
    inputs = RunInputs(settings, Path(settings.census.path) if settings.census.path else bundled_census())
    output = folder / "census.parquet"
    output.unlink(missing_ok=True)
    try:
        inputs.take_in_census(output=output, rejects=folder / "rejects.csv")
    except CensusError as error:
        assert not output.exists()
        return error.message
    return duckdb.execute(f"from '{output.as_posix()}'").fetchall()


@pytest.mark.parametrize("key", CHANGES)
def test_setting_changes_the_census(key: str, tmp_path: Path) -> None:
    assert effect_of(key) == "file:census.parquet"
    value, around = CHANGES[key](tmp_path)
    assert _census(around, tmp_path) != _census({**around, key: value}, tmp_path)


def test_the_right_hash_lets_a_census_in(tmp_path: Path) -> None:
    path = _people(tmp_path)
    right = hashlib.sha256(path.read_bytes()).hexdigest().upper()
    flags = {"census.path": str(path)}
    assert _census({**flags, "census.sha256": right}, tmp_path) == _census(flags, tmp_path)


def test_another_file_than_the_hash_asks_for_is_named(tmp_path: Path) -> None:
    message = _census({"census.sha256": "0" * 64}, tmp_path)
    assert "bundled_census.csv has the SHA-256" in message and "asks for 0000" in message
