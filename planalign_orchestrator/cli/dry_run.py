"""``planalign run --dry-run``: what a run would do, after opening everything that it would open."""

import tempfile
from pathlib import Path

from planalign_orchestrator.cli.run import RunRequest
from planalign_orchestrator.cli.texts import text_of
from planalign_orchestrator.model.build import ModelBuilder
from planalign_orchestrator.run.inputs import RunInputs
from planalign_orchestrator.run.stages import STAGES
from planalign_orchestrator.storage.recovery import ResumePlan, plan_run
from planalign_orchestrator.warehouse import DatabaseLimits

BYTES_A_PERSON_YEAR = 600
"""Disk that a person and year take in the database, measured at 100 000 employees; see docs/performance.md."""


def plan_text(request: RunRequest, inputs: RunInputs) -> str:
    """Check census, assumptions and models, and tell years, stages, models, limits and the disk that is needed.

    Raises:
        CensusError, ConfigurationError, CheckpointError, ModelError: what the run itself would raise.
    """
    settings = request.effective.settings
    years = range(settings.simulation.start_year, settings.simulation.end_year + 1)
    plan = plan_run(
        request.folder, inputs.fingerprints, request.years, resume=request.resume, from_year=request.from_year
    )
    with tempfile.TemporaryDirectory() as scratch:
        intake = inputs.take_in_census(output=Path(scratch) / "census.parquet", rejects=Path(scratch) / "rejects.csv")
        database_limits = DatabaseLimits("512MiB", 1, Path(scratch), "1GiB")
        database = Path(scratch) / "simulation.duckdb"
        builder = ModelBuilder(inputs.dbt_project, database, database_limits, Path(scratch))
        stages = {stage.name: builder.models(stage) for stage in STAGES}
    return text_of(
        "dry_run", settings=settings, folder=request.folder.root, years=years, notes=plan.notes, stages=stages,
        starts=start_of(plan, request), census=inputs.census_file.name, people=intake.rows_kept,
        tables=len(inputs.assumptions), limits=request.limits.reason,
        mib=max(50, intake.rows_kept * len(years) * BYTES_A_PERSON_YEAR * 3 / 2**20),
    )  # fmt: skip


def start_of(plan: ResumePlan, request: RunRequest) -> str:
    """Where the run would begin, and from what."""
    if plan.finished:
        return f"nothing is left to do: {request.folder.database.name} has every year"
    if plan.after is None:
        return f"with {request.years[0]}, from the census"
    return f"after {plan.after}, from the {plan.source}"
