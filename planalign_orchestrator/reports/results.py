"""A finished run, read-only: what every report is made from.

    with open_results(Path("runs/baseline")) as results:
        results.years, results.rows("fct_yearly_summary"), results.settings

The tables come from ``simulation.duckdb``, how they were made from ``run.json``; nothing in the folder is written.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import duckdb

from planalign_orchestrator import warehouse
from planalign_orchestrator.census.quality import quality_warnings
from planalign_orchestrator.config.amendments import AMENDABLE, flat
from planalign_orchestrator.config.catalogue import leaves, plain
from planalign_orchestrator.config.layers import nested
from planalign_orchestrator.config.plan import KnownPlan, Plan, known_plan
from planalign_orchestrator.config.result_settings import decides_result
from planalign_orchestrator.errors import ResultsError, instead_of
from planalign_orchestrator.json_text import parsed, plain as plain_json
from planalign_orchestrator.reports.page import told
from planalign_orchestrator.reports.wording import period_of, title
from planalign_orchestrator.run.folder import RunFolder, find_run_folders
from planalign_orchestrator.run.history import settle
from planalign_orchestrator.run.record import SCHEMA_VERSION, is_sealed, json_ready
from planalign_orchestrator.storage.durable import scratch_folder

Rows: TypeAlias = list[dict[str, Any]]
Keep: TypeAlias = Callable[[Sequence[Path], str, Callable[[], Rows]], Rows]
"""Gives what a name stands for that is made of files: makes it, or has kept it. It is plain JSON."""


def made_anew(_files: Sequence[Path], _name: str, make: Callable[[], Rows]) -> Rows:
    """Keep nothing."""
    return make()


_BATCH = 2_000
_LAWS = "select law, law_name, count(*), sum(violations)::bigint from fct_law_checks group by all order by law"
_UNKNOWN = "not a setting of this version"
_CHANGED_TABLE = re.compile(r"assumption table (\w+):")


class RunResults:
    """The results of one run; ``open_results`` makes it, and it is of use only inside that block.

    Args:
        folder: the run folder.
        connection: the database, opened read-only.
        record: the content of ``run.json``.
        keep: what queries give that take long.

    Attributes:
        relations: the tables and views of the result.
        summary: the rows of ``fct_yearly_summary``, one a year.
        years: the simulated years, from the database, rising; ``period`` is them as one name.
        name, plan_design: scenario and plan design as the rows name them; ``title`` is the scenario as a reader does.
        seed: of the random draws.
        data_quality: what became of the census: entries with kind, text, column, people and row.

    Raises:
        ResultsError: the result is not whole.
    """

    def __init__(
        self, folder: RunFolder, connection: duckdb.DuckDBPyConnection, record: Mapping[str, Any], keep: Keep
    ) -> None:
        self.folder, self.connection, self.record, self.keep = folder, connection, record, keep
        self.relations = warehouse.relations_of(connection)
        self.summary = self._summary()
        self.years = tuple(int(row["simulation_year"]) for row in self.summary)
        self.period = period_of(self.years)
        self.name, self.plan_design = (str(self.summary[0][of]) for of in ("scenario_id", "plan_design_id"))
        self.title = title(self.name)
        self.seed: int | None = record.get("fingerprints", {}).get("seed")
        self.data_quality: Rows = record.get("data_quality", [])
        self._rows, self._plans = {"fct_yearly_summary": self.summary}, dict[int, Plan]()

    def _summary(self) -> Rows:
        if missing := sorted({*warehouse.PUBLIC_TABLES} - {*self.relations}):
            raise _ended_badly(self.folder, f"simulation.duckdb lacks {', '.join(missing)}")
        if found := self.query("select * from fct_yearly_summary order by simulation_year"):
            return found
        raise _ended_badly(self.folder, "simulation.duckdb holds no year")

    @cached_property
    def settings(self) -> Rows:
        """Every setting of the run, in the order of the model; the last year's where a rewind changed one.

        Each has its ``key``, the ``value`` as plain JSON without secrets, its ``source`` (``default``,
        ``config/x.yaml:12``, ``--seed``, …), the ``default``, whether it ``is_default``, its ``unit`` and ``meaning``.
        """
        found = []
        for key, entry in self.record["settings"].items():
            value, leaf = entry["value"], leaves().get(key)
            default, unit, why = (plain(leaf.default), leaf.unit, leaf.why) if leaf else (None, "", _UNKNOWN)
            used = {"key": key, "value": value, "source": str(entry["source"]), "unit": unit, "meaning": why}
            found.append({**used, "default": default, "is_default": leaf is not None and value == default})
        return found

    def settings_of(self, year: int) -> dict[str, Any]:
        """Value by dotted key for a year: a run that was rewound may have made its years with different settings."""
        made_with = self.record.get("settings_by_year", {}).get(str(year))
        return {key: _value_then(key, entry["value"], made_with) for key, entry in self.record["settings"].items()}

    def plan_of(self, year: int) -> Plan:
        """The plan design with which a year was simulated."""
        if year not in self._plans:
            settings = {key: value for key, value in self.settings_of(year).items() if key.startswith("plan.")}
            # A bit of run.json may have changed.
            with instead_of((KeyError, ValueError), ResultsError.told, "no plan", year=year):
                self._plans[year] = Plan.model_validate(nested(settings)["plan"])
        return self._plans[year]

    def known_plan_of(self, year: int) -> KnownPlan:
        """The match that people knew before a year, which they compared with the one of that year."""
        before = self.plan_of(max(year - 1, self.years[0]))
        said = before.behavior.known_plan.model_dump(exclude_none=True) if year == self.years[0] else {}
        return known_plan(before.match).model_copy(update=said)

    def assumptions_changed_after(self, year: int) -> list[str]:
        """The assumption tables that a rewind or an amendment has changed since a year was made."""
        later = [changes for first, changes in self.record.get("changes_by_year", {}).items() if int(first) > year]
        rewound = {found[1] for changes in later for text in changes if (found := _CHANGED_TABLE.match(text))}
        now, then = (self.settings_of(at)["assumptions.overrides"] for at in (self.years[-1], year))
        return sorted(rewound | {name for name in now if now[name] != then.get(name)})

    @cached_property
    def amendments(self) -> list[tuple[int, str, dict[str, Any]]]:
        """The amendments in force in the simulated years: first year, note, and the settings by dotted key."""
        given = sorted(self.settings_of(self.years[-1])["amendments"], key=lambda found: found["from"])
        due = [found for found in given if found["from"] <= self.years[-1]]
        return [(found["from"], found["note"], flat({name: found[name] for name in AMENDABLE})) for found in due]

    @cached_property
    def warnings(self) -> list[str]:
        """What a reader of any report must know: the run's warnings, census rows left out, settings changed midway."""
        more = {"goes_on": self.folder.partial_database.exists(), "is_sealed": is_sealed(self.record)}
        later = told("warnings", summary=self.summary, changes=self.record.get("changes_by_year", {}), **more)
        return [*map(str, self.record.get("warnings", [])), *quality_warnings(self.data_quality), *later]

    def groups(self) -> list[dict[str, Any]]:
        """The rows of ``fct_plan_by_group``, the bands of a kind from low to high."""
        rows = self.rows("fct_plan_by_group")
        return sorted(rows, key=lambda row: (row["simulation_year"], row["group_type"], *band_order(row["group_name"])))

    def laws(self) -> Iterator[tuple[Any, ...]]:
        """Number and name of each consistency rule, how many years were checked, and the violations."""
        return self.stream(_LAWS)

    def columns(self, table: str) -> dict[str, str]:
        """DuckDB type by column of a table, in the table's order."""
        return dict(self.connection.execute(f"select name, type from pragma_table_info('{table}')").fetchall())

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a small table (a mart or an assumption table) in a fixed order, read once.

        Money comes as ``Decimal``, dates as ``date``. For person-level tables use ``stream``.

        Raises:
            ResultsError: the result has no such table.
        """
        if table not in self._rows:
            if table not in self.relations:
                raise ResultsError.told(
                    "no such table", folder=self.folder, table=table, tables=", ".join(self.relations)
                )
            self._rows[table] = self.query(f'select * from "{table}" order by all')
        return self._rows[table]

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """The rows of a query as mappings; for results of a few rows."""
        return warehouse.fetch_dicts(self.connection, sql, parameters)

    def slow_query(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        """Like ``query``, kept where results are; exact numbers come as text."""
        files = [self.folder.database]
        return self.keep(files, f"{sql} {parameters}", lambda: plain_json(self.query(sql, parameters)))

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, a few thousand in memory at a time; other queries may run meanwhile."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            while batch := cursor.fetchmany(_BATCH):
                yield from batch


def reading_limits(spill: Path) -> warehouse.DatabaseLimits:
    """What DuckDB may use for reports: with Python's share it stays within the smallest budget that a run can have."""
    return warehouse.DatabaseLimits("384MiB", 1, spill, "8GiB")


@contextmanager
def open_results(root: Path, *, exports: Path | None = None, keep: Keep = made_anew) -> Iterator[RunResults]:
    """Open the result of a run folder read-only and close it again.

    Args:
        root: the run folder. A run may be under way in it: until it has succeeded, its result is the one before.
        exports: the folder that tables are to be copied to by the database, if they are.
        keep: what queries give that take long.

    Raises:
        ResultsError: there is no folder, no result, only an unfinished run, or a result of another version.
        RunLockedError: another program has the database open for writing; it names the process.
    """
    folder = RunFolder(root.resolve())
    settle(folder)
    _refuse_without_result(folder)
    record = _record(folder)
    with scratch_folder() as spill, readable(folder.database):
        limits = reading_limits(spill)
        with warehouse.open_database(folder.database, limits, read_only=True, exports=exports) as connection:
            results = RunResults(folder, connection, record, keep)
            if record.get("summary") != [*map(json_ready, results.summary)]:  # a run killed between the two
                raise _ended_badly(folder, "run.json and simulation.duckdb are of different runs")
            yield results


def sole_run_folder(start: Path) -> Path:
    """The run folder that ``start`` is, or the only one in it or in its ``runs``; any other folder as it is.

    Raises:
        ResultsError: there are several.
    """
    found = find_run_folders(start)
    if len(found) > 1:
        names = ", ".join(str(run.root) for run in found)
        raise ResultsError(f"{start.resolve()} holds {len(found)} runs", remedy=f"Name one of them: {names}")
    return found[0].root if found else start


def _refuse_without_result(folder: RunFolder) -> None:
    if not folder.root.is_dir():
        raise ResultsError(f"there is no run folder {folder.root}", remedy=_where_runs_are(folder.root.parent))
    if folder.database.exists():
        return
    if folder.holder() is not None:
        raise ResultsError.told("under way", folder=folder)
    if folder.exists():
        raise ResultsError.told("not finished", folder=folder)
    raise ResultsError(f"{folder.root} holds no result of a run", remedy=_where_runs_are(folder.root))


def _where_runs_are(place: Path) -> str:
    found = [str(run.root) for run in find_run_folders(place)] if place.is_dir() else []
    if found:
        return f"Run folders nearby: {', '.join(found[:5])}{' …' if len(found) > 5 else ''}"
    return "Give a folder that `planalign run` has written, such as runs/baseline, or start a run with `planalign run`."


def _record(folder: RunFolder) -> dict[str, Any]:
    path = folder.run_record
    try:
        record = parsed(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _ended_badly(folder, "there is no run.json beside simulation.duckdb") from None
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path} cannot be read: {error}", remedy="Simulate again: `planalign run`.") from error
    version = record.get("schema_version", 0) if isinstance(record, dict) else 0
    if version == SCHEMA_VERSION:
        return dict(record)
    kind = "newer record" if isinstance(version, int) and version > SCHEMA_VERSION else "older record"
    raise ResultsError.told(kind, path=path, version=version, own=SCHEMA_VERSION)


def _ended_badly(folder: RunFolder, what: str) -> ResultsError:
    return ResultsError.told("ended badly", folder=folder, what=what)


@contextmanager
def readable(database: Path, *others: Path) -> Iterator[None]:
    """Say of a database that cannot be read, now or later, what is the matter with it, or with others beside it.

    Raises:
        RunLockedError, OutOfResourcesError, ResultsError: see ``errors``.
    """
    names = " or ".join(map(str, (database, *others)))
    damaged = instead_of(duckdb.Error, ResultsError.told, "damaged database", database=names)
    with damaged, warehouse.explained(database):
        yield


def band_order(name: str) -> tuple[float, str]:
    """A sort key that puts bands in order: ``<25``, ``25-34``, ``65+``; what has no number goes by name."""
    number = re.search(r"\d+", name)
    return (int(number[0]) if number else 0) - (0.5 if name.startswith("<") else 0), name


def _value_then(key: str, last: Any, made_with: Mapping[str, Any] | None) -> Any:
    """The value of a setting in a year, whose settings are recorded with mappings spread into dotted keys."""
    if made_with is None or not decides_result(key):
        return last
    if key in made_with:
        return made_with[key]
    start = f"{key}."
    return {key.removeprefix(start): value for key, value in made_with.items() if key.startswith(start)}
