"""What ``planalign run`` does once its flags are understood: plan a run, or simulate and write the reports."""

from contextlib import nullcontext
from dataclasses import dataclass

from planalign_orchestrator.cli.interruption import interrupted_run
from planalign_orchestrator.cli.streams import say, text_of
from planalign_orchestrator.config.hardware import Limits
from planalign_orchestrator.config.loading import EffectiveSettings
from planalign_orchestrator.errors import FullDiskError, OutOfResourcesError, instead_of
from planalign_orchestrator.model.build import ModelBuilder
from planalign_orchestrator.reports.rebuilding import report_run
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.inputs import gathered_inputs
from planalign_orchestrator.run.pipeline import PipelineOrchestrator, SimulationResult
from planalign_orchestrator.run.record import Progress, run_log
from planalign_orchestrator.run.stages import STAGES
from planalign_orchestrator.storage.durable import private_files, scratch_folder
from planalign_orchestrator.storage.recovery import plan_run
from planalign_orchestrator.warehouse import DatabaseLimits

BYTES_A_PERSON_YEAR = 600
"""Disk that a person and year take in the database, measured at 100 000 employees; see docs/performance.md."""


@dataclass(frozen=True)
class RunRequest:
    """What a command line asks for, worked out.

    Args:
        effective: the settings, with where each came from.
        folder: the run folder.
        limits: memory, batch size and threads.
        resume: go on after an interruption.
        from_year: rewind to the state before this year.
    """

    effective: EffectiveSettings
    folder: RunFolder
    limits: Limits
    resume: bool
    from_year: int | None

    @property
    def years(self) -> tuple[int, int]:
        """The first and the last."""
        simulation = self.effective.settings.simulation
        return simulation.start_year, simulation.end_year


def plan_text(request: RunRequest) -> str:
    """Check census, assumptions and models, and tell years, stages, models, limits and the disk that is needed.

    Raises:
        CensusError, ConfigurationError, CheckpointError, ModelError: what the run itself would raise.
    """
    settings = request.effective.settings
    years = range(request.years[0], request.years[1] + 1)
    with scratch_folder() as scratch:
        inputs = gathered_inputs(request.effective, scratch / "download")
        plan = plan_run(
            request.folder, inputs.fingerprints, request.years, resume=request.resume, from_year=request.from_year
        )
        intake = inputs.take_in_census(output=scratch / "census.parquet", rejects=scratch / "rejects.csv")
        database_limits = DatabaseLimits("512MiB", 1, scratch, "1GiB")
        builder = ModelBuilder(inputs.dbt_project, scratch / "simulation.duckdb", database_limits, scratch)
        stages = {stage.name: builder.models(stage) for stage in STAGES}
    return text_of(
        "dry_run", settings=settings, folder=request.folder, years=years, stages=stages,
        plan=plan, census=inputs.census_file.name, people=intake.rows_kept,
        tables=len(inputs.assumptions), limits=request.limits.reason,
        mib=max(50, intake.rows_kept * len(years) * BYTES_A_PERSON_YEAR * 3 / 2**20),
    )  # fmt: skip


def simulate(
    request: RunRequest, arguments: list[str], *, lines: bool, silent: bool, verbose: bool
) -> SimulationResult:
    """Run and write the reports.

    Args:
        request: what is asked for.
        arguments: of the command line, for the advice how to go on.
        lines: print each step as a line of JSON.
        silent: show no progress.
        verbose: show each model and the memory in use.
    """
    folder = request.folder
    goes_on = request.resume or request.from_year is not None
    inputs = gathered_inputs(request.effective, folder.root / "download", going_on=folder if goes_on else None)
    display = None
    if not (lines or silent):
        from planalign_orchestrator.cli.run_display import RunDisplay  # what draws loads slowly

        display = RunDisplay(*request.years, request.limits, verbose=verbose)
    resumable = instead_of(FullDiskError, OutOfResourcesError.told, "full disk of a run")
    with private_files(), display or nullcontext(), resumable:
        listener = _print_line if lines else display.on_progress if display else None
        orchestrator = PipelineOrchestrator(request.effective, inputs, folder, request.limits, listener=listener)
        if display:
            display.memory = orchestrator.memory
        folder.create()  # private, before the log is the first to write there
        with run_log(folder.logs, orchestrator.run_id):
            try:
                result = orchestrator.execute_multi_year_simulation(
                    *request.years, resume=request.resume, from_year=request.from_year
                )
            except KeyboardInterrupt:
                raise interrupted_run(arguments, orchestrator.completed) from None
        report_run(folder, request.effective.settings.reporting.formats, "planalign run")
    return result


def _print_line(progress: Progress) -> None:
    if progress.kind != "model":
        say(progress.line())
