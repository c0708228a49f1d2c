"""Fixtures that several test folders share."""

from __future__ import annotations

import gc
from pathlib import Path
from zlib import crc32

import pytest

from planalign_orchestrator.census.intake import read_census
from planalign_orchestrator.census.synthetic import generate_census
from tests.engine import Engine


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--share``, which the whole run of a checkout gives."""
    parser.addoption("--share", type=int, default=1, help="of the slow tests only one in so many, always the same")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What simulates is slow; other slow tests say so themselves. Of them a share may be wanted."""
    for item in items:
        if "engine" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
    share = config.getoption("--share")
    config.hook.pytest_deselected(items=[item for item in items if not _is_wanted(item, share)])
    items[:] = [item for item in items if _is_wanted(item, share)]


def pytest_collection_finish() -> None:
    """What was imported and collected stays; collections of garbage need not look through it for every test."""
    gc.collect()
    gc.freeze()


def _is_wanted(item: pytest.Item, share: int) -> bool:
    """By the name of the test, so that what an ordinary run looks at depends on nothing else."""
    return item.get_closest_marker("slow") is None or crc32(item.nodeid.encode()) % share == 0


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
