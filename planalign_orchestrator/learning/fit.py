"""Assumptions from a client's own censuses, written as a folder that a scenario can name."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from planalign_orchestrator.config import find_config_file, load_settings
from planalign_orchestrator.learning.careers import learn_bands, learn_careers, learn_structure
from planalign_orchestrator.learning.exits import learn_exits
from planalign_orchestrator.learning.experience import Experience
from planalign_orchestrator.learning.hires import learn_hires
from planalign_orchestrator.learning.history import History, files_read
from planalign_orchestrator.learning.participation import learn_participation
from planalign_orchestrator.storage.durable import make_private_folder


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
    from planalign_orchestrator.learning.folder import write_fitted

    folder = Path(output).resolve()
    effective = load_settings(
        config_file=find_config_file(config),
        scenario_file=None,
        environ=os.environ,
        flags=settings or {},
    )
    make_private_folder(folder)
    with files_read(censuses, effective.settings, folder / "rejects", as_of) as read, read.linked() as history:
        found = learn(history)
        write_fitted(found, folder)
        return found.as_record()
