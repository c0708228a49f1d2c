"""The simulation: for each year six stages, each complete before the next; after a stage a journal entry, after a year
a checkpoint; a result only when everything has succeeded.
"""

from __future__ import annotations

import datetime as dt
import inspect
import logging
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Literal

from planalign_orchestrator import checkpoints, durable
from planalign_orchestrator.adaptive_memory_manager import AdaptiveMemoryManager
from planalign_orchestrator.census import CensusIntake, read_census
from planalign_orchestrator.checkpoints import Journal, Position, ResumePlan, Scope
from planalign_orchestrator.config.advice import settings_warnings
from planalign_orchestrator.config.levels import Limits
from planalign_orchestrator.config.loading import EffectiveSettings
from planalign_orchestrator.dbt_runner import DbtRunner, NodeResult, OutOfMemoryInStage
from planalign_orchestrator.errors import ConfigurationError, LawBrokenError, OutOfResourcesError
from planalign_orchestrator.inputs import RunInputs
from planalign_orchestrator.model_variables import model_variables
from planalign_orchestrator.run_folder import RunFolder
from planalign_orchestrator.run_record import RunRecord, StageRecord, now, read_record
from planalign_orchestrator.stages import STAGES, VALIDATION, Stage
from planalign_orchestrator.warehouse import (
    KEPT_INTERMEDIATE,
    PUBLIC_TABLES,
    DatabaseLimits,
    drop_intermediate,
    fetch_dicts,
    load_table,
    open_database,
    quoted_path,
)

log = logging.getLogger(__name__)

HookName = Literal["pre_stage", "post_stage"]


@dataclass(frozen=True)
class Progress:
    """What a listener is told: a ``year``, ``stage`` or ``model`` has ``started`` or ``finished``, or a ``note``."""

    kind: Literal["run", "year", "stage", "model", "note"]
    state: Literal["started", "finished"]
    year: int | None = None
    stage: Stage | None = None
    text: str = ""
    record: StageRecord | None = None


@dataclass(frozen=True)
class StageContext:
    """What a stage hook is given."""

    year: int
    stage: str
    record: StageRecord | None


@dataclass(frozen=True)
class SimulationResult:
    """A finished run.

    Args:
        folder: where the results are.
        years: the simulated years, from the database.
        summary: one mapping a year, the rows of ``fct_yearly_summary``.
        record: the content of ``run.json``.
    """

    folder: RunFolder
    years: list[int]
    summary: list[dict[str, Any]]
    record: RunRecord


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
        listener: Callable[[Progress], None] | None = None,
    ) -> None:
        self.settings = effective.settings
        self.inputs = inputs
        # dbt works from inside its project, so a relative path would come to mean a folder there.
        self.folder = RunFolder(folder.root.resolve())
        self.limits = limits
        self.memory = AdaptiveMemoryManager(
            budget_gb=limits.memory_limit_gb, batch_size=limits.batch_size, spill_folder=self.folder.root / "tmp"
        )
        self._effective = effective
        self._tell = listener or (lambda progress: None)
        self._hooks: dict[HookName, list[Callable[..., object]]] = {"pre_stage": [], "post_stage": []}
        self.memory.add_alert_hook(self._note)
        self._record = self._new_record()
        self._record.warnings += settings_warnings(self.settings)

    @property
    def run_id(self) -> str:
        """Names this run in logs and in ``run.json``."""
        return self._record.run_id

    def add_stage_hook(self, when: HookName, hook: Callable[..., object]) -> None:
        """Call something before or after every stage.

        Args:
            when: ``pre_stage`` or ``post_stage``.
            hook: takes a ``StageContext``, or nothing. What it raises ends the run.
        """
        if when not in self._hooks:
            raise ValueError(f"{when!r} is not a stage hook; use 'pre_stage' or 'post_stage'")
        self._hooks[when].append(hook)

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
            ConfigurationError: the first year is not the one of the settings.
            CensusError, LawBrokenError, OutOfResourcesError, CheckpointError, ModelError: see ``errors``; the last
                good result in the folder is untouched.
        """
        if start_year != self.settings.simulation.start_year:
            raise ConfigurationError(
                f"the run starts in {start_year}, but simulation.start_year is {self.settings.simulation.start_year}",
                remedy="Give both the same year: the census describes the day before it.",
            )
        began = time.perf_counter()
        for warning in self._record.warnings:
            self._tell(Progress("note", "finished", text=f"warning: {warning}"))
        with self.folder.lock(f"planalign run {start_year}-{end_year}"), self._recorded(began):
            plan = self._plan(start_year, end_year, resume, from_year)
            with self.memory:
                self._take_in_census(plan)
                journal = checkpoints.carry_out(self.folder, plan, self.inputs.fingerprints)
                self._remember_earlier_stages(plan)
                if not plan.finished:
                    self._simulate_years(start_year, end_year, plan, journal)
                    self._publish(journal)
            return self._result(journal)

    def _simulate_years(self, start_year: int, end_year: int, plan: ResumePlan, journal: Journal) -> None:
        dbt = self._start_dbt()
        self._load_assumptions(dbt)
        for year in range(start_year, end_year + 1):
            if plan.after is not None and Position.end_of(year).order <= plan.after.order:
                continue
            self._tell(Progress("year", "started", year))
            for stage in STAGES:
                if plan.after is None or Position(year, stage.name).order > plan.after.order:
                    record = self._execute_stage_sequential(dbt, stage, year)
                    self._checkpoint_stage_completion(journal, stage, year, record)
            self._keep_snapshot(year)
            self._checkpoint_year(journal, year)
            self._tell(Progress("year", "finished", year))

    def _execute_stage_sequential(self, dbt: DbtRunner, stage: Stage, year: int) -> StageRecord:
        """Build one stage; when memory runs out, again with the next smaller batch."""
        self._run_hooks("pre_stage", StageContext(year, stage.name, None))
        self._tell(Progress("stage", "started", year, stage))
        while True:
            self.memory.mark(stage.name, year)
            batch_size = self.memory.batch_size
            wall, cpu = time.perf_counter(), time.process_time()
            try:
                nodes = self._build(dbt, stage, year, batch_size)
            except OutOfMemoryInStage as error:
                self._use_smaller_batch(dbt, stage, year, error)
                continue
            return StageRecord(
                year=year,
                stage=stage.name,
                seconds=round(time.perf_counter() - wall, 3),
                cpu_seconds=round(time.process_time() - cpu, 3),
                rows=0,
                peak_memory_mb=self.memory.stage_peak_mb(stage.name, year),
                batch_size=batch_size,
                models={node.name: round(node.seconds, 3) for node in nodes if node.kind == "model"},
            )

    def _build(self, dbt: DbtRunner, stage: Stage, year: int, batch_size: int) -> list[NodeResult]:
        variables = {
            **model_variables(self.settings),
            "simulation_year": year,
            "census_path": self.folder.partial_census.as_posix(),
            "inputs_are_loaded": True,
            "batch_size": batch_size,
        }

        def on_node(name: str, state: str) -> None:
            if state == "started":
                self.memory.mark(stage.name, year, name)
                self._tell(Progress("model", "started", year, stage, name))
            else:
                self._tell(Progress("model", "finished", year, stage, name))

        dbt.use(self.folder.partial_database, self._database_limits())
        try:
            return dbt.build(stage, variables, on_node)
        except LawBrokenError as error:
            raise self._with_offenders(error, year) from error

    def _use_smaller_batch(self, dbt: DbtRunner, stage: Stage, year: int, error: OutOfMemoryInStage) -> None:
        smaller = self.memory.on_out_of_memory()
        if smaller is None:
            raise OutOfResourcesError(
                f"{error.message}\nThe batch cannot get smaller than {self.memory.batch_size} thousand employees; "
                f"the process has used up to {self.memory.peak_mb:.0f} MiB of its budget of "
                f"{self.limits.memory_limit_gb:g} GiB.",
                remedy=f"Raise multi_year.optimization.memory_limit_gb (or --memory-limit-gb) to at least "
                f"{self.limits.memory_limit_gb * 1.5:g}, close other programs, and go on from the last checkpoint with "
                f"--resume-from-checkpoint.",
            ) from error
        self._note(f"{year} {stage.name}: out of memory, repeated with batches of {smaller} thousand employees")

    def _checkpoint_stage_completion(self, journal: Journal, stage: Stage, year: int, record: StageRecord) -> None:
        """Write down what the stage has made, then tell hooks and listener."""
        scopes = self._written_by(record)
        with open_database(self.folder.partial_database, self._database_limits()) as connection:
            digests = checkpoints.stage_digests(connection, scopes, year)
            journal.record(Position(year, stage.name), checkpoints.engine_probe(connection), scopes, digests)
        record = StageRecord(**{**asdict(record), "rows": sum(digest.rows for digest in digests.values())})
        self._record.stages.append(record)
        self._record.write(self.folder.partial_record)
        log.info(
            "%s %s done in %.2f s, %d rows, peak %.0f MiB, batch %d",
            year, stage.name, record.seconds, record.rows, record.peak_memory_mb, record.batch_size,
            extra={"stage_record": asdict(record)},
        )  # fmt: skip
        self._run_hooks("post_stage", StageContext(year, stage.name, record))
        self._tell(Progress("stage", "finished", year, stage, record=record))

    def _checkpoint_year(self, journal: Journal, year: int) -> None:
        state = self.settings.multi_year.state
        if not state.enable_checkpointing:
            return
        self.memory.mark("CHECKPOINT", year)
        level = state.compression_level if self.settings.multi_year.performance.enable_state_compression else None
        checkpoints.write_year_copy(
            self.folder,
            self.folder.partial_database,
            journal,
            year,
            compression_level=level,
            keep=state.checkpoints_kept,
        )

    def _keep_snapshot(self, year: int) -> None:
        """Write the year's workforce as Parquet, for people who look at a year without DuckDB."""
        if not self.settings.multi_year.performance.cache_workforce_snapshots:
            return
        durable.make_private_folder(self.folder.snapshots)
        path = self.folder.snapshots / f"workforce_{year}.parquet"
        unfinished = path.with_suffix(".tmp")
        with open_database(self.folder.partial_database, self._database_limits()) as connection:
            connection.execute(
                f"copy (from fct_workforce_snapshot where simulation_year = {year} order by person_key)"
                f" to '{quoted_path(unfinished)}' (format parquet, compression zstd)"
            )
        durable.replace(unfinished, path)

    def _publish(self, journal: Journal) -> None:
        """Make the finished database the result: until the rename, the result of the run before stays as it is."""
        state = self.settings.multi_year.state
        with open_database(self.folder.partial_database, self._database_limits()) as connection:
            if not state.preserve_intermediate_states:
                drop_intermediate(connection)
            digests = checkpoints.quick_digests(connection, PUBLIC_TABLES)
            self._record.digest_engine = checkpoints.engine_probe(connection)
            self._record.digests = {name: digest.to_json() for name, digest in digests.items()}
            connection.execute("checkpoint")
        checkpoints.publish(self.folder)
        if not state.preserve_intermediate_states:
            checkpoints.retain(self.folder, journal.entries, state.checkpoints_kept)
        shutil.rmtree(self._database_limits().temp_directory, ignore_errors=True)

    def _result(self, journal: Journal) -> SimulationResult:
        # A run that was killed right after its database became the result has this left to do.
        if self.folder.partial_census.exists():
            durable.replace(self.folder.partial_census, self.folder.census)
        durable.unlink(self.folder.partial_record)
        with open_database(self.folder.database, read_only=True) as connection:
            summary = fetch_dicts(connection, "select * from fct_yearly_summary order by simulation_year")
        self._record.settings_by_year = {year: dict(made.settings) for year, made in journal.made_with().items()}
        self._record.summary = [_json_ready(row) for row in summary]
        return SimulationResult(self.folder, [row["simulation_year"] for row in summary], summary, self._record)

    def _plan(self, start_year: int, end_year: int, resume: bool, from_year: int | None) -> ResumePlan:
        now_with = self.inputs.fingerprints
        if from_year is not None:
            plan = checkpoints.plan_rewind(self.folder, now_with, start_year, from_year)
        elif resume:
            plan = checkpoints.plan_resume(self.folder, now_with, end_year)
        else:
            plan = ResumePlan(None, "nothing")
        for note in plan.notes:
            self._note(note)
        return plan

    def _take_in_census(self, plan: ResumePlan) -> None:
        """Check the census and write it where the model reads it; the same bytes give the same file on a resume."""
        if plan.finished:
            return
        census = self.settings.census
        intake: CensusIntake = read_census(
            self.inputs.census_file,
            as_of=_eve_of(self.settings.simulation.start_year),
            sheet=census.sheet,
            date_order=census.date_order,
            on_bad_rows=census.on_bad_rows,
            output=self.folder.partial_census,
            rejects=self.folder.root / "census_rejects.csv",
        )
        self.memory.population = intake.rows_kept
        self._record.census = intake.as_record()
        for note in intake.notes:
            self._note(f"census: {note}")

    def _remember_earlier_stages(self, plan: ResumePlan) -> None:
        if plan.after is None:
            return
        earlier = read_record(self.folder.partial_record) or read_record(self.folder.run_record)
        order = {stage.name: position for position, stage in enumerate(STAGES)}
        self._record.keep_stages_of(earlier or {}, plan.after.order, order)

    def _start_dbt(self) -> DbtRunner:
        self.memory.mark("START", self.settings.simulation.start_year)
        return DbtRunner(
            self.inputs.dbt_project,
            self.folder.partial_database,
            self._database_limits(),
            self.folder.logs / "dbt",
            parse_cache=self.folder.root.parent / ".parsed_models",
            threads=self.limits.threads if self.settings.multi_year.performance.enable_parallel_dbt else 1,
        )

    def _load_assumptions(self, dbt: DbtRunner) -> None:
        with open_database(self.folder.partial_database, self._database_limits()) as connection:
            for name, table in self.inputs.assumptions.items():
                types = dbt.column_types(name)
                load_table(connection, name, {column: types[column] for column in table.columns}, table.rows)

    def _database_limits(self) -> DatabaseLimits:
        parallel = self.settings.multi_year.performance.enable_concurrent_processing
        free = shutil.disk_usage(self.folder.root).free
        return DatabaseLimits(
            memory_limit=f"{self.memory.duckdb_memory_limit_bytes // 2**20}MiB",
            threads=self.limits.threads if parallel else 1,
            temp_directory=self.folder.root / "tmp",
            temp_limit=f"{max(1, int(free * 0.8) // 2**20)}MiB",
        )

    def _written_by(self, record: StageRecord) -> dict[str, Scope]:
        """The tables that a stage has made, and whether they hold all years, this year, or the census."""
        scopes: dict[str, Scope] = {}
        for name in record.models:
            if name.startswith("fct_"):
                scopes[name] = "year"
            elif name in KEPT_INTERMEDIATE:
                scopes[name] = "constant"
            elif name.startswith("int_"):
                scopes[name] = "replaced"
        return scopes

    def _with_offenders(self, error: LawBrokenError, year: int) -> LawBrokenError:
        with open_database(self.folder.partial_database, self._database_limits()) as connection:
            broken = fetch_dicts(
                connection,
                "select law, law_name, violations, examples from fct_law_checks"
                " where simulation_year = ? and violations > 0 order by law",
                [year],
            )
        if not broken:
            return error
        lines = [
            f"law {row['law']} ({row['law_name']}): {row['violations']} times, first: {row['examples']}"
            for row in broken
        ]
        return LawBrokenError(
            f"{year} {VALIDATION.name}: the year breaks {len(broken)} law(s) of the model\n" + "\n".join(lines),
            remedy="The last good result is untouched. A changed assumption table or model is the likely cause; if "
            "nothing was changed, send run.json and the message to whoever maintains the model.",
        )

    def _run_hooks(self, when: HookName, context: StageContext) -> None:
        for hook in self._hooks[when]:
            if inspect.signature(hook).parameters:
                hook(context)
            else:
                hook()

    def _note(self, text: str) -> None:
        self._record.notes.append(text)
        log.info(text)
        self._tell(Progress("note", "finished", text=text))

    @contextmanager
    def _recorded(self, began: float) -> Iterator[None]:
        """Write ``run.json`` however the run ends."""
        path = self.folder.run_record
        try:
            yield
            self._record.outcome = "done"
        except BaseException as error:
            self._record.outcome = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
            self._record.error = str(error)
            path = self.folder.partial_record
            raise
        finally:
            self._record.seconds = round(time.perf_counter() - began, 3)
            self._record.memory = self.memory.summary().to_dict()
            if self.folder.root.exists():
                self._record.write(path)

    def _new_record(self) -> RunRecord:
        prints = self.inputs.fingerprints
        return RunRecord(
            run_id=uuid.uuid4().hex[:12],
            started=now(),
            settings={
                setting.key: {"value": setting.value, "source": str(setting.source)}
                for setting in self._effective.listing()
            },
            fingerprints=prints.to_json(),
            limits=asdict(self.limits),
        )


def _eve_of(start_year: int) -> dt.date:
    return dt.date(start_year - 1, 12, 31)


def _json_ready(row: dict[str, Any]) -> dict[str, Any]:
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in row.items()}
