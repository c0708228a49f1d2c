"""What is in the workspace, what is running, what it costs; and what the doctor finds."""

import datetime as dt
from pathlib import Path
from typing import Any

from planalign_orchestrator.errors import PlanAlignError
from planalign_orchestrator.json_text import plain
from planalign_orchestrator.reports.html_report import headlines
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.storage.overview import Overview
from planalign_orchestrator.studio.visit import View, Visit, remembered
from planalign_orchestrator.studio.workspace import Workspace, command_line, dated


def overview(visit: Visit) -> View:
    """The first page."""
    now, workspace = dt.datetime.now().astimezone(), visit.workspace
    lines = {name: _line(run, now, workspace.designs().get(name)) for name, run in workspace.runs().items()}
    shown: dict[str, Any] = {
        "lines": lines, "busy": visit.jobs.busy(), "waiting": visit.jobs.waiting(),
        "designs": workspace.designs(), "censuses": workspace.censuses(), "sweeps": workspace.sweeps(),
    }  # fmt: skip
    data = [line["overview"].to_json() for line in lines.values() if line["overview"]]
    return View("overview.html.j2", shown, command_line("status", "runs"), data)


def _line(run: RunFolder, now: dt.datetime, design: Path | None) -> dict[str, Any]:
    """How a run stands, if that can be read, with the headlines of its result, or why that cannot be read."""
    line: dict[str, Any] = {"overview": None, "headlines": [], "is_stale": False, "fault": ""}
    try:
        line["overview"] = found = Overview(run, now)
        if found.result_bytes is not None:
            root, written = dated(run.root)
            line["headlines"] = remembered(headlines, root, written)
            line["is_stale"] = design is not None and design.stat().st_mtime_ns > written
    except (PlanAlignError, OSError) as error:
        line["fault"] = str(error)
    return line


def checks(visit: Visit) -> View:
    """Everything that a run needs, without the network, as it was at the last look."""
    found = examined(visit.workspace, anew="again" in visit.query)
    shown = {**found, "settings": list(visit.workspace.settings().listing())}
    return View("checks.html.j2", shown, command_line("doctor", "--offline"), found["data"])


def examined(workspace: Workspace, *, anew: bool = True) -> dict[str, Any]:
    """What the doctor finds, as plain JSON, with the time."""
    from planalign_orchestrator.doctor import Patient, as_json, examine  # brings 8 MB that nothing else needs

    config = workspace.config_file

    def look() -> dict[str, Any]:
        found = list(examine(Patient(workspace.runs_folder, config, (), "offline")))
        return dict(plain({"data": as_json(found), "looked": dt.datetime.now().isoformat(" ", "minutes")}))

    return dict(workspace.keep([] if config is None else [config], "checks", look, anew=anew))
