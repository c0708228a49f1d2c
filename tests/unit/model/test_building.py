"""Stages are built in order, within limits and slice by slice; what fails is named and leaves nothing."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from planalign_orchestrator.errors import LawBrokenError, ModelError, OutOfResourcesError, RunLockedError
from planalign_orchestrator.model.build import IDLE_OPTIMIZERS, ModelBuilder
from planalign_orchestrator.warehouse import DatabaseLimits, open_database
from tests.engine import rows_of
from tests.unit.model.own_model import PROBING, OwnModel

PEOPLE = "select unnest(range(1, 1001))::integer as person_key"
SLICED = """{{{{ config(materialized='{kind}', sliced_over='people') }}}}
-- after {{{{ ref('people') }}}}
select 2025 as simulation_year, getvariable('slice_from') as first, getvariable('slice_to') as last,
    current_setting('memory_limit') as memory_limit"""
YEARLY = "{{ config(materialized='incremental') }} select {{ var('simulation_year') }} as simulation_year"


def test_a_stage_is_its_folder_in_the_order_of_reading(tmp_path: Path) -> None:
    own = OwnModel(
        tmp_path,
        "{{ config(materialized='table') }} from {{ ref('before') }}",
        models__probe__before="{{ config(materialized='table') }} from {{ ref('a_view') }}",
        models__probe__a_view="select 1 as one",
        models__elsewhere__probe__deeper="select nothing_of_this_name",
    )
    builder, told, tables = own.builder(), [], {}
    assert builder.models(PROBING) == ["a_view", "before", "probe"]
    seconds = builder.build(
        PROBING, {}, listener=lambda *what: told.append(what), reader=lambda _, built: tables.update(built)
    )
    assert builder.database.is_open
    builder.close()
    assert not builder.database.is_open
    assert list(seconds) == ["a_view", "before", "probe"]
    assert told == [(name, state) for name in seconds for state in ("started", "finished")]
    assert tables == {"before": "table", "probe": "table"}
    assert rows_of(own.database, "from probe") == [{"one": 1}]


def test_an_increment_replaces_the_rows_of_its_year(tmp_path: Path) -> None:
    own = OwnModel(tmp_path, YEARLY + " from range({{ var('rows', 2) }})")
    for year in (2025, 2026):
        own.build(simulation_year=year)
    years = [row["simulation_year"] for row in own.build(simulation_year=2026, rows=1)]
    assert sorted(years) == [2025, 2025, 2026]


def test_what_the_first_year_says_is_kept(tmp_path: Path) -> None:
    own = OwnModel(
        tmp_path,
        "{{ config(materialized='table', first_year_only=true) }} select {{ var('simulation_year') }} as year",
        models__probe__later="{{ config(materialized='table') }} from {{ ref('probe') }}",
    )
    assert own.build(simulation_year=2025) == own.build(simulation_year=2026) == [{"year": 2025}]


@pytest.mark.parametrize("materialized", ["table", "incremental"])
def test_a_model_that_has_nothing_to_look_for_is_emptied_for_the_year(tmp_path: Path, materialized: str) -> None:
    own = OwnModel(
        tmp_path,
        "{{ config(materialized='" + materialized + "', empty_unless='from ' ~ ref('asked')) }}"
        " select {{ var('simulation_year') }} as simulation_year",
        models__probe__asked="{{ config(materialized='table') }} select 1 as one from range({{ var('asked', 0) }})",
    )
    assert own.build(simulation_year=2025) == [{"simulation_year": 2025}]  # there is no table to empty
    before = [{"simulation_year": 2025}] if materialized == "incremental" else []
    assert own.build(simulation_year=2026, asked=2) == [*before, {"simulation_year": 2026}]
    assert own.build(simulation_year=2026) == before
    assert own.build(simulation_year=2026, asked=2) == [*before, {"simulation_year": 2026}]


def test_a_source_is_there_with_its_columns_before_a_model_builds_it(tmp_path: Path) -> None:
    own = OwnModel(
        tmp_path,
        "{{ config(materialized='table') }} select count(*) as people, sum(pay) as pay"
        " from {{ source('state', 'kept') }}",
        models__probe__kept="""{{ config(materialized='incremental') }}
            -- after {{ ref('probe') }}
            select {{ var('simulation_year') }} as simulation_year, 5::bigint as pay, 'more' as another""",
    )
    assert own.build(simulation_year=2025) == [{"people": 0, "pay": None}]
    columns = rows_of(own.database, "select column_name, column_type from (describe kept)")
    assert [tuple(column.values()) for column in columns] == [
        ("simulation_year", "INTEGER"),
        ("pay", "BIGINT"),
        ("another", "VARCHAR"),
    ]
    assert own.build(simulation_year=2026) == [{"people": 1, "pay": 5}]
    assert len(rows_of(own.database, "from kept")) == 2


def test_a_law_stops_the_stage_that_builds_what_it_reads(tmp_path: Path) -> None:
    law = "select one from {{ ref('probe') }} where one > 1"
    assert OwnModel(tmp_path, "select 1 as one", tests__probed=law).build() == [{"one": 1}]
    with pytest.raises(LawBrokenError, match="PROBE: test probed found 2 rows"):
        OwnModel(tmp_path / "broken", "select unnest([1, 2, 3]) as one", tests__probed=law).build()


def test_a_model_that_fails_leaves_its_table_as_it_was_and_its_sql_in_a_file(tmp_path: Path) -> None:
    own = OwnModel(tmp_path, YEARLY + ", 12 // {{ var('divisor', 4) }} as third")
    own.build()
    builder = own.builder()
    with pytest.raises(ModelError, match=r"PROBE: model probe failed: .*nothing_of_this_name"):
        builder.build(PROBING, {"divisor": "nothing_of_this_name"})
    assert not builder.database.is_open
    assert rows_of(own.database, "from probe") == [{"simulation_year": 2025, "third": 3}]
    assert "12 // nothing_of_this_name" in (own.work / "probe.sql").read_text(encoding="utf-8")


def test_a_database_that_is_open_elsewhere_is_named(tmp_path: Path) -> None:
    own = OwnModel(tmp_path, "select 1 as one")
    hold = (
        f"import duckdb, os, sys; held = duckdb.connect({str(own.database)!r}); print(os.getpid(), flush=True)\n"
        "sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", hold], stdin=PIPE, stdout=PIPE, text=True) as holder:
        assert holder.stdout is not None
        with pytest.raises(RunLockedError, match=rf"simulation\.duckdb is open in .*{int(holder.stdout.readline())}"):
            own.build()
        holder.communicate()


def test_memory_that_runs_out_is_told_without_advice_for_programmers(tmp_path: Path) -> None:
    greedy = "{{ config(materialized='table') }} select list(repeat('x', 60000) || range) as much from range(10000)"
    with pytest.raises(OutOfResourcesError, match="PROBE: model probe ran out of memory") as caught:
        OwnModel(tmp_path, greedy).build()
    assert "Possible solutions" not in caught.value.message


def test_every_stage_has_the_limits_it_was_given(tmp_path: Path) -> None:
    settings = ("memory_limit", "threads", "temp_directory", "max_temp_directory_size", "autoinstall_known_extensions")
    asked = ", ".join(f"current_setting('{name}') as {name}" for name in settings)
    own = OwnModel(tmp_path, f"{{{{ config(materialized='table') }}}} select {asked}")
    builder = own.builder()
    small = DatabaseLimits("300MiB", 1, tmp_path / "a spill's folder", "1GiB")
    large = DatabaseLimits("1GiB", 2, tmp_path / "spill", "3GiB")
    for limits, memory, spill in ((small, "300.0 MiB", "1.0 GiB"), (large, "1.0 GiB", "3.0 GiB")):
        builder.database.use(own.database, limits)
        builder.build(PROBING, {})
        builder.close()
        found = list(rows_of(own.database, "from probe")[0].values())
        assert found == [memory, limits.threads, str(limits.temp_directory), spill, False]


def test_memory_changes_in_an_open_database_and_the_rest_with_the_next_one(tmp_path: Path) -> None:
    own = OwnModel(tmp_path, "select 1 as one")
    builder = own.builder()
    for database, limits, stays_open in (
        (own.database, replace(own.limits, memory_limit="400MiB"), True),
        (own.database, replace(own.limits, threads=2), False),
        (tmp_path / "other.duckdb", own.limits, False),
    ):
        builder.build(PROBING, {})
        builder.database.use(database, limits)
        assert builder.database.is_open == stays_open
    builder.build(PROBING, {})
    builder.close()
    assert rows_of(tmp_path / "other.duckdb", "from probe") == [{"one": 1}]


def test_two_builders_in_one_process_each_have_their_own_database(tmp_path: Path) -> None:
    builders = [OwnModel(tmp_path / name, "select 1 as one").builder() for name in ("ours", "theirs")]
    seen: list[object] = []

    def read(connection: Any, tables: object) -> None:
        joins = "list_sort(string_split(current_setting('disabled_optimizers'), ','))"
        seen.append(connection.execute(f"select current_setting('temp_directory'), {joins}").fetchone())

    for number in (0, 1, 0):
        builders[number].build(PROBING, {}, reader=read)
    for builder in builders:
        builder.close()
    places = [str(tmp_path / name / "spill") for name in ("ours", "theirs", "ours")]
    off = sorted(["build_side_probe_side", "join_order", *IDLE_OPTIMIZERS.split(",")])
    assert seen == [(place, off) for place in places]


def sliced(folder: Path, kind: str) -> OwnModel:
    return OwnModel(folder, SLICED.format(kind=kind), models__probe__people=PEOPLE)


class Shrinking(ModelBuilder):
    """Memory gets short as soon as the first slice is built."""

    def _statements(self, *arguments: Any) -> Any:
        for number, statement in enumerate(super()._statements(*arguments)):
            yield statement
            if number == 0 and "slice_from = 1;" in statement:
                self.change_next_slice(0.25, "200MiB")


@pytest.mark.parametrize("kind", ["table", "incremental"])
def test_what_is_decided_during_a_slice_holds_for_the_next_and_not_for_the_next_stage(
    tmp_path: Path, kind: str
) -> None:
    own = sliced(tmp_path, kind)
    builder = Shrinking(own.project, own.database, own.limits, own.work)
    builder.build(PROBING, {}, batch_size=0.5)
    with builder.database.cursor() as cursor:
        assert cursor.execute("select first, last, memory_limit from probe order by first").fetchall() == [
            (1, 500, "300.0 MiB"),
            (501, 750, "200.0 MiB"),
            (751, 2147483647, "200.0 MiB"),
        ]
    builder.database.use(own.database, own.limits)
    assert builder.database.is_open
    builder.build(PROBING, {})
    builder.close()
    assert rows_of(own.database, "select first, last, memory_limit from probe") == [
        {"first": None, "last": None, "memory_limit": "300.0 MiB"}
    ]


def test_what_is_built_after_the_last_slice_is_built_for_everybody(tmp_path: Path) -> None:
    names = ("slice_from", "slice_to", "people_in_slices", "values_from", "values_to")
    own = OwnModel(
        tmp_path,
        SLICED.format(kind="table"),
        models__probe__people=PEOPLE,
        models__probe__whole="{{ config(materialized='table') }} -- {{ ref('probe') }}\nselect "
        + ", ".join(f"getvariable('{name}') as {name}" for name in names),
    )
    builder = own.builder()
    builder.build(PROBING, {}, batch_size=0.4)
    builder.close()
    assert len(rows_of(own.database, "from probe")) == 3
    assert rows_of(own.database, "from whole") == [dict.fromkeys(names)]


def test_hires_have_the_keys_after_the_last_one_and_the_state_is_that_of_the_year_before(tmp_path: Path) -> None:
    needs = "{{ config(materialized='table') }} select 1500 as last_person_key, 200 as hires_of_cell"
    model = "{{{{ config(materialized='table', sliced_over='{over}') }}}} -- {{{{ ref('{reads}') }}}}\n"
    model += "select getvariable('people_in_slices') as people"
    state = "{{ config(materialized='table') }} select 40 as person_key"
    own = OwnModel(
        tmp_path,
        model.format(over="int_workforce_needs", reads="int_workforce_needs"),
        models__probe__int_workforce_needs=needs,
        models__probe__int_baseline_workforce=state,
        models__probe__opening=model.format(over="previous_state", reads="int_baseline_workforce"),
    )
    with open_database(own.database) as connection:
        connection.execute("create table fct_workforce_snapshot as select 30 as person_key")
    for year, people in ((2025, 40), (2026, 30)):
        builder = own.builder()
        builder.build(PROBING, {"simulation_year": year}, batch_size=0.02)
        builder.close()
        assert rows_of(own.database, "select distinct people from opening") == [{"people": people}]
        assert rows_of(own.database, "select distinct people from probe") == [{"people": 1700}]
