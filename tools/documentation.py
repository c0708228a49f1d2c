"""Writes the files that are generated from the settings model, in a source checkout.

``python -m tools.documentation`` writes them; a test fails when one of them is stale.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from textwrap import indent

from ruamel.yaml import YAML

from planalign_orchestrator.config.assumption_files import table_forms
from planalign_orchestrator.config.commented_yaml import SCHEMA_FILE, commented_yaml
from planalign_orchestrator.config.finding import scenarios
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.model_variables import model_variables
from planalign_orchestrator.resources import config_dir, dbt_project_dir
from tools.json_schema import settings_schema
from tools.reference_page import reference_page

COMMAND = "python -m tools.documentation"
_FIRST_VARIABLE = "  start_year:"
"""Where the settings begin among the variables of the dbt project; those above it are set by a run."""


def generated_files() -> dict[Path, str]:
    """The content of every generated file by its path; the checkout's root is beside the package."""
    root = Path(__file__).resolve().parents[1]
    config = root / "config"
    bundled = scenarios(folder=root)
    return {
        config / "simulation_config.yaml": commented_yaml(Settings()),
        config / SCHEMA_FILE: settings_schema(),
        root / "docs" / "configuration.md": reference_page(table_forms(dbt_project_dir() / "seeds"), bundled),
        root / "dbt" / "dbt_project.yml": _dbt_project(_content(root / "dbt" / "dbt_project.yml")),
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


def _dbt_project(written: str) -> str:
    """The project's file with the default settings as its variables, for those who run dbt by hand."""
    yaml, text = YAML(), io.StringIO()
    yaml.default_flow_style = False
    yaml.representer.add_representer(type(None), lambda to, _: to.represent_scalar("tag:yaml.org,2002:null", "null"))
    yaml.dump(model_variables(Settings()), text)
    return written.partition(_FIRST_VARIABLE)[0] + indent(text.getvalue(), "  ")


def _content(path: Path) -> str:
    return path.read_text(encoding="utf-8")


if __name__ == "__main__":
    main()
