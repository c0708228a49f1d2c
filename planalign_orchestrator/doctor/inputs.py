"""What a run would open: settings, assumption tables, census; DuckDB and the models at work, as it would use them."""

import time
from collections.abc import Iterator
from pathlib import Path

from planalign_orchestrator.config.assumptions import effective_assumptions
from planalign_orchestrator.config.loading import find_config_file, find_settings
from planalign_orchestrator.config.secrecy import is_address
from planalign_orchestrator.config.settings import Assumptions, Settings
from planalign_orchestrator.doctor.report import Check, ok, told, wrong
from planalign_orchestrator.errors import ConfigurationError, PlanAlignError
from planalign_orchestrator.resources import bundled_census, dbt_project_dir
from planalign_orchestrator.storage.durable import scratch_folder

_MORE = "`planalign config validate` says more."


def load(config: Path | None) -> tuple[Settings | None, Check]:
    """The settings that a run would use, if they are sound, and the finding.

    Args:
        config: the configuration file; None looks where a run looks.
    """

    file = find_config_file(config)
    try:
        effective = find_settings(config)
    except ConfigurationError as error:
        return None, told("settings", error, _MORE)
    found = f"from {file}" if file else "defaults; there is no configuration file here"
    if policy := effective.policy:
        found += f"; the policy {policy.path} locks {len(policy.locked)} settings"
    return effective.settings, ok("settings", found)


def input_checks(settings: Settings) -> Iterator[Check]:
    """All checks of this module.

    Args:
        settings: sound ones.
    """

    tables = assumptions_check(settings)
    yield tables
    bundled = settings.model_copy(update={"assumptions": Assumptions()})  # so that one fault is told once
    yield census_check(bundled if tables.status == "fault" else settings)


def addresses_in(settings: Settings) -> list[str]:
    """The addresses from which a run would fetch something."""
    named = [settings.census.path or "", *settings.assumptions.tables.values()]
    return [address for address in named if is_address(address)]


def assumptions_check(settings: Settings) -> Check:
    """Whether the assumption tables can be read and changed as the settings say.

    Those at an address are left to the network checks, and the bundled ones stand in for them.
    """

    seeds = dbt_project_dir() / "seeds"
    elsewhere = settings.assumptions.tables
    try:
        tables = effective_assumptions(settings, seeds, fetched=_stand_ins(settings))
    except PlanAlignError as error:
        return told("assumption tables", error, _MORE)
    left = f"; {len(elsewhere)} at https addresses are left to the network checks" if elsewhere else ""
    return ok("assumption tables", f"{len(tables) - len(elsewhere)} tables read{left}")


def _stand_ins(settings: Settings) -> dict[str, Path]:
    """The bundled tables for those at addresses, which are not fetched here."""

    files = {name: dbt_project_dir() / "seeds" / f"{name}.csv" for name in settings.assumptions.tables}
    return {name: file for name, file in files.items() if file.is_file()}


def census_check(settings: Settings) -> Check:
    """Whether the census can be read; one at an address is left to the network checks."""
    from planalign_orchestrator.run.inputs import RunInputs

    given = settings.census.path
    if given is not None and is_address(given):
        return ok("census", "at an address; the network checks look at the way to it")
    try:
        file = Path(given).expanduser() if given else bundled_census()
        with scratch_folder() as folder:
            inputs = RunInputs(settings, file, tables=_stand_ins(settings))
            intake = inputs.take_in_census(output=folder / "census.parquet", rejects=folder / "rejects.csv")
    except PlanAlignError as error:
        return told("census", error, _MORE)
    return ok("census", f"{intake.rows_kept} people in {file.name}")


_REINSTALL = "python -m pip install --upgrade --force-reinstall planalign-engine"
_MEMORY = "512MiB"
_ROWS = 1_000_000


def engine_checks() -> Iterator[Check]:
    """All checks of this module; they work in a temporary folder."""
    with scratch_folder() as scratch:
        yield duckdb_check(scratch)
        yield model_check()


def duckdb_check(folder: Path) -> Check:
    """Whether DuckDB opens a file within limits, writes a table and reads it."""
    import duckdb

    from planalign_orchestrator.warehouse import DatabaseLimits, open_database

    start = time.perf_counter()
    limits = DatabaseLimits(_MEMORY, 1, folder / "spill", "1GiB")
    try:
        with open_database(folder / "doctor.duckdb", limits) as connection:
            connection.execute(f"create table numbers as select range as n from range({_ROWS})")
            connection.execute("select sum(n) from numbers")
    except duckdb.Error as error:
        return wrong("query failed", error=error)
    return ok("DuckDB", f"{duckdb.__version__} wrote and summed a million rows in {time.perf_counter() - start:.1f} s")


def model_check() -> Check:
    """Whether the models can be read and made SQL of."""
    from planalign_orchestrator.model.project import Project, Renderer

    start = time.perf_counter()
    try:
        models = Renderer(Project.read(dbt_project_dir())).render({})
    except PlanAlignError as error:
        return told("models", error, _REINSTALL)
    return ok("models", f"{len(models)} models read in {time.perf_counter() - start:.1f} s")
