"""Proposes a mapping file for a census: what each column seems to hold, for a person to review."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from planalign_orchestrator.census.columns import CONTEXT, STATUS
from planalign_orchestrator.census.header import looked_at
from planalign_orchestrator.census.mapping import IGNORE, UNDECIDED, Assignment, distinct
from planalign_orchestrator.census.parquet_file import parquet_sample
from planalign_orchestrator.census.recognition import Recognised, recognise
from planalign_orchestrator.census.samples import ColumnSample, sample_columns
from planalign_orchestrator.census.source import Source, open_source
from planalign_orchestrator.census.staging import open_table
from planalign_orchestrator.census.statuses import STATUS_WORDS
from planalign_orchestrator.census.synonyms import near_meaning
from planalign_orchestrator.census.table import TextTable
from planalign_orchestrator.census.workplace import workplace
from planalign_orchestrator.config.commented_yaml import yaml_value
from planalign_orchestrator.storage.durable import private_files

_REVIEW = "REVIEW: "
_YEAR_OF_BIRTH_BEFORE = 16
_PAY = (5_000, 2_000_000)
_HOURLY, _MINIMUM_WAGE = 200, 7.25 * 2080
_PAID = ("annual_compensation", "paid_compensation", "deferral_amount", "roth_amount")


@dataclass(frozen=True)
class Proposal:
    """A mapping as YAML, and how many of its lines a person must look at."""

    text: str
    to_review: int


def propose_mapping(path: Path, output: Path, *, sheet: str | None = None) -> Proposal:
    """Look at headings and values of a census, and propose what they mean.

    Args:
        path: the census.
        output: where the mapping will stand; the work is done beside it.
        sheet: of a workbook; the first that looks like a census when left out.

    Raises:
        CensusError: the file cannot be read.
    """
    with private_files(), workplace(output) as (connection, folder):
        source = open_source(path, None, folder)
        if source.format == "parquet":
            names, rows = parquet_sample(connection, source)
            table = TextTable(names, iter(()))
        else:
            table = open_table(source, sheet, None, folder, proposing=True)
            names, (rows, table.rows) = table.names, looked_at(table.rows)
        text = "\n".join(_lines(source, table, names, rows)) + "\n"
    return Proposal(text, text.count(_REVIEW))


def _lines(source: Source, table: TextTable, names: list[str], rows: list[list[str]]) -> Iterator[str]:
    recognised = recognise(names, rows)
    samples = sample_columns(names, rows)
    found = _by_values(recognised, samples)
    yield f"# What the columns of {source.name} hold, as proposed by planalign census map."
    yield "# Check every line, above all those to review; then name this file in census.mapping or --mapping."
    yield "# The same file serves next year as long as the headings stay; a mapping for other headings is told."
    if table.sheet is not None:
        yield f"sheet: {yaml_value(table.sheet)}"
    if source.format != "parquet":
        yield f"header_row: {table.header_row}"
    yield f'decimal: "{_decimal(rows)}"  # the decimal sign of numbers'
    yield from _several_rows(recognised, rows)
    yield "# heading: meaning; amounts have a unit: annual, thousands, monthly, semimonthly, biweekly, weekly, hourly"
    yield "columns:"
    doubts = {doubt.column: doubt.message for doubt in recognised.doubts}
    for i, heading in enumerate(distinct(names)):
        assignment = found.get(i, recognised.mapping.columns.get(heading))
        is_claimed = assignment is not None and assignment.meaning in recognised.claims
        line = _line(heading, assignment, samples[i], doubts.get(heading, ""), is_claimed and samples[i].filled > 0)
        yield f"  {yaml_value(heading)}: {line}" + (f"; {_REVIEW}found by its values" if i in found else "")
    yield from _status(recognised, rows)
    for meaning in recognised.missing:
        if meaning not in {assignment.meaning for assignment in found.values()}:
            yield f"# {_REVIEW}no column seems to hold {meaning}, which is needed."


def _line(heading: str, assignment: Assignment | None, sample: ColumnSample, doubt: str, is_claimed: bool) -> str:
    """One column: what it holds, or that somebody must say so, and why."""
    told = f"{sample.kind}, {sample.filled:,} of the first rows filled"
    held = assignment.meaning if assignment else IGNORE
    if is_claimed:
        doubt = f"several columns hold {held}: leave one, and ignore the others."
    if doubt:
        return f"{UNDECIDED}  # {_REVIEW}{doubt} {told}; it looks like {held}"
    if assignment is None:
        near = near_meaning(heading)
        return f"{IGNORE}  # {_REVIEW}near {near}? {told}" if near else f"{IGNORE}  # not understood; {told}"
    if held == CONTEXT:
        return f"{IGNORE}  # understood, not needed; {told}"
    if held in _PAID:
        told += "" if assignment.unit else _low_pay(held, sample)
        held = f"{{meaning: {held}, unit: {assignment.unit or 'annual'}}}"
    return f"{held}  # {told}"


def _low_pay(held: str, sample: ColumnSample) -> str:
    """A rate of pay that hardly is that of a year: some of it by the hour, or most of it below the minimum wage."""
    low = sum(amount < _MINIMUM_WAGE for amount in sample.numbers)
    if (
        held != "annual_compensation"
        or not sample.numbers
        or (sample.numbers[0] > _HOURLY and low * 2 <= len(sample.numbers))
    ):
        return ""
    return f"; {_REVIEW}{low:,} of them below a year's minimum wage: is this the unit?"


def _by_values(recognised: Recognised, samples: Sequence[ColumnSample]) -> dict[int, Assignment]:
    """What unknown columns hold, as far as their values tell, for the required meanings that no heading names."""
    found: dict[int, Assignment] = {}
    newest = max((max(sample.years) for sample in samples if sample.years), default=0)
    for meaning in sorted(recognised.missing, key="employee_id".__eq__):  # ids last: most columns could be one
        fitting = [i for i in recognised.ignored if i not in found and _fits(meaning, samples[i], newest, samples)]
        if len(fitting) == 1:
            found[fitting[0]] = Assignment(meaning=meaning)
    return found


def _fits(meaning: str, sample: ColumnSample, newest: int, samples: Sequence[ColumnSample]) -> bool:
    rows = max(other.filled for other in samples)
    if sample.filled * 10 < rows * 9:
        return False
    middle = sorted(sample.years)[len(sample.years) // 2] if sample.years else 0
    is_dates = sample.mostly(sample.dates) and middle > 0
    if meaning == "birth_date":
        return is_dates and middle < newest - _YEAR_OF_BIRTH_BEFORE and max(sample.years) < newest - 10
    if meaning == "hire_date":
        return is_dates and max(sample.years) >= newest - 2
    if meaning == "annual_compensation":
        return not is_dates and _PAY[0] < sample.middle < _PAY[1] and sample.filled == len(sample.numbers)
    return not is_dates and sample.distinct == sample.filled == rows


def _decimal(rows: Sequence[Sequence[str]]) -> str:
    """A comma when numbers such as 85.000,50 or 0,06 stand there, and none such as 85,000.50."""
    cells = [cell.strip() for row in rows for cell in row]
    comma = sum(re.fullmatch(r"-?\d{1,3}(\.\d{3})*,\d{1,2}", cell) is not None for cell in cells)
    point = sum(re.fullmatch(r"-?\d{1,3}(,\d{3})*\.\d{1,2}|\d+\.\d+", cell) is not None for cell in cells)
    return "," if comma > point else "."


def _several_rows(recognised: Recognised, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    position = recognised.positions.get("employee_id")
    ids = [row[position] for row in rows if position is not None and position < len(row) and row[position].strip()]
    if len(set(ids)) < len(ids):
        yield f"several_rows: refuse  # {_REVIEW}people have several rows: sum or latest"


def _status(recognised: Recognised, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    position = recognised.positions.get(STATUS)
    if position is None:
        return
    words = sorted({row[position].strip() for row in rows if position < len(row) and row[position].strip()})
    yield "status:  # employed, leave or left"
    for word in words[:100]:
        state = STATUS_WORDS.get(word.lower())
        yield f"  {yaml_value(word)}: {state or UNDECIDED}" + ("" if state else f"  # {_REVIEW}not a known word")
