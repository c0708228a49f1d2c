"""Settings: typed, merged from several sources, and explained.

``find_settings`` gives the settings that a command means with the source of each, ``load_settings`` those of given
files. Modules with heavier needs (assumption tables, hardware) are imported by name.
"""

from planalign_orchestrator.config.description import settings_warnings
from planalign_orchestrator.config.loading import (
    EffectiveSettings,
    find_config_file,
    find_scenario_file,
    find_settings,
    load_settings,
)
from planalign_orchestrator.config.result_settings import decides_result, flat_settings, recordable
from planalign_orchestrator.config.settings import Settings, changing_years, settings_of

__all__ = [
    "EffectiveSettings",
    "Settings",
    "changing_years",
    "decides_result",
    "find_config_file",
    "find_scenario_file",
    "find_settings",
    "flat_settings",
    "load_settings",
    "recordable",
    "settings_of",
    "settings_warnings",
]
