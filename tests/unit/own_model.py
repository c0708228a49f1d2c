"""A copy of the dbt project with a model of somebody's own, built as a run builds it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from planalign_orchestrator.dbt_runner import DbtRunner
from planalign_orchestrator.run.stages import Stage
from planalign_orchestrator.warehouse import DatabaseLimits
from tests.dbt_project.project import copy_project
from tests.engine import DATABASE, rows_of

PROBING = Stage("PROBE", "probe", "probe", "build", "tries a model of somebody's own")


class OwnModel:
    """A project with a model ``probe`` of somebody's own."""

    def __init__(self, folder: Path, model: str, **files: str) -> None:
        self.project = copy_project(folder)
        (self.project / "models" / "probe.sql").write_text(model, encoding="utf-8")
        for name, text in files.items():
            path = self.project.joinpath(*name.split("__")).with_suffix(".sql")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.database = folder / DATABASE
        self.work = folder / "work"
        self.limits = DatabaseLimits("300MiB", 1, folder / "spill", "1GiB")

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a file of the project."""
        path = self.project / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def build(self, **variables: Any) -> list[dict[str, Any]]:
        """The rows of the model."""
        runner = DbtRunner(self.project, self.database, self.limits, self.work, self.work)
        try:
            runner.build(PROBING, {"inputs_are_loaded": True, **variables})
        finally:
            runner.close()
        return rows_of(self.database, "from probe")
