"""Designs: a plan as a form, in words, and as the YAML file that the command line reads; its assumption tables to edit.

What is changed in a table becomes overrides in the design's file.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from planalign_orchestrator.config import form
from planalign_orchestrator.config.assumption_files import TableForm, table_forms
from planalign_orchestrator.config.assumptions import AssumptionTable, check_tables, effective_assumptions
from planalign_orchestrator.config.catalogue import leaves, plain, section_summary
from planalign_orchestrator.config.description import describe, settings_warnings
from planalign_orchestrator.config.form import typed_value, with_changes
from planalign_orchestrator.config.loading import EffectiveSettings
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.reports.definitions import assumption_tables
from planalign_orchestrator.reports.inputs import match_curve
from planalign_orchestrator.reports.wording import setting_title, title, words
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.storage.durable import atomic_write_text, unlink
from planalign_orchestrator.studio.visit import GoTo, View, Visit, together
from planalign_orchestrator.studio.workspace import Workspace, command_line, named, safe_name

_SHOWN = ("plan.", "workforce.", "compensation.", "simulation.start_year", "simulation.end_year",
          "simulation.random_seed", "amendments")  # fmt: skip
"""The settings of a design; how a run uses the machine and the network is no part of it."""


def designs(visit: Visit) -> View:
    """The designs that there are, and how to make one."""
    workspace = visit.workspace
    files = [f"scenarios/{path.name}" for path in workspace.designs().values()]
    command = ["config", "validate", *files] if files else ["config", "show"]
    shown = {"designs": workspace.designs(), "bundled": workspace.bundled_designs(), "runs": workspace.results()}
    return View("designs.html.j2", shown, command_line(*command))


def create(visit: Visit) -> GoTo:
    """Make a design, from one that there is or from nothing."""
    known = {**visit.workspace.bundled_designs(), **visit.workspace.designs()}
    source = visit.form.get("from")
    text = named(known, source, "design").read_bytes() if source else ""
    return created(visit.workspace, visit.form.get("name"), with_changes(text, {}, ["simulation.scenario_id"]))


def created(workspace: Workspace, given: str, text: str) -> GoTo:
    """Keep a new design.

    Raises:
        ConfigurationError: there is one of this name, or it is no name.
    """
    name = safe_name(given)
    if name in workspace.designs():
        raise ConfigurationError(f"there is a design {name} already", remedy="Choose another name.")
    workspace.create()
    atomic_write_text(workspace.designs_folder.joinpath(f"{name}.yaml"), text)
    return GoTo(f"/designs/{name}")


def design(visit: Visit) -> View:
    """A design."""
    path = named(visit.workspace.designs(), visit.name, "design")
    return _form(visit, visit.workspace.settings(path), {}, "", {})


def save(visit: Visit) -> View | GoTo:
    """Check what was typed, and keep it if it is right; what is wrong is told above the form."""
    workspace, name = visit.workspace, visit.name
    path = named(workspace.designs(), name, "design")
    typed = {key: visit.form.get(key) for key in _keys() if key in visit.form.values}
    rows = form.rows_of_form(visit.form.values)
    typed |= {key: form.rows_text(leaves()[key], found) for key, found in rows.items()}
    if "rows" in visit.form.values:  # nothing is kept yet
        return _form(visit, workspace.settings(path), typed, "", rows)
    text = _changed(path, workspace.settings(), typed)
    if faults := faults_unless_kept(workspace, path, text):
        return _form(visit, workspace.settings(path), typed, form.typed_faults(faults), rows)
    return GoTo(f"/designs/{name}")


def faults_unless_kept(workspace: Workspace, path: Path, text: str) -> str:
    """Write a design if nothing is wrong with it; returns every fault."""
    tried = path.with_suffix(".tried")  # beside the design, as its relative paths start there; no list shows it
    atomic_write_text(tried, text)
    try:
        check_tables(workspace.settings(tried))
    except ConfigurationError as error:
        return error.message.replace(tried.as_posix(), path.name)
    finally:
        unlink(tried)
    atomic_write_text(path, text)
    return ""


def _changed(path: Path, base: EffectiveSettings, typed: Mapping[str, str]) -> str:
    """The file with what was typed; what is as in the base is left to it."""
    found = {key: typed_value(leaves()[key], text) for key, text in typed.items()}
    untouched = {key: typed_value(leaves()[key], form.shown_text(leaves()[key], base.value(key))) for key in found}
    same = [key for key, value in found.items() if plain(value) == plain(untouched[key])]
    changes = {key: value for key, value in found.items() if key not in same}
    return with_changes(path.read_bytes(), changes, same)


def _keys() -> list[str]:
    return [key for key in leaves() if key.startswith(_SHOWN)]


def _form(
    visit: Visit, effective: EffectiveSettings, typed: Mapping[str, str], faults: str, rows: Mapping[str, form.Rows]
) -> View:
    base = visit.workspace.settings()
    groups: dict[str, list[form.Entry]] = {}
    for key in _keys():
        leaf = leaves()[key]
        groups.setdefault(leaf.section, []).append(form.Entry(leaf, effective, base, typed.get(key), rows.get(key)))
    plan = effective.settings.plan
    changed = [entry for of in groups.values() for entry in of if entry.text != entry.base]
    shown: dict[str, Any] = {
        "name": visit.name, "title": title(visit.name), "groups": groups, "faults": faults.splitlines(),
        "section_title": {section: setting_title(section) if section else "By year" for section in groups},
        "summary": {section: section_summary(section) if section else "" for section in groups},
        "words": describe(plan), "curve": match_curve(plan.match), "warnings": settings_warnings(effective.settings),
        "yaml": visit.workspace.designs()[visit.name].read_text(encoding="utf-8"),
        "censuses": visit.workspace.censuses(), "busy": visit.jobs.busy(),
        "amendable": form.amendable(), "changed": changed,
        "open": {entry.leaf.section for entry in changed} | {"plan.match"},
    }  # fmt: skip
    data = {"settings": [{**vars(row), "source": str(row.source)} for row in effective.listing()]}
    command = command_line("config", "show", "--scenario", f"scenarios/{visit.workspace.designs()[visit.name].name}")
    return View("design.html.j2", shown, command, data, 422 if faults else 200)


_OVERRIDES = "assumptions.overrides"


def tables(visit: Visit) -> View:
    """The tables that there are."""
    named(visit.workspace.designs(), visit.name, "design")
    found = {table: (title(table), meaning) for table, meaning in assumption_tables().items()}
    return View("tables.html.j2", {"name": visit.name, "tables": found}, _command(visit.name))


def table(visit: Visit) -> View:
    """A table as the design has it."""
    return _page(visit, _table(visit, own=True).rows, "")


def save_table(visit: Visit) -> View | GoTo:
    """Keep the rows that differ from the base as overrides of the design."""
    workspace, name, of = visit.workspace, visit.name, visit.names["table"]
    path, base, form = named(workspace.designs(), name, "design"), _table(visit, own=False), _table_form(of)
    cells, width = [cell.strip() for cell in visit.form.values.get("cell", [])], len(base.columns)
    rows = together(*(cells[column::width] for column in range(width)))
    together(rows, base.rows)
    overrides = dict(workspace.settings(path).settings.assumptions.overrides)
    changed = [row for row in rows if row not in base.rows]
    overrides[of] = [dict(zip(base.columns, map(_value, row), strict=True)) for row in changed]
    kept = {table: found for table, found in overrides.items() if found}
    changes, dropped = ({_OVERRIDES: kept}, []) if kept else ({}, [_OVERRIDES])
    text = with_changes(path.read_bytes(), changes, dropped)
    renamed = any(form.key_of(row) not in map(form.key_of, base.rows) for row in rows)
    faults = "the columns that name a row cannot be changed" if renamed else faults_unless_kept(workspace, path, text)
    return _page(visit, rows, faults) if faults else GoTo(f"/designs/{name}/tables/{of}")


def _page(visit: Visit, rows: Sequence[Sequence[str]], faults: str) -> View:
    name, of, base = visit.name, visit.names["table"], _table(visit, own=False)
    shown = {
        "name": name, "table": of, "title": title(of), "meaning": assumption_tables().get(of, ""),
        "columns": [(column, words(column), column in _table_form(of).key) for column in base.columns],
        "rows": list(zip(rows, base.rows, strict=False)), "faults": faults.splitlines(),
    }  # fmt: skip
    return View("table.html.j2", shown, _command(name), status=422 if faults else 200)


def _table(visit: Visit, *, own: bool) -> AssumptionTable:
    """A table of the design, or of the base that it changes."""
    path = named(visit.workspace.designs(), visit.name, "design")
    settings = visit.workspace.settings(path if own else None).settings
    return named(effective_assumptions(settings, dbt_project_dir().joinpath("seeds")), visit.names["table"], "table")


def _table_form(name: str) -> TableForm:
    return table_forms(dbt_project_dir().joinpath("seeds"))[name]


def _value(cell: str) -> Any:
    """A cell as YAML would have it: a number where it is one."""
    with suppress(ValueError):
        return int(cell) if cell.isdecimal() else float(cell)
    return cell or None


def _command(name: str) -> str:
    return command_line("config", "show", "--scenario", f"scenarios/{name}.yaml", "--changed")
