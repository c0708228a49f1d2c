"""Which files a command means, in a checkout and in an installed package."""

from __future__ import annotations

from pathlib import Path

import pytest

from planalign_orchestrator import resources
from planalign_orchestrator.config.loading import find_config_file, find_scenario_file, scenarios
from planalign_orchestrator.errors import ConfigurationError, PlanAlignError
from tests.unit.config.settings_files import Write


def test_the_configuration_file_is_the_given_one_then_that_of_the_working_folder_then_none(write: Write) -> None:
    assert find_config_file() is None

    own = write("config/simulation_config.yaml", "")

    assert find_config_file() == own
    assert find_config_file(Path("given.yaml")) == Path("given.yaml")


def test_a_scenario_is_looked_for_here_then_among_the_bundled_ones(write: Write) -> None:
    bundled = find_scenario_file("safe_harbor")
    own = write("config/scenarios/safe_harbor.yaml", "")
    mine = write("config/scenarios/mine.yml", "")

    assert bundled == resources.config_dir() / "scenarios" / "safe_harbor.yaml"
    assert find_scenario_file("safe_harbor") == own
    assert find_scenario_file("mine") == mine
    assert "stretch_match" in scenarios()
    assert find_scenario_file(None) is None


@pytest.mark.parametrize("name", ["mine.yaml", "here/mine.YML", "here/mine", "here\\mine"])
def test_what_looks_like_a_path_is_one(name: str) -> None:
    assert find_scenario_file(name) == Path(name)


def test_an_unknown_scenario_names_the_nearest_and_all(write: Write) -> None:
    with pytest.raises(ConfigurationError, match=r"did you mean safe_harbor\?") as caught:
        find_scenario_file("safe_harbour")

    assert "hiring_freeze" in (caught.value.remedy or "")


def test_a_checkout_has_its_folders_beside_the_package() -> None:
    assert (resources.dbt_project_dir() / "dbt_project.yml").is_file()
    assert (resources.config_dir() / "simulation_config.yaml").is_file()
    assert resources.bundled_census().is_file()


def test_an_installed_package_has_its_folders_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "planalign_orchestrator"
    for name in ("dbt/dbt_project.yml", "config/simulation_config.yaml"):
        file = package / "bundled" / name
        file.parent.mkdir(parents=True)
        file.write_text("", encoding="utf-8")
    (tmp_path / "dbt").mkdir()  # the library of that name
    monkeypatch.setattr(resources, "_PACKAGE", package)

    assert resources.dbt_project_dir() == package / "bundled" / "dbt"
    assert resources.config_dir() == package / "bundled" / "config"


def test_an_incomplete_installation_says_how_to_mend_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "planalign_orchestrator")

    with pytest.raises(PlanAlignError, match="the installation is incomplete") as caught:
        resources.dbt_project_dir()

    assert "pip install" in (caught.value.remedy or "")
