"""What decides a result: spelling and machine do not count, every other setting does, in a resume as well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planalign_orchestrator.checkpoints.fingerprints import differences
from planalign_orchestrator.config import Settings, decides_result, flat_settings
from planalign_orchestrator.config.catalogue import leaves
from planalign_orchestrator.inputs import RunInputs, bundled_census
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
        ({"compensation.cola_by_year": {2026: 0.03}}, "compensation.cola_by_year.2026"),
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

    assert {key for key in left_out if not key.startswith(("multi_year.", "network."))} == {
        "simulation.end_year",
        "census.path",
        "census.sha256",
        "assumptions.directory",
        "assumptions.tables",
    }


def test_settings_decide_by_their_whole_name() -> None:
    assert decides_result("simulation.end_year_of_something_else")
    assert not decides_result("network.pinned_certificates.host")
