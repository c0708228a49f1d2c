"""``planalign config``: show, validate, recommend."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from planalign_orchestrator.cli import app
from planalign_orchestrator.config.catalogue import leaves
from planalign_orchestrator.config.hardware import Machine
from planalign_orchestrator.config.layers import ENVIRONMENT
from planalign_orchestrator.errors import ConfigurationError
from tests.unit.config.settings_files import Write, load

LAPTOP = Machine(total_gib=7.7, available_gib=4.5, cores=4, free_disk_gib=100)


@pytest.fixture(autouse=True)
def _a_known_laptop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planalign_orchestrator.cli.config.inspect_machine", lambda folder: LAPTOP)
    for name in ENVIRONMENT.values():
        monkeypatch.delenv(name, raising=False)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["config", *arguments])


def error_of(result: Result) -> ConfigurationError:
    assert isinstance(result.exception, ConfigurationError)
    return result.exception


def test_show_prints_every_setting_with_its_value_and_source(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("config/simulation_config.yaml", "simulation:\n  random_seed: 7\n")
    monkeypatch.setenv("DBT_THREADS", "2")

    lines = call("show", "--scenario", "safe_harbor").stdout.splitlines()
    shown = {line.split()[0]: line.split(maxsplit=2)[1:] for line in lines}

    assert list(shown) == list(leaves())
    assert shown["simulation.random_seed"] == ["7", "config/simulation_config.yaml:2"]
    assert shown["multi_year.optimization.max_workers"] == ["2", "DBT_THREADS"]
    assert shown["plan.match.formula"][0] == "safe_harbor_basic"
    assert shown["plan.match.formula"][1].endswith("config/scenarios/safe_harbor.yaml:10")
    assert shown["plan.escalation.cap"] == ["0.1", "default"]


def test_show_changed_leaves_the_defaults_out(write: Write) -> None:
    config = write("c.yaml", "simulation: {random_seed: 7, start_year: 2025}\n")

    assert call("show", "--config", str(config), "--changed").stdout.split() == [
        "simulation.random_seed",
        "7",
        "c.yaml:1",
    ]
    assert call("show", "--changed").stdout == "Every setting has its default.\n"


def test_show_as_json_is_for_programs(write: Write) -> None:
    config = write("c.yaml", "plan: {enrollment: {auto_enrollment: {hire_date_cutoff: 2025-03-01, enabled: false}}}\n")

    told = json.loads(call("show", "--config", str(config), "--changed", "--json").stdout)

    assert told["settings"] == [
        {
            "key": f"plan.enrollment.auto_enrollment.{name}",
            "value": value,
            "source": "file",
            "place": "c.yaml:1",
            "is_default": False,
        }
        for name, value in (("enabled", False), ("hire_date_cutoff", "2025-03-01"))
    ]
    assert len(told["warnings"]) == 1


def test_show_tells_odd_settings_beside_the_list(write: Write) -> None:
    config = write("c.yaml", "workforce: {target_growth_rate: 3}\n")

    result = call("show", "--config", str(config))

    assert "warning: workforce.target_growth_rate is 3" in result.stderr
    assert "warning" not in result.stdout


def test_nothing_shows_a_password(write: Write) -> None:
    config = write("c.yaml", "census: {path: 'https://anna:geheim@example.com/p.csv?sig=token123'}\n")

    for arguments in (["show"], ["show", "--json"], ["show", "--changed"]):
        output = call(*arguments, "--config", str(config)).output
        assert "example.com" in output
        assert "geheim" not in output
        assert "token123" not in output


def test_validate_names_what_is_valid_and_all_faults_of_all_files(write: Write) -> None:
    good = write("good.yaml", "simulation: {random_seed: 7}\n")
    bad = write("bad.yaml", "simulation: {random_sed: 7}\nplan: {escalation: {cap: 2}}\n")
    table = write("table.yaml", "assumptions:\n  overrides:\n    levels: [{level_id: 1, merit_rate: 2}]\n")

    result = call("validate", str(good), str(bad), str(table), "missing.yaml")

    assert result.stdout == "good.yaml: valid\n"
    error = error_of(result)
    assert error.exit_code == 2
    for words in (
        "bad.yaml:1: simulation.random_sed is unknown",
        "bad.yaml:2: plan.escalation.cap is 2; it must be at most 0.75",
        "table.yaml:3: levels: merit_rate is 2",
        "missing.yaml: does not exist",
    ):
        assert words in error.message


def test_validate_does_not_look_at_the_environment(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_THREADS", "many")

    assert call("validate", str(write("good.yaml", ""))).exit_code == 0


def test_recommend_explains_in_one_line_and_writes_nothing(write: Write, tmp_path: Path) -> None:
    result = call("recommend")

    first = result.stdout.splitlines()[0]
    assert first.startswith("medium (chosen): 4 GiB, batches of 500 thousand, 1 thread; this machine has 7.7 GiB")
    assert list(tmp_path.iterdir()) == []


def test_recommend_writes_a_whole_configuration_file(write: Write) -> None:
    result = call("recommend", "--write", "new/c.yaml")

    assert "planalign run --config new" in result.stdout
    text = Path("new/c.yaml").read_text(encoding="utf-8")
    assert text.startswith("# medium (chosen): 4 GiB")
    effective = load(Path("new/c.yaml"))
    assert [(row.key, row.value) for row in effective.listing() if not row.is_default] == [
        ("multi_year.optimization.level", "medium")
    ]
    assert [path.name for path in Path("new").iterdir()] == ["c.yaml"]


def test_recommend_replaces_no_file_and_takes_the_settings_of_one_over(write: Write) -> None:
    config = write("c.yaml", "simulation: {random_seed: 7}\nmulti_year: {optimization: {level: low, batch_size: 3}}\n")
    before = config.read_text(encoding="utf-8")

    error = error_of(call("recommend", "--write", "c.yaml"))
    assert (error.exit_code, error.remedy) == (2, "Name another; --config c.yaml takes its settings over.")
    assert config.read_text(encoding="utf-8") == before

    assert call("recommend", "--config", "c.yaml", "--write", "new.yaml").exit_code == 0
    assert {row.key: row.value for row in load(Path("new.yaml")).listing() if not row.is_default} == {
        "simulation.random_seed": 7,
        "multi_year.optimization.level": "medium",
    }


def test_recommend_says_what_a_configuration_would_get_here(write: Write) -> None:
    config = write("c.yaml", "multi_year: {optimization: {level: high}}\n")

    assert "with c.yaml: medium (lowered): 4 GiB" in call("recommend", "--config", str(config)).stdout


def test_the_settings_of_a_year_are_shown_with_the_line_of_their_amendment(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("amendments:\n  - from: 2027\n    workforce: {target_growth_rate: 0.0}\n", encoding="utf-8")
    shown = {
        year: json.loads(call("show", "--json", "--config", str(path), "--year", year).stdout)["settings"]
        for year in ("2026", "2027")
    }
    key = "workforce.target_growth_rate"
    growth = {year: next(row for row in rows if row["key"] == key) for year, rows in shown.items()}
    assert (growth["2026"]["value"], growth["2026"]["source"]) == (0.03, "default")
    assert (growth["2027"]["value"], growth["2027"]["source"]) == (0.0, "amendment")
    assert growth["2027"]["place"].endswith("c.yaml:3")
