"""Makes up a census: deterministic on any machine, of any size, with faults planted in it if wanted."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import duckdb

from planalign_orchestrator.census.planted_faults import planted
from planalign_orchestrator.census.shapes import DEFERRAL_RATES, PAY_BANDS, SHAPES, Quantiles, Shape, ShapeName
from planalign_orchestrator.census.sql import path_literal
from planalign_orchestrator.census.workplace import folder_beside
from planalign_orchestrator.errors import ConfigurationError

_SHEET_ROWS = 1_048_575
_FORMATS = {
    ".csv": "(FORMAT csv, HEADER)",
    ".parquet": "(FORMAT parquet, COMPRESSION zstd)",
    ".xlsx": "",
}

_COLUMNS = (
    "employee_id", "birth_date", "hire_date", "annual_compensation", "job_level", "deferral_rate", "enrollment_date",
    "scheduled_hours_per_week", "prior_year_compensation", "is_five_percent_owner", "employer_account_balance",
)  # fmt: skip
_DRAWS = ("level", "age", "service", "place", "hours", "part_time", "participates", "rate", "enrolls", "raise",
          "balance", "owner")  # fmt: skip
_DRAWS_A_DIGEST = 4
_AGE_FLOOR_BY_LEVEL = (0.0, 0.18, 0.30, 0.40, 0.50)
_OWNER_SHARE_AT_THE_TOP = 0.04


def generate_census(
    output: Path,
    *,
    employees: int,
    seed: int,
    as_of: dt.date,
    shape: ShapeName = "balanced",
    faults: int = 0,
) -> None:
    """Write a synthetic census; its format is told by the extension: ``.csv``, ``.parquet`` or ``.xlsx``.

    The same arguments give the same people on any machine: draws are MD5 digests, and only arithmetic that IEEE 754
    defines exactly is done with them.

    Args:
        output: the file to write.
        employees: how many people.
        seed: another one gives other people.
        as_of: the day that the census describes; nobody is hired later.
        shape: what kind of company.
        faults: how many rows get something wrong, every kind in turn.

    Raises:
        ConfigurationError: an argument makes no sense.
    """
    suffix = output.suffix.lower()
    _refuse_nonsense(output, suffix, employees, shape, faults)
    query = _rows(employees, seed, as_of, SHAPES[shape])
    if faults:
        query = planted(query, _COLUMNS, employees, faults, as_of)
    with folder_beside(output) as folder:
        unfinished = folder / f"census{suffix}"
        with closing(duckdb.connect(config={"threads": 1, "memory_limit": "256MiB"})) as connection:
            if suffix == ".xlsx":
                _write_sheet(connection.execute(query), unfinished)
            else:
                connection.execute(f"COPY ({query}) TO {path_literal(unfinished)} {_FORMATS[suffix]}")
        unfinished.replace(output)


def _refuse_nonsense(output: Path, suffix: str, employees: int, shape: str, faults: int) -> None:
    if suffix not in _FORMATS:
        raise ConfigurationError(
            f"{output}: a census cannot be written as {suffix or 'a file without an extension'!r}",
            remedy="Name a .csv, .parquet or .xlsx file.",
        )
    if shape not in SHAPES:
        raise ConfigurationError(f"there is no shape {shape!r}", remedy=f"Choose one of {', '.join(SHAPES)}.")
    if employees < 1:
        raise ConfigurationError(f"a census of {employees} employees is none", remedy="Ask for 1 or more.")
    if not 0 <= faults <= employees:
        raise ConfigurationError(
            f"{faults} faults do not fit into {employees} rows", remedy=f"Ask for 0 to {employees} faults."
        )
    if suffix == ".xlsx" and employees > _SHEET_ROWS:
        raise ConfigurationError(
            f"{employees} employees do not fit into a sheet of Excel", remedy="Write a .parquet or .csv file."
        )


def _rows(employees: int, seed: int, as_of: dt.date, shape: Shape) -> str:
    """One select on another: each uses what the one below worked out."""
    day = f"DATE '{as_of.isoformat()}'"
    width = max(6, len(str(employees)))
    drawn = ", ".join(_draw(position, name) for position, name in enumerate(_DRAWS))
    digests = ", ".join(f"md5(concat('{seed}|census|', number, '|{i}')) AS digest_{i}" for i in range(len(_DRAWS) // 4))
    levelled = f"SELECT *, {_steps('u_level', _cumulated(shape.level_mix))} AS job_level FROM ({{}})"
    aged = f"""SELECT *, {day} - floor({_between(_age_share(), shape.age)} * 365.25)::INTEGER AS birth_date,
        {_hours(shape)} AS hours FROM ({{}})"""
    served = f"""SELECT *, floor({_between("u_service", shape.service)} * 365.25)::INTEGER AS wanted,
        ({day} - (birth_date + INTERVAL 18 YEAR)::DATE)::INTEGER AS possible FROM ({{}})"""
    hired = """SELECT *, CASE WHEN wanted <= possible THEN wanted
        ELSE floor(possible * u_service * u_enrolls)::INTEGER END AS served FROM ({})"""
    paid = f"""SELECT *, round({_pay(shape)}, 0)::BIGINT AS pay,
        u_participates < {_participation(shape)} AS participates FROM ({{}})"""
    told = f"""SELECT 'E' || lpad(number::VARCHAR, {width}, '0') AS employee_id, birth_date,
        {day} - served AS hire_date, pay::DECIMAL(18,2) AS annual_compensation, job_level,
        {_rate()} AS deferral_rate,
        CASE WHEN participates THEN {day} - served + floor(least(served, 900) * u_enrolls * u_enrolls)::INTEGER END
            AS enrollment_date,
        hours::DECIMAL(5,2) AS scheduled_hours_per_week,
        (round(pay * {_share_of_year(as_of)} * (0.96 + 0.04 * u_raise) * 100, 0)::BIGINT * 0.01::DECIMAL(3,2))
            ::DECIMAL(18,2) AS prior_year_compensation,
        job_level = 5 AND u_owner < {_OWNER_SHARE_AT_THE_TOP} AS is_five_percent_owner,
        (round({_balance()} * 100, 0)::BIGINT * 0.01::DECIMAL(3,2))::DECIMAL(18,2) AS employer_account_balance
        FROM ({{}})"""
    query = f"SELECT number, {digests} FROM (SELECT range AS number FROM range(1, {employees + 1}))"
    for layer in (f"SELECT number, {drawn} FROM ({{}})", levelled, aged, served, hired, paid, told):
        query = layer.format(query)
    return f"SELECT {', '.join(_COLUMNS)} FROM ({query})"


def _draw(position: int, name: str) -> str:
    """32 of a digest's bits, as a number from 0 to 1."""
    digest, part = divmod(position, _DRAWS_A_DIGEST)
    return f"('0x' || substr(digest_{digest}, {part * 8 + 1}, 8))::BIGINT / 4294967296.0::DOUBLE AS u_{name}"


def _cumulated(shares: tuple[float, ...]) -> list[tuple[float, str]]:
    total = 0.0
    steps = []
    for level, share in enumerate(shares, start=1):
        total += share
        steps.append((round(total, 6), str(level)))
    return steps


def _steps(draw: str, steps: list[tuple[float, str]] | tuple[tuple[float, str], ...]) -> str:
    """The value whose share the draw falls into."""
    cases = " ".join(f"WHEN {draw} < {share} THEN {value}" for share, value in steps[:-1])
    return f"CASE {cases} ELSE {steps[-1][1]} END"


def _between(draw: str, quantiles: Quantiles) -> str:
    """The value at a share, spread evenly between two quantiles."""
    pieces = []
    for (low, start), (high, end) in pairwise(quantiles):
        slope = round((end - start) / (high - low), 9)
        pieces.append(f"WHEN {draw} < {high} THEN {start}::DOUBLE + ({draw} - {low}::DOUBLE) * {slope}::DOUBLE")
    return f"CASE {' '.join(pieces)} ELSE {quantiles[-1][1]}::DOUBLE END"


def _by_level(values: tuple[float, ...]) -> str:
    cases = " ".join(f"WHEN {level} THEN {value}::DOUBLE" for level, value in enumerate(values, start=1))
    return f"CASE job_level {cases} END"


def _age_share() -> str:
    floor = _by_level(_AGE_FLOOR_BY_LEVEL)
    return f"({floor} + u_age * (1 - {floor}))"


def _hours(shape: Shape) -> str:
    part_time = f"job_level < 3 AND u_part_time < {shape.part_time}"
    return f"CASE WHEN {part_time} THEN 16 + 4 * floor(u_hours * 5)::INTEGER ELSE 40 END"


def _pay(shape: Shape) -> str:
    """Low in the band more often than high, higher with age, in proportion to the hours."""
    low = _by_level(tuple(float(band[0]) for band in PAY_BANDS))
    width = _by_level(tuple(float(band[1] - band[0]) for band in PAY_BANDS))
    place = "least(0.999, 0.75 * u_place * u_place + 0.12 * u_place + 0.13 * u_age)"
    return f"({low} + {width} * {place}) * {shape.pay_factor} * hours / 40"


def _participation(shape: Shape) -> str:
    """More with age, level and years of service; part-time people less."""
    return (
        f"{shape.participation} + 0.20 * (u_age - 0.5) + 0.05 * (job_level - 1) + 0.012 * least(10, served / 365.25)"
        " - CASE WHEN hours < 40 THEN 0.25 ELSE 0 END"
    )


def _rate() -> str:
    """Higher with level and age."""
    moved = "least(u_rate + 0.03 * (job_level - 1) + 0.12 * (u_age - 0.5), 0.95 + 0.05 * u_place)"
    return f"CASE WHEN participates THEN {_steps(moved, DEFERRAL_RATES)} ELSE 0 END::DECIMAL(6,4)"


def _share_of_year(as_of: dt.date) -> str:
    """The part of the as-of year for which the person was paid."""
    days = as_of.timetuple().tm_yday
    return f"(least(served + 1, {days}) / {days}.0::DOUBLE)"


def _balance() -> str:
    """Years of match on pay that was lower once, with some return; those who never took part have little or nothing."""
    years = "(served / 365.25)"
    share = "CASE WHEN participates THEN 0.034 WHEN u_balance < 0.3 THEN 0.006 ELSE 0 END"
    return f"({years} * pay * {share} * (0.7 + 0.6 * u_balance) * (1 + 0.018 * {years}))"


def _write_sheet(people: duckdb.DuckDBPyConnection, path: Path) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(
        str(path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                    "strings_to_numbers": False, "default_date_format": "yyyy-mm-dd"}
    )  # fmt: skip
    book.set_properties({"created": dt.datetime(2000, 1, 1)})
    sheet = book.add_worksheet("census")
    sheet.write_row(0, 0, [column[0] for column in people.description or []])
    number = 0
    while person := people.fetchone():
        number += 1
        for position, value in enumerate(person):
            if value is not None:
                sheet.write(number, position, value)
    book.close()
