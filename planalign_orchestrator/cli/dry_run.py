"""``planalign run --dry-run``: what a run would do, after opening everything that it would open."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from planalign_orchestrator.cli.run import RunRequest
    from planalign_orchestrator.run.inputs import RunInputs
    from planalign_orchestrator.storage.recovery import ResumePlan

BYTES_A_PERSON_YEAR = 600
"""Disk that a person and year take in the database, measured at 100 000 employees; see docs/performance.md."""


def show_plan(request: RunRequest, inputs: RunInputs) -> None:
    """Check census, assumptions and models, and print years, stages, models, limits and the disk that is needed.

    Raises:
        CensusError, ConfigurationError, CheckpointError, ModelError: what the run itself would raise.
    """
    from planalign_orchestrator.model.build import ModelBuilder
    from planalign_orchestrator.run.stages import STAGES
    from planalign_orchestrator.storage.recovery import plan_run
    from planalign_orchestrator.warehouse import DatabaseLimits

    settings = request.effective.settings
    years = range(settings.simulation.start_year, settings.simulation.end_year + 1)
    assumptions = inputs.assumptions
    plan = plan_run(
        request.folder, inputs.fingerprints, request.years, resume=request.resume, from_year=request.from_year
    )
    with tempfile.TemporaryDirectory() as scratch:
        intake = inputs.take_in_census(output=Path(scratch) / "census.parquet", rejects=Path(scratch) / "rejects.csv")
        database_limits = DatabaseLimits("512MiB", 1, Path(scratch), "1GiB")
        database = Path(scratch) / "simulation.duckdb"
        builder = ModelBuilder(inputs.dbt_project, database, database_limits, Path(scratch))
        table = Table(title="stages of each year, in order", title_justify="left")
        table.add_column("stage")
        table.add_column("models")
        for stage in STAGES:
            table.add_row(stage.name, ", ".join(builder.models(stage)))
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"scenario   {settings.simulation.scenario_id} in {request.folder.root}", markup=False)
    console.print(f"years      {years[0]}-{years[-1]} ({len(years)})", markup=False)
    for note in plan.notes:
        console.print(f"note       {note}", markup=False)
    console.print(f"starts     {start_of(plan, request)}", markup=False)
    console.print(f"census     {inputs.census_file.name}: {intake.rows_kept:,} people", markup=False)
    console.print(f"assumptions {len(assumptions)} tables", markup=False)
    console.print(f"limits     {request.limits.reason}", markup=False)
    needed = intake.rows_kept * len(years) * BYTES_A_PERSON_YEAR * 3 / 2**20
    console.print(f"disk       about {max(needed, 50):,.0f} MiB for database and checkpoints", markup=False)
    console.print(table)
    console.print("nothing was written")


def start_of(plan: ResumePlan, request: RunRequest) -> str:
    """Where the run would begin, and from what."""
    if plan.finished:
        return f"nothing is left to do: {request.folder.database.name} has every year"
    if plan.after is None:
        return f"with {request.years[0]}, from the census"
    return f"after {plan.after}, from the {plan.source}"
