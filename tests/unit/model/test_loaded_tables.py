"""Rows of text become a table of the types declared, those that are all alike among them."""

from __future__ import annotations

import duckdb
from hypothesis import given, strategies as st

from planalign_orchestrator import warehouse

TYPES = {"cell": "integer", "name": "varchar", "is_open": "boolean"}
TEXTS = (st.sampled_from(["1", "-20", "", None]), st.sampled_from(["it's", "[1, 2]", "", None]), st.just("true"))


@given(st.lists(st.tuples(*TEXTS), max_size=5), st.integers(1, 4))
def test_a_table_holds_what_its_rows_say(rows: list[tuple[str | None, ...]], at_once: int) -> None:
    with duckdb.connect(config={"threads": 1}) as connection:
        before, warehouse._VALUES_AT_ONCE = warehouse._VALUES_AT_ONCE, at_once
        try:
            warehouse.load_table(connection, "loaded", TYPES, rows)
        finally:
            warehouse._VALUES_AT_ONCE = before
        said = [(int(cell) if cell else None, name or None, is_open == "true") for cell, name, is_open in rows]
        assert connection.execute("from loaded").fetchall() == said
