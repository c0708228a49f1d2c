"""Futures in one pass: a broken law ends them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from planalign_orchestrator.config.assumptions import effective_assumptions
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.errors import LawBrokenError
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.sweep import store
from planalign_orchestrator.sweep.store import BrokenCell, builder_of_futures, simulated

pytestmark = pytest.mark.slow

SETTINGS = Settings.model_validate({"simulation": {"start_year": 2025, "end_year": 2025}})
TABLES = effective_assumptions(SETTINGS, dbt_project_dir() / "seeds")


def test_a_broken_law_ends_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: Any, **more: Any) -> list[BrokenCell]:
        return [BrokenCell(0, 2025, ("law_01_headcount",))]

    monkeypatch.setattr(store, "simulate_pack", broken)
    with (
        pytest.raises(LawBrokenError, match="2025 breaks law_01_headcount"),
        builder_of_futures() as builder,
        simulated(builder, [SETTINGS], tmp_path, TABLES, []),
    ):
        pass
