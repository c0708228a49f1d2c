"""Every error that ends a command, with the exit code that scripts may rely on.

PlanAlignError                1
├── ConfigurationError        2   wrong setting, flag or assumption table
├── CensusError               3   the census cannot be used
├── LawBrokenError            4   a law of the model does not hold for a finished year
├── OutOfResourcesError       5   memory or disk ran out
│   └── FullDiskError         5   the disk did
├── CheckpointError           6   a checkpoint is damaged, or resume is refused
├── NetworkError              7   a download or connection failed
├── RunLockedError            2   another run works on the folder
├── ResultsError              2   a folder has no result that can be read
├── ModelError                1   a model failed
└── InterruptedRunError     130   stopped by the user; resumable
"""

import contextlib
import typing

__all__ = [
    "CensusError", "CheckpointError", "ConfigurationError", "FullDiskError", "InterruptedRunError", "LawBrokenError",
    "ModelError", "NetworkError", "OutOfResourcesError", "PlanAlignError", "ResultsError", "RunLockedError",
]  # fmt: skip

_Error = typing.TypeVar("_Error", bound="PlanAlignError")


class PlanAlignError(Exception):
    """An error with a sentence for the user.

    Args:
        message: what went wrong, naming file, field and value where there are any.
        remedy: what to do about it, as a sentence or a command to paste.
    """

    exit_code = 1

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    @classmethod
    def told(cls: type[_Error], kind: str, /, **words: object) -> _Error:
        """An error as ``errors.ini`` tells it, where its words are too long to stand where it is raised."""
        from planalign_orchestrator.tables import said  # nothing is read as long as nothing is wrong

        row = said(__package__, "errors", kind, **words)
        return cls(row["says"], remedy=row["remedy"])


class ConfigurationError(PlanAlignError):
    """A setting, flag or assumption table is wrong."""

    exit_code = 2


class RunLockedError(PlanAlignError):
    """Another process works on the run folder."""

    exit_code = 2


class ResultsError(PlanAlignError):
    """A run folder has no finished result, or one that this version cannot read."""

    exit_code = 2


class CensusError(PlanAlignError):
    """The census cannot be used as it is."""

    exit_code = 3


class LawBrokenError(PlanAlignError):
    """A law of the model does not hold for a year that was just computed."""

    exit_code = 4


class OutOfResourcesError(PlanAlignError):
    """Memory or disk ran out."""

    exit_code = 5


class FullDiskError(OutOfResourcesError):
    """The disk ran out."""


class CheckpointError(PlanAlignError):
    """A checkpoint is damaged, or going on from it would give a wrong result."""

    exit_code = 6


class NetworkError(PlanAlignError):
    """Something that needs the network failed."""

    exit_code = 7


class ModelError(PlanAlignError):
    """A model failed for a reason that is not one of the above."""


class InterruptedRunError(PlanAlignError):
    """The user stopped the run; what was completed is saved."""

    exit_code = 130


def causes_of(error: BaseException | None) -> typing.Iterator[BaseException]:
    """An error and everything that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@contextlib.contextmanager
def instead_of(
    errors: type[BaseException] | tuple[type[BaseException], ...],
    tell: typing.Callable[..., PlanAlignError],
    kind: str,
    /,
    **words: object,
) -> typing.Iterator[None]:
    """Raise what an error inside the block means to a user instead of the error itself.

    Args:
        errors: those that are meant.
        tell: makes the error of its kind and words, such as ``ConfigurationError.told``.
        kind: of the table that it is told by.
        words: for those in braces; the error itself is the word ``error``.
    """
    try:
        yield
    except errors as error:
        raise tell(kind, error=error, **words) from error
