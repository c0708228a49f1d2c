"""Orchestrators for tests of the pipeline."""

from __future__ import annotations

from pathlib import Path

from planalign_orchestrator.config.hardware import Limits
from planalign_orchestrator.config.loading import load_settings
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.inputs import RunInputs
from planalign_orchestrator.run.pipeline import PipelineOrchestrator

LIMITS = Limits("low", 2.0, 250, 1, "low, for a test", ())


def orchestrator_for(
    folder: Path,
    census: Path,
    project: Path | None = None,
    flags: dict[str, object] | None = None,
    *,
    limits: Limits = LIMITS,
    name: str = "baseline",
) -> PipelineOrchestrator:
    """An orchestrator of the default settings for 2025 in ``folder/runs/<name>``."""
    effective = load_settings(
        config_file=None, scenario_file=None, environ={}, flags={"simulation.end_year": 2025, **(flags or {})}
    )
    inputs = RunInputs(effective.settings, census)
    if project is not None:
        object.__setattr__(inputs, "dbt_project", project)
    return PipelineOrchestrator(effective, inputs, RunFolder(folder / "runs" / name), limits)
