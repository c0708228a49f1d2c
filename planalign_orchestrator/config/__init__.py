"""Settings: typed, merged from several sources, and explained.

``load_settings`` gives the settings in force with the source of each; ``find_config_file`` and ``find_scenario_file``
say which files a command means. Modules with heavier needs (assumption tables, hardware) are imported by name.
"""

from planalign_orchestrator.config.advice import settings_warnings
from planalign_orchestrator.config.finding import find_config_file, find_scenario_file
from planalign_orchestrator.config.loading import EffectiveSettings, SettingInForce, Source, load_settings
from planalign_orchestrator.config.result_settings import decides_result, flat_settings, recordable
from planalign_orchestrator.config.settings import Settings, changing_years, settings_of

__all__ = [
    "EffectiveSettings",
    "SettingInForce",
    "Settings",
    "Source",
    "changing_years",
    "decides_result",
    "find_config_file",
    "find_scenario_file",
    "flat_settings",
    "load_settings",
    "recordable",
    "settings_of",
    "settings_warnings",
]
