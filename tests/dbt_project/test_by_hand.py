"""The project works for somebody who types dbt commands in its folder, without `planalign`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from planalign_orchestrator.storage.journal import digest_of
from planalign_orchestrator.warehouse import open_database, tables_of
from tests.dbt_project.project import copy_project, dbt_by_hand
from tests.engine import Engine, rows_of, settings_with

pytestmark = pytest.mark.slow

YEAR = ("--vars", "{simulation_year: 2025}")
PROBE = """{{ config(materialized='table') }}
select current_setting('memory_limit') as memory_limit, current_setting('threads') as threads,
    current_setting('temp_directory') as temp_directory, current_setting('max_temp_directory_size') as temp_limit,
    current_setting('autoinstall_known_extensions') as autoinstall
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, with the first documented commands done in a new database."""
    project = copy_project(tmp_path_factory.mktemp("checkout"))
    dbt_by_hand(project, "run", "--threads", "1", "--select", "staging.*", "--fail-fast")
    dbt_by_hand(project, "run", "--threads", "1", "--select", "int_baseline_workforce")
    for folder in ("foundation", "events", "marts"):
        dbt_by_hand(project, "run", "--threads", "1", "--select", folder, *YEAR)
    return project


def test_three_commands_simulate_a_year_of_the_bundled_census(project: Path) -> None:
    database = project / "simulation.duckdb"
    snapshot = rows_of(
        database,
        "select count(*) as people, count(*) filter (where employment_status = 'active') as active,"
        " sum(employee_contributions) > 0 and sum(employer_match) > 0 as has_money from fct_workforce_snapshot",
    )[0]
    assert snapshot["people"] > 5_000
    assert snapshot["active"] == 5_150
    assert snapshot["has_money"]
    counted = rows_of(database, "select event_type, count(*) as n from fct_yearly_events group by 1")
    events = {row["event_type"]: row["n"] for row in counted}
    assert events["hire"] == 863
    assert events["termination"] == 713
    assert 3_000 < events["raise"] < 5_000
    assert 50 < events["promotion"] < 400
    # Rates rise by themselves only for the automatically enrolled, who are hired in this year.
    assert events["enrollment"] > 300 and "deferral_escalation" not in events and events["forfeiture"] > 50


def test_selections_by_name_work_in_a_year_that_is_there(project: Path) -> None:
    before = count_events(project)
    names = ("int_opening_workforce", "int_workforce_needs+")  # in one command, each takes eight seconds
    dbt_by_hand(project, "run", "--threads", "1", "--select", *names)
    assert count_events(project) == before


@pytest.mark.nightly
def test_schema_tests_and_laws_pass(project: Path) -> None:
    selected = ("testing", "+fct_law_checks,validation", "reporting")
    dbt_by_hand(project, "run", "--threads", "1", "--select", *selected, *YEAR)
    said = dbt_by_hand(project, "test", "--threads", "1", *YEAR)
    assert "ERROR=0" in said and "PASS=" in said and "WARN=0" in said


@pytest.mark.nightly
def test_the_next_year_follows(project: Path) -> None:
    stages = ("foundation", "events", "marts")
    dbt_by_hand(project, "run", "--threads", "1", "--select", *stages, "--vars", "{simulation_year: 2026}")
    active = rows_of(
        project / "simulation.duckdb",
        "select simulation_year, count(*) as active from fct_workforce_snapshot where employment_status = 'active'"
        " group by 1 order by 1",
    )
    assert active == [{"simulation_year": 2025, "active": 5_150}, {"simulation_year": 2026, "active": 5_305}]


def test_dbts_own_command_makes_the_tables_of_a_run(engine: Engine, small_census: Path, tmp_path: Path) -> None:
    years = (2025, 2026)
    ours = engine.simulate(settings_with(simulation__end_year=years[-1]), small_census, tmp_path / "ours")
    project = copy_project(tmp_path)
    for year in years:
        variables = json.dumps({"simulation_year": year, "census_path": small_census.as_posix()})
        dbt_by_hand(project, "run", "--threads", "1", "--vars", variables)
    with open_database(ours) as one, open_database(project / "simulation.duckdb") as other:
        tables = tables_of(one)
        assert len(tables) > 40 and tables == tables_of(other)
        tables = [name for name in tables if name not in engine.builder.project.cells]  # by hand for more years
        assert [digest_of(one, table) for table in tables] == [digest_of(other, table) for table in tables]


def test_limits_hold_from_the_opening_of_the_file_on(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    (project / "models" / "probe_in_a_model.sql").write_text(PROBE, encoding="utf-8")
    description = project / "dbt_project.yml"
    hook = '  - "{{ prepare_database() }}"'
    text = description.read_text(encoding="utf-8")
    assert hook in text
    query = " ".join(PROBE.splitlines()[1:])
    first = f'  - "create table probe_at_opening as {query}"'
    description.write_text(text.replace(hook, f"{first}\n{hook}"), encoding="utf-8")
    dbt_by_hand(project, "run", "--threads", "1", "--select", "probe_in_a_model")
    expected: dict[str, Any] = {
        "memory_limit": "2.0 GiB",
        "threads": 1,
        "temp_directory": "tmp/duckdb",
        "temp_limit": "20.0 GiB",
        "autoinstall": False,
    }
    for table in ("probe_at_opening", "probe_in_a_model"):
        assert rows_of(project / "simulation.duckdb", f"from {table}") == [expected], table


def count_events(project: Path) -> int:
    return int(rows_of(project / "simulation.duckdb", "select count(*) as n from fct_yearly_events")[0]["n"])
