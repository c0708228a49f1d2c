"""The wheel holds everything that a run in an empty folder needs. `tools/try_wheel.py` installs and runs it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "planalign_orchestrator"
NOT_SHIPPED = ("__pycache__", "target", "logs")


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in the wheel, built by the backend in this process."""
    folder = tmp_path_factory.mktemp("wheel")
    (built,) = WheelBuilder(str(CHECKOUT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(built) as wheel:
        return set(wheel.namelist())


def files_of(folder: Path, prefix: str) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".pyc", ".duckdb"))
    relative = (path.relative_to(folder) for path in found)
    return {f"{prefix}/{path.as_posix()}" for path in relative if not set(path.parts) & set(NOT_SHIPPED)}


@pytest.mark.parametrize(
    ("folder", "prefix", "one"),
    [
        (CHECKOUT / "dbt", "planalign_orchestrator/bundled/dbt", "models/marts/fct_workforce_snapshot.sql"),
        (CHECKOUT / "config", "planalign_orchestrator/bundled/config", "census/bundled_census.csv"),
        (PACKAGE, "planalign_orchestrator", "reports/templates/report.html.jinja"),
    ],
)
def test_every_file_of_a_folder_is_in_the_wheel(inside: set[str], folder: Path, prefix: str, one: str) -> None:
    wanted = files_of(folder, prefix)
    assert f"{prefix}/{one}" in wanted or prefix == "planalign_orchestrator"
    assert wanted - inside == set()


def test_the_templates_of_the_reports_are_there(inside: set[str]) -> None:
    assert any(name.startswith("planalign_orchestrator/reports/templates/") for name in inside)


def test_of_the_dbt_project_only_what_dbt_reads_is_there(inside: set[str]) -> None:
    prefix = "planalign_orchestrator/bundled/dbt/"
    project = [name.removeprefix(prefix) for name in inside if name.startswith(prefix)]
    folders = ("cells", "macros", "models", "seeds", "tests")
    assert {name for name in project if name.split("/")[0] not in folders} == {"dbt_project.yml", "profiles.yml"}
    assert {Path(name).suffix for name in project} == {".csv", ".sql", ".yml"}


def test_nothing_else_is_in_the_wheel(inside: set[str]) -> None:
    tops = {name.split("/")[0] for name in inside}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"planalign_orchestrator"}
    assert not [name for name in inside if name.endswith((".duckdb", ".pyc")) or "/target/" in name]
