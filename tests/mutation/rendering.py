"""The models' SQL as a run renders it, for texts that are changed in one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from planalign_orchestrator.model.project import Project as Texts, Renderer

CENSUS = "the census.parquet"
"""Stands for a world's census in what its years share."""


@dataclass(frozen=True)
class Node:
    """A model as it renders for one world and year.

    Args:
        sql: the SELECT, with ephemeral models in front.
        materialized: ``view``, ``table``, ``incremental`` or ``ephemeral``.
        first_year_only: is left alone in later years.
        sliced: may be built for some people at a time.
        parents: the models that it reads.
    """

    name: str
    sql: str
    materialized: str
    first_year_only: bool
    sliced: bool
    parents: frozenset[str]


@dataclass
class Project:
    """The dbt project.

    Args:
        texts: of macros and models, by path relative to it.
        described: the project as it is, for what does not stand in texts.
    """

    texts: Mapping[str, str]
    described: Texts = field(default_factory=lambda: Texts({}, {}, {}, {}))
    _years: dict[tuple[int, int], dict[str, Node]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Project:
        """All macros and models; laws that stop a run only read what the models have found."""
        described = Texts.read(folder)
        return cls({path: text for path, text in described.texts.items() if not path.startswith("tests/")}, described)

    def changed(self, path: str, text: str) -> Project:
        """The project with another text in one file."""
        return Project({**self.texts, path: text}, self.described)

    def render(self, variables: Mapping[str, Any]) -> dict[str, Node]:
        """All models of a year, in the order of building; ephemeral ones are part of others and only for reading.

        Worlds of the same years differ in their census alone, so they share what is rendered.

        Raises:
            ModelError: a text cannot be rendered.
        """
        census = str(variables["census_path"])
        if Path(census).suffix != ".parquet" or "'" in census:
            return self._rendered(variables)
        years = (variables["start_year"], variables["simulation_year"])
        if years not in self._years:
            self._years[years] = self._rendered({**variables, "census_path": CENSUS})
        return {
            name: replace(node, sql=node.sql.replace(CENSUS, census)) if CENSUS in node.sql else node
            for name, node in self._years[years].items()
        }

    def _rendered(self, variables: Mapping[str, Any]) -> dict[str, Node]:
        models = self._renderer.render(variables)
        order = TopologicalSorter({name: model.reads & models.keys() for name, model in models.items()})
        nodes = {}
        for name in order.static_order():
            config = models[name].config
            nodes[name] = Node(
                name,
                models[name].sql.strip(),
                config.materialized,
                config.first_year_only,
                config.sliced_over is not None,
                models[name].reads & models.keys(),
            )
        return nodes

    @cached_property
    def _renderer(self) -> Renderer:
        return Renderer(replace(self.described, texts=self.texts))
