"""The assumption tables of a run: the bundled dbt seeds, with a folder of replacements and single rows changed.

What must hold within and between them so that the model can use them is in ``assumption_rules.sql``.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from planalign_orchestrator.config import assumption_files
from planalign_orchestrator.config.assumption_files import AssumptionTable, Row, TableForm
from planalign_orchestrator.config.catalogue import Fault, KeyPath, dotted, meant, raise_together
from planalign_orchestrator.config.loading import EffectiveSettings
from planalign_orchestrator.config.secrecy import without_secrets
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.pipes import refuse_pipes
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.tables import rendered

__all__ = ["AssumptionTable", "assumption_fingerprints", "effective_assumptions"]

REMEDY = "docs/configuration.md tells how assumption tables are replaced and their rows changed."

_LISTED = 8
"""No more keys than this are listed in a message."""

_ELSEWHERE = ""
"""Faults that belong to no table stand under this name."""

Where = Callable[[KeyPath], str]


def effective_assumptions(
    settings: Settings, seeds_dir: Path, *, where: Where | None = None, fetched: Mapping[str, Path] | None = None
) -> dict[str, AssumptionTable]:
    """Put the assumption tables of a run together and check them.

    Args:
        settings: say which folder replaces tables and which rows change.
        seeds_dir: the bundled tables, with ``_seeds.yml`` that declares their columns and keys.
        where: tells the place of a setting in a file, for messages; ``EffectiveSettings.where`` does.
        fetched: the files that ``assumptions.tables`` names, as they arrived; None leaves these tables out of account.

    Raises:
        ConfigurationError: with every fault in tables and overrides.
    """
    made = _Assembly(seeds_dir, where or dotted)
    if settings.assumptions.directory is not None:
        made.replace(settings.assumptions.directory)
    if fetched is not None:
        made.take_fetched(settings.assumptions.tables, fetched)
    made.change_rows(settings.assumptions.overrides)
    made.check(settings)
    raise_together(chain.from_iterable(made.faults.values()), remedy=REMEDY)
    return made.tables


def check_tables(effective: EffectiveSettings) -> None:
    """Check the assumption tables of every year of some settings.

    Raises:
        ConfigurationError: a table or override is wrong.
    """
    for found in (effective, *effective.amended.values()):
        effective_assumptions(found.settings, dbt_project_dir() / "seeds", where=found.where)


def assumption_fingerprints(tables: Mapping[str, AssumptionTable]) -> dict[str, str]:
    """SHA-256 of each table's content; where it comes from, the order of rows and 0.50 for 0.5 do not count."""
    return {name: _fingerprint(table.columns, table.rows) for name, table in tables.items()}


@lru_cache(maxsize=256)
def _fingerprint(columns: tuple[str, ...], rows: tuple[Row, ...]) -> str:
    ordered = sorted([assumption_files.typed(cell) for cell in row] for row in rows)
    text = json.dumps([columns, ordered], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


@lru_cache(maxsize=4)
def _bundled(seeds: Path, newest: int) -> tuple[Mapping[str, AssumptionTable], Mapping[str, list[Fault]]]:
    """The bundled tables, which a book of plans asks for once a plan; ``newest`` tells whether a file has changed."""
    faults: dict[str, list[Fault]] = defaultdict(list)
    tables = {
        name: AssumptionTable(form, assumption_files.read_table(seeds / f"{name}.csv", form, faults[name]), "bundled")
        for name, form in assumption_files.table_forms(seeds).items()
    }
    return tables, faults


class _Assembly:
    """The tables of a run while they are put together, and what is wrong with each so far.

    Args:
        seeds: the folder of the bundled tables, which come first.
        where: tells the place of a setting.
    """

    def __init__(self, seeds: Path, where: Where) -> None:
        newest = max(path.stat().st_mtime_ns for path in (seeds, *seeds.iterdir()))
        bundled, wrong = _bundled(seeds, newest)
        self._where = where
        self.tables = dict(bundled)
        self.faults: dict[str, list[Fault]] = defaultdict(list, {name: list(told) for name, told in wrong.items()})

    def replace(self, directory: str) -> None:
        """Take the tables of a folder."""
        folder = Path(directory)
        if not folder.is_dir():
            place = self._where(("assumptions", "directory"))
            self.faults[_ELSEWHERE].append(Fault(place, f"assumptions.directory {directory} is not a folder"))
        refuse_pipes(folder, 0)
        for path in sorted(folder.glob("*.csv")):
            if self._knows(path.stem, path.as_posix()):
                self._read(path.stem, path, path.as_posix())

    def take_fetched(self, addresses: Mapping[str, str], fetched: Mapping[str, Path]) -> None:
        """Take the tables that lie at addresses."""
        for name, address in addresses.items():
            path: KeyPath = ("assumptions", "tables", name)
            if not self._knows(name, self._where(path), f"{dotted(path)} "):
                continue
            if name in fetched:
                self._read(name, fetched[name], without_secrets(address))
            else:
                self.faults[name].append(Fault(self._where(path), f"{without_secrets(address)} was not fetched"))

    def change_rows(self, overrides: Mapping[str, list[dict[str, Any]]]) -> None:
        """Change or add single rows."""
        for name, changes in overrides.items():
            path: KeyPath = ("assumptions", "overrides", name)
            if self._knows(name, self._where(path), f"{dotted(path)} "):
                rows = self._changed(self.tables[name], changes, path)
                told = f"{len(changes)} row{'s' * (len(changes) != 1)} changed by {self._where(path)}"
                table = self.tables[name]
                self.tables[name] = replace(table, rows=rows, source=f"{table.source}, {told}")

    def check(self, settings: Settings) -> None:
        """Apply the rules to what is sound so far."""
        sound = {name: replace(table, rows=()) if self.faults[name] else table for name, table in self.tables.items()}
        for about, message in broken(sound, settings):
            self.faults[about].append(Fault(self._place(about, settings), message))

    def _read(self, name: str, path: Path, source: str) -> None:
        form = self.tables[name].form
        self.tables[name] = AssumptionTable(form, assumption_files.read_table(path, form, self.faults[name]), source)

    def _knows(self, name: str, place: str, subject: str = "") -> bool:
        if name not in self.tables:
            hint = meant(name, self.tables, f"the tables are {', '.join(self.tables)}")
            self.faults[_ELSEWHERE].append(Fault(place, f"{subject}is not an assumption table; {hint}"))
        return name in self.tables

    def _changed(self, table: AssumptionTable, changes: list[dict[str, Any]], path: KeyPath) -> tuple[Row, ...]:
        form, faults = table.form, self.faults[table.form.name]
        rows = {form.key_of(row): row for row in table.rows}
        seen: dict[tuple[Any, ...], int] = {}
        for index, change in enumerate(changes):
            cells = {str(name): assumption_files.cell_text(value) for name, value in change.items()}
            key = tuple(assumption_files.typed(cells.get(column, "")) for column in form.key)
            problems = _problems_of_change(form, cells)
            if not problems and key in seen:
                problems = [f"changes the same row as element {seen[key]}"]
            if not problems and key not in rows and not form.types.keys() <= cells.keys():
                problems = [_no_such_row(form, cells, rows)]
            if not problems:
                seen[key] = index
                # The key of a row that is there keeps its spelling.
                before = dict(zip(form.columns, rows[key], strict=True)) if key in rows else {}
                row = {**cells, **before, **{name: cells[name] for name in cells if name not in form.key}}
                rows[key] = tuple(row[name] for name in form.columns)
                problems = [*form.problems(rows[key])]
            place = (*path, index)
            faults += [Fault(self._where(place), f"{dotted(place)} {problem}") for problem in problems]
        return tuple(rows.values())

    def _place(self, about: str, settings: Settings) -> str:
        """Where to look when a rule is broken: the overrides of the table if there are any, its file, or a setting."""
        if about not in self.tables:
            return self._where(tuple(about.split(".")))
        if about in settings.assumptions.overrides:
            return self._where(("assumptions", "overrides", about))
        return self.tables[about].source


def _problems_of_change(form: TableForm, cells: Mapping[str, str]) -> list[str]:
    listed = f"its columns are {', '.join(form.columns)}"
    problems = [
        f"has {name}, which {form.name} does not know; {meant(name, form.columns, listed)}"
        for name in cells
        if name not in form.columns
    ]
    missing = [column for column in form.key if column not in cells]
    if missing:
        problems.append(f"lacks {', '.join(missing)}, which says what row is meant")
    elif cells.keys() <= set(form.key):
        others = (column for column in form.columns if column not in form.key)
        problems.append(f"changes nothing; give one of {', '.join(others)}")
    return problems


def _no_such_row(form: TableForm, cells: Mapping[str, str], rows: Iterable[tuple[Any, ...]]) -> str:
    missing = [column for column in form.columns if column not in cells]
    key = {column: cells[column] for column in form.key}
    told = ", ".join(f"{column} {cell}" for column, cell in key.items())
    known = [" ".join(map(str, row)) for row in rows]
    listed = f"there are {', '.join(known[:_LISTED])}{', …' if len(known) > _LISTED else ''}."
    hint = meant(" ".join(key.values()), known, listed)
    return f"means {told}, which {form.name} does not have; {hint} A new row needs {', '.join(missing)} as well"


Tables = Mapping[str, AssumptionTable]
Broken = Iterator[tuple[str, str]]
"""The tables, or the dotted keys of settings that do not fit them, and what does not hold."""


def broken(tables: Tables, settings: Settings) -> Broken:
    """Every rule that does not hold; tables that could not be read are empty, and keep rules between tables from it."""
    found, between = _of_tables(tuple(tables.items()))
    if not found and all(table.rows for table in tables.values()):
        found = [*between, *_of_settings(tables, settings)]
    return ((about, f"{about}: {message}") for about, message in found)


@lru_cache(maxsize=64)
def _of_tables(tables: tuple[tuple[str, AssumptionTable], ...]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The tables for which a rule does not hold, and what that is; apart the rules between tables."""
    import duckdb

    from planalign_orchestrator.warehouse import load_table

    found = [(name, message) for name, table in tables for message in _wrong_cells(table)]
    with duckdb.connect(config={"threads": 1}) as connection:
        for name, table in tables:
            load_table(connection, name, dict.fromkeys(table.columns, "varchar"), table.rows)
        told = connection.execute(rendered(__package__, "assumption_rules.sql")).fetchall()
    found += [(about, message) for is_between, about, message in told if not is_between]
    return found, [(about, message) for is_between, about, message in told if is_between]


def _wrong_cells(table: AssumptionTable) -> Iterator[str]:
    """What is wrong with cells by themselves: what a spreadsheet would run, as names go into CSV files; and bounds."""
    for cell in (cell for row in table.rows for cell in row):
        if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and assumption_files.number(cell) is None:
            yield f"{cell!r} starts like a formula; begin the name with a letter, a digit or <"
    for column, bounds in table.form.bounds.items():
        low, high = bounds.get("above", bounds.get("from", 0)), bounds["to"]
        words = f"above {low:g} and at most" if "above" in bounds else f"between {low:g} and"
        for value in table.numbers(column):
            if not low <= value <= high or ("above" in bounds and value == low):
                yield f"{column} is {value}; it must be {words} {high:g}"


def _of_settings(tables: Tables, settings: Settings) -> Broken:
    """Settings that do not fit the tables: vesting schedules, the first limits, job levels."""
    known = set(tables["vesting_schedules"].column("schedule"))
    vesting = settings.plan.vesting
    for key, schedule in (("match_schedule", vesting.match_schedule), ("core_schedule", vesting.core_schedule)):
        if schedule not in known:
            yield f"plan.vesting.{key}", f"vesting_schedules has no rows for {schedule}"

    first, start = min(tables["irs_limits"].numbers("limit_year")), settings.simulation.start_year
    if first > start - 1:
        message = f"irs_limits starts at {first}; who is highly compensated in {start} depends on {start - 1}"
        yield "simulation.start_year", message

    levels = {int(level) for level in tables["levels"].numbers("level_id")}
    mix = settings.workforce.new_hires.level_mix
    by_level: dict[str, Mapping[int, float]] = {
        "workforce.new_hires.level_mix": {} if isinstance(mix, str) else mix,
        "compensation.promotion.raise_mean_by_level": settings.compensation.promotion.raise_mean_by_level,
    }
    for key, values in by_level.items():
        if unknown := sorted(set(values) - levels):
            names = ", ".join(map(str, unknown))
            yield key, f"there is no level {names}; levels has {min(levels)} to {max(levels)}"
    if not isinstance(mix, str) and sum(mix.values()) <= 0:
        yield "workforce.new_hires.level_mix", "every weight is 0; at least one must be positive"
