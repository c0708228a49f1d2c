"""One stage of one year: built within the run's limits, again in smaller batches when memory runs out, and measured.

It works in a database that becomes the result; what may be used to open it is decided each time.
"""

import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Literal

import duckdb

from planalign_orchestrator import warehouse
from planalign_orchestrator.adaptive_memory_manager import AdaptiveMemoryManager
from planalign_orchestrator.config.assumptions import AssumptionTable
from planalign_orchestrator.config.hardware import Limits
from planalign_orchestrator.errors import LawBrokenError, OutOfResourcesError
from planalign_orchestrator.memory.batches import next_budget_gib
from planalign_orchestrator.memory.readings import MIB
from planalign_orchestrator.model.build import ModelBuilder
from planalign_orchestrator.model.cells import Cell, load_cells
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.inputs import RunInputs
from planalign_orchestrator.run.record import Listener, Progress, StageRecord
from planalign_orchestrator.run.stages import VALIDATION, Position, Stage
from planalign_orchestrator.storage import durable
from planalign_orchestrator.storage.journal import Journal, StageContent, StageEntry
from planalign_orchestrator.tables import rendered

SHARE_OF_FREE_DISK = 0.8
"""How much of the free disk DuckDB may spill into; the rest is left to checkpoints and to other programs."""


class WorkingDatabase:
    """The unfinished database of a run.

    Args:
        folder: the run folder.
        memory: knows what Python leaves of the budget, which changes while a run lasts.
        threads: of one statement.
    """

    def __init__(self, folder: RunFolder, memory: AdaptiveMemoryManager, threads: int) -> None:
        self.folder, self.memory, self.path = folder, memory, folder.partial_database
        self._threads = threads

    def limits(self) -> warehouse.DatabaseLimits:
        """What DuckDB may use from now on."""
        memory = self.memory.duckdb_memory_limit_bytes // 2**20
        spill = max(1, int(shutil.disk_usage(self.folder.root).free * SHARE_OF_FREE_DISK) // 2**20)
        return warehouse.DatabaseLimits(f"{memory}MiB", self._threads, self.folder.spill, f"{spill}MiB")

    def open(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """Open the database within its limits, and close it again."""
        return warehouse.open_database(self.path, self.limits())


DETAILS = "broken_laws.txt"
"""Where in a run folder the amounts stand that break a law, readable by their owner only."""
_CENSUS = "stg_census"


class StageBuilder:
    """Builds stages in the working database; making one reads the models.

    Args:
        inputs: census, assumptions, model code and settings.
        database: the working database; its memory is told where the run is, and says how large a batch may be.
        limits: of the run, for threads and messages.
        tell: is told of models.
        note: takes a sentence for the user and the record.
    """

    def __init__(
        self, inputs: RunInputs, database: WorkingDatabase, limits: Limits, tell: Listener, note: Callable[[str], None]
    ) -> None:
        self._inputs, self._database, self._limits = inputs, database, limits
        self._folder, self._memory = database.folder, database.memory
        self._tell, self._note = tell, note
        self._memory.add_batch_hook(
            lambda batch_size: self._models.change_next_slice(batch_size, database.limits().memory_limit)
        )
        start_year, census = inputs.settings.simulation.start_year, self._folder.partial_census.as_posix()
        self._variables: dict[str, Any] = {"start_year": start_year, "census_path": census}
        self._memory.mark("START", start_year)
        threads = limits.threads if inputs.settings.multi_year.performance.enable_parallel_dbt else 1
        project, sql = inputs.dbt_project, self._folder.logs / "sql"
        self._models = ModelBuilder(project, database.path, database.limits(), sql, threads)
        self._content = StageContent(inputs.assumptions, inputs.changing_assumptions)
        self._loaded: dict[str, AssumptionTable] | None = None
        durable.unlink(self._folder.root / DETAILS)

    def build(self, stage: Stage, year: int) -> tuple[StageRecord, StageEntry]:
        """Build a stage of a year; when memory runs out, again with the next smaller batch.

        Returns:
            What it took, and what it wrote.

        Raises:
            LawBrokenError, OutOfResourcesError, ModelError: see ``errors``.
        """
        self._load_inputs(year)
        while True:
            self._memory.mark(stage.name, year, database_is_open=self._models.database.is_open)
            batch_size = self._memory.batch_size
            wall, cpu = time.perf_counter(), time.process_time()
            try:
                seconds = self._build_models(stage, year, batch_size)
            except warehouse.OutOfMemoryInStage as error:
                self._give_way(stage, year, batch_size, error)
                continue
            entry = self._content.entry
            record = StageRecord(
                year=year,
                stage=stage.name,
                seconds=round(time.perf_counter() - wall, 3),
                cpu_seconds=round(time.process_time() - cpu, 3),
                rows=entry.rows,
                peak_memory_mb=self._memory.stage_peak_mb(stage.name, year),
                batch_size=batch_size,
                models={name: round(took, 3) for name, took in seconds.items()},
            )
            return record, entry

    def close(self) -> None:
        """Close the database, which stays open from stage to stage, so that it can be copied or opened by others."""
        self._models.close()

    def _build_models(self, stage: Stage, year: int, batch_size: int) -> dict[str, float]:
        def on_model(name: str, state: Literal["started", "finished"]) -> None:
            if state == "started":
                self._memory.mark(stage.name, year, name)
            self._tell(Progress("model", state, year, stage, name))

        # A stage begins with the limit of now; between two slices it may change, and the batch too.
        self._models.database.use(self._database.path, self._database.limits())
        try:
            return self._models.build(
                stage,
                {**self._variables, "simulation_year": year},
                batch_size=batch_size,
                listener=on_model,
                reader=lambda database, models: self._content.read(database, Position(year, stage.name), models),
            )
        except LawBrokenError as error:
            raise self._with_offenders(error, year) from error

    def _give_way(self, stage: Stage, year: int, batch_size: int, error: warehouse.OutOfMemoryInStage) -> None:
        had = self._memory.duckdb_memory_limit_bytes
        next_size = self._memory.on_out_of_memory()
        if next_size is None:
            raise self._too_little_memory(error, had) from error
        change = f"in batches of {next_size} thousand employees"
        if next_size == batch_size:
            change = f"with {self._database.limits().memory_limit} for the database"
        self._note(f"{year} {stage.name}: out of memory, repeated {change}")

    def _too_little_memory(self, error: warehouse.OutOfMemoryInStage, had: int) -> OutOfResourcesError:
        needed = next_budget_gib(had, self._memory.baseline_bytes)
        saved = Journal(self._folder.journal).completed()
        return OutOfResourcesError.told(
            "no smaller batch" if needed > self._limits.memory_limit_gb else "budget not given",
            error=error, limits=self._limits, memory=self._memory, had=had / MIB, needed=needed,
            after=f"after {saved}" if saved else "from the start",
        )  # fmt: skip

    def _load_inputs(self, year: int) -> None:
        """Load the assumption tables of a year, where they are not there already, and the settings from it on."""
        tables = self._inputs.assumptions_of(year)
        if tables is self._loaded:
            return
        self._models.close()
        with self._database.open() as connection:
            connection.execute("begin")  # killed in between, the tables are those that the journal knows
            for name, table in tables.items():
                warehouse.load_table(connection, name, table.form.types, table.rows)
            settings = self._inputs.settings
            years = range(year, settings.simulation.end_year + 1)
            load_cells(connection, self._models.project, [Cell(1, settings)], years)
            # A view of it may be a stranger's.
            if _CENSUS in {*warehouse.relations_of(connection)} - {*warehouse.tables_of(connection)}:
                view = self._models.sql_of(_CENSUS, census_path=self._variables["census_path"])
                connection.execute(f"create or replace view {_CENSUS} as {view}")
            connection.execute("commit")
        self._loaded = tables

    def _with_offenders(self, error: LawBrokenError, year: int) -> LawBrokenError:
        """The broken laws with whom they are about; what was paid or matched goes into a file of its own."""
        with self._database.open() as connection:
            laws = connection.execute(rendered(__package__, "broken_laws.sql"), [year]).fetchall()
            details = connection.execute(rendered(__package__, "offenders.sql")).fetchall()
        if not laws:
            return error
        path = self._folder.root / DETAILS
        durable.atomic_write_text(path, "".join(line for (line,) in details))
        told = "".join(f"\n{line}" for (line,) in laws)
        return LawBrokenError.told(
            "broken laws", year=year, stage=VALIDATION.name, number=len(laws), lines=told, path=path
        )
