"""Proposes a mapping file for a census: what each column seems to hold, for a person to review."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from planalign_orchestrator.census.columns import CONTEXT, STATUS, UNDECIDED
from planalign_orchestrator.census.formats import open_table
from planalign_orchestrator.census.mapping import IGNORE, Assignment, CensusMapping, has_headings
from planalign_orchestrator.census.recognition import Recognised, recognise
from planalign_orchestrator.census.samples import ColumnSample, distinct, sample_columns
from planalign_orchestrator.census.source import Source, open_source
from planalign_orchestrator.census.statuses import known_states
from planalign_orchestrator.census.table import TextTable
from planalign_orchestrator.census.workplace import workplace
from planalign_orchestrator.config.catalogue import yaml_value
from planalign_orchestrator.storage.durable import private_files
from planalign_orchestrator.tables import rendered

TO_REVIEW = "REVIEW: "
"""Stands in the comment of each line that a person must look at."""
_WORDS_LISTED = 100
_YEAR_OF_BIRTH_BEFORE = 16
_PAY = (5_000, 2_000_000)
_HOURLY, _MINIMUM_WAGE = 200, 7.25 * 2080
_PAID = ("annual_compensation", "paid_compensation", "deferral_amount", "roth_amount")


def propose_mapping(path: Path, output: Path, *, sheet: str | None = None) -> str:
    """Look at headings and values of a census, and propose what they mean: a mapping as YAML.

    Args:
        path: the census.
        output: where the mapping will stand; the work is done beside it.
        sheet: of a workbook; the first that looks like a census when left out.

    Raises:
        CensusError: the file cannot be read.
    """
    with _opened(path, output, sheet) as (source, table):
        return _proposed(source, table)


def is_made_for(path: Path, mapping: CensusMapping, output: Path) -> bool:
    """Whether a census has the headings of a mapping.

    Args:
        path: the census.
        mapping: a reviewed one.
        output: where the work is done beside.

    Raises:
        CensusError: the file cannot be read.
    """
    with _opened(path, output) as (_, table):
        return has_headings(mapping, table.names)


@contextmanager
def _opened(path: Path, output: Path, sheet: str | None = None) -> Iterator[tuple[Source, TextTable]]:
    with private_files(), workplace(output) as (connection, folder):
        source = open_source(path, folder)
        yield source, open_table(connection, source, folder, sheet=sheet, proposing=True)


def _proposed(source: Source, table: TextTable) -> str:
    recognised = recognise(table.names, table.sample)
    samples = sample_columns(table.names, table.sample)
    found = _by_values(recognised, samples)
    doubts = {doubt.name: doubt.message for doubt in recognised.doubts}
    claims = {name: f"several columns hold {name}: leave one, and ignore the others." for name in recognised.claims}
    warnings = {note.column: note.text for note in recognised.notes if note.kind == "warning"}
    columns = []
    for i, heading in enumerate(distinct(table.names)):
        assignment = found.get(i, recognised.mapping.columns.get(heading))
        doubt = doubts.get(heading) or claims.get(assignment.meaning if assignment else "", "")
        line = _line(assignment, samples[i], doubt, warnings.get(heading, ""))
        columns.append((heading, line + (f"; {TO_REVIEW}found by its values" if i in found else "")))
    used = {heading for heading, line in columns if not line.startswith(IGNORE)}
    kinds = {name: one.values for name, one in zip(distinct(table.names), samples, strict=True) if name in used}
    ids = _values(recognised, table, "employee_id")
    words = sorted({*_values(recognised, table, STATUS)})[:_WORDS_LISTED]
    states = known_states(words, recognised.column(STATUS)).items() if STATUS in recognised.positions else None
    missing = [meaning for meaning in recognised.missing if Assignment(meaning=meaning) not in found.values()]
    text = rendered(
        __package__, "proposal.txt", source=source, table=table, decimal=recognised.mapping.decimal, columns=columns,
        several_rows=len({*ids}) < len(ids), states=states, values=kinds, missing=missing, secret=recognised.secret,
        quoted=yaml_value,
    )  # fmt: skip
    return f"{text}\n"


def _values(recognised: Recognised, table: TextTable, meaning: str) -> list[str]:
    """What the first rows hold of a meaning."""
    position = recognised.positions.get(meaning, len(table.names))
    return [row[position].strip() for row in table.sample if position < len(row) and row[position].strip()]


def _line(assignment: Assignment | None, sample: ColumnSample, doubt: str, warning: str) -> str:
    """One column: what it holds, or that somebody must say so, and why."""
    told = f"{sample.kind}, {sample.filled:,} of the first rows filled"
    held = assignment.meaning if assignment else IGNORE
    if doubt:
        return f"{UNDECIDED}  # {TO_REVIEW}{doubt} {told}; it looks like {held}"
    if warning:
        told = f"{TO_REVIEW}{warning} {told}"
    if assignment is None:
        return f"{IGNORE}  # {told if warning else f'not understood; {told}'}"
    if held == CONTEXT:
        return f"{IGNORE}  # understood, not needed; {told}"
    if held in _PAID:
        told += "" if assignment.unit else _low_pay(held, sample)
        held = f"{{meaning: {held}, unit: {assignment.unit or 'annual'}}}"
    return f"{held}  # {told}"


def _low_pay(held: str, sample: ColumnSample) -> str:
    """A rate of pay that hardly is that of a year: some of it by the hour, or most of it below the minimum wage."""
    low = sum(amount < _MINIMUM_WAGE for amount in sample.numbers)
    is_low = sample.numbers and (sample.numbers[0] <= _HOURLY or low * 2 > len(sample.numbers))
    if held != "annual_compensation" or not is_low:
        return ""
    return f"; {TO_REVIEW}{low:,} of them below a year's minimum wage: is this the unit?"


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
    is_dates = sample.mostly("dates") and len(sample.years) * 10 >= sample.filled * 9  # the end of time is no year
    if meaning == "birth_date":
        return is_dates and middle < newest - _YEAR_OF_BIRTH_BEFORE and max(sample.years) < newest - 10
    if meaning == "hire_date":
        return is_dates and max(sample.years) >= newest - 2
    if meaning == "annual_compensation":
        return not is_dates and _PAY[0] < sample.middle < _PAY[1] and sample.filled == len(sample.numbers)
    return not (is_dates or sample.mostly("dollars")) and len({*sample.cells}) == sample.filled == rows
