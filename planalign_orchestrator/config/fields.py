"""The building blocks of the settings model: a base class that refuses unknown keys, a field with unit and reason."""

import re
from collections.abc import Callable
from typing import Annotated, Any

import pydantic
from pydantic_core import PydanticCustomError

from planalign_orchestrator.tables import said, table


class Section(pydantic.BaseModel):
    """A group of settings. Unknown keys are errors; a section does not change once it is made."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @pydantic.field_validator("*", mode="before")
    @classmethod
    def _no_truth_values_for_numbers(cls, value: Any, info: pydantic.ValidationInfo) -> Any:
        # Python counts true as 1, so `target_growth_rate: true` would quietly double the workforce.
        annotation = cls.model_fields[str(info.field_name)].annotation
        if annotation in (bool, dict[str, Any]) or (isinstance(annotation, type) and issubclass(annotation, Section)):
            return value
        if any(isinstance(part, bool) for part in (value.values() if isinstance(value, dict) else [value])):
            raise refusal("truth_value")
        return value

    @pydantic.model_validator(mode="before")
    @classmethod
    def _commented_out(cls, value: Any) -> Any:
        return {} if value is None else value  # a section whose keys are all commented out is null

    @pydantic.model_validator(mode="after")
    def _checked(self) -> "Section":
        self.check()
        return self

    def check(self) -> None:
        """Raise a ``conflict`` where settings do not go together."""


def refusal(kind: str, **words: object) -> PydanticCustomError:
    """The error of a check of one value, as ``complaints.ini`` tells it."""
    return PydanticCustomError(kind, table(__package__, "complaints")["values"][kind], words)


def only(kind: str, is_sound: Callable[[Any], object]) -> pydantic.AfterValidator:
    """A type's own check of a value.

    Args:
        kind: of the refusal of any other.
        is_sound: whether a value may stand.
    """

    def check(value: Any) -> Any:
        if not is_sound(value):
            raise refusal(kind)
        return value

    return pydantic.AfterValidator(check)


def conflict(message: str, keys: str) -> PydanticCustomError:
    """The error of a check over several settings, to be raised in a model validator.

    Args:
        message: what is wrong, with the values.
        keys: the settings involved, dotted, as seen from the section that checks, with blanks between; the message
            names where they are set.
    """
    return PydanticCustomError("conflict", "{message}", {"message": message, "keys": keys.split()})


def told_conflict(kind: str, **words: object) -> PydanticCustomError:
    """The same, as ``conflicts.ini`` tells it."""
    row = said(__package__, "conflicts", kind, **words)
    return conflict(row["says"], row["keys"])


def setting(default: Any, unit: str = "yes or no", **constraints: Any) -> Any:
    """A settings field; the sentence under it says what it does and why its default is what it is.

    Args:
        default: the value when nobody sets it (the only place where it stands).
        unit: what the value is counted in, such as ``share of 1`` or ``days``.
        constraints: pydantic field constraints (``ge``, ``le``, …).
    """
    return pydantic.Field(default, json_schema_extra={"unit": unit}, **constraints)


def part(kind: type[Section]) -> Any:
    """A section within another one; one that holds no list or mapping is shared by all settings without it."""
    try:
        hash(shared := kind())
    except TypeError:
        return pydantic.Field(default_factory=kind)
    return pydantic.Field(default_factory=lambda: shared)


MonthDay = Annotated[str, pydantic.StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$")]
"""A date that every year has, as ``MM-DD`` (29 to 31 are left out, so that leap years need no rule)."""

_RESERVED_ON_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


Identifier = Annotated[
    str,
    pydantic.StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9_-])?$"),
    only("reserved_name", lambda name: not _RESERVED_ON_WINDOWS.fullmatch(name)),
]
"""A name that is safe as a folder on every system."""

Share = Annotated[float, pydantic.Field(ge=0, le=1)]
"""A part of a whole, 0 to 1."""


ShareOfPay = Annotated[float, only("too_fine", lambda value: abs(value * 10_000 - round(value * 10_000)) <= 1e-6)]
"""A share of pay in whole hundredths of a percent, so that plan money can be computed exactly in whole numbers."""
