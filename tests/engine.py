"""The engine for tests: models read once, then many small simulations, without the machine around the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

import duckdb

from planalign_orchestrator.config.assumption_files import table_forms
from planalign_orchestrator.config.assumptions import effective_assumptions
from planalign_orchestrator.config.settings import Settings, changing_years, settings_of
from planalign_orchestrator.model.build import ModelBuilder
from planalign_orchestrator.model.cells import Cell, load_cells
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.run.stages import STAGES, Stage
from planalign_orchestrator.warehouse import DatabaseLimits, load_table, open_database

DATABASE = "simulation.duckdb"
"""The name of every database."""

CENSUS_COLUMNS = {
    "employee_id": "varchar",
    "birth_date": "date",
    "hire_date": "date",
    "annual_compensation": "decimal(18,2)",
    "termination_date": "date",
    "job_level": "integer",
    "deferral_rate": "decimal(6,4)",
    "enrollment_date": "date",
    "eligibility_date": "date",
    "scheduled_hours_per_week": "decimal(5,2)",
    "prior_year_compensation": "decimal(18,2)",
    "is_five_percent_owner": "boolean",
    "auto_escalation_opt_out": "boolean",
    "plan_eligible": "boolean",
    "employer_account_balance": "decimal(18,2)",
    "years_of_vesting_service": "decimal(6,2)",
    "is_union_member": "boolean",
    "roth_share": "decimal(5,4)",
}
CENSUS_DEFAULTS = {
    "deferral_rate": 0,
    "scheduled_hours_per_week": 40,
    "is_five_percent_owner": False,
    "auto_escalation_opt_out": False,
    "plan_eligible": True,
    "employer_account_balance": 0,
    "is_union_member": False,
}


class Engine:
    """Runs stages of the model in database files of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._limits = DatabaseLimits("1GiB", 1, folder / "spill", "2GiB")
        self.builder = ModelBuilder(dbt_project_dir(), folder / DATABASE, self._limits, folder / "sql")

    def simulate(self, settings: Settings, census: Path, folder: Path, *, batch_size: float | None = None) -> Path:
        """All years of the settings, from a canonical census; laws included.

        Returns:
            The database, in ``folder``.

        Raises:
            LawBrokenError: a law does not hold.
        """
        return self.simulate_cells([Cell(1, settings)], census, folder, batch_size=batch_size)

    def simulate_cells(
        self, cells: Sequence[Cell], census: Path, folder: Path, *, batch_size: float | None = None
    ) -> Path:
        """Several futures of one census in one pass; tables and years are those of the first."""
        settings = cells[0].settings
        folder.mkdir(parents=True, exist_ok=True)
        database = folder / DATABASE
        database.unlink(missing_ok=True)
        for year in range(settings.simulation.start_year, settings.simulation.end_year + 1):
            if year in changing_years(settings):
                self._load(cells, database, year)
            for stage in STAGES:
                self._build(stage, settings, census, database, year, batch_size)
        self.builder.close()
        return database

    def _load(self, cells: Sequence[Cell], database: Path, year: int) -> None:
        """The assumption tables of a year, and the settings from it on."""
        settings = cells[0].settings
        self.builder.close()
        with open_database(database, self._limits) as connection:
            tables = effective_assumptions(settings_of(settings, year), dbt_project_dir() / "seeds")
            for name, table in tables.items():
                types = self.builder.project.seeds[name]
                load_table(connection, name, {column: types[column] for column in table.columns}, table.rows)
            years = range(year, settings.simulation.end_year + 1)
            load_cells(connection, self.builder.project, cells, years)

    def run_stage(
        self,
        stage: Stage,
        settings: Settings,
        census: Path,
        database: Path,
        year: int,
        *,
        batch_size: float | None = None,
    ) -> None:
        """One stage of one year, with the settings as they are given here."""
        with open_database(database, self._limits) as connection:
            load_cells(
                connection, self.builder.project, [Cell(1, settings)], range(settings.simulation.start_year, year + 1)
            )
        self._build(stage, settings, census, database, year, batch_size)
        self.builder.close()

    def build(self, stage: Stage, census: Path, database: Path, start_year: int, year: int) -> None:
        """One stage of one year, with the cells that are in the database."""
        self.builder.database.use(database, self._limits)
        variables = {"start_year": start_year, "simulation_year": year, "census_path": census.as_posix()}
        self.builder.build(stage, variables)
        self.builder.close()

    def _build(
        self, stage: Stage, settings: Settings, census: Path, database: Path, year: int, batch_size: float | None
    ) -> None:
        self.builder.database.use(database, self._limits)
        variables = {
            "start_year": settings.simulation.start_year,
            "simulation_year": year,
            "census_path": census.as_posix(),
        }
        self.builder.build(stage, variables, batch_size=batch_size)


def load_assumptions(connection: duckdb.DuckDBPyConnection, settings: Settings, seeds: Path) -> None:
    """The assumption tables as the settings have them, from the folder of the bundled ones."""
    forms = table_forms(seeds)
    for name, table in effective_assumptions(settings, seeds).items():
        load_table(connection, name, {column: forms[name].types[column] for column in table.columns}, table.rows)


@contextmanager
def time_limit(connection: duckdb.DuckDBPyConnection, seconds: float = 20) -> Iterator[None]:
    """A join that has lost its condition may go on for minutes: an error, as the time limit of CI would be."""
    timer = Timer(seconds, connection.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def write_census(path: Path, people: Iterable[Mapping[str, Any]]) -> Path:
    """Write people as a canonical census; what a person does not give has its default, other columns are groups."""
    connection, given = duckdb.connect(), [*people]
    columns = {**dict.fromkeys((name for person in given for name in person), "varchar"), **CENSUS_COLUMNS}
    connection.execute(f"create table census ({', '.join(f'{n} {t}' for n, t in columns.items())})")
    rows = [[{**CENSUS_DEFAULTS, **person}.get(name) for name in columns] for person in given]
    if rows:
        connection.executemany(f"insert into census values ({', '.join('?' for _ in columns)})", rows)
    connection.execute(f"copy (from census order by employee_id) to '{path.as_posix()}' (format parquet)")
    connection.close()
    return path


def settings_with(**changes: Any) -> Settings:
    """The default settings with changes by dotted key, the dots written as double underscores."""
    tree: dict[str, Any] = {}
    for key, value in changes.items():
        *sections, name = key.split("__")
        place = tree
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    return Settings.model_validate(tree)


def rows_of(database: Path, query: str) -> list[dict[str, Any]]:
    """The rows of a query over a finished database."""
    with duckdb.connect(str(database), read_only=True) as connection:
        cursor = connection.execute(query)
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
