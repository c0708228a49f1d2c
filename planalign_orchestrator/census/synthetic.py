"""Makes up a census: deterministic on any machine, of any size, with faults planted in it if wanted."""

import datetime as dt
from contextlib import closing
from pathlib import Path
from typing import Any, get_args

import duckdb

from planalign_orchestrator.census.columns import COLUMNS
from planalign_orchestrator.census.options import ShapeName
from planalign_orchestrator.census.refusal import refused
from planalign_orchestrator.census.sql import path_literal
from planalign_orchestrator.census.workplace import folder_beside
from planalign_orchestrator.storage.durable import replace
from planalign_orchestrator.tables import rendered, table

_FORMATS = {".csv": "(FORMAT csv, HEADER)", ".parquet": "(FORMAT parquet, COMPRESSION zstd)"}

_MADE_UP = [name for name, row in table(__package__, "columns").items() if "made_up" in row]


def generate_census(
    output: Path, *, employees: int, seed: int, as_of: dt.date, shape: ShapeName = "balanced", faults: int = 0
) -> None:
    """Write a synthetic census; its format is told by the extension: ``.csv`` or ``.parquet``.

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
    query = rendered(
        __package__, "synthetic.sql", employees=employees, seed=seed, shape=_shape(shape), faults=faults,
        day=f"DATE '{as_of.isoformat()}'", days=as_of.timetuple().tm_yday, width=max(6, len(str(employees))),
        present=_MADE_UP, columns=[column.name for column in COLUMNS], kinds=[*planted_kinds(as_of).values()],
    )  # fmt: skip
    with folder_beside(output) as folder:
        unfinished = folder / f"census{suffix}"
        with closing(duckdb.connect(config={"threads": 1, "memory_limit": "256MiB"})) as connection:
            connection.execute(f"COPY ({query}) TO {path_literal(unfinished)} {_FORMATS[suffix]}")
        replace(unfinished, output)


def _refuse_nonsense(output: Path, suffix: str, employees: int, shape: str, faults: int) -> None:
    if suffix not in _FORMATS:
        raise refused("no format", path=output, suffix=suffix or "a file without an extension")
    if shape not in get_args(ShapeName):
        raise refused("no shape", shape=shape, shapes=", ".join(get_args(ShapeName)))
    if employees < 1:
        raise refused("nobody", employees=employees)
    if not 0 <= faults <= employees:
        raise refused("too many faults", faults=faults, employees=employees)


def _shape(name: str) -> dict[str, Any]:
    """A row of ``shapes.ini``; values by share as pairs of the share of people below and the value."""
    row = table(__package__, "shapes")[name]
    pairs = {key: [pair.split(":") for pair in row[key].split(",")] for key in ("level", "age", "service")}
    return {**row, **pairs}


def planted_kinds(as_of: dt.date) -> dict[str, dict[str, str]]:
    """Every kind of fault, in the order in which they are planted: SQL by column."""
    days = {"after": as_of + dt.timedelta(days=40), "old": as_of.year - 95}
    return {
        name: {column: text.format_map(days) for column, text in cells.items()}
        for name, cells in table(__package__, "planted_faults").items()
    }
