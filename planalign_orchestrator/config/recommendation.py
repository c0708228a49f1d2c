"""The settings with the limits that suit this machine written down."""

from __future__ import annotations

from planalign_orchestrator.config.levels import LEVELS, Limits
from planalign_orchestrator.config.settings import Optimization, Settings


def recommended_settings(settings: Settings, limits: Limits) -> Settings:
    """The same settings with the level of the limits; numbers are written only where they differ from the level's.

    Args:
        settings: everything else is kept.
        limits: what was chosen for the machine.
    """
    level = LEVELS[limits.level]
    optimization = Optimization(
        # `fallback` cannot be asked for: it is `low` with the numbers that the machine allows.
        level="low" if limits.level == "fallback" else limits.level,
        max_workers=settings.multi_year.optimization.max_workers,
        batch_size=None if limits.level != "fallback" and limits.batch_size == level.batch_size else limits.batch_size,
        memory_limit_gb=None
        if limits.level != "fallback" and limits.memory_limit_gb == level.memory_limit_gb
        else limits.memory_limit_gb,
    )
    multi_year = settings.multi_year.model_copy(update={"optimization": optimization})
    return settings.model_copy(update={"multi_year": multi_year})
