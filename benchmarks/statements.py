"""The slowest statements of a year, against reading their input once and writing their output once.

    python benchmarks/statements.py 100000
    python benchmarks/statements.py 100000 --number 10 --repeat 5

Simulates two years and takes the statements of the second, as the run built them, in plain DuckDB with one thread and
1 GiB. CPU seconds, the best of some repetitions: the whole statement with its new table written and checkpointed, what
the scans of its tables take, and the writing of its finished rows alone.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from planalign_orchestrator.census.synthetic import generate_census
from planalign_orchestrator.cli import main as planalign
from planalign_orchestrator.model.build import JOINS_AS_WRITTEN, ModelBuilder
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.warehouse import KEPT_INTERMEDIATE, DatabaseLimits

FIRST = 2025


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("employees", type=int)
    parser.add_argument("--number", type=int, default=6, help="how many statements to show")
    parser.add_argument("--repeat", type=int, default=3, help="the best of so many times")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="planalign-statements-") as name:
        folder = Path(name)
        run, statements = simulate(folder, arguments.employees)
        limits = DatabaseLimits("1GiB", 1, folder / "spill", "50GiB")
        with duckdb.connect(str(run.database), config=limits.options()) as connection:
            connection.execute(JOINS_AS_WRITTEN)
            tables = {row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()}
            yearly = {name for name in tables if name.startswith(("int_", "fct_"))} - set(KEPT_INTERMEDIATE)
            costs = {name: cost(connection, sql) for name, sql in statements.items() if name in yearly}
            slowest = sorted(costs, key=lambda name: -costs[name]["takes"])[: arguments.number]
            print(f"{'':28} {'takes':>7} {'reads':>7} {'writes':>7}  rows")
            for name in slowest:
                best = min(
                    (cost(connection, statements[name]) for _ in range(arguments.repeat)), key=lambda c: c["takes"]
                )
                print(f"{name:28} {best['takes']:7.2f} {best['reads']:7.2f} {best['writes']:7.2f}  {best['rows']}")


def simulate(folder: Path, employees: int) -> tuple[RunFolder, Mapping[str, str]]:
    """Two years with their intermediate tables, and the SQL that each model was built from in the second."""
    census, config = folder / "census.csv", folder / "keep.yaml"
    generate_census(census, employees=employees, seed=1, as_of=dt.date(FIRST - 1, 12, 31))
    config.write_text("multi_year: {state: {preserve_intermediate_states: true}}\n", encoding="utf-8")
    flags = ["--census", str(census), "--years", f"{FIRST}-{FIRST + 1}", "--config", str(config)]
    with remembered() as builders:
        try:
            planalign(["run", "--quiet", *flags, "--output", str(folder / "runs")])
        except SystemExit as end:
            if end.code:
                sys.exit(end.code)
    return RunFolder(folder / "runs" / "baseline"), builders[0].compiled


@contextmanager
def remembered() -> Iterator[list[ModelBuilder]]:
    """The builders that are made meanwhile."""
    made: list[ModelBuilder] = []
    construct = ModelBuilder.__init__

    def remember(builder: ModelBuilder, *arguments: Any, **named: Any) -> None:
        construct(builder, *arguments, **named)
        made.append(builder)

    setattr(ModelBuilder, "__init__", remember)  # noqa: B010 - mypy refuses the assignment
    try:
        yield made
    finally:
        setattr(ModelBuilder, "__init__", construct)  # noqa: B010


def cost(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, float]:
    """CPU seconds of a statement, of its scans, and of writing its rows; and how many rows."""

    def write(source: str) -> Callable[[], Any]:
        return lambda: connection.execute(f"create or replace table written as ({source}\n); checkpoint")

    takes = cpu_seconds(write(sql))
    again = f"create or replace temporary table finished as ({sql}\n)"
    profile = connection.execute(f"explain (analyze, format json) {again}").fetchall()
    writes = cpu_seconds(write("from finished"))
    rows = connection.execute("select count(*) from finished").fetchall()[0][0]
    return {"takes": takes, "reads": scan_seconds(json.loads(profile[0][1])), "writes": writes, "rows": rows}


def cpu_seconds(action: Callable[[], Any]) -> float:
    """The CPU time of this process while it does something."""
    began = time.process_time()
    action()
    return time.process_time() - began


def scan_seconds(operator: Mapping[str, Any]) -> float:
    """What the scans of tables take in a plan with times."""
    own = operator["operator_timing"] if operator.get("operator_type") == "TABLE_SCAN" else 0.0
    return float(own) + sum(scan_seconds(child) for child in operator.get("children", ()))


if __name__ == "__main__":
    main()
