"""Run folders for tests of the reports: a small simulation with what surrounds it, made without the command line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from planalign_orchestrator.config.amendments import flat_in_force
from planalign_orchestrator.config.catalogue import leaves, plain, value_of
from planalign_orchestrator.config.result_settings import flat_settings
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.record import RunRecord, sealed
from planalign_orchestrator.warehouse import drop_intermediate, fetch_dicts, open_database
from tests.engine import Engine, settings_with

TWO_YEARS = settings_with(simulation__end_year=2026, plan__core__type="flat", plan__core__rate=0.02)
"""The settings of the run of two years that the tests of the reports share."""


def run_folder(engine: Engine, settings: Settings, census: Path, root: Path) -> RunFolder:
    """A finished run as ``planalign run`` leaves it: database, ``run.json`` and the folders."""
    folder = RunFolder(root)
    folder.create()
    database = engine.simulate(settings, census, root)
    with open_database(database) as connection:
        drop_intermediate(connection)
        summary = fetch_dicts(connection, "select * from fct_yearly_summary order by simulation_year")
    write_record(folder, settings, summary)
    return folder


def write_record(folder: RunFolder, settings: Settings, summary: list[dict[str, Any]], **changes: Any) -> None:
    """Write ``run.json`` for these settings and this summary."""
    record = RunRecord(
        run_id="000000000000",
        started="2026-01-02T03:04:05+00:00",
        settings=settings_listing(settings),
        fingerprints={"seed": settings.simulation.random_seed, "versions": {"planalign": "0.1.0", "duckdb": "1.5.6"}},
        limits={"level": "low", "memory_limit_gb": 2.0, "batch_size": 250, "threads": 1},
        settings_by_year={
            row["simulation_year"]: flat_in_force(flat_settings(settings), row["simulation_year"]) for row in summary
        },
        summary=[_plain(row) for row in summary],
        census={"source": "census.parquet", "rows_read": 7, "rows_kept": 7, "rows_dropped": 0},
        outcome="done",
        seconds=1.0,
    ).to_json()
    folder.run_record.write_text(json.dumps(sealed({**record, **changes})), encoding="utf-8")


def settings_listing(settings: Settings) -> dict[str, dict[str, Any]]:
    """The settings as ``run.json`` holds them."""
    listing: dict[str, dict[str, Any]] = {}
    for key, leaf in leaves().items():
        value = plain(value_of(settings, key))
        listing[key] = {"value": value, "source": "default" if value == plain(leaf.default) else "a test"}
    return listing


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in row.items()}
