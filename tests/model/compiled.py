"""The SQL that was made of the models, for tests that read SQL."""

from __future__ import annotations

from pathlib import Path

from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.run.stages import STAGES
from tests.engine import Engine


def compiled_models(engine: Engine, settings: Settings, census: Path, database: Path, year: int) -> dict[str, str]:
    """Run a year once more in a finished database, and hand out each model's SQL by name, ephemeral ones included."""
    engine.builder.compiled.clear()
    for stage in STAGES:
        engine.run_stage(stage, settings, census, database, year)
    laws = {name for name, path in engine.builder.project.models.items() if path.startswith("tests/")}
    return {name: sql for name, sql in engine.builder.compiled.items() if name not in laws}
