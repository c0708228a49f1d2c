"""Reads a sheet of an Excel or OpenDocument file as rows of text."""

import json
import subprocess
from pathlib import Path
from typing import Any

from planalign_orchestrator.census.quality import Entry, QualityKind
from planalign_orchestrator.census.refusal import refused
from planalign_orchestrator.census.source import Source
from planalign_orchestrator.census.table import TextTable, find_header, numbered_rows
from planalign_orchestrator.child_process import isolated
from planalign_orchestrator.errors import CensusError

_BLANK_FORMULAS = (
    "formulas without a result were read as empty; an .xls file does not tell whether they were calculated. If not, "
    "save it as .xlsx."
)


def open_excel(
    source: Source, sheet: str | None, header_row: int | None, folder: Path, *, proposing: bool = False
) -> TextTable:
    """Open one sheet (the first when none is named) at its row of headings.

    Args:
        source: the workbook.
        sheet: its name, in any case.
        header_row: the number of the row of headings, when it is known.
        folder: for the rows in between.
        proposing: take the first sheet that looks like a census, where the first one does not.
    """
    rows = folder / "sheet.csv"
    wanted = {"sheet": sheet, "proposing": proposing}
    answer = _answer(source, {"path": str(source.path), "named": str(source.named), "rows": str(rows), **wanted})
    table = find_header(numbered_rows(rows), source.named, header_row)
    if table is None:
        raise refused("empty sheet", path=source.named, sheet=answer["sheet"])
    table.sheet = answer["sheet"]
    told: list[tuple[QualityKind, str, str]] = [
        ("read", "sheets", "Read the sheet {read!r}; there are also {others}."),
        ("warning", "alike", "these sheets look like a census too, and who stands there is left out: {others}."),
    ]
    for kind, key, text in told:
        if others := ", ".join(repr(name) for name in answer[key] if name != table.sheet):
            table.notes.append(Entry(kind, text.format(read=table.sheet, others=others)))
    for column, name in enumerate(table.names, start=1):
        if rows_of := [row for row in answer["blank"].get(str(column), ()) if row > table.header_row]:
            table.notes.append(Entry("warning", _BLANK_FORMULAS, name, len(rows_of), rows_of[0]))
    return table


def _answer(source: Source, request: dict[str, Any]) -> dict[str, Any]:
    """Have the sheet read by a process of its own, isolated from the working folder."""
    command = isolated("planalign_orchestrator.census.excel_child", json.dumps(request))
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode or not done.stdout:
        raise refused("crashing workbook", path=source.named)
    answer: dict[str, Any] = json.loads(done.stdout)
    if "error" in answer:
        raise CensusError(answer["error"], remedy=answer["remedy"])
    return answer
