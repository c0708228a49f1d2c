"""What decides a result: spelling and machine do not count, every other setting does, in a resume as well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planalign_orchestrator.config.catalogue import leaves
from planalign_orchestrator.config.result_settings import decides_result, flat_settings
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.resources import bundled_census, dbt_project_dir
from planalign_orchestrator.run.inputs import RunInputs
from planalign_orchestrator.run.record import RunRecord
from planalign_orchestrator.storage.fingerprints import differences
from tests.unit.config.settings_files import Write, load

BEFORE = RunInputs(Settings(), bundled_census()).fingerprints


def changes(settings: Settings) -> list[str]:
    """The names of what a resume would find changed."""
    return [change.name for change in differences(BEFORE, replace(BEFORE, settings=flat_settings(settings)))]


def test_spelling_of_the_file_does_not_count(write: Write) -> None:
    one = write("a.yaml", "# comment\nworkforce: {target_growth_rate: 0.030}\nsimulation: {random_seed: 42}\n")
    two = write("b.yaml", "simulation:\n  random_seed: 42\nplan:\n")

    assert flat_settings(load(one).settings) == flat_settings(load(two).settings) == flat_settings(Settings())


@pytest.mark.parametrize(
    "flags",
    [
        {"simulation.end_year": 2031},
        {"census.path": "elsewhere.csv"},
        {"census.sha256": "a" * 64},
        {"assumptions.directory": "elsewhere"},
        {"multi_year.optimization.level": "low", "multi_year.optimization.max_workers": 2},
        {"multi_year.state.compression_level": 9},
        {"network.proxy": "http://proxy.example.com:8080"},
    ],
)
def test_how_and_from_where_does_not_count(flags: dict[str, object]) -> None:
    assert changes(load(flags=flags).settings) == []


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        ({"simulation.start_year": 2026}, "simulation.start_year"),
        ({"census.on_bad_rows": "drop"}, "census.on_bad_rows"),
        ({"workforce.target_growth_rate": 0.031}, "workforce.target_growth_rate"),
        ({"compensation.promotion.raise_mean_by_level": {2: 0.03}}, "compensation.promotion.raise_mean_by_level.2"),
        ({"amendments": [{"from": 2027, "workforce": {"target_growth_rate": 0}}]}, "amendments"),
        ({"plan.match.formula": "tiered"}, "plan.match.formula"),
        ({"assumptions.overrides": {"levels": [{"level_id": 1, "merit_rate": 0.04}]}}, "assumptions.overrides.levels"),
    ],
)
def test_what_changes_a_result_counts(flags: dict[str, object], named: str) -> None:
    assert changes(load(flags=flags).settings) == [named]


def test_the_seed_counts_and_is_named_once() -> None:
    other = RunInputs(load(flags={"simulation.random_seed": 43}).settings, bundled_census()).fingerprints

    assert [str(change) for change in differences(BEFORE, other)] == ["seed: was 42, is 43"]


def test_every_setting_is_either_deciding_or_of_the_machine() -> None:
    left_out = {key for key in leaves() if not decides_result(key)}

    assert {key for key in left_out if not key.startswith(("multi_year.", "run.", "network.", "reporting."))} == {
        "simulation.end_year",
        "census.path",
        "census.sha256",
        "census.mapping",
        "census.pseudonym_key",
        "assumptions.directory",
        "assumptions.tables",
    }


def test_settings_decide_by_their_whole_name() -> None:
    assert decides_result("simulation.end_year_of_something_else")
    assert not decides_result("network.pinned_certificates.host")


def test_what_a_run_writes_down_holds_no_password_and_nothing_of_the_network() -> None:
    flags: dict[str, object] = {
        "census.path": "https://me:PASSWORD@files.example/census.csv?sig=TOKEN",
        "assumptions.tables": {"levels": "https://me:PASSWORD@files.example/levels.csv?sig=TOKEN"},
        "network.pac": "http://me:PASSWORD@wpad.example/proxy.pac",
        "network.proxy_username": "PASSWORD",
    }
    settings = load(flags=flags).settings
    levels = dbt_project_dir() / "seeds" / "levels.csv"
    now = RunInputs(settings, bundled_census(), tables={"levels": levels}).fingerprints
    kept = now.settings

    assert "PASSWORD" not in str(kept) and "TOKEN" not in str(kept)
    assert kept["census.path"] == "https://***@files.example/census.csv?***"
    assert not any(key.startswith("network.") for key in kept)
    deciding = {key: value for key, value in flat_settings(settings).items() if decides_result(key)}
    assert deciding.items() <= kept.items()

    early = replace(now, settings=flat_settings(settings))  # an early version kept everything as it stood
    assert differences(early, now) == []
    record = RunRecord("a run", "now", settings={}, fingerprints={}, limits={})
    record.set_origin({2025: early, 2026: now})
    assert "PASSWORD" not in str(record.to_json()) and not any(record.changes_by_year.values())
