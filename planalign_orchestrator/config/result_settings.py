"""Which settings decide a result, said once: a resume asks for these to be as they were, and for no others."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from planalign_orchestrator.config.amendments import flat
from planalign_orchestrator.config.secrecy import without_secrets
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.tables import table

_NETWORK = "network."

NOT_IN_RESULTS = table(__package__, "results")["not in results"]["settings"].split()
"""Settings, or with a dot at the end whole sections, that say how, how far or from where, not what comes out for a
year. Of the census and of the assumption tables the content counts, which has fingerprints of its own."""


NAMES_OF_A_RUN = ("simulation.scenario_id", "simulation.plan_design_id")
"""Settings that stand in every row and change nothing else in it."""


@cache
def decides_result(key: str) -> bool:
    """Whether a setting, or something inside it, changes what comes out; by its dotted key."""
    return not any(key == name or key.startswith(f"{name.rstrip('.')}.") for name in NOT_IN_RESULTS)


def flat_settings(settings: Settings) -> dict[str, Any]:
    """All settings as plain values by dotted key, mappings too, such as ``workforce.new_hires.level_mix.2``.

    Empty mappings vanish, lists stay whole. Comments, order and spelling of a file make no difference here.
    """
    return flat(settings.model_dump(mode="json"))


def is_recorded(key: str) -> bool:
    """Whether a run writes a setting down; a run folder is copied and mailed, and the network is nobody's business."""
    return not key.startswith(_NETWORK)


def recordable(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a run writes down of its settings: addresses without passwords and tokens, and nothing of the network.

    What decides a result stays as it is: a resume compares it.

    Args:
        settings: value by dotted key, as ``flat_settings`` gives it.
    """
    return {
        key: value if decides_result(key) else without_secrets(value)
        for key, value in settings.items()
        if is_recorded(key)
    }
