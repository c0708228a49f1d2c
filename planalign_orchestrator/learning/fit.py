"""Assumptions from a client's own censuses, written as a folder that a scenario can name."""

import csv
import datetime as dt
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from planalign_orchestrator.config import find_config_file, load_settings
from planalign_orchestrator.config.catalogue import yaml_of
from planalign_orchestrator.config.layers import nested
from planalign_orchestrator.learning.careers import learn_bands, learn_careers, learn_structure
from planalign_orchestrator.learning.exits import learn_exits
from planalign_orchestrator.learning.experience import Experience
from planalign_orchestrator.learning.hires import learn_hires
from planalign_orchestrator.learning.history import History, files_read
from planalign_orchestrator.learning.page import experience_page
from planalign_orchestrator.learning.participation import learn_participation
from planalign_orchestrator.reports.page import write_page
from planalign_orchestrator.storage import durable
from planalign_orchestrator.visible import visible

SCENARIO, PAGE, RECORD = "fitted.yaml", "experience.html", "experience.json"


def learn(history: History) -> Experience:
    """What linked censuses say, or a single one."""
    found = Experience(history)
    if history.one("select count(*) from lives"):
        learn_exits(found)
        learn_careers(found)
        learn_structure(found)
    learn_bands(found)
    learn_hires(found)
    learn_participation(found)
    return found


def fit(
    censuses: Sequence[str | Path],
    *,
    output: str | Path,
    config: Path | None = None,
    settings: Mapping[str, object] | None = None,
    as_of: Sequence[dt.date] = (),
) -> dict[str, Any]:
    """Learn assumptions from yearly censuses of one employer, or from a single one.

    Args:
        censuses: files or https addresses.
        output: the folder to write: assumption tables, ``fitted.yaml`` (a scenario that uses them), ``experience.html``
            and ``experience.json``.
        config: configuration file, whose plan is the one that people knew; found by itself when left out.
        settings: single settings by dotted name.
        as_of: the day that each census describes; found in the files when left out.

    Returns:
        What was learned, as ``experience.json`` holds it.

    Raises:
        CensusError: a file cannot be used.
        ConfigurationError: a setting or assumption table is wrong.
    """
    folder = Path(output).resolve()
    config_file, flags = find_config_file(config), settings or {}
    effective = load_settings(config_file=config_file, scenario_file=None, environ=os.environ, flags=flags)
    durable.make_private_folder(folder)
    with files_read(censuses, effective.settings, folder / "rejects", as_of) as read, read.linked() as history:
        found = learn(history)
        write_fitted(found, folder)
        return found.as_record()


def write_fitted(found: Experience, folder: Path) -> None:
    """Write what was learned, each file whole or not at all; tables of an earlier fit go."""
    with durable.private_files():
        durable.make_private_folder(folder)
        tables = found.tables()
        for name in found.history.tables:
            if name not in tables:
                (folder / f"{name}.csv").unlink(missing_ok=True)
        for name, rows in tables.items():
            text = io.StringIO(newline="")
            csv.writer(text, lineterminator="\n").writerows(rows)
            durable.atomic_write_text(folder / f"{name}.csv", text.getvalue())
        durable.atomic_write_text(folder / SCENARIO, scenario_text(found))
        durable.atomic_write_json(folder / RECORD, found.as_record())
        write_page(experience_page(found), folder / PAGE)


def scenario_text(found: Experience) -> str:
    """A scenario with the fitted tables beside it, for the five years after the newest file."""
    first = found.history.last_day.year + 1
    years = {"simulation.start_year": first, "simulation.end_year": first + 4}
    tree = nested({**found.settings, "assumptions.directory": ".", **years})
    names = visible(", ".join(intake.source for intake in found.history.intakes))
    evidence = f"Fitted to {names}; {PAGE} shows the evidence."
    return yaml_of(tree, evidence, "Review it: growth of the headcount is a decision.")
