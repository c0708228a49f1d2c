"""The variables that the dbt models read; the settings themselves are data (``cells``)."""

from __future__ import annotations

from typing import Any

from planalign_orchestrator.config import Settings


def model_variables(settings: Settings) -> dict[str, Any]:
    """The dbt variables that stay the same for all years of a run."""
    return {"start_year": settings.simulation.start_year}
