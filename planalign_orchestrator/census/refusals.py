"""Why a file, a setting or an argument cannot be used, each in words: ``refusals.ini``."""

from planalign_orchestrator.errors import CensusError, ConfigurationError, OutOfResourcesError, PlanAlignError
from planalign_orchestrator.tables import table


def refused(kind: str, **words: object) -> PlanAlignError:
    """An error as ``refusals.ini`` tells it; an error among the words is told in a line."""
    row = table(__package__, "refusals")[kind]
    told = {name: _line(word) if isinstance(word, BaseException) else word for name, word in words.items()}
    says, remedy = (row[key].format(**told) for key in ("says", "remedy"))
    if "resources" in row:
        return OutOfResourcesError(says, remedy=remedy)
    return ConfigurationError(says, remedy=remedy) if "setting" in row else CensusError(says, remedy=remedy)


def _line(error: BaseException) -> str:
    said = getattr(error, "strerror", None) or str(error)
    return said.splitlines()[0] if said else type(error).__name__
