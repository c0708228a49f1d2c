"""Makes up a census: deterministic on any machine, of any size, with faults planted in it if wanted."""

import datetime as dt
from collections.abc import Sequence
from contextlib import closing
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import duckdb

from planalign_orchestrator.census.columns import COLUMNS
from planalign_orchestrator.census.refusals import refused
from planalign_orchestrator.census.shapes import DEFERRAL_RATES, PAY_BANDS, SHAPES, Quantiles, Shape, ShapeName
from planalign_orchestrator.census.sql import path_literal
from planalign_orchestrator.census.workplace import folder_beside
from planalign_orchestrator.tables import table

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
        raise refused("no format", path=output, suffix=suffix or "a file without an extension")
    if shape not in SHAPES:
        raise refused("no shape", shape=shape, shapes=", ".join(SHAPES))
    if employees < 1:
        raise refused("nobody", employees=employees)
    if not 0 <= faults <= employees:
        raise refused("too many faults", faults=faults, employees=employees)
    if suffix == ".xlsx" and employees > _SHEET_ROWS:
        raise refused("too many for a sheet", employees=employees)


def _rows(employees: int, seed: int, as_of: dt.date, shape: Shape) -> str:
    """``synthetic.sql`` for a company."""
    digests = (f"md5(concat('{seed}|census|', number, '|{i}')) AS digest_{i}" for i in range(len(_DRAWS) // 4))
    return (files(__package__) / "synthetic.sql").read_text(encoding="utf-8").format(
        employees=employees, digests=", ".join(digests), day=f"DATE '{as_of.isoformat()}'",
        draws=", ".join(_draw(position, name) for position, name in enumerate(_DRAWS)),
        level=_steps("u_level", _cumulated(shape.level_mix)), age=_between("age_share", shape.age),
        service=_between("u_service", shape.service), part_time=shape.part_time, participation=shape.participation,
        band_from=_by_level([start for start, _ in PAY_BANDS]),
        band_width=_by_level([end - start for start, end in PAY_BANDS]),
        pay_factor=shape.pay_factor, deferral_rate=_steps("u_moved_rate", DEFERRAL_RATES),
        width=max(6, len(str(employees))), days=as_of.timetuple().tm_yday,
    )  # fmt: skip


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


def _by_level(values: Sequence[float]) -> str:
    cases = " ".join(f"WHEN {level} THEN {value}::DOUBLE" for level, value in enumerate(values, start=1))
    return f"CASE job_level {cases} END"


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


def planted_kinds(as_of: dt.date) -> dict[str, dict[str, str]]:
    """Every kind of fault, in the order in which they are planted: SQL by column."""
    days = {"after": as_of + dt.timedelta(days=40), "old": as_of.year - 95}
    return {
        name: {column: text.format_map(days) for column, text in cells.items()}
        for name, cells in table(__package__, "planted_faults").items()
    }


def planted(people: str, present: tuple[str, ...], employees: int, faults: int, as_of: dt.date) -> str:
    """SQL for the people of another query as text in every canonical column, ``faults`` of them with a fault.

    Args:
        people: a query.
        present: its columns.
        employees: how many rows it gives.
        faults: how many of them get a fault.
        as_of: the day that the census describes.
    """
    kinds = planted_kinds(as_of)
    numbered = f"SELECT *, row_number() OVER () AS number, lag(employee_id) OVER () AS other_id FROM ({people})"
    before, up_to = f"(number - 1) * {faults} // {employees}", f"number * {faults} // {employees}"
    spread = f"SELECT *, CASE WHEN {up_to} > {before} THEN ({before}) % {len(kinds)} END AS fault FROM ({numbered})"
    columns = ", ".join(f"{_cell(column.name, present, kinds)} AS {column.name}" for column in COLUMNS)
    return f"SELECT {columns} FROM ({spread})"


def _cell(column: str, present: tuple[str, ...], kinds: dict[str, dict[str, str]]) -> str:
    sound = f"{column}::VARCHAR" if column in present else "NULL"
    cases = [f"WHEN {i} THEN {cells[column]}" for i, cells in enumerate(kinds.values()) if column in cells]
    return f"CASE fault {' '.join(cases)} ELSE {sound} END" if cases else f"{sound}::VARCHAR"
