"""One hash over what decides a result: spelling and machine do not count, every deciding setting does."""

from __future__ import annotations

import pytest

from planalign_orchestrator.config import Settings, deciding_settings, differences, result_fingerprint
from planalign_orchestrator.config.catalogue import leaves
from tests.unit.config.settings_files import Write, load


def test_spelling_of_the_file_does_not_count(write: Write) -> None:
    one = write("a.yaml", "# comment\nworkforce: {target_growth_rate: 0.030}\nsimulation: {random_seed: 42}\n")
    two = write("b.yaml", "simulation:\n  random_seed: 42\nplan:\n")

    assert result_fingerprint(load(one).settings) == result_fingerprint(load(two).settings)
    assert result_fingerprint(load(one).settings) == result_fingerprint(Settings())


@pytest.mark.parametrize(
    "flags",
    [
        {"simulation.end_year": 2031},
        {"census.path": "elsewhere.csv"},
        {"assumptions.directory": "elsewhere"},
        {"multi_year.optimization.level": "low", "multi_year.optimization.max_workers": 2},
        {"multi_year.state.compression_level": 9},
        {"network.proxy": "http://proxy.example.com:8080"},
    ],
)
def test_how_and_from_where_does_not_count(flags: dict[str, object]) -> None:
    assert result_fingerprint(load(flags=flags).settings) == result_fingerprint(Settings())


@pytest.mark.parametrize(
    "flags",
    [
        {"simulation.random_seed": 43},
        {"simulation.start_year": 2026},
        {"census.on_bad_rows": "drop"},
        {"workforce.target_growth_rate": 0.031},
        {"compensation.cola_by_year": {2026: 0.03}},
        {"plan.match.formula": "tiered"},
        {"assumptions.overrides": {"levels": [{"level_id": 1, "merit_rate": 0.04}]}},
    ],
)
def test_what_changes_a_result_counts(flags: dict[str, object]) -> None:
    changed = load(flags=flags).settings

    assert result_fingerprint(changed) != result_fingerprint(Settings())
    assert [key for key, _, _ in differences(deciding_settings(Settings()), deciding_settings(changed))] == list(flags)


def test_every_setting_is_either_deciding_or_of_the_machine() -> None:
    left_out = set(leaves()) - set(deciding_settings(Settings()))

    assert {key for key in left_out if not key.startswith(("multi_year.", "network."))} == {
        "simulation.end_year",
        "census.path",
        "assumptions.directory",
    }


def test_differences_name_keys_of_either_side() -> None:
    assert differences({"a": 1, "b": None}, {"a": 2, "c": 3}) == [("a", 1, 2), ("b", None, None), ("c", None, 3)]
    assert differences({"a": 1}, {"a": 1}) == []
