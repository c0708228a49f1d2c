"""What a stage wrote, read over the connection that wrote it: the next one to open would read all of it from disk."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from planalign_orchestrator.storage.digests import Scope, TableDigest, engine_probe, scopes_of, stage_digests
from planalign_orchestrator.storage.position import STAGES, Position

if TYPE_CHECKING:
    import duckdb


class StageContent:
    """The content of the stage that was read last, for its journal entry.

    Args:
        assumptions: the tables that are loaded when a run starts; they count as written by the first stage.
        changing: those of them that an amendment changes, and that each year's first stage counts as its own.
    """

    def __init__(self, assumptions: Collection[str], changing: Collection[str] = ()) -> None:
        self._assumptions: dict[str, Scope] = {
            table: "replaced" if table in changing else "constant" for table in assumptions
        }
        self._known: set[str] = set()
        self.engine = ""
        self.scopes: dict[str, Scope] = {}
        self.digests: dict[str, TableDigest] = {}

    @property
    def rows(self) -> int:
        """How many rows the stage wrote, over all tables."""
        return sum(digest.rows for digest in self.digests.values())

    def read(self, connection: duckdb.DuckDBPyConnection, position: Position, models: Mapping[str, str]) -> None:
        """Read what a stage wrote. Tables that stay for all years are read once: no later stage writes them.

        Args:
            connection: the open database.
            position: the stage.
            models: those that it built as tables, with their materialization; a view holds nothing of its own.
        """
        scopes = scopes_of(models)
        if position.stage == STAGES[0]:
            scopes |= self._assumptions
        scopes = {table: scope for table, scope in scopes.items() if table not in self._known}
        self.digests = stage_digests(connection, scopes, position.year)
        self.scopes = scopes
        self.engine = self.engine or engine_probe(connection)
        self._known |= {table for table, scope in scopes.items() if scope == "constant"}
