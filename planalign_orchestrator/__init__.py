"""PlanAlign Engine: simulates a workforce and its retirement plan year by year.

from planalign_orchestrator import simulate

with simulate("staff.xlsx", years=range(2026, 2031), scenario="safe_harbor") as run:
    print(run.summary.rows()[-1]["net_employer_cost"])
    people = run.table("fct_workforce_snapshot").arrow()
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from planalign_orchestrator import errors
from planalign_orchestrator.errors import *  # noqa: F403

if TYPE_CHECKING:
    from planalign_orchestrator.api import Run, Table, open_run, simulate
    from planalign_orchestrator.census.intake import read_census
    from planalign_orchestrator.config.settings import Settings
    from planalign_orchestrator.learning.fit import fit

__version__ = "0.1.0"

__all__ = ["Run", "Settings", "Table", "fit", "open_run", "read_census", "simulate"]
__all__ += errors.__all__

_ELSEWHERE = {
    "Settings": "config.settings",
    "read_census": "census.intake",
    "fit": "learning.fit",
    **dict.fromkeys(("Run", "Table", "open_run", "simulate"), "api"),
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is: a command should not wait for what it does not use."""
    if name not in _ELSEWHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ELSEWHERE[name]}"), name)
