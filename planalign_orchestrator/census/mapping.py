"""The mapping file: what each column of a client's file means, reviewed by a person and used again next year."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from planalign_orchestrator.census.columns import MEANINGS
from planalign_orchestrator.census.refusal import refused
from planalign_orchestrator.census.synonyms import normal_name
from planalign_orchestrator.config.fields import Section
from planalign_orchestrator.pipes import refuse_pipes

IGNORE = "ignore"
UNDECIDED = "REVIEW"
"""What a proposal writes where a person must decide; such a mapping is not used."""
Unit = Literal["", "annual", "thousands", "monthly", "semimonthly", "biweekly", "weekly", "hourly", "per_period"]
StatusWord = Literal["employed", "leave", "left"]
SeveralRows = Literal["refuse", "sum", "latest"]


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
    """

    columns: dict[str, Assignment]
    sheet: str | None = None
    header_row: int | None = Field(default=None, ge=1, le=1000)
    decimal: Literal[".", ","] = "."
    several_rows: SeveralRows = "refuse"
    status: dict[str, StatusWord] = Field(default_factory=dict)

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

    def layout_matches(self, names: Sequence[str]) -> bool:
        """Whether a file has the headings that this was made for, in their order."""
        return [normal_name(name) for name in self.columns] == [normal_name(name) for name in distinct(names)]


def distinct(names: Sequence[str]) -> list[str]:
    """The headings of a file as a mapping names them: those that stand there twice are numbered."""
    seen: dict[str, int] = {}
    told = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        told.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return told


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


def chosen_mapping(path: Path, names: Sequence[str]) -> CensusMapping:
    """The mapping in a folder that was made for these headings.

    Raises:
        ConfigurationError: there is none, or more than one that differ.
    """
    refuse_pipes(path, 0)
    files = sorted(path.glob("*.mapping.yaml"))
    fitting = [mapping for mapping in map(load_mapping, files) if mapping.layout_matches(names)]
    if fitting and all(mapping == fitting[0] for mapping in fitting):
        return fitting[0]
    raise refused("no fitting mapping", path=path, fitting=len(fitting) or "none", files=len(files))


def _told(path: Path, fault: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in fault["loc"])
    return f"{path.name}: {place} {str(fault['msg']).removeprefix('Value error, ')}"
