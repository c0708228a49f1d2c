"""Run folders that the tests of the reports share."""

from __future__ import annotations

from pathlib import Path

import pytest

from planalign_orchestrator.run.folder import RunFolder
from tests.engine import Engine
from tests.reports.run_folders import TWO_YEARS, run_folder


@pytest.fixture(scope="session")
def two_years(engine: Engine, small_census: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """400 people over 2025 and 2026 under the default plan with a core contribution; treat it as read-only."""
    return run_folder(engine, TWO_YEARS, small_census, tmp_path_factory.mktemp("reports") / "two_years")
