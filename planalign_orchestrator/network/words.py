"""What can go wrong on the way, each in words: ``failures.ini``."""

from planalign_orchestrator.errors import NetworkError
from planalign_orchestrator.tables import said


class Failure(NetworkError):
    """One attempt failed."""

    may_pass = False
    """Whether another attempt makes sense."""
    retry_after: float | None = None
    """Seconds that the server asked to wait."""
    no_connection = False
    """Whether another way out may work where this one did not."""


def failure(kind: str, **words: object) -> Failure:
    """A failure as ``failures.ini`` tells it."""
    row = said(__package__, "failures", kind, **words)
    told = Failure(row["came_back"], remedy=row["ask"])
    told.may_pass, told.no_connection = "may_pass" in row, "no_connection" in row
    return told
