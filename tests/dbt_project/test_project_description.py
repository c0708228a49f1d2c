"""Models say what they hold: description, grain, tests, columns that exist, and how they are put on disk."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ruamel.yaml import YAML

from planalign_orchestrator.config.catalogue import leaves
from planalign_orchestrator.model.build import IDLE_OPTIMIZERS, JOINS_AS_WRITTEN
from planalign_orchestrator.model.project import Project
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.run.stages import STAGES
from tests.dbt_project.project import SLICE, models_of, parse_project, schema_tests
from tests.engine import Engine, rows_of, settings_with
from tests.model.compiled import compiled_models
from tests.model.people import census_of

SET_BY_THE_RUN = {"simulation_year", "start_year", "census_path", "inputs_are_loaded"}
PER_PERSON = ("person_key", "employee_id")


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The parsed project."""
    return parse_project(tmp_path_factory.mktemp("parsed"))


@pytest.fixture(scope="module")
def models(manifest: Any) -> dict[str, Any]:
    """The models by name."""
    found = models_of(manifest)
    assert len(found) > 30
    return found


@pytest.fixture(scope="module")
def compiled(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The database of a finished year, and the SQL of each model by name."""
    folder = tmp_path_factory.mktemp("columns")
    settings = settings_with(simulation__end_year=2025)
    census = census_of(folder, 7, 2025)
    database = engine.simulate(settings, census, folder)
    return database, compiled_models(engine, settings, census, database, 2025)


@pytest.fixture(scope="module")
def columns(compiled: tuple[Path, dict[str, str]]) -> dict[str, list[str]]:
    """The columns that each model has."""
    database, models = compiled
    return {name: [row["column_name"] for row in rows_of(database, f"describe {sql}")] for name, sql in models.items()}


def test_optimizers_that_are_off_would_only_share_the_reading_of_a_few_settings(
    compiled: tuple[Path, dict[str, str]],
) -> None:
    database, models = compiled

    def plans(settings: str) -> dict[str, str]:
        with duckdb.connect(str(database), read_only=True) as connection:
            connection.execute(settings)
            return {name: connection.execute(f"explain {sql}").fetchall()[0][1] for name, sql in models.items()}

    without, with_them = plans(JOINS_AS_WRITTEN), plans(JOINS_AS_WRITTEN.replace(f",{IDLE_OPTIMIZERS}", ""))
    # Hires and the opening workforce are held to the same entry rules.
    another = {name for name, plan in without.items() if plan != with_them[name]}
    assert another == {"int_plan_state_of_year", "int_ndt_core_rates"}


def test_every_model_has_a_description_a_grain_and_a_test(manifest: Any, models: dict[str, Any]) -> None:
    tests = schema_tests(manifest)
    bare = {
        name: missing
        for name, node in models.items()
        if (
            missing := [
                what
                for what, is_there in (
                    ("description", node.description.strip()),
                    ("grain", node.config.meta.get("grain")),
                    ("test", tests.get(name)),
                )
                if not is_there
            ]
        )
    }
    assert not bare


def test_every_column_that_is_described_exists(models: dict[str, Any], columns: dict[str, list[str]]) -> None:
    assert set(columns) == set(models)
    for name, node in models.items():
        described = {*node.columns, *node.config.meta["grain"]}
        assert described <= set(columns[name]), f"{name} has no {described - set(columns[name])}"
        assert all(column.description for column in node.columns.values()), name


def test_the_words_that_a_column_may_hold_are_those_it_is_made_of(
    manifest: Any, compiled: tuple[Path, dict[str, str]]
) -> None:
    told = {
        (node.attached_node.rpartition(".")[2], node.column_name): set(node.test_metadata.kwargs["values"])
        for tests in schema_tests(manifest).values() for node in tests if node.test_metadata.name == "accepted_values"
    }  # fmt: skip
    types = """select table_name, column_name, data_type from duckdb_columns()
        where starts_with(table_name, 'fct_') and starts_with(data_type, 'ENUM')"""
    enumerated = {
        (row["table_name"], row["column_name"]): set(re.findall(r"'(\w+)'", row["data_type"]))
        for row in rows_of(compiled[0], types)
    }
    both = told.keys() & enumerated.keys()
    assert {column for _, column in both} == {"event_type", "employment_status", "detailed_status_code"}
    assert {key: told[key] for key in both} == {key: enumerated[key] for key in both}


def test_every_seed_is_described_with_its_types(manifest: Any) -> None:
    for node in manifest.nodes.values():
        if node.resource_type == "seed":
            header = (dbt_project_dir() / node.original_file_path).read_text(encoding="utf-8").splitlines()[0]
            assert node.description.strip()
            assert list(node.columns) == header.split(",")


def test_every_fact_replaces_the_slice_of_its_year(models: dict[str, Any], columns: dict[str, list[str]]) -> None:
    facts = {name: node.config for name, node in models.items() if name.startswith("fct_")}
    for name in ("fct_yearly_events", "fct_ndt_person"):
        assert facts.pop(name).materialized == "view", name  # of tables that do
    assert len(facts) >= 8
    for name, config in facts.items():
        assert config.materialized == "incremental", name
        assert config.incremental_strategy == "delete+insert", name
        assert config.unique_key == (SLICE if "scenario_id" in columns[name] else ["cell", "simulation_year"]), name


def test_the_grain_of_a_fact_holds_its_slice_and_is_tested(
    manifest: Any, models: dict[str, Any], columns: dict[str, list[str]]
) -> None:
    tests = schema_tests(manifest)
    for name, node in models.items():
        grain = node.config.meta["grain"]
        unique = [test.test_metadata for test in tests[name] if test.test_metadata.name == "unique_grain"]
        assert [test.kwargs["columns"] for test in unique] == [grain], name
        if not name.startswith("fct_"):
            continue
        if name == "fct_yearly_events":
            assert grain == ["cell", "event_id"]
        elif "employee_id" in columns[name]:
            assert set(grain) == {*SLICE, "employee_id"}, name
        elif "person_key" in columns[name]:  # a step to the snapshot
            assert grain == ["cell", "person_key", "simulation_year"], name
        else:
            assert set(SLICE) <= set(grain), name


def test_what_is_large_is_on_disk_and_tagged_so(models: dict[str, Any], columns: dict[str, list[str]]) -> None:
    wrong = []
    for name, node in models.items():
        on_disk = node.config.materialized in ("table", "incremental")
        per_person = any(column in columns[name] for column in PER_PERSON)
        if ("heavy_transform" in node.tags) != (on_disk and per_person):
            wrong.append(name)
    assert not wrong


def test_dbt_by_hand_has_the_variables_of_a_run() -> None:
    variables = YAML(typ="safe").load((dbt_project_dir() / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    assert set(variables) == SET_BY_THE_RUN
    assert variables["simulation_year"] == variables["start_year"]
    assert (dbt_project_dir() / variables["census_path"]).is_file()


def test_no_setting_is_a_constant_in_the_sql() -> None:
    allowed = {"simulation_year", "census_path"}
    for path, text in Project.read(dbt_project_dir()).texts.items():
        asked = set(re.findall(r"""\bvar\(\s*['"](\w+)['"]""", text))
        assert asked <= allowed, f"{path} asks for {asked - allowed}; a setting is a column of cells"


def test_every_setting_of_the_model_is_a_column_of_a_table() -> None:
    project = Project.read(dbt_project_dir())
    held = {setting for columns in project.cells.values() for setting in columns.values()}
    lists = {"plan.match", "plan.core", "workforce.new_hires.level_mix"}
    lists |= {"compensation.promotion.raise_mean_by_level", "workforce.steered", "plan.eligibility.excluded_groups"}
    for name in leaves():
        if name.partition(".")[0] in ("workforce", "compensation", "plan"):
            assert name in held or any(name == whole or name.startswith(f"{whole}.") for whole in lists), name


def test_no_model_has_indexes_hooks_or_packages(models: dict[str, Any]) -> None:
    for name, node in models.items():
        assert not node.config.get("indexes"), name
        assert not node.config.pre_hook and not node.config.post_hook, name
    assert not [name for name in ("packages.yml", "dependencies.yml") if (dbt_project_dir() / name).exists()]


def test_folders_are_the_stages(models: dict[str, Any]) -> None:
    folders = {Path(node.original_file_path).parts[1] for node in models.values()}
    assert folders == {stage.folder for stage in STAGES}
