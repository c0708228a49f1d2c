"""The rules that every row of a census keeps, and what is strange about one as a whole, as tables."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import cast

import duckdb

from planalign_orchestrator.census.columns import KNOWN, REQUIRED
from planalign_orchestrator.census.faults import Check, Severity, masked, shown
from planalign_orchestrator.census.options import Band
from planalign_orchestrator.census.quality import Entry
from planalign_orchestrator.census.reading import Reading, needs_no_pay
from planalign_orchestrator.census.recognition import Recognised
from planalign_orchestrator.census.sql import literal
from planalign_orchestrator.census.statuses import likely_state
from planalign_orchestrator.config.commented_yaml import yaml_value
from planalign_orchestrator.tables import table

HIGHEST_LEVEL = 99
_AMOUNTS = ("prior_year_compensation", "employer_account_balance", "years_of_vesting_service", "paid_compensation",
            "deferral_amount", "roth_amount", "catch_up_amount", "hours_worked")  # fmt: skip
_ODD = {
    "fractions": ", unlike most rates of this column, which are fractions",
    "percents": " below 1%, as most rates of this column are percents",
}


def rules(recognised: Recognised, reading: Reading, as_of: dt.date, bands: Sequence[Band] = ()) -> Iterator[Check]:
    """The rules for the columns that a file has, or whose values were worked out."""
    present = _present(recognised, reading)
    kinds = _kinds(reading)
    told = _words(reading, as_of, bands)
    for place, row in table(__package__, "rules").items():
        named = place.partition(":")[0]
        for column in kinds.get(named, named.split()):
            if column not in recognised.claims and present.issuperset((column, *row.get("needs", "").split())):
                is_there = column in recognised.positions
                blank = (
                    "is empty."
                    if is_there
                    else "cannot be worked out: the cells that tell it are empty, 0 or unreadable."
                )
                words = {**told, **_of_column(column, reading, needs_no_pay(as_of)), "blank": blank}
                breaks, says, remedy = (row[key].format_map(words) for key in ("breaks", "says", "remedy"))
                broken = f"SELECT row_number, '' FROM typed WHERE {breaks}"
                severity = cast(Severity, row.get("severity", "error"))
                yield Check(says, remedy, column, recognised.column(column), severity, broken)


def _present(recognised: Recognised, reading: Reading) -> set[str]:
    """The columns that a file has, or whose values were worked out."""
    return {*recognised.positions, *(rule.target for rule in reading.derived)}


def _kinds(reading: Reading) -> dict[str, Sequence[str]]:
    """The columns that the kinds of ``rules.ini`` stand for."""
    kinds: dict[str, Sequence[str]] = {
        kind: [column.name for column in KNOWN.values() if column.kind == kind]
        for kind in ("money", "number", "whole", "flag", "date")
    }
    worked_out = [] if "deferral_rate" in reading.rates else ["deferral_rate"]
    return kinds | {
        "required": REQUIRED, "unreadable": reading.unreadable, "amount": _AMOUNTS, "rate": [*reading.rates],
        "worked_out_deferral_rate": worked_out,
    }  # fmt: skip


def _of_column(column: str, reading: Reading, unneeded: str) -> dict[str, str]:
    date, rate = reading.dates.get(column), reading.rates.get(column)
    return {
        "column": column,
        "unneeded": unneeded if column == "annual_compensation" else "false",
        "error": f"{column}_error" if column in reading.unreadable else "false",
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
    connection: duckdb.DuckDBPyConnection,
    recognised: Recognised,
    reading: Reading,
    as_of: dt.date,
    bands: Sequence[Band] = (),
) -> list[Entry]:
    """What is strange about the table ``typed``: each with the number of people, an example, and what the run does."""
    found = []
    present = _present(recognised, reading)
    assumed = _pay_if_hired_now(bands)
    for place, row in table(__package__, "plausible").items():
        column = place.partition(":")[0]
        who, when, text = (row[key].format(as_of=as_of) for key in ("who", "when", "says"))
        if column not in present:
            continue
        hits = connection.execute(
            f"SELECT hits, example FROM (SELECT count(*) FILTER (WHERE hit) AS hits, count(*) AS people, "
            f"min(row_number) FILTER (WHERE hit) AS example, max(hire_date) AS newest, "
            f"count(*) FILTER (WHERE deferral_rate > 0) AS deferring, "
            f"sum(annual_compensation) FILTER (WHERE hit AND assumed > 0) / sum(assumed) FILTER (WHERE hit) AS paid "
            f"FROM (SELECT *, coalesce({who}, false) AS hit, {assumed} AS assumed FROM typed)) "
            f"WHERE hits > 0 AND {when}"
        ).fetchone()
        if hits:
            found.append(Entry("warning", text, recognised.column(column), hits[0], hits[1]))
    return found


def _pay_if_hired_now(bands: Sequence[Band]) -> str:
    """SQL of what a run pays somebody whom it hires into the level of this person's pay; null where none is known."""
    cases = [f"WHEN annual_compensation < {band.high!r} THEN {band.hired_at!r}" for band in bands if band.hired_at]
    return f"CASE {' '.join(cases)} END" if cases else "NULL::DOUBLE"
