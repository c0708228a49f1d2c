"""The simulation: for each year seven stages, each complete before the next; after a stage a journal entry, after a
year a checkpoint; a result only when everything has succeeded: its database, with what the record says of it.
"""

import inspect
import logging
import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import duckdb

from planalign_orchestrator import warehouse
from planalign_orchestrator.adaptive_memory_manager import AdaptiveMemoryManager
from planalign_orchestrator.census.quality import headline
from planalign_orchestrator.config.hardware import Limits
from planalign_orchestrator.config.loading import EffectiveSettings
from planalign_orchestrator.errors import CheckpointError, ConfigurationError
from planalign_orchestrator.run import record as records
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.history import publish, settle
from planalign_orchestrator.run.inputs import RunInputs
from planalign_orchestrator.run.record import Announcer, Listener, Progress, RunRecord, StageContext, StageRecord
from planalign_orchestrator.run.stages import STAGES, Position, Stage
from planalign_orchestrator.stage_builder import StageBuilder, WorkingDatabase
from planalign_orchestrator.storage import durable, year_copy
from planalign_orchestrator.storage.journal import Journal, StageEntry, engine_probe
from planalign_orchestrator.storage.recovery import ResumePlan, carry_out, plan_run
from planalign_orchestrator.storage.verify import expected_content, result_digest
from planalign_orchestrator.tables import rendered

__all__ = ["PipelineOrchestrator", "SimulationResult", "StageContext"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SimulationResult:
    """A finished run.

    Args:
        folder: where the results are.
        years: the simulated years, from the database.
        summary: one mapping a year, the rows of ``fct_yearly_summary``.
        record: the content of ``run.json``.
        notes: what the years' assumptions call for, the rows of ``fct_year_notes``.
    """

    folder: RunFolder
    years: list[int]
    summary: list[dict[str, Any]]
    record: RunRecord
    notes: list[str]


def _result(folder: RunFolder, connection: duckdb.DuckDBPyConnection, record: RunRecord) -> SimulationResult:
    summary = warehouse.fetch_dicts(connection, "select * from fct_yearly_summary order by simulation_year")
    notes = [note for (note,) in connection.execute(rendered(__package__, "notes.sql")).fetchall()]
    return SimulationResult(folder, [row["simulation_year"] for row in summary], summary, record, notes)


def _keep_snapshots(folder: Path, connection: duckdb.DuckDBPyConnection, years: Sequence[int]) -> None:
    """Write each year's workforce as Parquet, for people who look at a year without DuckDB."""
    durable.make_private_folder(folder)
    for year in years:
        people = f"from fct_workforce_snapshot where simulation_year = {year} order by person_key"
        with durable.written_whole(folder / f"workforce_{year}.parquet") as temporary:
            place = warehouse.quoted_path(temporary)
            connection.execute(f"copy ({people}) to '{place}' (format parquet, compression zstd)")


class PipelineOrchestrator:
    """Runs a simulation in a run folder.

    Args:
        effective: the settings, with where each came from.
        inputs: census, assumptions and model code.
        folder: the run folder.
        limits: memory, batch size and threads.
        listener: is told of progress.
    """

    def __init__(
        self,
        effective: EffectiveSettings,
        inputs: RunInputs,
        folder: RunFolder,
        limits: Limits,
        listener: Listener | None = None,
    ) -> None:
        self.settings = effective.settings
        self.inputs = inputs
        self.folder = RunFolder(folder.root.resolve())
        self.limits = limits
        self.memory = AdaptiveMemoryManager(
            budget_gb=limits.memory_limit_gb, batch_size=limits.batch_size, spill_folder=self.folder.spill
        )
        self.memory.add_alert_hook(self._note)
        parallel = self.settings.multi_year.performance.enable_concurrent_processing
        self.database = WorkingDatabase(self.folder, self.memory, limits.threads if parallel else 1)
        self._hooks: dict[str, list[Callable[..., object]]] = {"pre_stage": [], "post_stage": []}
        self._begun = False
        self._record = records.new_record(effective, inputs.fingerprints, limits)
        self.run_id = self._record.run_id
        """Names this run in logs and in ``run.json``."""
        self._tell = Announcer(self.folder.progress, self.run_id, listener)

    @property
    def completed(self) -> str | None:
        """The last stage that is saved, such as ``2026 FOUNDATION``; None until this run has prepared the folder."""
        done = Journal(self.folder.journal).completed() if self._begun else None
        return str(done) if done else None

    def add_stage_hook(self, when: Literal["pre_stage", "post_stage"], hook: Callable[..., object]) -> None:
        """Call something before or after every stage.

        Args:
            when: ``pre_stage`` or ``post_stage``.
            hook: takes a ``StageContext``, or nothing. What it raises ends the run.

        Raises:
            ValueError: there is no such moment.
        """
        if when not in self._hooks:
            raise ValueError(f"{when!r} is not a stage hook; use 'pre_stage' or 'post_stage'")
        self._hooks[when].append(hook)

    def _run_hooks(self, when: str, context: StageContext) -> None:
        for hook in self._hooks[when]:
            hook(*([context] if inspect.signature(hook).parameters else []))

    def execute_multi_year_simulation(
        self, start_year: int, end_year: int, *, resume: bool = False, from_year: int | None = None
    ) -> SimulationResult:
        """Simulate the years from ``start_year`` to ``end_year``.

        Args:
            start_year: the first year; its opening workforce is the census.
            end_year: the last year.
            resume: go on after the last completed stage of an interrupted run in the folder.
            from_year: rewind to the state before this year and go on from there.

        Raises:
            ConfigurationError: the first year is not the one of the settings, or ``from_year`` is not among the years.
            CensusError, LawBrokenError, OutOfResourcesError, CheckpointError, ModelError: see ``errors``; the last
                good result in the folder is untouched.
        """
        if start_year != self.settings.simulation.start_year:
            raise ConfigurationError.told("other first year", start_year=start_year, settings=self.settings)
        for warning in self._record.warnings:
            self._tell(Progress("note", "finished", text=f"warning: {warning}"))
        with durable.private_files(), self.folder.lock(f"planalign run {start_year}-{end_year}"):
            settle(self.folder)
            shutil.rmtree(self.folder.spill, ignore_errors=True)  # of a process that was killed
            # A plan that is refused leaves everything as it is, the record of the interrupted run too.
            now_with, years = self.inputs.fingerprints, (start_year, end_year)
            plan = plan_run(self.folder, now_with, years, resume=resume, from_year=from_year)
            for note in plan.notes:
                self._note(note)
            durable.unlink(*year_copy.leftovers(self.folder))
            if plan.finished and (done := records.finished_record(self.folder)) is not None:
                limits = self.database.limits()
                with warehouse.open_database(self.folder.database, limits, read_only=True) as connection:
                    return _result(self.folder, connection, done)
            durable.make_private_folder(self.folder.work)
            self._tell.begin(start_year, end_year)
            with records.recorded(self._record, self.folder, self.memory), warehouse.explained(self.database.path):
                self._remember_earlier_attempt(plan)
                with self.memory:
                    self._take_in_census()
                    journal = carry_out(self.folder, plan, self.inputs.fingerprints)
                    self._begun = True
                    self._simulate_years(start_year, end_year, plan, journal)
                    self._record.set_origin(journal.made_with())
                    result = self._complete(journal)
            publish(self.folder, self.settings.run.results_kept)
            shutil.rmtree(self.folder.spill, ignore_errors=True)
            self._tell(Progress("run", "finished", text="the result is there"))
            return result

    def _complete(self, journal: Journal) -> SimulationResult:
        """Put into the record what the finished database holds, and tell what it notes."""
        exports, record = self.folder.partial_snapshots, self._record
        shutil.rmtree(exports, ignore_errors=True)  # of a run that was killed here
        limits = self.database.limits()
        with warehouse.open_database(self.database.path, limits, read_only=True, exports=exports) as connection:
            result = _result(self.folder, connection, record)
            record.digest_engine = engine_probe(connection)
            # Not what the journal says where there are hooks: they may have changed anything since.
            known = {} if any(self._hooks.values()) else expected_content(journal.entries)
            record.digests = {name: result_digest(connection, name, known).to_json() for name in warehouse.STORED}
            record.summary = [records.json_ready(row) for row in result.summary]
            if self.settings.multi_year.performance.cache_workforce_snapshots:
                _keep_snapshots(exports, connection, result.years)
        for note in result.notes:
            self._note(note)
        return result

    def _simulate_years(self, start_year: int, end_year: int, plan: ResumePlan, journal: Journal) -> None:
        state = self.settings.multi_year.state
        packed = self.settings.multi_year.performance.enable_state_compression
        level = state.compression_level if packed else None
        keep = end_year - start_year + 1 if state.preserve_intermediate_states else state.checkpoints_kept
        self._tell(Progress("run", "started", text="reading the models"))
        with closing(StageBuilder(self.inputs, self.database, self.limits, self._tell, self._note)) as builder:
            for year in range(start_year, end_year + 1):
                done = (0, 0) if plan.after is None else plan.after.order
                stages = [stage for stage in STAGES if Position(year, stage.name).order > done]
                if not stages:
                    continue
                self._tell(Progress("year", "started", year))
                for stage in stages:
                    record, entry = self._execute_stage_sequential(builder, stage, year)
                    is_copied = stage is STAGES[-1] and state.enable_checkpointing
                    if is_copied or any(self._hooks.values()):  # hooks may want to look into the database
                        builder.close()
                    if is_copied:
                        self.memory.mark("CHECKPOINT", year)
                        entries = [*journal.entries, entry]
                        year_copy.make_copy(self.folder, self.database.path, entries, level, keep)
                    self._checkpoint_stage_completion(journal, stage, year, record, entry)
                self._tell(Progress("year", "finished", year))
        with self.database.open() as connection:
            if not state.preserve_intermediate_states:
                warehouse.drop_intermediate(connection)
            connection.execute("checkpoint")

    def _execute_stage_sequential(
        self, builder: StageBuilder, stage: Stage, year: int
    ) -> tuple[StageRecord, StageEntry]:
        self._run_hooks("pre_stage", StageContext(year, stage.name, None))
        self._tell(Progress("stage", "started", year, stage))
        return builder.build(stage, year)

    def _checkpoint_stage_completion(
        self, journal: Journal, stage: Stage, year: int, record: StageRecord, entry: StageEntry
    ) -> None:
        """Write down what the stage has made, then tell hooks and listener."""
        # The journal comes last: a resume repeats what it does not name, and takes the rest from the record.
        self._record.stages.append(record)
        self._record.write(self.folder.partial_record, indent=None)  # after each stage, seldom read
        journal.record(entry)
        log.info(
            "%s %s done in %.2f s, %d rows, peak %.0f MiB, batch %d",
            year, stage.name, record.seconds, record.rows, record.peak_memory_mb, record.batch_size,
            extra={"stage": asdict(record)},
        )  # fmt: skip
        self._run_hooks("post_stage", StageContext(year, stage.name, record))
        self._tell(Progress("stage", "finished", year, stage, record=record))

    def _take_in_census(self) -> None:
        """Check the census and write it where the model reads it; the same bytes give the same file on a resume."""
        self._tell(Progress("run", "started", text="reading the census"))
        intake = self.inputs.take_in_census(
            output=self.folder.partial_census, rejects=self.folder.root / "census_rejects.csv"
        )
        self.memory.record.population = intake.rows_kept
        self._record.census = {**intake.record, "output": str(self.folder.census)}
        self._record.data_quality = intake.data_quality
        self._note(f"census: {intake.note or headline(intake.data_quality)}")

    def _remember_earlier_attempt(self, plan: ResumePlan) -> None:
        """Take over what an earlier attempt recorded about the stages that are not repeated."""
        if plan.after is None:
            return
        try:
            if (earlier := records.latest_record(self.folder)) is not None:
                self._record.take_over(RunRecord.from_json(earlier), plan.after)
        except CheckpointError as error:
            self._note(f"{error.message}; the times of the stages that are not repeated are lost")

    def _note(self, text: str) -> None:
        self._record.notes.append(text)
        log.info(text)
        self._tell(Progress("note", "finished", text=text))
