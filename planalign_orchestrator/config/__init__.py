"""Settings: typed, merged from several sources, and explained."""

from planalign_orchestrator.config.settings import Settings

__all__ = ["Settings"]
