"""A simulation of three people that uses the checkpoints as the pipeline does: small enough to be killed everywhere.

Each year's rows depend on the year before, so a wrong resume shows in every later year.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import duckdb

from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.history import mark_reported, publish, settle
from planalign_orchestrator.run.record import sealed
from planalign_orchestrator.run.stages import STAGE_NAMES, Position
from planalign_orchestrator.storage.durable import atomic_write_json
from planalign_orchestrator.storage.fingerprints import Fingerprints
from planalign_orchestrator.storage.journal import Scope, StageEntry, digest_of, stage_entry
from planalign_orchestrator.storage.recovery import carry_out, plan_resume, plan_rewind
from planalign_orchestrator.storage.year_copy import list_copies, make_copy
from tests.operations import observing

FIRST, LAST = 2025, 2027
RESULTS = ("fct_snapshot", "fct_summary")
KILLED = 77

WRITES: Mapping[str, Mapping[str, Scope]] = {
    "INITIALIZATION": {"seed_rates": "constant"},
    "FOUNDATION": {"int_opening": "replaced"},
    "EVENT_GENERATION": {"int_raises": "replaced"},
    "STATE_ACCUMULATION": {"fct_snapshot": "year"},
    "TESTING": {},
    "VALIDATION": {},
    "REPORTING": {"fct_summary": "year"},
}


def fingerprints(*, rate: float = 0.1, **changed: Any) -> Fingerprints:
    """Fingerprints of the tiny run; ``rate`` is its only setting."""
    values: dict[str, Any] = {
        "settings": {"raise.rate": rate, "simulation.start_year": FIRST, "multi_year.state.compression_level": 3},
        "census": "c" * 64,
        "assumptions": {"levels": "a" * 64},
        "models": {"models/events/int_raises.sql": "b" * 64},
        "versions": {"planalign": "1.2.3", "duckdb": duckdb.__version__},
        "seed": 42,
    }
    return Fingerprints(**values | changed)


def run(
    root: Path,
    *,
    resume: bool = False,
    from_year: int | None = None,
    now: Fingerprints | None = None,
    last: int = LAST,
    level: int | None = None,
    keep: int = 2,
) -> list[str]:
    """Run, resume or rewind; returns the notes of the plan."""
    folder, now = RunFolder(root), now or fingerprints()
    with folder.lock("tiny run"):
        settle(folder)
        if from_year is not None:
            plan = plan_rewind(folder, now, FIRST, from_year)
        elif resume:
            plan = plan_resume(folder, now, last)
        else:
            plan = plan_rewind(folder, now, FIRST, FIRST)
        if plan.finished:
            return plan.notes
        journal = carry_out(folder, plan, now)
        position = _following(plan.after) if plan.after else Position(FIRST, STAGE_NAMES[0])
        while position.year <= last:
            entry = _stage(folder, position, now)
            if position.ends_year:
                make_copy(folder, folder.partial_database, [*journal.entries, entry], level, keep)
            journal.record(entry)
            position = _following(position)
        _finish(folder)
        return plan.notes


def _following(position: Position) -> Position:
    if position.ends_year:
        return Position(position.year + 1, STAGE_NAMES[0])
    return Position(position.year, STAGE_NAMES[STAGE_NAMES.index(position.stage) + 1])


def _finish(folder: RunFolder) -> None:
    with duckdb.connect(str(folder.partial_database)) as connection:
        connection.execute("drop view if exists stg_census")
        connection.execute("checkpoint")
    run_id = str(time.time_ns())
    atomic_write_json(folder.partial_record, sealed({"schema_version": 1, "run_id": run_id}))
    publish(folder, keep=1)
    with folder.lock_result("tiny run"):
        mark_reported(folder, run_id, [])


def result(root: Path) -> dict[str, Any]:
    """The digests of the finished database."""
    with duckdb.connect(str(RunFolder(root).database), read_only=True) as connection:
        return {table: digest_of(connection, table) for table in RESULTS}


def copies_of(root: Path) -> dict[int, str | None]:
    """The years of the copies and what is wrong with each."""
    return {copy.year: copy.checked().fault for copy in list_copies(RunFolder(root))}


def in_process(target: Any, *arguments: Any, **named: Any) -> int:
    """Run a function in a process of its own, which may die; returns its exit code."""
    if sys.platform == "win32":
        process: BaseProcess = multiprocessing.get_context("spawn").Process(target=target, args=arguments, kwargs=named)
    else:
        process = multiprocessing.get_context("fork").Process(target=target, args=arguments, kwargs=named)
    process.start()
    process.join(60)
    code = process.exitcode
    assert code is not None
    return code


def run_killed_at(number: int, root: Path, **named: Any) -> None:
    """Run, but end the process just before the file operation with this number."""
    seen = 0

    def count(operation: str, name: str) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            os._exit(KILLED)

    with observing(count):
        run(root, **named)


def operations_of(root: Path, **named: Any) -> list[tuple[str, str]]:
    """The file operations and fault points of a run, in their order."""
    seen: list[tuple[str, str]] = []
    with observing(lambda operation, name: seen.append((operation, name))):
        run(root, **named)
    return seen


def _stage(folder: RunFolder, position: Position, now: Fingerprints) -> StageEntry:
    year, rate = position.year, now.settings["raise.rate"]
    with duckdb.connect(str(folder.partial_database), config={"threads": 1}) as connection:
        for statement in _statements(connection, position.stage, year, rate):
            connection.execute(statement)
        entry = stage_entry(connection, position, WRITES[position.stage])
        connection.execute("checkpoint")
    return entry


def _statements(connection: duckdb.DuckDBPyConnection, stage: str, year: int, rate: float) -> list[str]:
    if stage == "INITIALIZATION":
        people = "(values ('a', 100.00::decimal(14, 2)), ('b', 250.50), ('c', 75.25)) as c(person, pay)"
        census = f"create or replace view stg_census as select * from {people}"
        return [f"create or replace table seed_rates as select {rate}::decimal(6, 4) as rate", census]
    if stage == "FOUNDATION":
        census = "from stg_census"
        before = f"select person, pay from fct_snapshot where simulation_year = {year - 1}"
        return [f"create or replace table int_opening as {census if year == FIRST else before}"]
    if stage == "EVENT_GENERATION":
        return [
            "create or replace table int_raises as"
            f" select person, pay, round(pay * rate * ({year} % 3 + 1), 2)::decimal(14, 2) as more"
            " from int_opening, seed_rates"
        ]
    if stage == "STATE_ACCUMULATION":
        rows = f"select person, {year} as simulation_year, (pay + more)::decimal(14, 2) as pay from int_raises"
        return _slice(connection, "fct_snapshot", rows, year)
    if stage == "REPORTING":
        rows = (
            f"select {year} as simulation_year, count(*) as people, sum(pay) as payroll"
            f" from fct_snapshot where simulation_year = {year}"
        )
        return _slice(connection, "fct_summary", rows, year)
    return []


def _slice(connection: duckdb.DuckDBPyConnection, table: str, rows: str, year: int) -> list[str]:
    there = connection.execute("select count(*) from duckdb_tables() where table_name = ?", [table]).fetchall()[0][0]
    if not there:
        return [f"create table {table} as {rows}"]
    return ["begin", f"delete from {table} where simulation_year = {year}", f"insert into {table} {rows}", "commit"]
