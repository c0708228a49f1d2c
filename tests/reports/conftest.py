"""Run folders that the tests of the reports share."""

from __future__ import annotations

from pathlib import Path

import pytest

from planalign_orchestrator.run.folder import RunFolder
from tests.engine import Engine, settings_with
from tests.reports.run_folders import run_folder


@pytest.fixture(scope="session")
def two_years(engine: Engine, small_census: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """400 people over 2025 and 2026 under the default plan with a core contribution; treat it as read-only."""
    settings = settings_with(simulation__end_year=2026, plan__core__type="flat", plan__core__rate=0.02)
    return run_folder(engine, settings, small_census, tmp_path_factory.mktemp("reports") / "two_years")
