"""Fixtures that several test folders share."""

from __future__ import annotations

from pathlib import Path

import pytest

from planalign_orchestrator.census import generate_census, read_census
from tests.engine import Engine


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What simulates is slow; other slow tests say so themselves."""
    for item in items:
        if "engine" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The engine, with the models read once for the whole session."""
    return Engine(tmp_path_factory.mktemp("engine"))


@pytest.fixture(scope="session")
def small_census(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 synthetic employees at the end of 2024, as canonical Parquet."""
    import datetime as dt

    folder = tmp_path_factory.mktemp("census")
    as_of = dt.date(2024, 12, 31)
    generate_census(folder / "census.csv", employees=400, seed=7, as_of=as_of)
    read_census(folder / "census.csv", as_of=as_of, output=folder / "census.parquet")
    return folder / "census.parquet"
