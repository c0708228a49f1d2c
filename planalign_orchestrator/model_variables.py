"""The seam from settings to SQL: the variables that the models read.

A model finds a setting under the path that it has in the configuration: ``plan.escalation.cap`` is
``var('plan').escalation.cap``. Only the match needs a word more, because its families are brought to one shape.
"""

from __future__ import annotations

from typing import Any

from planalign_orchestrator.config import Settings


def model_variables(settings: Settings) -> dict[str, Any]:
    """The variables that stay the same for all years of a run.

    Returns:
        A JSON-ready mapping; shares are fractions, amounts dollars, dates ISO text.
    """
    simulation = settings.simulation
    return {
        "start_year": simulation.start_year,
        "random_seed": simulation.random_seed,
        "scenario_id": simulation.scenario_id,
        "plan_design_id": simulation.plan_design_id,
        "workforce": settings.workforce.model_dump(mode="json"),
        "compensation": settings.compensation.model_dump(mode="json"),
        "plan": settings.plan.model_dump(mode="json"),
        "match_bands": [band.model_dump(mode="json") for band in settings.plan.match.bands()],
        "match_ceiling": settings.plan.match.ceiling(),
    }
