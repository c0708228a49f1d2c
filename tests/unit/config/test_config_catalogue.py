"""Every setting says what it is counted in, why it is there and where a change of it shows."""

from __future__ import annotations

import re

import pytest

from planalign_orchestrator.config.catalogue import Leaf, leaves, nearest, sections, suggestion, value_of
from planalign_orchestrator.config.layers import ENVIRONMENT, FLAGS, path_settings
from planalign_orchestrator.config.settings import Settings
from tools.effects import EFFECTS, effect_of

EFFECT = re.compile(r"(fct|int)_[a-z_]+\.[a-z_]+|(limit|file|output):[a-z_./]+")


@pytest.mark.parametrize("leaf", leaves().values(), ids=lambda leaf: leaf.key)
def test_a_setting_has_unit_reason_and_effect(leaf: Leaf) -> None:
    assert leaf.unit
    assert len(leaf.why.split()) >= 3
    assert not leaf.why.endswith(".")
    assert EFFECT.fullmatch(effect_of(leaf.key))
    assert "class" not in leaf.allowed, "the kind of value has no words yet"


def test_every_effect_is_that_of_a_setting_or_section() -> None:
    assert EFFECTS.keys() <= {*leaves(), *sections()}


def test_the_list_has_every_setting_of_the_model_and_its_default() -> None:
    def flat(tree: dict[str, object], prefix: str = "") -> dict[str, object]:
        keys: dict[str, object] = {}
        for name, value in tree.items():
            is_section = isinstance(value, dict) and f"{prefix}{name}" in sections()
            keys |= flat(value, f"{prefix}{name}.") if is_section else {f"{prefix}{name}": value}
        return keys

    assert flat(Settings().model_dump()) == {key: value_of(Settings(), key) for key in leaves()}
    assert all(value_of(Settings(), leaf.key) == leaf.default for leaf in leaves().values())


def test_the_keys_of_the_document_are_there_in_its_structure() -> None:
    documented = {
        "optimization": {"level", "max_workers", "batch_size", "memory_limit_gb"},
        "performance": {
            "enable_state_compression",
            "enable_concurrent_processing",
            "enable_parallel_dbt",
            "cache_workforce_snapshots",
        },
        "state": {"enable_checkpointing", "preserve_intermediate_states", "compression_level"},
    }

    for section, names in documented.items():
        assert names <= set(sections()[f"multi_year.{section}"].model_fields)


def test_environment_flags_and_paths_name_settings_that_exist() -> None:
    assert {*ENVIRONMENT, *FLAGS} <= set(leaves())
    assert path_settings() == [
        "census.path", "census.mapping", "census.pseudonym_key", "assumptions.directory", "network.pac",
        "network.ca_bundle", "network.certificates_directory",
    ]  # fmt: skip


def test_a_section_does_not_change_once_it_is_made() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().simulation.random_seed = 3  # type: ignore[misc]


def test_defaults_of_two_settings_objects_are_not_shared() -> None:
    Settings().assumptions.overrides["levels"] = []

    assert Settings().assumptions.overrides == {}


@pytest.mark.parametrize(
    ("word", "found"), [("tiered", "tiered"), ("Tierd", "tiered"), ("tier-ed", "tiered"), ("zebra", None)]
)
def test_the_nearest_name_is_one_that_looks_alike(word: str, found: str | None) -> None:
    assert nearest(word, ["simple", "tiered", "stretch"]) == found


@pytest.mark.parametrize(
    ("section", "word", "hint"),
    [
        ("", "max_workers", "did you mean multi_year.optimization.max_workers?"),
        ("plan.match", "famliy", "did you mean family?"),
        ("plan", "target_growth", "did you mean workforce.target_growth_rate?"),
        (
            "plan.vesting",
            "zebra",
            "plan.vesting knows match_schedule, core_schedule, normal_retirement_age, full_at, partial_termination",
        ),
    ],
)
def test_a_suggestion_prefers_the_same_name_elsewhere_then_a_like_one_here(section: str, word: str, hint: str) -> None:
    assert suggestion(section, word) == hint
