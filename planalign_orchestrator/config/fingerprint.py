"""What of the settings decides a result, as one hash, and how two sets of settings differ."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from planalign_orchestrator.config.catalogue import leaves, value_of
from planalign_orchestrator.config.settings import Settings

NOT_IN_RESULTS = ("multi_year.", "network.", "simulation.end_year", "census.path", "assumptions.directory")
"""Settings that decide how, how far or from where, not what comes out for a year. Of the census and of the assumption
tables, the content counts and has fingerprints of its own."""

_ABSENT = object()


def deciding_settings(settings: Settings) -> dict[str, Any]:
    """The settings that change results, by dotted key, as plain JSON values."""
    return {key: plain(value_of(settings, key)) for key in leaves() if not key.startswith(NOT_IN_RESULTS)}


def result_fingerprint(settings: Settings) -> str:
    """SHA-256 over the settings that change results; comments, order and spelling of a file do not count."""
    text = json.dumps(deciding_settings(settings), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """The keys whose values differ, with both values; None stands for a key that one side lacks."""
    keys = list(dict.fromkeys([*a, *b]))
    return [(key, a.get(key), b.get(key)) for key in keys if a.get(key, _ABSENT) != b.get(key, _ABSENT)]


def plain(value: Any) -> Any:
    """A setting's value as JSON knows it: dates as text, keys as text, sections as mappings."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {str(key): plain(element) for key, element in value.items()}
    if isinstance(value, list | tuple):
        return [plain(element) for element in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
