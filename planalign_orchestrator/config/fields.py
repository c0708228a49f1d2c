"""The building blocks of the settings model: a base class that refuses unknown keys, a field with unit and reason."""

from __future__ import annotations

import re
from typing import Annotated, Any

import pydantic
from pydantic_core import PydanticCustomError

from planalign_orchestrator.tables import said


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
            raise PydanticCustomError("truth_value", "is true or false, which is not a value of this setting")
        return value

    @pydantic.model_validator(mode="before")
    @classmethod
    def _commented_out(cls, value: Any) -> Any:
        return {} if value is None else value  # a section whose keys are all commented out is null

    @pydantic.model_validator(mode="after")
    def _checked(self) -> Section:
        self.check()
        return self

    def check(self) -> None:
        """Raise a ``conflict`` where settings do not go together."""


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


MonthDay = Annotated[str, pydantic.StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$")]
"""A date that every year has, as ``MM-DD`` (29 to 31 are left out, so that leap years need no rule)."""

_RESERVED_ON_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def _is_a_safe_folder(name: str) -> str:
    if _RESERVED_ON_WINDOWS.fullmatch(name):
        raise PydanticCustomError("reserved_name", "is a name that Windows keeps for a device")
    return name


Identifier = Annotated[
    str,
    pydantic.StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9_-])?$"),
    pydantic.AfterValidator(_is_a_safe_folder),
]
"""A name that is safe as a folder on every system."""

Share = Annotated[float, pydantic.Field(ge=0, le=1)]
"""A part of a whole, 0 to 1."""


def _in_whole_basis_points(value: float) -> float:
    if abs(value * 10_000 - round(value * 10_000)) > 1e-6:
        raise PydanticCustomError("too_fine", "has more than four decimals; a plan states shares of pay to 0.01%")
    return value


ShareOfPay = Annotated[float, pydantic.AfterValidator(_in_whole_basis_points)]
"""A share of pay in whole hundredths of a percent, so that plan money can be computed exactly in whole numbers."""
