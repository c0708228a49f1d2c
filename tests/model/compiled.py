"""The SQL that was made of the models, for tests that read SQL."""

from __future__ import annotations

from pathlib import Path

from planalign_orchestrator.config import Settings
from planalign_orchestrator.run.stages import STAGES
from tests.engine import Engine


def compiled_models(engine: Engine, settings: Settings, census: Path, database: Path, year: int) -> dict[str, str]:
    """Run a year once more in a finished database, and hand out each model's SQL by name, ephemeral ones included."""
    engine.dbt.compiled.clear()
    for stage in STAGES:
        engine.run_stage(stage, settings, census, database, year)
    models = {node.name for node in engine.dbt.plan.of_kind("model").values()}
    return {name: sql for name, sql in engine.dbt.compiled.items() if name in models}
