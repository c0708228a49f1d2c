"""The assumption tables of a run: the bundled dbt seeds, with a folder of replacements and single rows changed."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from planalign_orchestrator.config.assumption_files import (
    Row,
    TableForm,
    cell_text,
    read_table,
    table_forms,
    typed,
)
from planalign_orchestrator.config.assumption_rules import TableContent, broken
from planalign_orchestrator.config.catalogue import nearest
from planalign_orchestrator.config.faults import Fault, KeyPath, dotted, raise_together
from planalign_orchestrator.config.loading import EffectiveSettings
from planalign_orchestrator.config.secrecy import without_secrets
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.resources import dbt_project_dir

REMEDY = "docs/configuration.md tells how assumption tables are replaced and their rows changed."

_LISTED = 8
"""No more keys than this are listed in a message."""

_ELSEWHERE = ""
"""Faults that belong to no table stand under this name."""

Faults = dict[str, list[Fault]]
Where = Callable[[KeyPath], str]


@dataclass(frozen=True)
class AssumptionTable:
    """One assumption table as a run uses it.

    Args:
        columns: in the order of the bundled table.
        rows: cells as text, empty for null.
        source: ``bundled``, or the file and the overrides that it comes from.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    source: str


def effective_assumptions(
    settings: Settings,
    seeds_dir: Path,
    *,
    where: Where | None = None,
    fetched: Mapping[str, Path] | None = None,
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
    faults: Faults = defaultdict(list)
    place = where or dotted
    forms = table_forms(seeds_dir)
    tables = {name: _bundled(seeds_dir, form, faults) for name, form in forms.items()}
    _replace_tables(tables, forms, settings.assumptions.directory, place, faults)
    if fetched is not None:
        _take_fetched(tables, forms, settings.assumptions.tables, fetched, place, faults)
    _change_rows(tables, forms, settings.assumptions.overrides, place, faults)
    sound = {name: TableContent(forms[name], table.rows) for name, table in tables.items() if not faults[name]}
    for rule in broken(sound, settings):
        faults[rule.about].append(Fault(_place(rule.about, tables, settings, place), rule.message))
    raise_together(chain.from_iterable(faults.values()), remedy=REMEDY)
    return tables


def check_tables(effective: EffectiveSettings) -> None:
    """Check the assumption tables of every year of some settings.

    Raises:
        ConfigurationError: a table or override is wrong.
    """
    for found in (effective, *effective.amended.values()):
        effective_assumptions(found.settings, dbt_project_dir() / "seeds", where=found.where)


def assumption_fingerprints(tables: Mapping[str, AssumptionTable]) -> dict[str, str]:
    """SHA-256 of each table's content; where it comes from, the order of rows and 0.50 for 0.5 do not count."""
    return {name: _fingerprint(table) for name, table in tables.items()}


def _place(about: str, tables: Mapping[str, AssumptionTable], settings: Settings, where: Where) -> str:
    """Where to look when a rule is broken: the overrides of the table if there are any, its file, or a setting."""
    if about not in tables:
        return where(tuple(about.split(".")))
    if about in settings.assumptions.overrides:
        return where(("assumptions", "overrides", about))
    return tables[about].source


def _fingerprint(table: AssumptionTable) -> str:
    rows = sorted([typed(cell) for cell in row] for row in table.rows)
    text = json.dumps([table.columns, rows], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _bundled(seeds_dir: Path, form: TableForm, faults: Faults) -> AssumptionTable:
    rows = read_table(seeds_dir / f"{form.name}.csv", form, faults[form.name])
    return AssumptionTable(form.columns, rows, "bundled")


def _replace_tables(
    tables: dict[str, AssumptionTable],
    forms: Mapping[str, TableForm],
    directory: str | None,
    where: Where,
    faults: Faults,
) -> None:
    if directory is None:
        return
    folder = Path(directory)
    if not folder.is_dir():
        faults[_ELSEWHERE].append(
            Fault(where(("assumptions", "directory")), f"assumptions.directory {directory} is not a folder")
        )
        return
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in forms:
            faults[_ELSEWHERE].append(
                Fault(path.as_posix(), f"is not an assumption table; {_did_you_mean(path.stem, forms)}")
            )
            continue
        rows = read_table(path, forms[path.stem], faults[path.stem])
        tables[path.stem] = AssumptionTable(forms[path.stem].columns, rows, path.as_posix())


def _take_fetched(
    tables: dict[str, AssumptionTable],
    forms: Mapping[str, TableForm],
    addresses: Mapping[str, str],
    fetched: Mapping[str, Path],
    where: Where,
    faults: Faults,
) -> None:
    for name, address in addresses.items():
        path: KeyPath = ("assumptions", "tables", name)
        if name not in forms:
            message = f"{dotted(path)} is not an assumption table; {_did_you_mean(name, forms)}"
            faults[_ELSEWHERE].append(Fault(where(path), message))
        elif name not in fetched:
            faults[name].append(Fault(where(path), f"{without_secrets(address)} was not fetched"))
        else:
            rows = read_table(fetched[name], forms[name], faults[name])
            tables[name] = AssumptionTable(forms[name].columns, rows, without_secrets(address))


def _change_rows(
    tables: dict[str, AssumptionTable],
    forms: Mapping[str, TableForm],
    overrides: Mapping[str, list[dict[str, Any]]],
    where: Where,
    faults: Faults,
) -> None:
    for name, changes in overrides.items():
        path: KeyPath = ("assumptions", "overrides", name)
        if name not in forms:
            message = f"{dotted(path)} is not an assumption table; {_did_you_mean(name, forms)}"
            faults[_ELSEWHERE].append(Fault(where(path), message))
            continue
        rows = _changed(tables[name].rows, forms[name], changes, path, where, faults[name])
        source = f"{tables[name].source}, {len(changes)} row{'s' * (len(changes) != 1)} changed by {where(path)}"
        tables[name] = AssumptionTable(forms[name].columns, rows, source)


def _changed(
    rows: tuple[Row, ...],
    form: TableForm,
    changes: list[dict[str, Any]],
    path: KeyPath,
    where: Where,
    faults: list[Fault],
) -> tuple[Row, ...]:
    by_key = {form.key_of(row): row for row in rows}
    seen: dict[tuple[Any, ...], int] = {}
    for index, change in enumerate(changes):
        place = (*path, index)
        problems = _change_problems(form, change)
        key = tuple(typed(cell_text(change.get(column))) for column in form.key)
        if not problems and key in seen:
            problems = [f"changes the same row as element {seen[key]}"]
        if not problems and key not in by_key:
            problems = _new_row_problems(form, change, list(by_key))
        if problems:
            faults += [Fault(where(place), f"{dotted(place)} {problem}") for problem in problems]
            continue
        seen[key] = index
        by_key[key] = _with(form, by_key.get(key), change)
        faults += [Fault(where(place), f"{dotted(place)} {problem}") for problem in form.problems(by_key[key])]
    return tuple(by_key.values())


def _with(form: TableForm, old: Row | None, change: dict[str, Any]) -> Row:
    """A row with some cells changed; the key of a row that is there keeps its spelling."""
    if old is None:
        return tuple(cell_text(change[column]) for column in form.columns)
    cells = zip(form.columns, old, strict=True)
    return tuple(cell_text(change[name]) if name in change and name not in form.key else cell for name, cell in cells)


def _change_problems(form: TableForm, change: dict[str, Any]) -> list[str]:
    names = [str(column) for column in change]
    problems = [f"{_unknown_column(form, name)}" for name in names if name not in form.columns]
    missing = [column for column in form.key if column not in names]
    if missing:
        problems.append(f"lacks {', '.join(missing)}, which says what row is meant")
    if not missing and not set(names) - set(form.key):
        problems.append(f"changes nothing; give one of {', '.join(form.other_columns)}")
    return problems


def _new_row_problems(form: TableForm, change: dict[str, Any], keys: list[tuple[Any, ...]]) -> list[str]:
    missing = [column for column in form.columns if column not in change]
    if not missing:
        return []
    meant = ", ".join(f"{column} {change[column]}" for column in form.key)
    known = [" ".join(str(part) for part in key) for key in keys]
    similar = nearest(" ".join(str(change[column]) for column in form.key), known)
    listed = ", ".join(known[:_LISTED]) + (", …" if len(known) > _LISTED else "")
    hint = f"did you mean {similar}?" if similar else f"there are {listed}."
    return [f"means {meant}, which {form.name} does not have; {hint} A new row needs {', '.join(missing)} as well"]


def _unknown_column(form: TableForm, name: str) -> str:
    similar = nearest(name, list(form.columns))
    hint = f"did you mean {similar}?" if similar else f"its columns are {', '.join(form.columns)}"
    return f"has {name}, which {form.name} does not know; {hint}"


def _did_you_mean(name: str, forms: Mapping[str, TableForm]) -> str:
    similar = nearest(name, list(forms))
    return f"did you mean {similar}?" if similar else f"the tables are {', '.join(forms)}"
