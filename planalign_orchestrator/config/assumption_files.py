"""Reads assumption tables: which columns they have, what kind of value each takes, and the rows of a CSV file."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from planalign_orchestrator.config.catalogue import Fault, meant
from planalign_orchestrator.model.project import read_yaml

Row = tuple[str, ...]

NULLABLE = frozenset({("irs_limits", "roth_catch_up_wages")})
"""Cells that may be empty: the Roth catch-up threshold did not exist before 2024."""

_MOST_DIGITS = 30
_WHOLE = re.compile(r"[+-]?\d+")


@dataclass(frozen=True)
class TableForm:
    """The form of an assumption table, as its seed declares it.

    Args:
        name: of the table and of its CSV file.
        types: SQL type by column, in the order of the file.
        key: the columns that say which row is meant.
        bounds: of the numbers of a column, as ``from`` or ``above``, and ``to``.
    """

    name: str
    types: Mapping[str, str]
    key: tuple[str, ...]
    bounds: Mapping[str, Mapping[str, float]]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in the order of the file."""
        return tuple(self.types)

    def key_of(self, row: Row) -> tuple[Any, ...]:
        """The key of a row, comparable: 1, 1.0 and '1' are the same."""
        return tuple(typed(row[self.columns.index(column)]) for column in self.key)

    def problems(self, row: Row) -> Iterator[str]:
        """What is wrong with the kinds of the values in a row."""
        for (column, sql_type), cell in zip(self.types.items(), row, strict=True):
            if cell == "":
                if (self.name, column) not in NULLABLE:
                    yield f"has no value in {column}"
            elif sql_type == "integer" and not _WHOLE.fullmatch(cell):
                yield f"has {cell!r} in {column}, which takes a whole number"
            elif sql_type != "varchar" and number(cell) is None:
                yield f"has {cell!r} in {column}, which takes a number"


@dataclass(frozen=True)
class AssumptionTable:
    """One assumption table as a run uses it.

    Args:
        form: as its seed declares it.
        rows: cells as text, empty for null.
        source: ``bundled``, or the file and the overrides that it comes from; it makes no difference to the content.
    """

    form: TableForm = field(hash=False)
    rows: tuple[Row, ...]
    source: str = field(compare=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in the order of the bundled table."""
        return self.form.columns

    def column(self, name: str) -> list[str]:
        """The cells of a column as text."""
        index = self.columns.index(name)
        return [row[index] for row in self.rows]

    def numbers(self, name: str) -> list[Decimal]:
        """The cells of a column as numbers; empty cells are left out."""
        return [value for cell in self.column(name) if (value := number(cell)) is not None]


def table_forms(seeds_dir: Path) -> dict[str, TableForm]:
    """The forms of all assumption tables, as the dbt project declares them.

    Raises:
        ModelError: the declarations cannot be read.
    """
    return {seed["name"]: _form(seed) for seed in read_yaml(seeds_dir / "_seeds.yml")["seeds"]}


def _form(seed: dict[str, Any]) -> TableForm:
    types = {column["name"]: column["data_type"] for column in seed["columns"]}
    bounds = {column["name"]: column["config"]["meta"] for column in seed["columns"] if "config" in column}
    return TableForm(seed["name"], types, tuple(seed["config"]["meta"]["key"]), bounds)


def read_table(path: Path, form: TableForm, faults: list[Fault]) -> tuple[Row, ...]:
    """The rows of a CSV file in the order of the form's columns; what is wrong is added to ``faults``."""
    place, problem, lines = path.as_posix(), None, []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            lines = [(reader.line_num, cells) for row in reader if any(cells := [cell.strip() for cell in row])]
    except UnicodeDecodeError:
        problem = "is not UTF-8 text; save it as CSV UTF-8"
    except (OSError, csv.Error) as error:
        problem = f"cannot be read: {error}"
    header = lines[0][1] if lines else []
    if problem is None and (problem := _header_problem(header, form)):
        place += ":1"
    if problem is not None:
        faults.append(Fault(place, problem))
        return ()
    order = [header.index(column) for column in form.columns]
    return _rows(path, form, lines[1:], order, faults)


def _rows(
    path: Path, form: TableForm, lines: list[tuple[int, list[str]]], order: list[int], faults: list[Fault]
) -> tuple[Row, ...]:
    rows: list[Row] = []
    seen: dict[tuple[Any, ...], int] = {}
    for line, cells in lines:
        where = f"{path.as_posix()}:{line}"
        if len(cells) != len(order):
            faults.append(Fault(where, f"has {len(cells)} cells, the header has {len(order)}"))
            continue
        row = tuple(cells[index] for index in order)
        faults += [Fault(where, problem) for problem in form.problems(row)]
        if (key := form.key_of(row)) in seen:
            faults.append(Fault(where, f"is the same {', '.join(form.key)} as line {seen[key]}"))
        seen.setdefault(key, line)
        rows.append(row)
    if not rows:
        faults.append(Fault(path.as_posix(), "has no rows"))
    return tuple(rows)


def _header_problem(header: list[str], form: TableForm) -> str | None:
    unknown = [column for column in header if column not in form.columns]
    missing = [column for column in form.columns if column not in header]
    if not unknown and not missing and len(header) == len(form.columns):
        return None
    parts = []
    for column in unknown:
        hint = meant(column, missing or form.columns)
        parts.append(f"{column!r} is unknown" + (f" ({hint})" if hint else ""))
    if missing:
        parts.append(f"{', '.join(missing)} is missing")
    return f"the header must be {','.join(form.columns)}: {'; '.join(parts) or 'a column stands there twice'}"


def cell_text(value: Any) -> str:
    """A value from YAML as the text of a CSV cell; null is empty."""
    if value is None:
        return ""
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    return str(value).strip()


def typed(cell: str) -> str:
    """One spelling for one value: numbers without superfluous zeros, other text as it is."""
    value = number(cell)
    return cell if value is None else format(value.normalize(), "f")


def number(cell: str) -> Decimal | None:
    """The number in a cell, or None."""
    try:
        value = Decimal(cell)
    except InvalidOperation:
        return None
    return value if value.is_finite() and value.adjusted() <= _MOST_DIGITS else None
