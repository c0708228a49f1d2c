"""Writes the files that are generated from the settings model, the dbt models and the doctor, in a source checkout.

``python -m tools.documentation`` writes them; a test fails when one of them is stale.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from planalign_orchestrator.config.assumption_files import table_forms
from planalign_orchestrator.config.catalogue import SCHEMA_FILE, commented_yaml
from planalign_orchestrator.config.loading import scenarios
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.doctor.report import Examination
from planalign_orchestrator.model.cells import Cell, cell_rows
from planalign_orchestrator.model.project import Project
from planalign_orchestrator.resources import config_dir, dbt_project_dir
from tools.columns_page import columns_page
from tools.json_schema import settings_schema
from tools.reference_page import reference_page

COMMAND = "python -m tools.documentation"
YEARS_BY_HAND = 10
"""Plan years for which the files of the default cell hold settings, for those who run dbt by hand."""


def generated_files() -> dict[Path, str]:
    """The content of every generated file by its path; the checkout's root is beside the package."""
    root = Path(__file__).resolve().parents[1]
    config = root / "config"
    bundled = scenarios(folder=root)
    return {
        config / "simulation_config.yaml": commented_yaml(Settings()),
        config / SCHEMA_FILE: settings_schema(),
        root / "docs" / "columns.md": columns_page(),
        root / "docs" / "configuration.md": reference_page(table_forms(dbt_project_dir() / "seeds"), bundled),
        root / "docs" / "doctor.schema.json": json.dumps(_doctor_schema(), indent=2) + "\n",
        **_default_cell(root / "dbt"),
    }


def stale_files() -> list[Path]:
    """The generated files that are not there or not as they would be written now."""
    return [path for path, text in generated_files().items() if not path.exists() or _content(path) != text]


def main() -> None:
    """Write what is stale and say so."""
    if config_dir().parent != Path(__file__).resolve().parents[1]:
        sys.exit("This works in a source checkout only.")
    for path, text in generated_files().items():
        if not path.exists() or _content(path) != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"wrote {path}")


def _doctor_schema() -> dict[str, Any]:
    """The JSON schema of what ``planalign doctor --json`` prints."""
    schema = TypeAdapter(Examination).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _default_cell(folder: Path) -> dict[Path, str]:
    """The default settings as the tables of one cell."""
    project, settings = Project.read(folder), Settings()
    first = settings.simulation.start_year
    tables = cell_rows(project, [Cell(1, settings)], range(first, first + YEARS_BY_HAND))
    return {
        folder / "cells" / f"{name}.csv": _csv([tuple(project.seeds[name]), *rows]) for name, rows in tables.items()
    }


def _csv(rows: list[tuple[str | None, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _content(path: Path) -> str:
    return path.read_text(encoding="utf-8")


if __name__ == "__main__":
    main()
