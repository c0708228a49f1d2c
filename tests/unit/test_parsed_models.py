"""The parsed project is kept between runs, and parsed again when anything it depends on has changed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from planalign_orchestrator.dbt_runner import DbtRunner
from planalign_orchestrator.macros_in_use import with_macros_in_use
from planalign_orchestrator.model_plan import ModelPlan
from planalign_orchestrator.parsed_models import KEPT, parsed_models
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.warehouse import DatabaseLimits
from tests.dbt_project.project import copy_project, parse_project
from tests.engine import DATABASE
from tests.unit.own_model import OwnModel

pytestmark = pytest.mark.slow


class Parses:
    """Counts how often the project is parsed."""

    def __init__(self, folder: Path) -> None:
        self.project = copy_project(folder)
        self.cache = folder / "cache"
        self.plan = with_macros_in_use(
            ModelPlan.of(parse_project(folder / "work"), "simulation", str(self.project), {})
        )
        self.times = 0

    def __call__(self) -> ModelPlan:
        self.times += 1
        return self.plan

    def get(self, catalog: str = "simulation") -> ModelPlan:
        return parsed_models(self.project, catalog, self.cache, self)

    @property
    def files(self) -> list[Path]:
        return list(self.cache.iterdir())


@pytest.fixture(scope="module")
def parses(tmp_path_factory: pytest.TempPathFactory) -> Parses:
    return Parses(tmp_path_factory.mktemp("parsed"))


def test_a_project_is_parsed_once_and_again_for_what_it_depends_on(parses: Parses) -> None:
    first, second = parses.get(), parses.get()
    assert parses.times == 1
    assert first == second == parses.plan
    parses.get("another")
    assert parses.times == 2
    model = next(parses.project.rglob("fct_yearly_summary.sql"))
    model.write_text(model.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    parses.get()
    assert parses.times == 3


def test_files_of_dbts_own_folders_count_only_at_the_top(parses: Parses) -> None:
    for folder, more in (("target", 0), ("models/target", 1)):
        parses.get()
        times = parses.times
        path = parses.project / folder / "some.sql"
        path.parent.mkdir()
        path.write_text("select 1 as one", encoding="utf-8")
        parses.get()
        assert parses.times == times + more


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The catalogs for which runners have dbt parse the project."""
    catalogs: list[str] = []
    parse = DbtRunner._parse

    def remember(runner: DbtRunner, catalog: str) -> ModelPlan:
        catalogs.append(catalog)
        return parse(runner, catalog)

    monkeypatch.setattr(DbtRunner, "_parse", remember)
    return catalogs


def test_what_a_run_sets_in_the_environment_parses_nothing_again(tmp_path: Path, parsed: list[str]) -> None:
    cache = tmp_path / "cache"
    for size in (300, 400):
        limits = DatabaseLimits(f"{size}MiB", 1, tmp_path / f"spill {size}", f"{size}GiB")
        DbtRunner(dbt_project_dir(), tmp_path / str(size) / DATABASE, limits, tmp_path / "work", cache).close()
    assert len(parsed) == 1


@pytest.mark.parametrize(
    "asked",
    [
        "env_var('OF_A_MODEL', 'none')",
        "env_var ( 'OF_A_MODEL', 'none')",
        "env_var(var='OF_' ~ 'A_MODEL', default='none')",
        "env_var('PLANALIGN_OF_A_MODEL', 'none')",
    ],
)
def test_an_environment_variable_that_a_model_asks_for_is_asked_for_anew(
    asked: str, tmp_path: Path, parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = OwnModel(tmp_path, f"{{{{ config(tags=[{asked}]) }}}} select '{{{{ config.get('tags')[-1] }}}}' as found")
    own.replace(
        "dbt_project.yml",
        "+materialized: view",
        "+materialized: view\n    +tags: \"{{ env_var('OF_' ~ 'ALL', 'a') }}\"",
    )
    name_of_a_model = "PLANALIGN_OF_A_MODEL" if "PLANALIGN" in asked else "OF_A_MODEL"
    for name, value, found, times in (
        ("SOMETHING", "else", "none", 1),
        (name_of_a_model, "a", "a", 2),
        (name_of_a_model, "a", "a", 2),
        ("OF_ALL", "table", "a", 3),
    ):
        monkeypatch.setenv(name, value)
        assert own.build() == [{"found": found}]
        assert len(parsed) == times


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="files have no number of an owner here")
def test_a_file_of_somebody_else_is_not_taken(parses: Parses, monkeypatch: pytest.MonkeyPatch) -> None:
    parses.get()
    times = parses.times
    parses.get()
    assert parses.times == times
    somebody = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: somebody)
    parses.get()
    assert parses.times == times + 1


@pytest.mark.parametrize("content", [b"{}", b"[]", b'{"nodes": {"a": {}}}', b"not json", b'{"nodes": 1}'])
def test_a_sound_file_with_another_content_is_parsed_anew(parses: Parses, content: bytes) -> None:
    parses.get()
    times = parses.times
    for file in parses.files:
        file.write_bytes(hashlib.sha256(content).digest() + content)
    assert parses.get() == parses.plan
    assert parses.times == times + 1


def test_a_file_that_another_run_deletes_meanwhile_is_no_error(parses: Parses, monkeypatch: pytest.MonkeyPatch) -> None:
    glob = Path.glob
    monkeypatch.setattr(Path, "glob", lambda folder, pattern: [*glob(folder, pattern), folder / "models_gone.json"])
    assert parses.get("a catalog that was not asked for yet").nodes


def test_only_laws_are_kept_of_the_tests_and_only_reachable_macros(parses: Parses) -> None:
    kept = parses.get()
    assert [node.name for node in kept.of_kind("test").values()] == ["laws_hold"]
    assert {"materialization_table_duckdb", "prepare_database", "in_slice"} <= kept.macros.keys()
    assert not {"statement", "generate_series"} & kept.macros.keys() and len(kept.macros) < 100


def test_a_damaged_file_is_parsed_anew(parses: Parses) -> None:
    parses.get()
    times = parses.times
    for file in parses.files:
        file.write_bytes(file.read_bytes()[:-1] + b"?")
    parses.get()
    assert parses.times == times + 1


def test_a_folder_that_cannot_be_written_only_costs_time(parses: Parses, tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("in the way", encoding="utf-8")
    times = parses.times
    assert parsed_models(parses.project, "simulation", blocked / "cache", parses).nodes
    assert parses.times == times + 1


def test_old_files_are_deleted(parses: Parses) -> None:
    for number in range(KEPT + 2):
        parses.get(f"catalog_{number}")
    assert len(parses.files) == KEPT
