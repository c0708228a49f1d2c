"""The SQL that dbt has made of the models, for tests that read SQL."""

from __future__ import annotations

from pathlib import Path

from planalign_orchestrator.config import Settings
from planalign_orchestrator.stages import STAGES
from tests.engine import Engine


def compiled_models(engine: Engine, settings: Settings, census: Path, database: Path, year: int) -> dict[str, str]:
    """Run a year once more in a finished database, and hand out each model's SQL by name, ephemeral ones included."""
    found: dict[str, str] = {}
    for stage in STAGES:
        engine.run_stage(stage, settings, census, database, year)
        for node in engine.dbt.manifest.nodes.values():
            if node.resource_type == "model" and node.compiled_code:
                found[node.name] = node.compiled_code
    return found
