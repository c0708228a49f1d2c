"""The rules that every row of a census keeps, applied: what breaks one is kept for the screen and the rejects file."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import cast

import duckdb

from planalign_orchestrator.census.columns import KNOWN, REQUIRED
from planalign_orchestrator.census.faults import FAULTS_KEPT, Check, Fault, Severity, doubt, masked, shown
from planalign_orchestrator.census.options import Band
from planalign_orchestrator.census.quality import Entry, QualityKind
from planalign_orchestrator.census.reading import Reading, needs_no_pay, with_examples
from planalign_orchestrator.census.recognition import Recognised
from planalign_orchestrator.census.sql import FILE, counted, literal, path_literal
from planalign_orchestrator.census.staging import Staged
from planalign_orchestrator.census.statuses import likely_state
from planalign_orchestrator.census.synonyms import near_meaning
from planalign_orchestrator.config.catalogue import yaml_value
from planalign_orchestrator.storage.durable import make_folder, written_whole
from planalign_orchestrator.tables import rendered, table
from planalign_orchestrator.warehouse import one_row

HIGHEST_LEVEL = 99
_AMOUNTS = ("prior_year_compensation", "employer_account_balance", "years_of_vesting_service", "paid_compensation",
            "deferral_amount", "roth_amount", "catch_up_amount", "hours_worked")  # fmt: skip
_NOT_WORKED_OUT = "cannot be worked out: the cells that tell it are empty, 0 or unreadable."
_ODD = {
    "fractions": ", unlike most rates of this column, which are fractions",
    "percents": " below 1%, as most rates of this column are percents",
}


def _rules(reading: Reading, as_of: dt.date, bands: Sequence[Band]) -> Iterator[tuple[Check, str]]:
    """The rules for the columns that a file has, or whose values were worked out; each with SQL of what breaks it."""
    recognised, present = reading.staged.recognised, _present(reading)
    kinds = _kinds(reading)
    told = _words(reading, as_of, bands)
    for place, row in table(__package__, "rules").items():
        named = place.partition(":")[0]
        for column in kinds.get(named, named.split()):
            needed = (column, *row.get("needs", "").split())
            is_kept = column in recognised.claims or ("kept_by" in row and column in reading.staged.plain)
            if not is_kept and present.issuperset(needed):
                blank = "is empty." if column in recognised.positions else _NOT_WORKED_OUT
                words = {**told, **_of_column(column, reading, needs_no_pay(as_of)), "blank": blank}
                breaks, says, remedy = (row[key].format_map(words) for key in ("breaks", "says", "remedy"))
                severity = cast(Severity, row.get("severity", "error"))
                broken = f"SELECT row_number, '' FROM typed WHERE {breaks}"
                yield Check(says, remedy, column, recognised.column(column), severity, broken), breaks


def _present(reading: Reading) -> set[str]:
    """The columns that a file has, or whose values were worked out."""
    return {*reading.staged.recognised.positions, *(rule.target for rule in reading.derived)}


def _kinds(reading: Reading) -> dict[str, Sequence[str]]:
    """The columns that the kinds of ``rules.ini`` stand for."""
    kinds: dict[str, Sequence[str]] = {
        kind: [column.name for column in KNOWN.values() if column.kind == kind]
        for kind in ("money", "number", "whole", "flag", "date")
    }
    worked_out = [] if "deferral_rate" in reading.rates else ["deferral_rate"]
    return kinds | {
        "required": REQUIRED, "unreadable": reading.staged.unreadable, "amount": _AMOUNTS, "rate": [*reading.rates],
        "worked_out_deferral_rate": worked_out,
    }  # fmt: skip


def _of_column(column: str, reading: Reading, unneeded: str) -> dict[str, str]:
    date, rate = reading.dates.get(column), reading.rates.get(column)
    return {
        "column": column,
        "unneeded": unneeded if column == "annual_compensation" else "false",
        "error": f"{column}_error" if column in reading.staged.unreadable else "false",
        "order": date.dashed.replace("_", " ") if date else "",
        "odd": _ODD.get(rate.style, "") if rate else "",
    }


def _words(reading: Reading, as_of: dt.date, bands: Sequence[Band]) -> dict[str, object]:
    unknown = [(masked(word), count) for word, count in reading.unknown_status.items()]
    off_band = " OR ".join(
        f"(job_level = {band.level} AND annual_compensation NOT BETWEEN {band.low / 2:.0f} AND {band.high * 2:.0f})"
        for band in bands
    )
    return {
        "as_of": as_of, "day": f"DATE '{as_of.isoformat()}'", "year": as_of.year, "off_band": off_band or "false",
        "highest": max((band.level for band in bands), default=HIGHEST_LEVEL),
        "words": ", ".join(f"{shown(word)} ({count})" for word, count in unknown),
        "frequencies": ", ".join(map(literal, table(__package__, "known_words")["pay periods"])),
        "lines": ", ".join(f"{yaml_value(word)}: {likely_state(word)}" for word, _ in unknown),
    }  # fmt: skip


def plausibility(
    connection: duckdb.DuckDBPyConnection, reading: Reading, as_of: dt.date, bands: Sequence[Band] = ()
) -> list[Entry]:
    """What is strange about the table ``typed``, or made up in it: each with the number of people and an example."""
    present, who, when = _present(reading), {}, {}
    for place, row in table(__package__, "plausible").items():
        column = place.partition(":")[0]
        if not present.isdisjoint(row.get("needs", column).split()):
            kind = cast(QualityKind, row.get("kind", "warning"))
            entry = Entry(kind, row["says"].format(as_of=as_of), reading.staged.recognised.column(column))
            who[entry], when[entry] = row["who"].format(as_of=as_of), row["when"]
    found = counted(connection, "typed", who)
    if not found:
        return []
    words = {"as_of": as_of, "assumed": _pay_if_hired_now(bands)}
    tell = [when[entry].format(hits=hits, **words) for entry, hits in found.items()]
    are_told = one_row(connection, rendered(__package__, "plausible.sql", tell=tell, **words))
    people = {entry: hits for (entry, hits), is_told in zip(found.items(), are_told, strict=True) if is_told}
    return with_examples(connection, who, people)


def _pay_if_hired_now(bands: Sequence[Band]) -> str:
    """SQL of what a run pays somebody whom it hires into the level of this person's pay; null where none is known."""
    cases = [f"WHEN annual_compensation < {band.high!r} THEN {band.hired_at!r}" for band in bands if band.hired_at]
    return f"CASE {' '.join(cases)} END" if cases else "NULL::DOUBLE"


_NAMES_LISTED = 12
_VALUE_KEPT = 1000
"""Characters of a value that are handed on in memory; the rejects file has all of it."""


def check(
    connection: duckdb.DuckDBPyConnection, source: str, reading: Reading, as_of: dt.date, bands: Sequence[Band]
) -> tuple[tuple[Entry, ...], tuple[Fault, ...]]:
    """Apply every rule to every row; nothing stops at the first fault. The kinds of faults, and the first of them.

    Args:
        connection: holds ``raw`` and ``typed``; gets ``broken``, the rows at fault, ``kinds``, and ``told``, both
            with the text of the cell, where any are.
        source: how messages call the file.
        reading: how its columns are read.
        as_of: the day that the census describes.
        bands: the level table.
    """
    of_rows = counted(connection, "typed", dict(_rules(reading, as_of, bands)))
    found = dict(enumerate(_checks(connection, reading.staged, of_rows), start=1))
    if not found:
        return (), ()
    words = {"source": source, "positions": reading.staged.recognised.positions, "text": literal}
    words |= {"value_kept": _VALUE_KEPT, "faults_kept": FAULTS_KEPT}
    connection.execute(rendered(__package__, "told.sql", found=found, **words))
    first, kinds = (connection.execute(f"FROM {view}").fetchall() for view in ("told_first", "told_kinds"))
    return tuple(Entry(*kind) for kind in kinds), tuple(Fault(*fault) for fault in first)


def _checks(connection: duckdb.DuckDBPyConnection, staged: Staged, of_rows: Iterable[Check]) -> Iterator[Check]:
    recognised = staged.recognised
    yield from _of_names(recognised)
    if staged.damaged:
        yield doubt("damaged row", broken="SELECT row_number, ' ' || damage || '.' FROM raw WHERE damage IS NOT NULL")
    yield from of_rows
    if "employee_id" not in recognised.positions:
        return
    name = recognised.column("employee_id")
    twice = f"FROM typed WHERE employee_id IS NOT NULL GROUP BY employee_id, {FILE} HAVING count(*) > 1 LIMIT 1"
    if recognised.mapping.several_rows == "refuse" and connection.execute(f"SELECT 1 {twice}").fetchone():
        yield doubt("not unique", name, of="employee_id", broken=rendered(__package__, "not_unique.sql", file=FILE))
    secret = f"SELECT {FILE} FROM raw GROUP BY ALL HAVING are_social_security(employee_id)"
    if "employee_id" not in staged.plain and connection.execute(secret).fetchone():
        yield doubt("secret ids", name)


def _of_names(recognised: Recognised) -> Iterator[Check]:
    for meaning in recognised.missing:
        if meaning == "employee_id" and recognised.secret:
            yield doubt("only secret columns", meaning=meaning)
        else:
            yield doubt("no column", meaning=meaning, remedy=_missing_remedy(recognised, meaning))
    for meaning, names in recognised.claims.items():
        yield doubt("several columns", names=" and ".join(map(repr, names)), meaning=meaning)
    yield from recognised.doubts


def _missing_remedy(recognised: Recognised, meaning: str) -> str:
    names = [recognised.names[i] for i in recognised.ignored if recognised.names[i]]
    if near := [name for name in names if near_meaning(name) == meaning]:
        return f"Rename the column that holds it to {meaning}; near by name: {', '.join(map(repr, near))}."
    if not recognised.positions:
        return "The first row must hold column names; none of its cells is a name that is known here."
    listed = ", ".join(map(repr, names[:_NAMES_LISTED])) or "none"
    imputed = " Ages at hire can stand for it (census.impute.birth_date)." if meaning == "birth_date" else ""
    return f"Add it, or rename the column that holds it to {meaning}; columns not understood: {listed}.{imputed}"


def write_rejects(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write all faults as CSV. Values that a spreadsheet would run as formulas are made plain text."""
    make_folder(path.parent)
    with written_whole(path) as temporary:
        connection.execute(f"COPY (FROM rejects) TO {path_literal(temporary)} (FORMAT csv, HEADER)")
