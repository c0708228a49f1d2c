"""What a run would open: settings, assumption tables, census."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from planalign_orchestrator.doctor.check import Check, fault, ok
from planalign_orchestrator.errors import ConfigurationError, PlanAlignError

if TYPE_CHECKING:
    from planalign_orchestrator.config.settings import Settings


def load(config: Path | None) -> tuple[Settings | None, Check]:
    """The settings that a run would use, if they are sound, and the finding.

    Args:
        config: the configuration file; None looks where a run looks.
    """
    from planalign_orchestrator.config import find_config_file, load_settings

    file = find_config_file(config)
    try:
        effective = load_settings(config_file=file, scenario_file=None, environ=os.environ, flags={})
    except ConfigurationError as error:
        return None, _told("settings", error)
    return effective.settings, ok(
        "settings", f"from {file}" if file else "defaults; there is no configuration file here"
    )


def input_checks(settings: Settings) -> Iterator[Check]:
    """All checks of this module.

    Args:
        settings: sound ones.
    """
    yield assumptions_check(settings)
    yield census_check(settings)


def addresses_in(settings: Settings) -> list[str]:
    """The https addresses from which a run would fetch something."""
    named = [settings.census.path or "", *settings.assumptions.tables.values()]
    return [address for address in named if address.lower().startswith("https://")]


def assumptions_check(settings: Settings) -> Check:
    """Whether the assumption tables can be read and changed as the settings say.

    Those at an address are left to the network checks, and the bundled ones stand in for them.
    """
    from planalign_orchestrator.config.assumptions import effective_assumptions
    from planalign_orchestrator.resources import dbt_project_dir

    seeds = dbt_project_dir() / "seeds"
    elsewhere = settings.assumptions.tables
    stand_ins = {name: seeds / f"{name}.csv" for name in elsewhere if (seeds / f"{name}.csv").is_file()}
    try:
        tables = effective_assumptions(settings, seeds, fetched=stand_ins)
    except PlanAlignError as error:
        return _told("assumption tables", error)
    left = f"; {len(elsewhere)} at https addresses are left to the network checks" if elsewhere else ""
    return ok("assumption tables", f"{len(tables) - len(elsewhere)} tables read{left}")


def census_check(settings: Settings) -> Check:
    """Whether the census can be read; one at an address is left to the network checks."""
    from planalign_orchestrator.census import read_census
    from planalign_orchestrator.run.inputs import bundled_census

    given = settings.census.path
    if given is not None and given.lower().startswith("https://"):
        return ok("census", "at an https address; the network checks look at the way to it")
    try:
        file = Path(given).expanduser() if given else bundled_census()
        with tempfile.TemporaryDirectory(prefix="planalign-doctor-", ignore_cleanup_errors=True) as scratch:
            intake = read_census(
                file,
                as_of=dt.date(settings.simulation.start_year - 1, 12, 31),
                output=Path(scratch) / "census.parquet",
                sheet=settings.census.sheet,
                date_order=settings.census.date_order,
                on_bad_rows=settings.census.on_bad_rows,
            )
    except PlanAlignError as error:
        return _told("census", error)
    return ok("census", f"{intake.rows_kept} people in {file.name}")


def _told(name: str, error: PlanAlignError) -> Check:
    return fault(name, " ".join(error.message.split()), error.remedy or "`planalign config validate` says more.")
