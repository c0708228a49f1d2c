"""Yearly censuses as one history: read, checked, put in order, people linked by their ids; and made-up ones to try."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from planalign_orchestrator.census.intake import CensusIntake, read_census
from planalign_orchestrator.census.source import resolve_source
from planalign_orchestrator.census.synthetic import generate_census
from planalign_orchestrator.config.assumptions import AssumptionTable, effective_assumptions
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.errors import CensusError, ConfigurationError
from planalign_orchestrator.learning.credibility import FEWEST
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.run.inputs import census_options
from planalign_orchestrator.storage.durable import copy_synced, make_private_folder, private_files, scratch_folder
from planalign_orchestrator.sweep.store import builder_of_futures, simulated, with_random_exits
from planalign_orchestrator.tables import rendered, table
from planalign_orchestrator.warehouse import bounded, fetch_dicts, load_table, quoted_path

_MEMORY = "700MiB"


class Mean(NamedTuple):
    """Of values, one a person."""

    number: int = 0
    mean: float = 0.0
    deviation: float = 0.0


@dataclass
class History:
    """Censuses of one employer in a database.

    Args:
        connection: with the tables of ``linking.sql``.
        settings: of the plan; they say when people may enter and who is enrolled automatically.
        tables: the assumption tables that experience is held against.
        intakes: what reading each file gave, in order of the days.
        left_out: what the files cannot tell, in sentences.
    """

    connection: duckdb.DuckDBPyConnection
    settings: Settings
    tables: Mapping[str, AssumptionTable]
    intakes: Sequence[CensusIntake]
    left_out: list[str] = field(default_factory=list)

    @property
    def last_day(self) -> dt.date:
        """The day of the newest file."""
        return self.intakes[-1].as_of

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """The rows of a query; of few rows."""
        return fetch_dicts(self.connection, query, parameters)

    def rows_of(self, name: str, **words: object) -> list[dict[str, Any]]:
        """The rows of the query in ``NAME.sql``."""
        return self.rows(rendered(__package__, f"{name}.sql", **words))

    def one(self, query: str) -> Any:
        """The only value of a query."""
        [(value,)] = self.connection.execute(query).fetchall()
        return value

    def means(self, value: str, source: str, *keys: str) -> dict[Any, Mean]:
        """The means of a value by one or several columns."""
        columns = [*keys, f"count({value})", f"avg({value})", f"coalesce(stddev_samp({value}), 0)"]
        rows = self.connection.execute(f"select {', '.join(columns)} from {source} group by all").fetchall()
        width = len(keys)
        return {row[0] if width == 1 else row[:width]: Mean(*row[width:]) for row in rows if row[width]}

    def people_by(self, column: str, table: str) -> dict[Any, int]:
        """How many persons stand behind each value of a column."""
        counted = f"select {column}, count(distinct employee_id) from {table} group by all"
        return dict(self.connection.execute(counted).fetchall())

    def factors(self, table: str, name: str) -> dict[Any, float]:
        """A column of an assumption table by the key of its rows."""
        found = self.tables[table]
        return {key_of(found, row): float(row[found.columns.index(name)]) for row in found.rows}


def key_of(table: AssumptionTable, row: Sequence[str]) -> Any:
    """What names a row of a table: a whole number or a text, or several."""
    cells = zip(table.form.types.items(), row, strict=True)
    key = [int(cell) if kind == "integer" else cell for (name, kind), cell in cells if name in table.form.key]
    return tuple(key) if len(key) > 1 else key[0]


@dataclass(frozen=True)
class Files:
    """Checked censuses of an employer, in order of their days.

    Args:
        intakes: what reading each gave.
        settings: how they were read, and the plan.
        tables: the assumption tables to hold experience against.
        scratch: a folder beside them, which goes when they do.
        newest: the census of the last day, as it was given.
    """

    intakes: Sequence[CensusIntake]
    settings: Settings
    tables: Mapping[str, AssumptionTable]
    scratch: Path
    newest: str | Path

    @contextmanager
    def linked(self, number: int | None = None) -> Iterator[History]:
        """Link the people of the first so many files, or of all."""
        config = bounded(_MEMORY, temp_directory=str(self.scratch / "spill"))
        database = self.scratch / f"history_{number or 'all'}.duckdb"
        with duckdb.connect(str(database), config=config) as connection:
            history = History(connection, self.settings, self.tables, self.intakes[:number])
            _load(history)
            for row in history.rows_of("other_ids"):  # everybody in one of them would have left
                one, other = history.intakes[row["file"]], history.intakes[row["file"] + 1]
                raise CensusError.told("other ids", one=one, other=other, renamed=row["renamed"], linked=row["linked"])
            for question in table(__package__, "questions").values():
                found = [row for row in history.rows(question["query"]) if row.get("number") != 0]
                history.left_out += [question["says"].format(**row, fewest=FEWEST) for row in found]
            yield history


@contextmanager
def files_read(
    censuses: Sequence[str | Path],
    settings: Settings,
    rejects: Path,
    days: Sequence[dt.date] = (),
    mappings: Mapping[str | Path, Path] | None = None,
) -> Iterator[Files]:
    """Read the yearly censuses of an employer; everything read is gone when the block ends.

    Args:
        censuses: files or https addresses, in any order.
        settings: how to read them, the plan, and the assumption tables to hold experience against.
        rejects: a folder for lists of rows that cannot be used, each with the place of its file in its name.
        days: the day that each census describes; found in the files when left out.
        mappings: those of single censuses; the others are read as the settings say.

    Raises:
        CensusError: a file cannot be read, has rows that cannot be used, or two describe the same day.
        ConfigurationError: not as many days as files, or an assumption table is wrong.
    """
    if days and len(days) != len(censuses):
        raise ConfigurationError.told("days and files", number=len(days), files=len(censuses))
    tables = effective_assumptions(settings, dbt_project_dir() / "seeds")
    options = census_options(settings, tables)
    with scratch_folder() as scratch:
        intakes = []
        for number, census in enumerate(censuses):
            path = resolve_source(census, scratch / f"download_{number}", network=settings.network)
            intakes.append(
                read_census(
                    path, output=scratch / f"{number}.parquet", as_of=days[number] if days else None,
                    rejects=rejects / f"{number + 1}_{path.stem}_rejects.csv",
                    options=replace(options, mapping=(mappings or {}).get(census, options.mapping)),
                )
            )  # fmt: skip
        newest = max(zip(intakes, censuses, strict=True), key=lambda pair: pair[0].as_of)[1]
        intakes.sort(key=lambda intake: intake.as_of)
        for one, other in pairwise(intakes):
            if one.as_of == other.as_of:
                raise CensusError.told("same day", one=one, other=other)
        yield Files(intakes, settings, tables, scratch, newest)


def _load(history: History) -> None:
    connection = history.connection
    for name, assumed in history.tables.items():
        load_table(connection, name, assumed.form.types, assumed.rows)
    connection.execute("create table intakes (file integer, source varchar, as_of date, rows_dropped integer)")
    for number, intake in enumerate(history.intakes):
        described = [number, intake.source, intake.as_of, intake.rows_dropped]
        connection.execute("insert into intakes values (?, ?, ?, ?)", described)
        make = "create table people as" if not number else "insert into people"
        words = {"number": number, "as_of": intake.as_of, "path": quoted_path(intake.output)}
        connection.execute(f"{make} {rendered(__package__, 'people.sql', **words)}")
    promotion, plan = history.settings.compensation.promotion, history.settings.plan
    rules = {"eligibility": plan.eligibility, "automatic": plan.enrollment.auto_enrollment, "promotion": promotion}
    connection.execute(rendered(__package__, "linking.sql", **rules))


def generate_history(
    folder: Path, *, employees: int, first_year: int, files: int, seed: int, settings: Settings
) -> list[Path]:
    """Write yearly censuses of a made-up employer, each with the leavers of its year; the truth is in the settings.

    Args:
        folder: takes ``census_YEAR.csv`` for each year.
        employees: a year before the first file.
        first_year: of the first file, which describes its last day.
        files: how many.
        seed: another one gives another past.
        settings: what happened; exits are random.
    """
    eve = dt.date(first_year - 1, 12, 31)  # what people do in the first file is the simulation's too
    years = range(first_year, first_year + files)
    simulation = {"start_year": years[0], "end_year": years[-1], "random_seed": seed}
    truth = settings.model_copy(update={"simulation": settings.simulation.model_copy(update=simulation)})
    make_private_folder(folder)
    with private_files(), scratch_folder() as scratch:
        generate_census(scratch / "eve.csv", employees=employees, seed=seed, as_of=eve)
        checked = read_census(scratch / "eve.csv", as_of=eve, output=scratch / "eve.parquet").output
        tables = effective_assumptions(truth, dbt_project_dir() / "seeds")
        results, past = ["fct_workforce_snapshot"], [with_random_exits(truth)]
        with builder_of_futures() as builder, simulated(builder, past, checked, tables, results) as database:
            return [_write(database, year, scratch, folder) for year in years]


def _write(database: duckdb.DuckDBPyConnection, year: int, scratch: Path, folder: Path) -> Path:
    name = f"census_{year}.csv"
    database.execute(rendered(__package__, "census_of_a_year.sql", year=year, path=quoted_path(scratch / name)))
    copy_synced(scratch / name, folder / name)
    return folder / name
