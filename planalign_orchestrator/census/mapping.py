"""The mapping file: what each column of a file means, reviewed by a person; whether the next file looks the same."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator

from planalign_orchestrator.census.columns import KNOWN, MEANINGS, UNDECIDED
from planalign_orchestrator.census.faults import Check, doubt
from planalign_orchestrator.census.quality import Entry, noted
from planalign_orchestrator.census.refusal import refused
from planalign_orchestrator.census.samples import ColumnSample, distinct
from planalign_orchestrator.census.synonyms import normal_name
from planalign_orchestrator.config.fields import Section
from planalign_orchestrator.pipes import refuse_pipes

IGNORE = "ignore"
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


_MUCH = 5
"""A middle that many times what it was is of another unit; raises and shorter years do not come near."""


def has_headings(mapping: CensusMapping, names: Sequence[str]) -> bool:
    """Whether a file has the headings that a mapping was made for, in their order."""
    return [normal_name(name) for name in mapping.columns] == [normal_name(name) for name in distinct(names)]


def compared(mapping: CensusMapping, names: Sequence[str], samples: Sequence[ColumnSample]) -> Iterator[Check | Entry]:
    """What differs in the columns that are used: where their values are of another kind, the user is asked.

    An empty column differs from nothing, and what cannot be read is a fault of its row. Amounts of another size are
    warned of; rates of another size may be dollars, and are asked about.
    """
    held = {normal_name(name): one.meaning for name, one in mapping.columns.items()}
    was = {normal_name(name): values for name, values in mapping.values.items()}
    for name, sample in zip(distinct(names), samples, strict=True):
        meaning, before, now = held.get(normal_name(name)), was.get(normal_name(name)), sample.values
        kind = KNOWN[meaning].kind if meaning in KNOWN else "text"
        if not before or not now or kind in ("text", "flag"):
            continue
        if kind == "id":  # which have no size
            before, now = before.partition(" near ")[0], now.partition(" near ")[0]
        is_rate = kind == "rate" or meaning == "full_time_equivalent"
        (form, size), (other_form, other_size) = (_plain(values, kind, is_rate=is_rate) for values in (before, now))
        is_other_form = form != other_form
        is_other_size = bool(size and other_size) and not 1 / _MUCH <= other_size / size <= _MUCH and kind != "whole"
        told = f"held {before} when the mapping was made, and {now} now"
        if is_other_form and kind == "id":
            yield noted("other ids", name, sample.filled, told=told)
        elif is_other_form or (is_other_size and is_rate):
            yield doubt("other values", name, told=told)
        elif is_other_size:
            yield noted("other size", name, sample.filled, told=told)


def _plain(values: str, kind: str, *, is_rate: bool) -> tuple[str, float]:
    """The form and size of values as a mapping records them; of forms that are read alike, one stands for all."""
    form, _, near = values.partition(" near ")
    size = float(near or 0)
    if kind == "date" and form == "numbers":  # 20190504, or days as spreadsheets count them
        return "dates", 0.0
    if is_rate and form in ("percents", "fractions"):
        return "numbers", size * (100 if form == "fractions" else 1)
    return ("numbers" if form == "fractions" else form), size


def chosen_mapping(path: Path, names: Sequence[str], samples: Sequence[ColumnSample]) -> CensusMapping:
    """The mapping in a folder that was made for a file of this layout.

    Raises:
        ConfigurationError: there is none, or more than one that differ.
    """
    refuse_pipes(path, 0)
    files = sorted(path.glob("*.mapping.yaml"))
    fitting = [mapping for mapping in map(load_mapping, files) if has_headings(mapping, names)]
    fitting = [mapping for mapping in fitting if not any(compared(mapping, names, samples))] or fitting
    if fitting and all(mapping == fitting[0] for mapping in fitting):
        return fitting[0]
    raise refused("no fitting mapping", path=path, fitting=len(fitting) or "none", files=len(files))
