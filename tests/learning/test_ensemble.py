"""Futures in one pass: each has its own seed, exits are random, and a broken law ends them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from planalign_orchestrator.census import generate_census, read_census
from planalign_orchestrator.config import Settings
from planalign_orchestrator.config.assumptions import effective_assumptions
from planalign_orchestrator.errors import LawBrokenError
from planalign_orchestrator.learning import ensemble
from planalign_orchestrator.learning.ensemble import simulated, with_random_exits, with_seeds
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.sweep.packs import BrokenCell

pytestmark = pytest.mark.slow

SETTINGS = Settings.model_validate({"simulation": {"start_year": 2025, "end_year": 2025}})
TABLES = effective_assumptions(SETTINGS, dbt_project_dir() / "seeds")


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, day = tmp_path_factory.mktemp("census"), dt.date(2024, 12, 31)
    generate_census(folder / "census.csv", employees=60, seed=1, as_of=day)
    return read_census(folder / "census.csv", as_of=day, output=folder / "census.parquet").output


def test_each_future_has_its_own_luck(census: Path) -> None:
    with simulated(with_seeds(with_random_exits(SETTINGS), 6), census, TABLES) as database:
        exits = database.execute("select experienced_exits from fct_yearly_summary order by cell").fetchall()
    assert len(exits) == 6 and len(set(exits)) > 1


def test_a_broken_law_ends_them(census: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: Any) -> list[BrokenCell]:
        return [BrokenCell(0, 2025, ("law_01_headcount",))]

    monkeypatch.setattr(ensemble, "simulate_pack", broken)
    with pytest.raises(LawBrokenError, match="2025 breaks law_01_headcount"), simulated([SETTINGS], census, TABLES):
        pass
