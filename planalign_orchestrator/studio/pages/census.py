"""Censuses: take one in, review what its columns mean, see what is wrong with it and who is in it."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from planalign_orchestrator.census.describe import describe_census
from planalign_orchestrator.census.mapping_file import CHOICES, UNITS, Line, lines_of, with_choices
from planalign_orchestrator.census.proposal import propose_mapping
from planalign_orchestrator.census.refusal import CensusRefusedError, Findings
from planalign_orchestrator.cli.census import intake_of
from planalign_orchestrator.errors import CensusError
from planalign_orchestrator.json_text import plain
from planalign_orchestrator.reports.inputs import described
from planalign_orchestrator.reports.sections.run_facts import data_quality
from planalign_orchestrator.storage.durable import CHUNK, atomic_write_stream, atomic_write_text, scratch_folder
from planalign_orchestrator.studio.visit import GoTo, View, Visit, together
from planalign_orchestrator.studio.workspace import Workspace, command_line, is_census, named, safe_name

_FAULTS_SHOWN = 200


def censuses(visit: Visit) -> View:
    """The census files, and where a new one is dropped."""
    found = visit.workspace.censuses()
    mapped = [name for name in found if visit.workspace.mapping_of(name).exists()]
    command = command_line("census", "validate", f"census/{next(iter(found), 'people.csv')}")
    return View("censuses.html.j2", {"censuses": found, "mapped": mapped}, command)


def take(visit: Visit) -> GoTo:
    """Take a census in; one that is there already is not replaced."""
    if not visit.form.files:
        raise CensusError("no file came with the form", remedy="Choose a file, or drop one on the field.")
    [given] = visit.form.files
    name = safe_name(re.sub(r"[^A-Za-z0-9._-]+", "_", str(given.filename)).strip("_"))
    if not is_census(Path(name)):
        raise CensusError("this file is no census by its name", remedy="Give a CSV, Excel or Parquet file.")
    target = visit.workspace.census_folder.joinpath(name)
    if target.exists():
        raise CensusError.told("census there", name=name)
    visit.workspace.create()
    atomic_write_stream(target, iter(lambda: given.file.read(CHUNK), b""))
    return GoTo(f"/census/{name}/mapping")


def census(visit: Visit) -> View:
    """What was understood of a census, what is wrong with it, who is in it."""
    name, workspace = visit.name, visit.workspace
    mapping = workspace.mapping_of(name)
    mapped = ["--mapping", f"census/{mapping.name}"] if mapping.exists() else []
    found = understood(workspace, name, mapping)
    who = described(found["description"]) if found["description"] else []
    exhibits = [data_quality(found["data"]["data_quality"]), *who]
    shown = {"name": name, "mapped": bool(mapped), "exhibits": exhibits, **found}
    return View("census.html.j2", shown, command_line("census", "validate", f"census/{name}", *mapped), found["data"])


def understood(workspace: Workspace, name: str, mapping: Path) -> dict[str, Any]:
    """What a census page shows, as plain JSON, read by a mapping if that is there."""
    path, config = named(workspace.censuses(), name, "census"), workspace.config_file
    text = mapping.read_text(encoding="utf-8", errors="replace") if mapping.is_file() else ""

    def read() -> dict[str, Any]:
        given = {"census.mapping": str(mapping)} if mapping.exists() else {}
        rejects = path.with_name(f"{path.name}_rejects.csv")
        try:
            with intake_of(str(path), None, config, given, rejects) as intake:
                description = describe_census(intake.output, intake.as_of)
                return _told(intake, {"valid": True}, description=description)
        except CensusRefusedError as refused:
            return _told(refused.findings, {"valid": False, "as_of": None}, remedy=refused.remedy, description=None)

    files = [path, *([] if config is None else [config])]
    return dict(workspace.keep(files, f"census by {text}", read))


def _told(findings: Findings, verdict: dict[str, Any], **more: Any) -> dict[str, Any]:
    faults = [(fault.severity, fault.sentence()) for fault in findings.faults[:_FAULTS_SHOWN]]
    return dict(plain({"data": {**verdict, **findings.as_record()}, "faults": faults, **more}))


def mapping(visit: Visit) -> View:
    """The columns of a census with what each is taken for, to review."""
    name, workspace = visit.name, visit.workspace
    text, saved = _mapping_text(workspace, name), workspace.mapping_of(name)
    shown = {"name": name, "lines": lines_of(text), "choices": CHOICES, "units": UNITS, "saved": saved.exists()}
    kept = ["--mapping" if saved.exists() else "--output", f"census/{saved.name}"]
    command = command_line("census", "validate" if saved.exists() else "map", f"census/{name}", *kept)
    return View("mapping.html.j2", shown, command)


def save_mapping(visit: Visit) -> GoTo:
    """Keep the reviewed mapping beside the census."""
    name, workspace, form = visit.name, visit.workspace, visit.form
    text = _mapping_text(workspace, name)
    lines = together(lines_of(text), form.values.get("held", []), form.values.get("unit", []))
    atomic_write_text(workspace.own_mapping(name), _reviewed(text, lines))
    return GoTo(f"/census/{name}")


def as_proposed(workspace: Workspace, name: str) -> str:
    """The mapping that is kept of a census if a person agrees to all that is proposed."""
    text = _mapping_text(workspace, name)
    return _reviewed(text, [(line, line.held, line.unit) for line in lines_of(text)])


def _reviewed(text: str | bytes, lines: Sequence[tuple[Line, str, str]]) -> str:
    held = {(line.part, line.name): chosen for line, chosen, _ in lines if chosen in CHOICES[line.part]}
    units = {line.name: unit for line, _, unit in lines if line.part == "columns" and unit in UNITS}
    return with_choices(text, held, units)


def _mapping_text(workspace: Workspace, name: str) -> str | bytes:
    path, mapping = named(workspace.censuses(), name, "census"), workspace.mapping_of(name)
    if mapping.exists():
        return mapping.read_bytes()
    with scratch_folder(workspace.private) as scratch:
        return propose_mapping(path, scratch.joinpath("mapping"))
