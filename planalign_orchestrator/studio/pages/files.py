"""The files of a result, from a list: what a report has written there, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from starlette.responses import FileResponse

from planalign_orchestrator.reports.rebuilding import report_run
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.studio.visit import GoTo, Visit
from planalign_orchestrator.studio.workspace import named

_OFFERED: Mapping[str, str] = {".html": "Report page", ".xlsx": "Excel workbook", ".pdf": "PDF", ".csv": "CSV"}
"""What may be downloaded, by the end of its name, with what a reader calls it."""


def files_of(root: Path) -> dict[str, tuple[str, Path]]:
    """The files of a result by name: what a reader calls each, and where it is."""
    reports = sorted(RunFolder(root).reports.glob("*"))
    found = {path.name: (_OFFERED[path.suffix], path) for path in reports if path.suffix in _OFFERED}
    return {**found, "run.json": ("Record", root.joinpath("run.json"))}


def download(visit: Visit) -> FileResponse:
    """A file of a result."""
    root = named(visit.workspace.results(), visit.name, "run")
    _, path = named(files_of(root), visit.names["file"], "file")
    return FileResponse(path, filename=f"{visit.name}_{path.name}", content_disposition_type="attachment")


def write(visit: Visit) -> GoTo:
    """Write the reports of a result anew."""
    root = named(visit.workspace.results(), visit.name, "run")
    report_run(RunFolder(root), ("csv", "html", "xlsx"), "planalign studio")
    return GoTo(f"/runs/{visit.name}")
