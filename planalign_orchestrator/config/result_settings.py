"""Which settings decide a result, said once: a resume asks for these to be as they were, and for no others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planalign_orchestrator.config.settings import Settings

NOT_IN_RESULTS = (
    "multi_year.",
    "network.",
    "reporting.",
    "simulation.end_year",
    "census.path",
    "census.sha256",
    "assumptions.directory",
    "assumptions.tables",
)
"""Settings, or with a dot at the end whole sections, that say how, how far or from where, not what comes out for a
year. Of the census and of the assumption tables the content counts, which has fingerprints of its own."""


def decides_result(key: str) -> bool:
    """Whether a setting, or something inside it, changes what comes out; by its dotted key."""
    return not any(key == name or key.startswith(f"{name.rstrip('.')}.") for name in NOT_IN_RESULTS)


def flat_settings(settings: Settings) -> dict[str, Any]:
    """All settings as plain values by dotted key, mappings too, such as ``compensation.cola_by_year.2026``.

    Empty mappings vanish, lists stay whole. Comments, order and spelling of a file make no difference here.
    """
    return _flat(settings.model_dump(mode="json"), "")


def _flat(nested: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in nested.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return flat
