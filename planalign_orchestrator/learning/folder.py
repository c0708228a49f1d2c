"""The folder that a fit leaves: assumption tables, a scenario that uses them, the page, and everything as JSON."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from planalign_orchestrator.config.commented_yaml import yaml_value
from planalign_orchestrator.config.layers import nested
from planalign_orchestrator.learning.experience import Experience
from planalign_orchestrator.learning.page import experience_page
from planalign_orchestrator.reports.page import write_page
from planalign_orchestrator.storage.durable import (
    atomic_write_json,
    atomic_write_text,
    make_private_folder,
    private_files,
)
from planalign_orchestrator.visible import visible

SCENARIO, PAGE, RECORD = "fitted.yaml", "experience.html", "experience.json"


def write_fitted(found: Experience, folder: Path) -> None:
    """Write what was learned, each file whole or not at all; tables of an earlier fit go."""
    with private_files():
        make_private_folder(folder)
        tables = found.tables()
        for name in found.history.forms:
            if name not in tables:
                (folder / f"{name}.csv").unlink(missing_ok=True)
        for name, rows in tables.items():
            text = io.StringIO(newline="")
            csv.writer(text, lineterminator="\n").writerows(rows)
            atomic_write_text(folder / f"{name}.csv", text.getvalue())
        atomic_write_text(folder / SCENARIO, scenario_text(found))
        atomic_write_json(folder / RECORD, found.as_record())
        write_page(experience_page(found), folder / PAGE)


def scenario_text(found: Experience) -> str:
    """A scenario with the fitted tables beside it, for the five years after the newest file."""
    first = found.history.last_day.year + 1
    years = {"simulation.start_year": first, "simulation.end_year": first + 4}
    tree = nested({**found.settings, "assumptions.directory": ".", **years})
    names = visible(", ".join(intake.source for intake in found.history.intakes))
    head = f"# Fitted to {names}; {PAGE} shows the evidence.\n# Review it: growth of the headcount is a decision.\n"
    return head + "".join(f"{section}: {yaml_value(values)}\n" for section, values in sorted(tree.items()))
