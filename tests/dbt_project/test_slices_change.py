"""The batch size and DuckDB's limit are asked for before every slice, so that what memory does decides the next one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from planalign_orchestrator.dbt_runner import DbtRunner
from planalign_orchestrator.errors import ModelError
from planalign_orchestrator.run.stages import Stage
from planalign_orchestrator.warehouse import DatabaseLimits
from tests.dbt_project.project import copy_project
from tests.engine import DATABASE, rows_of

PROBING = Stage("PROBE", "probe", "people probe", "run", "reads the limits back")
PEOPLE = "{{ config(materialized='view') }}\nselect unnest(range(1, 1001))::integer as person_key"
PROBE = """{{{{ config(materialized='{kind}', sliced_over='people') }}}}
-- depends_on: {{{{ ref('people') }}}}
select 2025 as simulation_year, 'baseline' as scenario_id, 'current_plan' as plan_design_id,
    getvariable('slice_from') as first, getvariable('slice_to') as last,
    current_setting('memory_limit') as memory_limit"""


def runner_of(folder: Path, probe: str) -> DbtRunner:
    """A runner over a copy of the project with people and a probe that is sliced over them."""
    project = copy_project(folder)
    (project / "models" / "people.sql").write_text(PEOPLE, encoding="utf-8")
    (project / "models" / "probe.sql").write_text(probe, encoding="utf-8")
    return DbtRunner(project, folder / DATABASE, limits_in(folder), folder / "work", folder / "work")


def limits_in(folder: Path) -> DatabaseLimits:
    """What DuckDB may use at first."""
    return DatabaseLimits("300MiB", 1, folder / "spill", "1GiB")


class Shrinking(dict[str, Any]):
    """Variables in which memory gets short as soon as the first slice is built."""

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        if name == "slice_memory_limit" and value is None:  # asked for last, with the first slice's statement
            self.update(batch_size=0.25, slice_memory_limit="200MiB")
        return value


@pytest.mark.parametrize("kind", ["table", "incremental"])
def test_what_is_decided_during_a_slice_holds_for_the_next(tmp_path: Path, kind: str) -> None:
    runner = runner_of(tmp_path, PROBE.format(kind=kind))
    variables = Shrinking(inputs_are_loaded=True, batch_size=0.5, slice_memory_limit=None)
    runner.build(PROBING, variables)
    runner.close()
    query = "select first, last, memory_limit from probe order by first"
    assert [tuple(row.values()) for row in rows_of(tmp_path / DATABASE, query)] == [
        (1, 500, "300.0 MiB"),
        (501, 750, "200.0 MiB"),
        (751, 2147483647, "200.0 MiB"),
    ]


class Vanishing(Shrinking):
    """Variables in which the batch gets smaller than any that memory would ask for."""

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        if name == "slice_memory_limit" and value is not None:  # with the second slice's statement
            self.update(batch_size=0.001)
        return value


@pytest.mark.parametrize("kind", ["table", "incremental"])
def test_nobody_is_left_out_where_slices_come_to_no_end(tmp_path: Path, kind: str) -> None:
    runner = runner_of(tmp_path, PROBE.format(kind=kind))
    with pytest.raises(ModelError, match=r"models/probe\.sql: slices up to person \d+ of 1000"):
        runner.build(PROBING, Vanishing(inputs_are_loaded=True, batch_size=0.5, slice_memory_limit=None))
    assert not rows_of(tmp_path / DATABASE, "from duckdb_tables() where table_name = 'probe'")


def test_the_next_stage_has_its_own_limit_whatever_the_slices_before_were_left(tmp_path: Path) -> None:
    runner = runner_of(tmp_path, PROBE.format(kind="table"))
    runner.build(PROBING, Shrinking(inputs_are_loaded=True, batch_size=0.5, slice_memory_limit=None))
    runner.use(tmp_path / DATABASE, limits_in(tmp_path))
    assert runner.is_open
    runner.build(PROBING, {"inputs_are_loaded": True, "batch_size": None, "slice_memory_limit": None})
    runner.close()
    assert not runner.is_open
    assert [row["memory_limit"] for row in rows_of(tmp_path / DATABASE, "from probe")] == ["300.0 MiB"]


def test_a_model_may_ask_for_less_than_a_batch_at_once(tmp_path: Path) -> None:
    probe = PROBE.format(kind="table").replace("sliced_over='people'", "sliced_over='people', slice_of_about=400")
    runner = runner_of(tmp_path, probe)
    found = []
    for batch in (1000, 0.2):
        runner.build(PROBING, {"inputs_are_loaded": True, "batch_size": batch, "people_counted": {}})
        runner.close()
        found.append([(row["first"], row["last"]) for row in rows_of(tmp_path / DATABASE, "from probe order by first")])
    third = [(1, 334), (335, 668), (669, 2147483647)]
    assert found == [third, [(1, 200), (201, 400), (401, 600), (601, 800), (801, 2147483647)]]


@pytest.mark.parametrize("batch", [100, 333.4, 700, 2000])
def test_slices_share_all_values_and_read_them_seldom(tmp_path: Path, batch: float) -> None:
    probe = PROBE.format(kind="table").replace(
        "    current_setting",
        "    getvariable('values_from') as values_from, getvariable('values_to') as values_to,\n    current_setting",
    )
    runner = runner_of(tmp_path, probe)
    counted = {"people": 1_500_000, "people rows": 1_250_000}
    runner.build(PROBING, {"inputs_are_loaded": True, "batch_size": batch, "people_counted": counted})
    runner.close()
    found = rows_of(tmp_path / DATABASE, "select distinct * from probe order by first")
    looked_at = [(row["values_from"], row["values_to"]) for row in found if row["values_from"] <= row["values_to"]]
    assert len(looked_at) <= 3
    ends = [0, *(last for _, last in looked_at)]
    assert [first for first, _ in looked_at] == ([end + 1 for end in ends[:-1]] if len(found) > 1 else [0])
    assert ends[-1] == 2147483647
