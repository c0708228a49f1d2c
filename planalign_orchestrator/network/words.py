"""What can go wrong on the way, each in words: ``failures.ini``."""

from planalign_orchestrator.errors import ConfigurationError, NetworkError
from planalign_orchestrator.tables import said


class Failure(NetworkError):
    """One attempt failed.

    Args:
        message: what came back, in words.
        remedy: what to do or to ask IT for.
        may_pass: whether another attempt makes sense.
        retry_after: seconds that the server asked to wait.
        no_connection: whether another way out may work where this one did not.
    """

    def __init__(
        self,
        message: str,
        remedy: str,
        *,
        may_pass: bool = False,
        retry_after: float | None = None,
        no_connection: bool = False,
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.may_pass, self.retry_after, self.no_connection = may_pass, retry_after, no_connection


def failure(kind: str, **words: object) -> Failure:
    """A failure as ``failures.ini`` tells it."""
    row = said(__package__, "failures", kind, **words)
    return Failure(row["came_back"], row["ask"], may_pass="may_pass" in row, no_connection="no_connection" in row)


def wrong_setting(kind: str, **words: object) -> ConfigurationError:
    """The error of a setting that no attempt can mend, as ``failures.ini`` tells it."""
    told = failure(kind, **words)
    return ConfigurationError(told.message, remedy=told.remedy)
