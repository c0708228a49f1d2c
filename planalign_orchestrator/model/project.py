"""The files of the dbt project that a run uses: models, macros, laws, declared columns and default variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from planalign_orchestrator.errors import ModelError

_TEXTS = ("models/**/*.sql", "macros/*.sql", "tests/*.sql")
"""What a run reads. Macros in folders below ``macros``, and generic tests, are for dbt by hand."""

Columns = Mapping[str, str]
"""DuckDB type by column, in column order."""


@dataclass(frozen=True)
class Project:
    """The text of the project.

    Args:
        texts: of models, macros and laws, by path relative to the project.
        variables: defaults from ``dbt_project.yml``.
        seeds: the columns of each assumption table, and of each table of settings.
        sources: the columns declared for each table that is read without a model, by group and name.
        cells: of each table of settings the setting (its dotted path) that a column holds, by column.
    """

    texts: Mapping[str, str]
    variables: Mapping[str, Any]
    seeds: Mapping[str, Columns]
    sources: Mapping[tuple[str, str], Columns]
    cells: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Project:
        """Read the project in a folder.

        Raises:
            ModelError: a file is missing or cannot be read.
        """
        paths = [path for pattern in _TEXTS for path in sorted(folder.glob(pattern))]
        texts = {path.relative_to(folder).as_posix(): _text(path) for path in paths}
        cells = _seeds(folder / "cells")
        return cls(
            texts=texts,
            variables=read_yaml(folder / "dbt_project.yml").get("vars") or {},
            seeds={seed["name"]: _types(seed) for seed in [*_seeds(folder / "seeds"), *cells]},
            cells={seed["name"]: _settings(seed) for seed in cells},
            sources=dict(_sources(read_yaml(folder / "models" / "sources.yml"))),
        )

    @cached_property
    def models(self) -> dict[str, str]:
        """The path of each model and law, by name.

        Raises:
            ModelError: two files have one name.
        """
        found: dict[str, str] = {}
        for path in self.texts:
            if not path.startswith("macros/") and found.setdefault(name_of(path), path) != path:
                raise ModelError.told("two of a name", path=path, other=found[name_of(path)])
        return found

    @cached_property
    def macros(self) -> list[str]:
        """The paths of the files with macros."""
        return [path for path in self.texts if path.startswith("macros/")]


def name_of(path: str) -> str:
    """The name of a model or law."""
    return PurePosixPath(path).stem


def _seeds(folder: Path) -> list[dict[str, Any]]:
    return [seed for path in sorted(folder.glob("*.yml")) for seed in read_yaml(path)["seeds"]]


def _types(table: Mapping[str, Any]) -> dict[str, str]:
    return {column["name"]: column["data_type"] for column in table.get("columns") or [] if "data_type" in column}


def _settings(seed: Mapping[str, Any]) -> dict[str, str]:
    meant = {column["name"]: column.get("config", {}).get("meta", {}).get("setting") for column in seed["columns"]}
    return {column: setting for column, setting in meant.items() if setting}


def _sources(described: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Columns]]:
    for group in described.get("sources") or []:
        for table in group["tables"]:
            yield (group["name"], table["name"]), _types(table)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError.told("unreadable project", path=path, error=error) from error


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML file of the project.

    libyaml reads it fifteen times as fast as the reader that users' files need for its line numbers.

    Raises:
        ModelError: the file cannot be read.
    """
    try:
        return yaml.load(_text(path), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}
    except yaml.YAMLError as error:
        raise ModelError(f"{path}: {error}", remedy="Correct the file, or reinstall planalign-engine.") from error
