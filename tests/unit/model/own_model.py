"""A small project with models of somebody's own, built as a run builds it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from planalign_orchestrator.model.build import ModelBuilder
from planalign_orchestrator.run.stages import Stage
from planalign_orchestrator.warehouse import DatabaseLimits
from tests.engine import DATABASE, rows_of

PROBING = Stage("PROBE", "probe", "tries a model of somebody's own")
DESCRIPTION = "name: own\nvars:\n  simulation_year: 2025\n  start_year: 2025\n"
SEEDS = "seeds: [{name: levels, columns: [{name: level_id, data_type: integer}]}]"
SOURCES = "sources: [{name: state, tables: [{name: past}, {name: kept, columns: [{name: pay, data_type: integer}]}]}]"


class OwnModel:
    """A project with a model ``probe`` of somebody's own, in a folder of the same name.

    Args:
        folder: for project and database.
        model: text of the model.
        files: other texts, by path with ``__`` for slashes and without ``.sql``.
        threads: models built at a time.
    """

    def __init__(self, folder: Path, model: str, *, threads: int = 1, **files: str) -> None:
        self.project = folder / "dbt"
        for path, text in {
            "dbt_project.yml": DESCRIPTION,
            "seeds/_seeds.yml": SEEDS,
            "models/sources.yml": SOURCES,
            "models/probe/probe.sql": model,
            **{f"{name.replace('__', '/')}.sql": text for name, text in files.items()},
        }.items():
            self.write(path, text)
        self.database = folder / DATABASE
        self.work = folder / "sql"
        self.limits = DatabaseLimits("300MiB", 1, folder / "spill", "1GiB")
        self._threads = threads

    def write(self, path: str, text: str) -> None:
        """Put a file into the project."""
        place = self.project / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")

    def builder(self) -> ModelBuilder:
        """A new builder."""
        return ModelBuilder(self.project, self.database, self.limits, self.work, self._threads)

    def build(self, **variables: Any) -> list[dict[str, Any]]:
        """Build the stage once, and hand out the rows of the model."""
        builder = self.builder()
        try:
            builder.build(PROBING, variables)
        finally:
            builder.close()
        return rows_of(self.database, "from probe")
