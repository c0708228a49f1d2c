"""Definitions of columns: complete, in order, and the same in the documentation."""

from __future__ import annotations

import pytest

from planalign_orchestrator.reports.definitions import assumption_tables, column, public_tables
from planalign_orchestrator.reports.results import open_results
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.warehouse import PUBLIC_TABLES

FRACTIONS = {"rate", "share", "points", "number", "decimal"}
FORMS = {
    "BOOLEAN": {"flag"},
    "DATE": {"date"},
    "VARCHAR": {"text"},
    "ENUM": {"text"},
    "UUID": {"text"},
    "INTEGER": {"count", "number", "year"},
    "BIGINT": {"count", "number"},
    "DECIMAL(18,2)": {"money", "mean_money", "number"},
    "MAP(VARCHAR, VARCHAR)": {"text"},
}


@pytest.mark.parametrize("table", PUBLIC_TABLES)
def test_every_column_of_the_database_has_a_definition_of_its_type(two_years: RunFolder, table: str) -> None:
    with open_results(two_years.root) as results:
        there = results.columns(table)
    assert list(there) == list(public_tables()[table].columns)
    for name, kind in there.items():
        known = "ENUM" if kind.startswith("ENUM") else kind
        assert column(table, name).form in FORMS.get(known, FRACTIONS), (name, kind)


def test_every_public_and_assumption_table_is_described() -> None:
    assert set(public_tables()) == set(PUBLIC_TABLES) and all(table.meaning for table in public_tables().values())
    assert set(assumption_tables()) == {path.stem for path in (dbt_project_dir() / "seeds").glob("*.csv")}


@pytest.mark.parametrize("table", PUBLIC_TABLES)
def test_titles_are_unique_and_nothing_is_empty(table: str) -> None:
    columns = public_tables()[table].columns.values()
    assert len({found.title for found in columns}) == len(columns)
    assert all(found.meaning.endswith(".") and found.rule and found.counted_in for found in columns)
