"""Digests see every change of content and nothing else."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from planalign_orchestrator.storage.journal import (
    TableDigest,
    digest_of,
    engine_probe,
)

COLUMNS = """
    2025 as simulation_year, i as number, (i * 1.25)::decimal(14, 2) as money, i / 7.0::double as ratio,
    date '2025-01-01' + i::int as day, i % 2 = 0 as flag, case when i % 3 = 0 then null else 'name ' || i end as name,
    md5(i::varchar)::uuid as id, timestamp '2025-01-01 10:00:00' + to_seconds(i) as moment
"""


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    opened = duckdb.connect()
    opened.execute(f"create table t as select {COLUMNS} from range(50) as r(i)")
    return opened


def test_the_order_of_rows_does_not_count(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create table turned as select * from t order by number desc")
    assert digest_of(connection, "t") == digest_of(connection, "turned")


@pytest.mark.parametrize(
    "change",
    [
        "update t set money = money + 0.01 where number = 7",
        "update t set ratio = ratio + 1e-15 where number = 7",
        "update t set name = '' where number = 3",
        "update t set name = name || ' ' where number = 4",
        "update t set flag = not flag where number = 4",
        "update t set flag = null where number = 4",
        "update t set day = day + 1 where number = 4",
        "update t set moment = moment + to_microseconds(1) where number = 4",
        "update t set id = uuid '6f0b6f4e-5c1b-4a0e-9d3b-0123456789ab' where number = 4",
        "delete from t where number = 4",
        "insert into t from t where number = 4",
        "update t set number = case number when 1 then 2 when 2 then 1 else number end",
    ],
)
def test_every_change_of_a_cell_counts(connection: duckdb.DuckDBPyConnection, change: str) -> None:
    before = digest_of(connection, "t")
    connection.execute(change)
    assert digest_of(connection, "t") != before


def test_neighbouring_texts_do_not_run_together() -> None:
    connection = duckdb.connect()
    connection.execute("create table one as select 'a|1:b' as x, '' as y")
    connection.execute("create table two as select 'a' as x, 'b|0:' as y")
    connection.execute("create table three as select 'a|1:b' as x, null::varchar as y")
    assert len({digest_of(connection, table) for table in ("one", "two", "three")}) == 3


def test_years_are_told_apart(connection: duckdb.DuckDBPyConnection) -> None:
    first = digest_of(connection, "t", 2025)
    connection.execute("insert into t select * replace (2026 as simulation_year) from t where number < 5")
    one, other = (digest_of(connection, "t", year) for year in (2025, 2026))
    assert one == first and other.rows == 5
    together = TableDigest(one.rows + other.rows, one.sum + other.sum, one.xor ^ other.xor)
    assert together == digest_of(connection, "t")


def test_an_empty_table_has_a_digest() -> None:
    connection = duckdb.connect()
    connection.execute("create table t (simulation_year integer, x varchar)")
    assert digest_of(connection, "t") == TableDigest(0, 0, 0)


def test_the_probe_is_the_same_in_every_connection(tmp_path: Path) -> None:
    other = duckdb.connect(str(tmp_path / "x.duckdb"), config={"threads": 2})
    assert engine_probe(duckdb.connect()) == engine_probe(other)
