"""What a worker does: check censuses, simulate a pack and leave its part. Everything here goes through a pickle."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from planalign_orchestrator.config import Settings
from planalign_orchestrator.config.assumptions import AssumptionTable
from planalign_orchestrator.errors import ConfigurationError, PlanAlignError
from planalign_orchestrator.model.build import ModelBuilder
from planalign_orchestrator.model.cells import Cell
from planalign_orchestrator.model.failures import told_of
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.run.inputs import RunInputs, versions
from planalign_orchestrator.scratch import scratch_folder
from planalign_orchestrator.storage.durable import copy_synced, make_private_folder, private_files, unlink
from planalign_orchestrator.sweep.designs import Design, Failure
from planalign_orchestrator.sweep.packs import IN_MEMORY, BrokenCell, simulate_pack
from planalign_orchestrator.warehouse import DatabaseLimits, load_table, quoted_path

SUMMARY = "fct_yearly_summary"


@dataclass(frozen=True)
class CensusTask:
    """A census to check.

    Args:
        design: whose settings say how to read it.
        source: the file.
        tables: files of assumption tables that were fetched, by table.
        output: the checked census.
        rejects: rows that cannot be used.
    """

    design: Design
    source: Path
    tables: Mapping[str, Path]
    output: Path
    rejects: Path


@dataclass(frozen=True)
class PackCell:
    """A cell of a pack.

    Args:
        key: says everything that decides its result.
        design: its settings but the seed.
        seed: of the random draws.
        census: the checked census.
        people: how many that has.
    """

    key: str
    design: Design
    seed: int
    census: Path
    people: int

    @property
    def title(self) -> str:
        """Names it to people."""
        return f"{self.design.title}, seed {self.seed}"


@dataclass(frozen=True)
class PackTask:
    """Cells that are simulated in one pass.

    Args:
        cells: share years and assumptions.
        assumptions: the tables.
        folder: of the parts, by table.
        tables: which tables to keep beside the summary.
        memory_mib: DuckDB's.
        versions: of what the results depend on; a worker with others refuses.
    """

    cells: tuple[PackCell, ...]
    assumptions: Mapping[str, AssumptionTable]
    folder: Path
    tables: tuple[str, ...]
    memory_mib: int
    versions: Mapping[str, str]

    @property
    def people(self) -> int:
        """How many people it starts with."""
        return sum(cell.people for cell in self.cells)

    @property
    def years(self) -> range:
        """The plan years."""
        simulation = self.cells[0].design.settings.simulation
        return range(simulation.start_year, simulation.end_year + 1)

    def halves(self) -> list[PackTask]:
        """Two smaller packs."""
        middle = len(self.cells) // 2
        return [replace(self, cells=part) for part in (self.cells[:middle], self.cells[middle:])]

    def part(self, table: str) -> Path:
        """The file that a table of its results lands in."""
        digest = hashlib.sha256("".join(cell.key for cell in self.cells).encode()).hexdigest()
        return self.folder / table / f"{digest[:24]}.parquet"


def deciding_versions() -> dict[str, str]:
    """The versions on which results depend; no number of the model is computed in Python itself."""
    return {name: version for name, version in versions().items() if name != "python"}


def check_census(task: CensusTask) -> Failure | None:
    """Check a census and write it where packs read it, unless that has been done."""
    if task.output.exists():
        return None
    try:
        make_private_folder(task.rejects.parent)
        with private_files(), scratch_folder() as scratch:
            inputs = RunInputs(task.design.settings, task.source, tables=task.tables)
            taken = inputs.take_in_census(output=scratch / "census.parquet", rejects=task.rejects)
            if taken.record["rejects"] is None:
                unlink(task.rejects)
            make_private_folder(task.output.parent)
            copy_synced(scratch / "census.parquet", task.output)
    except PlanAlignError as error:
        return Failure.of(task.design.title, error)
    return None


def simulate(task: PackTask) -> Failure | None:
    """Simulate a pack and leave its part; a part that is there is whole, and equal however often it is made."""
    try:
        if (here := deciding_versions()) != dict(task.versions):
            raise ConfigurationError(
                f"a worker has {here}, the sweep was started with {dict(task.versions)}",
                remedy="Install the same versions everywhere; docs/sweeps.md says how.",
            )
        with private_files(), scratch_folder() as scratch, told_of("pack", IN_MEMORY):
            _simulate(task, scratch)
    except PlanAlignError as error:
        return Failure.of(task.cells[0].title if len(task.cells) == 1 else f"{len(task.cells)} cells", error)
    return None


def _simulate(task: PackTask, scratch: Path) -> None:
    limits = DatabaseLimits(f"{task.memory_mib}MiB", 1, scratch / "spill", f"{_free_mib(scratch)}MiB")
    builder = ModelBuilder(dbt_project_dir(), IN_MEMORY, limits, scratch / "sql")
    try:
        censuses = {path: number for number, path in enumerate(sorted({cell.census for cell in task.cells}))}
        cells = [Cell(number, _with_seed(cell), censuses[cell.census]) for number, cell in enumerate(task.cells)]
        numbered = {number: path for path, number in censuses.items()}
        broken = simulate_pack(builder, cells, numbered, task.assumptions, task.years)
        with builder.cursor() as cursor:
            _name_cells(cursor, task.cells, broken)
            for table in (*task.tables, SUMMARY):  # the summary comes last: where it is, everything is
                _leave(cursor, table, scratch / f"{table}.parquet", task.part(table))
    finally:
        builder.close()


def _free_mib(folder: Path) -> int:
    """What may be spilled: the disk but a tenth of what is free."""
    return int(shutil.disk_usage(folder).free * 0.9) >> 20


def _with_seed(cell: PackCell) -> Settings:
    settings = cell.design.settings
    return settings.model_copy(update={"simulation": settings.simulation.model_copy(update={"random_seed": cell.seed})})


def _name_cells(cursor: duckdb.DuckDBPyConnection, cells: Sequence[PackCell], broken: Sequence[BrokenCell]) -> None:
    names = [[str(number), cell.key] for number, cell in enumerate(cells)]
    load_table(cursor, "sweep_keys", {"cell": "integer", "key": "varchar"}, names)
    laws = [[str(one.cell), str(one.year), ", ".join(one.laws)] for one in broken]
    load_table(cursor, "sweep_broken", {"cell": "integer", "year": "integer", "laws": "varchar"}, laws)


def _leave(cursor: duckdb.DuckDBPyConnection, table: str, aside: Path, target: Path) -> None:
    more = ""
    if table == SUMMARY:  # a cell that broke a law says so in the year in which it ended
        more = (
            " union all by name select key, year as simulation_year, laws as broken_laws"
            " from sweep_broken inner join sweep_keys using (cell)"
        )
    extra = ", null::varchar as broken_laws" if table == SUMMARY else ""
    cursor.execute(
        f"copy (from (select key, rows.* exclude (cell, scenario_id, plan_design_id){extra}"
        f" from {table} as rows inner join sweep_keys using (cell){more}) order by all)"
        f" to '{quoted_path(aside)}' (format parquet, compression zstd)"
    )
    make_private_folder(target.parent)
    copy_synced(aside, target)
