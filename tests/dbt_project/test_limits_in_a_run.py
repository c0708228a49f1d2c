"""The limits of a run are those of the database that a stage opens, before and after the start hook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
from ruamel.yaml import YAML

from planalign_orchestrator.dbt_runner import DbtRunner
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.run.stages import Stage
from planalign_orchestrator.warehouse import DatabaseLimits
from tests.dbt_project.project import copy_project
from tests.dbt_project.test_by_hand import PROBE
from tests.engine import DATABASE, rows_of

PROBING = Stage("PROBE", "probe", "probe", "run", "reads the limits back")


def test_every_invocation_has_the_limits_it_was_given(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    (project / "models" / "probe.sql").write_text(PROBE, encoding="utf-8")
    description = project / "dbt_project.yml"
    hook = '  - "{{ prepare_database() }}"'
    query = " ".join(PROBE.splitlines()[1:])
    text = description.read_text(encoding="utf-8").replace(
        hook, f'  - "create or replace table probe_at_opening as {query}"\n{hook}'
    )
    description.write_text(text, encoding="utf-8")
    database = tmp_path / DATABASE
    small = DatabaseLimits("300MiB", 1, tmp_path / "a spill's folder", "1GiB")
    large = DatabaseLimits("1GiB", 2, tmp_path / "spill", "3GiB")
    runner = DbtRunner(project, database, small, tmp_path / "work", tmp_path / "work")
    for limits, memory, spill in ((small, "300.0 MiB", "1.0 GiB"), (large, "1.0 GiB", "3.0 GiB")):
        runner.use(database, limits)
        runner.build(PROBING, {"inputs_are_loaded": True})
        runner.close()
        for table in ("probe_at_opening", "probe"):
            assert rows_of(database, f"from {table}") == [
                {
                    "memory_limit": memory,
                    "threads": limits.threads,
                    "temp_directory": str(limits.temp_directory),
                    "temp_limit": spill,
                    "autoinstall": False,
                }
            ]


def test_two_runners_in_one_process_each_have_their_own_database(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    (project / "models" / "probe.sql").write_text("select 1 as one", encoding="utf-8")
    limits = DatabaseLimits("300MiB", 1, tmp_path / "spill", "1GiB")
    databases = [tmp_path / name / DATABASE for name in ("ours", "theirs")]
    for database in databases:
        database.parent.mkdir()
    ours, theirs = (DbtRunner(project, path, limits, tmp_path / "work", tmp_path / "work") for path in databases)
    seen: list[object] = []

    def read(connection: duckdb.DuckDBPyConnection, models: Sequence[str]) -> None:
        where = "from duckdb_databases() where database_name = current_database()"
        joins = "list_sort(string_split(current_setting('disabled_optimizers'), ','))"
        seen.append(connection.execute(f"select path, {joins} {where}").fetchone())

    used = (0, 1, 0)
    for number in used:
        (ours, theirs)[number].build(PROBING, {"inputs_are_loaded": True}, reader=read)
    assert ours.is_open and theirs.is_open
    ours.close()
    theirs.close()
    assert not ours.is_open and not theirs.is_open
    assert seen == [(str(databases[number]), ["build_side_probe_side", "join_order"]) for number in used]


def test_the_profile_for_dbt_by_hand_opens_the_database_in_the_same_way(tmp_path: Path) -> None:
    given = DatabaseLimits("300MiB", 3, tmp_path / "spill", "1GiB").options()
    profile = YAML(typ="safe").load(dbt_project_dir() / "profiles.yml")
    options = profile["planalign_engine"]["outputs"]["laptop"]["config_options"]
    assert options.keys() == given.keys()
    from_the_environment = {name for name, value in options.items() if "env_var" in value}
    assert from_the_environment == {"memory_limit", "threads", "temp_directory", "max_temp_directory_size"}
    assert all(options[name] == given[name] for name in options.keys() - from_the_environment)
