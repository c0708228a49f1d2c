"""The mapping file: what each column of a client's file means, reviewed by a person and used again next year."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator

from planalign_orchestrator.census.columns import MEANINGS
from planalign_orchestrator.census.refusal import refused
from planalign_orchestrator.config.fields import Section

IGNORE = "ignore"
UNDECIDED = "REVIEW"
"""What a proposal writes where a person must decide; such a mapping is not used."""
Unit = Literal["", "annual", "thousands", "monthly", "semimonthly", "biweekly", "weekly", "hourly", "per_period"]
StatusWord = Literal["employed", "leave", "left"]
SeveralRows = Literal["refuse", "sum", "latest"]
Values = Annotated[str, Field(pattern=r"^(dates|percents|fractions|numbers|yes or no|text)( near \d+(\.\d+)?)?$")]


class Assignment(Section):
    """What a column holds, and in which unit when it is pay, deferrals or hours."""

    meaning: str
    unit: Unit = ""

    @field_validator("meaning")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value == UNDECIDED:
            raise ValueError("is still to be decided; see the comment on that line")
        if value not in (*MEANINGS, IGNORE):
            raise ValueError(f"is no meaning; choose one of {', '.join((*MEANINGS, IGNORE))}")
        return value


class CensusMapping(Section):
    """How a file is read. Without one, the same is worked out from headings and values.

    Attributes:
        columns: what each heading means, in the order of the file.
        sheet: of a workbook.
        header_row: the row that holds the headings; None looks for it.
        decimal: the decimal sign of numbers.
        several_rows: what is done with several rows of one person.
        status: what status words of this file mean.
        values: what stood under each heading when the mapping was made.
    """

    columns: dict[str, Assignment]
    sheet: str | None = None
    header_row: int | None = Field(default=None, ge=1, le=1000)
    decimal: Literal[".", ","] = "."
    several_rows: SeveralRows = "refuse"
    status: dict[str, StatusWord] = Field(default_factory=dict)
    values: dict[str, Values] = Field(default_factory=dict)

    @field_validator("columns", mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {str(name): {"meaning": held} if isinstance(held, str) else held for name, held in value.items()}

    @field_validator("status", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        return {str(word).lower(): state for word, state in value.items()} if isinstance(value, dict) else value


def load_mapping(path: Path) -> CensusMapping:
    """Read a mapping file.

    Raises:
        ConfigurationError: it cannot be read, or says something that makes no sense.
    """
    from planalign_orchestrator.config.yaml_file import read_yaml_file

    file = read_yaml_file(path)
    faults = [str(fault) for fault in file.faults]
    try:
        if not faults:
            return CensusMapping.model_validate(file.data)
    except ValidationError as error:
        faults = [_told(path, fault) for fault in error.errors()]
    raise refused("no mapping", faults="; ".join(faults))


def _told(path: Path, fault: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in fault["loc"])
    return f"{path.name}: {place} {str(fault['msg']).removeprefix('Value error, ')}"
