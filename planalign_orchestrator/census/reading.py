"""Turns text (``raw``) into values (``typed``): decides how each column is read, works out others; writes the rows."""

import datetime as dt
import re
from calendar import isleap
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import duckdb

from planalign_orchestrator.census.columns import COLUMNS, KNOWN, STATUS, decimals
from planalign_orchestrator.census.options import DateOrder
from planalign_orchestrator.census.quality import Entry, QualityKind, noted
from planalign_orchestrator.census.recognition import Recognised
from planalign_orchestrator.census.sql import counted, literal, path_literal
from planalign_orchestrator.census.staging import Staged
from planalign_orchestrator.census.statuses import has_left
from planalign_orchestrator.census.synonyms import says_annual
from planalign_orchestrator.census.whole_columns import DateReading, RateReading, rates_by_file, read_date_orders
from planalign_orchestrator.tables import rendered, table
from planalign_orchestrator.warehouse import one_row


@dataclass(frozen=True)
class Derivation:
    """One rule.

    Attributes:
        target: the column that gets a value.
        needs: the first of the columns of which one must be there.
        where: SQL that is true for the rows that it concerns.
        value: SQL of the new value.
        text: how it is told, after the number of rows.
        kind: as what it is told.
    """

    target: str
    needs: str
    where: str
    value: str
    text: str
    kind: QualityKind = "changed"


def derivations(
    present: Set[str], units: Mapping[str, str], as_of: dt.date, birth_date_from_age: float | None, *, is_annual: bool
) -> Iterator[Derivation]:
    """The rules that concern a file.

    Args:
        present: the meanings that it has.
        units: of its columns, where they are not a year's dollars.
        as_of: the day that the census describes.
        birth_date_from_age: the age at hire by which missing birth dates are imputed; None leaves them missing.
        is_annual: whether the heading of the rate of pay says that it is one of a year.
    """
    rows, known, age = table(__package__, "derivations"), table(__package__, "known_words"), birth_date_from_age or 0
    periods = ", ".join(f"{literal(word)}: {times}" for word, times in known["pay periods"].items())
    words: dict[str, object] = {
        "as_of": as_of, "days_of_year": 365 + isleap(as_of.year), "periods": f"MAP {{{periods}}}",
        "age": f"{age:g}", "months_of_age": round(age * 12),
    }  # fmt: skip
    for name, text in rows["words"].items():
        words[name] = text.format_map(words)
    if units.get("deferral_amount", units.get("roth_amount", "annual")) != "annual":
        words["pay_deferred_from"] = "annual_compensation"
    factors = {name: known["units"][unit] for name, unit in units.items() if unit in known["units"]}
    words["has_unit"] = is_annual or "annual_compensation" in factors
    for place, row in rows.items():
        targets = factors if place == "unit" else [] if place == "words" else [place.partition(":")[0]]
        for target in targets:
            words |= {"target": target, "unit": units.get(target, "").replace("_", " ")}
            words["factor"] = factors.get(target, "").format_map(words)
            needs = row.get("needs", target).split()
            if not present.isdisjoint(needs):
                when, value, says = (row[key].format_map(words) for key in ("when", "value", "says"))
                yield Derivation(target, needs[0], when, value, says, cast(QualityKind, row.get("kind", "changed")))


_ADDED_UP = ("annual_compensation", "paid_compensation", "deferral_amount", "roth_amount", "catch_up_amount",
             "employer_match_paid", "hours_worked")  # fmt: skip
_WORDS_SHOWN = 20


def _added_up(recognised: Recognised) -> tuple[list[str], list[str]]:
    """Which amounts of several rows of a person are added up, and which are rates that each pay day repeats."""
    if recognised.mapping.several_rows != "sum":
        return [], []
    present, units = recognised.positions, recognised.units
    amounts = [name for name in _ADDED_UP if name in present]
    rates = [name for name in amounts if units.get(name, "annual") not in ("annual", "thousands")]
    if "paid_compensation" in present or says_annual(recognised.column("annual_compensation")):
        rates.append("annual_compensation")
    rates = [name for name in amounts if name in rates and "period_date" in present]
    return [name for name in amounts if name not in rates], rates


@dataclass(frozen=True)
class Reading:
    """What was decided for the columns of one file.

    Attributes:
        dates: how each date column is read.
        rates: how each column of rates is read.
        notes: both in sentences.
        derived: the rules that worked out values.
        unknown_status: the commonest status words that nobody knows, with their counts.
        staged: what was staged.
    """

    dates: dict[str, DateReading]
    rates: dict[str, RateReading]
    notes: list[Entry]
    derived: list[Derivation]
    unknown_status: dict[str, int]
    staged: Staged


def read_columns(
    connection: duckdb.DuckDBPyConnection,
    staged: Staged,
    date_order: DateOrder,
    as_of: dt.date,
    birth_date_from_age: float | None = None,
) -> Reading:
    """Decide how each column is read, and fill ``typed`` accordingly.

    ``typed`` has a column per meaning (null when absent or unreadable), whether its cell held something (``…_given``),
    for rates whether they are unclear or unlike the others, and which derivation touched a row (``derived_…``).
    """
    recognised = staged.recognised
    found = {column.name: recognised.column(column.name) for column in recognised.columns if column.kind == "date"}
    dates, notes = read_date_orders(connection, found, date_order, as_of, staged.plain)
    with_rates = [column for column in recognised.columns if column.kind == "rate"]
    rates = {column.name: rates_by_file(connection, column, staged)[0] for column in with_rates}
    in_doubt = {doubt.name for doubt in recognised.doubts}
    for name, rate in rates.items():
        notes += [note for note in rate.notes(recognised.column(name)) if note.column not in in_doubt]
    present = recognised.positions.keys() | ({"age_at_hire"} if birth_date_from_age is not None else set())
    is_annual = says_annual(recognised.column("annual_compensation"))
    rules = [*derivations(present, recognised.units, as_of, birth_date_from_age, is_annual=is_annual)]
    has_gone, unknown = status_of(connection, recognised)
    notes += [noted("latest rate", recognised.column(name)) for name in _added_up(recognised)[1]]
    reading = Reading(dates, rates, notes, rules, unknown, staged)
    connection.execute(_typed(reading, has_gone))
    return reading


def status_of(connection: duckdb.DuckDBPyConnection, recognised: Recognised) -> tuple[str, dict[str, int]]:
    """SQL for whether a status says that the person has left, and the commonest words of which nobody knows that."""
    if STATUS not in recognised.positions:
        return "NULL::BOOLEAN", {}
    (is_sap,) = one_row(connection, f"SELECT coalesce(bool_or({STATUS} IN ('2', '3')), false) FROM raw")
    has_gone = has_left(STATUS, recognised.column(STATUS), recognised.mapping.status, is_sap=is_sap)
    words = rendered(__package__, "unknown_status.sql", status=STATUS, has_gone=has_gone, most=_WORDS_SHOWN)
    return has_gone, dict(connection.execute(words).fetchall())


def _typed(reading: Reading, has_gone: str) -> str:
    """The statement that makes the table."""
    recognised, present = reading.staged.recognised, reading.staged.recognised.positions
    read: dict[str, Sequence[str]] = {}
    for name, column in ((column.name, column) for column in recognised.columns):
        date, rate = reading.dates.get(name), reading.rates.get(name)
        percents_above, is_plain = 0 if rate and rate.style == "percents" else 1, name in reading.staged.plain
        read[name] = column.steps(recognised.comma, is_plain, date.parsed if date else "", percents_above)
    if STATUS in present:
        read[STATUS] = (has_gone, STATUS, STATUS)
    derived = " ".join(f"{rule.target}_given {rule.where} {rule.value}" for rule in reading.derived)
    mentioned = {*re.findall(r"\w+", derived)}
    absent = {} if STATUS in present else {STATUS: has_gone}
    for name in (name for name in KNOWN if name not in read):
        if KNOWN[name] in COLUMNS or name in mentioned:
            absent[name] = f"NULL::{KNOWN[name].checked_type}"
        if f"{name}_given" in mentioned:
            absent[f"{name}_given"] = "false"
    wanted = recognised.mapping.several_rows
    return rendered(
        __package__, "typed.sql", steps=read, absent=absent, rates=reading.rates, unreadable=reading.staged.unreadable,
        derived=reading.derived, known=KNOWN, one_row_a_person=wanted != "refuse" and "employee_id" in present,
        summed=_added_up(recognised)[0],
        latest=[name for name in ("period_date", "hire_date") if name in present],
    )  # fmt: skip


_ROW_GROUP = 122_880
BROKEN = """row_number IN (SELECT row_number FROM broken JOIN kinds USING (kind)
            WHERE severity = 'error' AND row_number IS NOT NULL)"""


def lost_kinds(connection: duckdb.DuckDBPyConnection, groups: Sequence[str]) -> list[str]:
    """The values of which nobody is left when rows with errors go, such as the only owner or a whole level."""
    names = ("job_level", "is_five_percent_owner", "plan_eligible", *groups)
    found = connection.execute(rendered(__package__, "lost_kinds.sql", names=names, broken=BROKEN)).fetchall()
    return [kind for _, kind in found]


def needs_no_pay(as_of: dt.date) -> str:
    """SQL that is true for people without pay who left before the year of the census: a run needs nothing of them."""
    has_left = f"coalesce(termination_date < DATE '{as_of.year}-01-01', {STATUS}, false)"
    return f"({has_left} AND coalesce(annual_compensation, 0) = 0)"


def leave_out(connection: duckdb.DuckDBPyConnection, who: str = BROKEN) -> int:
    """Take rows out of ``typed``, those with errors unless told otherwise; returns how many."""
    return int(one_row(connection, f"DELETE FROM typed WHERE {who}")[0])


def with_examples(
    connection: duckdb.DuckDBPyConnection, told: Mapping[Entry, str], people: Mapping[Entry, int]
) -> list[Entry]:
    """Entries with the number of people and the first row of which the condition of each is true."""
    rows = counted(connection, "typed", {entry: told[entry] for entry in people}, "min(row_number)")
    return [replace(entry, people=count, row=rows[entry]) for entry, count in people.items()]


def canonical_notes(connection: duckdb.DuckDBPyConnection, reading: Reading) -> list[Entry]:
    """What happens to values on their way from ``typed`` to the file, and what stands for those that are absent."""
    told: dict[Entry, str] = {}
    recognised = reading.staged.recognised
    present = recognised.positions
    for number, rule in enumerate(reading.derived):
        shown = next((name for name in (rule.target, rule.needs) if name in present), rule.target)
        told[Entry(rule.kind, rule.text, recognised.column(shown))] = f"derived_{number}"
    derived = {rule.target for rule in reading.derived}
    for column in (column for column in COLUMNS if column.name in present):
        name, shown = column.name, recognised.column(column.name)
        if column.kind in ("money", "rate", "number"):
            places = decimals(column.sql_type)
            text = f"values were rounded to {places} decimals."
            given = "".join(f" AND NOT derived_{n}" for n, rule in enumerate(reading.derived) if rule.target == name)
            told[Entry("changed", text, shown)] = f"{name} <> round({name}, {places}){given}"
        if column.default is not None:
            told[Entry("assumed", f"empty cells were read as {column.default}.", shown)] = f"{name} IS NULL"
    absent = [column for column in COLUMNS if column.assumed and column.name not in present]
    for column in (column for column in absent if column.name in derived):
        text = f"were read as {column.default}." if column.default else f"were left so: {column.assumed}"
        told[Entry("assumed", f"rows of which nothing tells it {text}", column.name)] = f"{column.name} IS NULL"
    entries = with_examples(connection, told, counted(connection, "typed", told))
    told_otherwise = {*derived, *(["termination_date"] if STATUS in present else [])}
    entries += [
        Entry("assumed", f"there is no such column; {column.assumed}", column.name)
        for column in absent if column.name not in told_otherwise
    ]  # fmt: skip
    return entries


def write_canonical(
    connection: duckdb.DuckDBPyConnection, output: Path, folder: Path, as_of: dt.date, groups: Sequence[str] = ()
) -> None:
    """Write ``typed`` as Parquet, ordered by employee id, and put it in place when it is complete.

    Args:
        connection: holds ``typed``.
        output: where the file goes.
        folder: a folder beside it for the unfinished file.
        as_of: the day on which people left of whom only that is known.
        groups: further columns, kept as text.
    """
    unfinished = folder / "census.parquet"
    words = {"columns": COLUMNS, "groups": groups, "as_of": as_of, "row_group": _ROW_GROUP}
    connection.execute(rendered(__package__, "canonical.sql", path=path_literal(unfinished), **words))
    unfinished.replace(output)
