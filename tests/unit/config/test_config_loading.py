"""Where a value comes from: flag over environment over scenario over configuration file over default."""

from __future__ import annotations

from pathlib import Path

import pytest

from planalign_orchestrator.config.settings import Settings
from tests.unit.config.settings_files import Write, load

THREADS = "multi_year.optimization.max_workers"


def test_without_any_source_every_setting_has_its_default() -> None:
    effective = load()

    assert effective.settings == Settings()
    assert {str(setting.source) for setting in effective.listing()} == {"default"}
    assert all(row.is_default for row in effective.listing())


def test_each_source_beats_the_ones_below_it(write: Write) -> None:
    config = write("c.yaml", "multi_year:\n  optimization:\n    max_workers: 2\n")
    scenario = write("s.yaml", "multi_year: {optimization: {max_workers: 3}}\n")
    environ = {"DBT_THREADS": "4"}
    flags = {THREADS: 5}

    stack = [load(), load(config), load(config, scenario), load(config, scenario, environ)]
    stack.append(load(config, scenario, environ, flags))

    assert [effective.value(THREADS) for effective in stack] == [1, 2, 3, 4, 5]
    assert [str(effective.source(THREADS)) for effective in stack] == [
        "default",
        "c.yaml:3",
        "s.yaml:1",
        "DBT_THREADS",
        "--threads",
    ]
    assert [effective.source(THREADS).kind for effective in stack] == [
        "default",
        "file",
        "scenario",
        "environment",
        "flag",
    ]


@pytest.mark.parametrize(
    ("variable", "text", "key", "value"),
    [
        ("DBT_THREADS", "2", THREADS, 2),
        ("PW_OPT_LEVEL", "Medium", "multi_year.optimization.level", "medium"),
        ("PW_MEMORY_LIMIT_GB", " 4.5 ", "multi_year.optimization.memory_limit_gb", 4.5),
        ("PW_BATCH_SIZE", "500", "multi_year.optimization.batch_size", 500),
    ],
)
def test_an_environment_variable_sets_its_key(variable: str, text: str, key: str, value: object) -> None:
    effective = load(environ={variable: text})

    assert effective.value(key) == value
    assert str(effective.source(key)) == variable


@pytest.mark.parametrize("empty", ["", "   "])
def test_an_empty_variable_counts_as_not_set(empty: str) -> None:
    environ = dict.fromkeys(("DBT_THREADS", "PW_OPT_LEVEL", "PW_MEMORY_LIMIT_GB", "PW_BATCH_SIZE"), empty)

    assert load(environ=environ).settings == Settings()


def test_a_flag_that_is_none_was_not_given(write: Write) -> None:
    config = write("c.yaml", "simulation: {random_seed: 7}\n")

    assert load(config, flags={"simulation.random_seed": None}).value("simulation.random_seed") == 7
    assert load(config, flags={"simulation.random_seed": 0}).value("simulation.random_seed") == 0


def test_mappings_merge_key_by_key_and_name_all_their_places(write: Write) -> None:
    config = write("c.yaml", "workforce:\n  new_hires: {level_mix: {1: 0.4, 2: 0.4}}\n")
    scenario = write("s.yaml", "workforce: {new_hires: {level_mix: {2: 0.1}}}\n")

    effective = load(config, scenario)

    assert effective.value("workforce.new_hires.level_mix") == {1: 0.4, 2: 0.1}
    assert str(effective.source("workforce.new_hires.level_mix")) == "s.yaml:1 over c.yaml:2"


def test_an_empty_mapping_neither_changes_a_value_nor_claims_it(write: Write) -> None:
    config = write("c.yaml", "compensation:\n  promotion: {raise_mean_by_level: {1: 0.04}}\n")
    scenario = write("s.yaml", "compensation: {promotion: {raise_mean_by_level: {}}}\n")

    effective = load(config, scenario)

    assert effective.value("compensation.promotion.raise_mean_by_level") == {1: 0.04}
    assert str(effective.source("compensation.promotion.raise_mean_by_level")) == "c.yaml:2"


def test_lists_are_replaced_whole(write: Write) -> None:
    config = write("c.yaml", "plan: {match: {eligibility: {last_day_exceptions: [retirement, voluntary]}}}\n")
    scenario = write("s.yaml", "plan: {match: {eligibility: {last_day_exceptions: [involuntary]}}}\n")

    assert load(config, scenario).settings.plan.match.eligibility.last_day_exceptions == ["involuntary"]


def test_overrides_of_other_tables_survive_a_scenario(write: Write) -> None:
    config = write("c.yaml", "assumptions: {overrides: {levels: [{level_id: 1, merit_rate: 0.02}]}}\n")
    scenario = write("s.yaml", "assumptions: {overrides: {raise_months: [{month: 1, weight: 5}]}}\n")

    assert set(load(config, scenario).settings.assumptions.overrides) == {"levels", "raise_months"}


def test_a_section_without_keys_is_empty(write: Write) -> None:
    assert load(write("c.yaml", "plan:\n  match:\n  # formula: simple\nmulti_year:\n")).settings == Settings()


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "\ufeffsimulation: {random_seed: 42}\n"])
def test_an_empty_file_and_a_byte_order_mark_are_fine(write: Write, text: str) -> None:
    assert load(write("c.yaml", text)).settings == Settings()


@pytest.mark.parametrize(("word", "value"), [("yes", True), ("no", False), ("true", True), ("off", False)])
def test_yes_and_no_are_truth_values(write: Write, word: str, value: bool) -> None:
    config = write("c.yaml", f"plan: {{escalation: {{enabled: {word}}}}}\n")

    assert load(config).settings.plan.escalation.enabled is value


def test_a_path_in_a_file_is_relative_to_the_file(write: Write, tmp_path: Path) -> None:
    config = write("settings/c.yaml", "census: {path: people.csv}\nassumptions: {directory: ../tables}\n")

    effective = load(config)

    assert effective.settings.census.path == str(tmp_path / "settings" / "people.csv")
    assert effective.settings.assumptions.directory == str(tmp_path / "tables")


def test_every_path_setting_is_relative_to_its_file_unless_it_is_an_address(write: Write, tmp_path: Path) -> None:
    here = write("in/c.yaml", "network: {ca_bundle: ca.pem, certificates_directory: certs, pac: way.pac}\n")
    address = write("in/d.yaml", "network: {pac: 'http://wpad.example.com/wpad.dat'}\n")

    network = load(here).settings.network
    assert network.ca_bundle == str(tmp_path / "in" / "ca.pem")
    assert network.certificates_directory == str(tmp_path / "in" / "certs")
    assert network.pac == str(tmp_path / "in" / "way.pac")
    assert load(address).settings.network.pac == "http://wpad.example.com/wpad.dat"


def test_addresses_absolute_paths_and_flags_stay_as_they_are(write: Write, tmp_path: Path) -> None:
    address = write("a.yaml", "census: {path: 'https://example.com/people.csv'}\n")
    absolute = write("b.yaml", f"census: {{path: '{(tmp_path / 'p.csv').as_posix()}'}}\n")

    assert load(address).settings.census.path == "https://example.com/people.csv"
    assert Path(load(absolute).settings.census.path or "") == tmp_path / "p.csv"
    assert load(flags={"census.path": "p.csv"}).settings.census.path == "p.csv"


def test_a_scenario_is_called_like_its_file_unless_it_says_otherwise(write: Write) -> None:
    config = write("c.yaml", "simulation: {scenario_id: mine}\n")
    unnamed = write("low_growth.yaml", "workforce: {target_growth_rate: 0.01}\n")
    named = write("other.yaml", "simulation: {scenario_id: chosen}\n")

    assert load(config).settings.simulation.scenario_id == "mine"
    assert load(config, unnamed).settings.simulation.scenario_id == "low_growth"
    assert str(load(config, unnamed).source("simulation.scenario_id")) == "low_growth.yaml"
    assert load(config, named).settings.simulation.scenario_id == "chosen"


def test_no_listing_shows_a_password_or_a_token(write: Write) -> None:
    config = write("c.yaml", "census: {path: 'https://anna:geheim@example.com/p.csv?sig=token123'}\n")

    shown = " ".join(str(row.value) for row in load(config).listing())

    assert "https://***@example.com/p.csv?***" in shown
    assert "geheim" not in shown
    assert "token123" not in shown


def test_a_place_inside_a_setting_can_be_asked_for_later(write: Write) -> None:
    config = write(
        "c.yaml",
        """\
        assumptions:
          overrides:
            levels:
              - {level_id: 1, merit_rate: 0.02}
              - {level_id: 2, merit_rate: 0.02}
        """,
    )

    where = load(config).where

    assert where(("assumptions", "overrides", "levels", 1)) == "c.yaml:5"
    assert where(("assumptions", "overrides", "levels", 1, "level_id")) == "c.yaml:5"
    assert where(("plan", "match")) == "defaults"
