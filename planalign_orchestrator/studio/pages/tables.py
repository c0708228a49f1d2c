"""The assumption tables of a design as tables to edit; what is changed becomes overrides in the design's file."""

from collections.abc import Sequence
from typing import Any

from planalign_orchestrator.config.assumption_files import TableForm, table_forms
from planalign_orchestrator.config.assumptions import AssumptionTable, effective_assumptions
from planalign_orchestrator.config.form import with_changes
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.reports.definitions import assumption_tables
from planalign_orchestrator.reports.wording import title, words
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.storage.durable import atomic_write_text
from planalign_orchestrator.studio.jobs import command_line
from planalign_orchestrator.studio.pages.designs import check
from planalign_orchestrator.studio.visit import GoTo, View, Visit, together
from planalign_orchestrator.studio.workspace import named

_OVERRIDES = "assumptions.overrides"


def tables(visit: Visit) -> View:
    """The tables that there are."""
    named(visit.workspace.designs(), visit.name, "design")
    found = {table: (title(table), meaning) for table, meaning in assumption_tables().items()}
    return View("tables.html.j2", {"name": visit.name, "tables": found}, _command(visit.name))


def table(visit: Visit) -> View:
    """A table as the design has it."""
    return _page(visit, _table(visit, own=True).rows, "")


def save(visit: Visit) -> View | GoTo:
    """Keep the rows that differ from the base as overrides of the design."""
    workspace, name, of = visit.workspace, visit.name, visit.names["table"]
    path, base, form = named(workspace.designs(), name, "design"), _table(visit, own=False), _form(of)
    cells, width = [cell.strip() for cell in visit.form.values.get("cell", [])], len(base.columns)
    rows = together(*(cells[column::width] for column in range(width)))
    together(rows, base.rows)
    overrides = dict(workspace.settings(path).settings.assumptions.overrides)
    changed = [row for row in rows if row not in base.rows]
    overrides[of] = [dict(zip(base.columns, map(_value, row), strict=True)) for row in changed]
    kept = {table: found for table, found in overrides.items() if found}
    changes, dropped = ({_OVERRIDES: kept}, []) if kept else ({}, [_OVERRIDES])
    text = with_changes(path.read_bytes(), changes, dropped)
    try:
        if any(form.key_of(row) not in map(form.key_of, base.rows) for row in rows):
            raise ConfigurationError("the columns that name a row cannot be changed")
        check(workspace, path, text)
    except ConfigurationError as error:
        return _page(visit, rows, error.message)
    atomic_write_text(path, text)
    return GoTo(f"/designs/{name}/tables/{of}")


def _page(visit: Visit, rows: Sequence[Sequence[str]], faults: str) -> View:
    name, of, base = visit.name, visit.names["table"], _table(visit, own=False)
    shown = {
        "name": name, "table": of, "title": title(of), "meaning": assumption_tables().get(of, ""),
        "columns": [(column, words(column), column in _form(of).key) for column in base.columns],
        "rows": list(zip(rows, base.rows, strict=False)), "faults": faults.splitlines(),
    }  # fmt: skip
    return View("table.html.j2", shown, _command(name), status=422 if faults else 200)


def _table(visit: Visit, *, own: bool) -> AssumptionTable:
    """A table of the design, or of the base that it changes."""
    path = named(visit.workspace.designs(), visit.name, "design")
    settings = visit.workspace.settings(path if own else None).settings
    return named(effective_assumptions(settings, dbt_project_dir().joinpath("seeds")), visit.names["table"], "table")


def _form(name: str) -> TableForm:
    return table_forms(dbt_project_dir().joinpath("seeds"))[name]


def _value(cell: str) -> Any:
    """A cell as YAML would have it: a number where it is one."""
    try:
        return int(cell) if cell.isdecimal() else float(cell)
    except ValueError:
        return cell or None


def _command(name: str) -> str:
    return command_line("config", "show", "--scenario", f"scenarios/{name}.yaml", "--changed")
