"""The configuration file, its schema and its reference are what the settings model says, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from planalign_orchestrator.config.assumptions import effective_assumptions
from planalign_orchestrator.config.catalogue import commented_yaml, leaves, yaml_value
from planalign_orchestrator.config.description import SAFE_HARBOR_FORMULAS, settings_warnings
from planalign_orchestrator.config.loading import load_settings, scenarios
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.resources import config_dir, dbt_project_dir
from tests.unit.config.settings_files import load
from tools.documentation import COMMAND, generated_files, stale_files

SHIPPED = config_dir() / "simulation_config.yaml"
SCENARIOS = sorted((config_dir() / "scenarios").glob("*.yaml"))


def test_no_generated_file_is_stale() -> None:
    assert not stale_files(), f"run `{COMMAND}`"


def test_the_shipped_file_holds_every_key_and_exactly_the_defaults() -> None:
    effective = load(SHIPPED)

    assert effective.settings == Settings()
    assert effective.settings.model_dump_json() == Settings().model_dump_json()
    assert {setting.source.kind for setting in effective.listing()} == {"file"}


def test_every_key_of_the_shipped_file_has_reason_unit_and_default_above_it() -> None:
    text = re.sub(r"\n *# ", " ", SHIPPED.read_text(encoding="utf-8"))  # a comment may be wrapped anywhere

    for leaf in leaves().values():
        default = re.escape(f"default {yaml_value(leaf.default)}]")
        assert re.search(rf"\S\. \[{re.escape(leaf.unit)}[^\n]*{default}\n *{leaf.name}:", text), leaf.name


TIER = {"deferral_from": 0.0, "deferral_to": 0.1, "rate": 1.0}


def test_settings_written_as_yaml_are_read_back_the_same(tmp_path: Path) -> None:
    flags = {
        "simulation.scenario_id": "yes",
        "compensation.promotion.raise_mean_by_level": {2: 0.03},
        "amendments": [{"from": 2027, "note": "a: b", "plan": {"match": {"tiers": [TIER], "formula": "custom"}}}],
        "workforce.new_hires.level_mix": {1: 0.5, 2: 0.5},
        "plan.enrollment.auto_enrollment.hire_date_cutoff": "2025-03-01",
        "plan.match.service_bands": [{"minimum": 0, "tiers": [{"deferral_from": 0, "deferral_to": 0.1, "rate": 1}]}],
        "plan.match.eligibility.last_day_exceptions": ["retirement"],
        "assumptions.overrides": {"age_bands": [{"age_band": "<25", "exit_multiplier": 2}]},
        "census.path": "/data/ä b: #1.csv",
    }
    settings = load(flags=flags).settings
    path = tmp_path / "written.yaml"
    path.write_text(commented_yaml(settings), encoding="utf-8")

    assert load(path).settings == settings


@pytest.mark.parametrize("text", ["no", "null", "1e3", "07-01", "a: b", "- x", '"', "", "ä", "true", "0x10"])
def test_text_stays_text_in_yaml(text: str) -> None:
    assert YAML(typ="safe", pure=True).load(f"key: {yaml_value(text)}\n") == {"key": text}


def test_the_schema_accepts_what_is_shipped_and_refuses_unknown_keys() -> None:
    schema = json.loads((config_dir() / "simulation_config.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    yaml = YAML(typ="safe", pure=True)

    for path in [SHIPPED, *SCENARIOS]:
        validator.validate(json.loads(json.dumps(yaml.load(path), default=str)))
    for wrong in (
        {"plan": {"macth": {}}},
        {"simulation": {"start_year": "soon"}},
        {"workforce": {"retirement_age": 20}},
    ):
        assert not validator.is_valid(wrong)


def test_the_schema_explains_every_setting() -> None:
    text = (config_dir() / "simulation_config.schema.json").read_text(encoding="utf-8")

    for leaf in leaves().values():
        assert json.dumps(f"{leaf.why} ({leaf.unit})", ensure_ascii=False) in text


def test_the_reference_documents_every_key_with_its_default() -> None:
    (page,) = (text for path, text in generated_files().items() if path.name == "configuration.md")

    for leaf in leaves().values():
        assert f"| `{leaf.name}` | `{yaml_value(leaf.default)}` |" in page


def test_the_examples_of_the_reference_are_valid(tmp_path: Path) -> None:
    (page,) = (text for path, text in generated_files().items() if path.name == "configuration.md")
    examples = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)

    assert examples
    for number, example in enumerate(examples):
        path = tmp_path / f"example_{number}.yaml"
        path.write_text(example, encoding="utf-8")
        effective = load(path)
        effective_assumptions(effective.settings, dbt_project_dir() / "seeds")
        assert effective.settings != Settings()


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_shipped_scenario_is_valid_small_and_without_warnings(path: Path) -> None:
    effective = load_settings(config_file=SHIPPED, scenario_file=path, environ={}, flags={})

    assert effective.settings.simulation.scenario_id == path.stem
    assert 1 < sum(not row.is_default for row in effective.listing()) < 10
    assert settings_warnings(effective.settings) == []


def test_the_scenarios_that_people_ask_for_are_there() -> None:
    assert set(scenarios(folder=Path("nowhere"))) == {
        "todays_match",
        "safe_harbor",
        "stretch_match",
        "auto_enrollment_6_with_escalation",
        "service_graded_core",
        "hiring_freeze",
        "payroll_match",
    }


def test_safe_harbor_scenarios_set_no_conditions() -> None:
    for path in SCENARIOS:
        match = load(SHIPPED, path).settings.plan.match
        if match.formula in SAFE_HARBOR_FORMULAS:
            assert not match.eligibility.require_employment_on_last_day
            assert match.eligibility.minimum_hours == 0


def test_todays_match_is_the_default_design() -> None:
    assert load(None, config_dir() / "scenarios" / "todays_match.yaml").settings.plan == Settings().plan
