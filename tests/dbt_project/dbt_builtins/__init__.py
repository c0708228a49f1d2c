"""What dbt gives to a model and sqlfluff does not know: the variables, with the defaults of the project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

_PROJECT = Path(__file__).resolve().parents[3] / "dbt" / "dbt_project.yml"
_DEFAULTS = YAML(typ="safe").load(_PROJECT.read_text(encoding="utf-8"))["vars"]


def var(name: str, default: Any = None) -> Any:
    """A variable's default in ``dbt_project.yml``."""
    return _DEFAULTS.get(name, default)
