"""What a worker does: check censuses, simulate a pack and leave its part. Everything here goes through a pickle.

Cells are also simulated as ordinary runs, which is the check that a sweep makes of itself.
"""

import datetime as dt
import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from planalign_orchestrator.census.book import CENSUS_KEY, can_be_of_a_book, read_book
from planalign_orchestrator.child_process import KILLED, isolated, supervise
from planalign_orchestrator.config.amendments import overlaid
from planalign_orchestrator.config.assumptions import AssumptionTable
from planalign_orchestrator.config.catalogue import yaml_of
from planalign_orchestrator.config.secrecy import without_secrets
from planalign_orchestrator.errors import ConfigurationError, OutOfResourcesError, PlanAlignError
from planalign_orchestrator.model.build import ModelBuilder
from planalign_orchestrator.model.cells import Cell
from planalign_orchestrator.run.inputs import RunInputs, census_options
from planalign_orchestrator.storage import durable
from planalign_orchestrator.sweep import store
from planalign_orchestrator.sweep.designs import Design, Failure, Sources, deciding_versions, with_seed
from planalign_orchestrator.tables import rendered
from planalign_orchestrator.warehouse import OutOfMemoryInStage, load_table, quoted_path


@dataclass(frozen=True)
class PackCell:
    """A cell of a pack.

    Args:
        key: says everything that decides its result.
        design: its settings but the seed.
        seed: of the random draws.
        census: the file of the checked census.
        people: how many that has.
        census_key: names the census, also in the file of a book.
    """

    key: str
    design: Design
    seed: int
    census: Path
    people: int
    census_key: str


@dataclass(frozen=True)
class PackTask:
    """Cells that are simulated in one pass.

    Args:
        cells: share years and assumptions.
        assumptions: the tables.
        folder: of the parts, by table.
        tables: which tables to keep beside the summary.
        memory_mib: DuckDB's.
        versions: of what the results depend on; a worker with others refuses.
    """

    cells: tuple[PackCell, ...]
    assumptions: Mapping[str, AssumptionTable]
    folder: Path
    tables: tuple[str, ...]
    memory_mib: int
    versions: Mapping[str, str]

    @property
    def people(self) -> int:
        """How many people it starts with."""
        return sum(cell.people for cell in self.cells)

    @property
    def years(self) -> range:
        """The plan years."""
        simulation = self.cells[0].design.settings.simulation
        return range(simulation.start_year, simulation.end_year + 1)

    def halves(self) -> list["PackTask"]:
        """Two smaller packs; none of a single cell."""
        if len(self.cells) < 2:
            return []
        middle = len(self.cells) // 2
        return [replace(self, cells=part) for part in (self.cells[:middle], self.cells[middle:])]

    def part(self, table: str) -> Path:
        """The file that a table of its results lands in."""
        return self.folder / table / f"{name_of(cell.key for cell in self.cells)}.parquet"


def check_censuses(task: tuple[store.Censuses, store.SweepFolder]) -> dict[str, Failure]:
    """Check censuses that are read in one way, and at once those that are alike.

    Args:
        task: the censuses; and the folder of the sweep, which takes the checked ones, those that are alike in one file.

    Returns:
        The failures by key.
    """
    left, folder = dict(task[0]), task[1]
    design, sources = next(iter(left.values()))
    settings = design.settings
    options = census_options(settings, sources.assumptions)
    small = {key: one.census for key, (_, one) in left.items() if can_be_of_a_book(one.census, options)}
    as_of = dt.date(settings.simulation.start_year - 1, 12, 31)
    with suppress(PlanAlignError), durable.private_files():  # each says by itself what is wrong
        while len(small) > 1 and settings.census.sha256 is None:
            with durable.scratch_folder() as scratch:
                kept = read_book(small, as_of=as_of, output=scratch / "book.parquet", options=options)
                if not kept:
                    break
                durable.make_private_folder(folder.censuses)
                durable.copy_synced(scratch / "book.parquet", folder.census(f"{store.BOOK}{name_of(kept)}"))
                for key in kept:
                    del small[key], left[key]
    checked = ((key, _check_alone(*one, folder)) for key, one in left.items())
    return {key: failure for key, failure in checked if failure is not None}


def name_of(keys: Iterable[str]) -> str:
    """Names a file by what it holds."""
    return hashlib.sha256("".join(keys).encode()).hexdigest()[:24]


def _check_alone(design: Design, sources: Sources, folder: store.SweepFolder) -> Failure | None:
    """Check a census and write it where packs read it, unless that has been done."""
    output, rejects = folder.census(sources.census_key), folder.aside / "rejects" / f"{design.run_name}.csv"
    if output.exists():
        return None
    try:
        durable.make_private_folder(rejects.parent)
        inputs = RunInputs(design.settings, sources.census, tables=sources.tables)
        with durable.private_files(), durable.scratch_folder() as scratch:
            taken = inputs.take_in_census(output=scratch / "census.parquet", rejects=rejects)
            if not taken.record["errors"]:  # what is only told a run records
                durable.unlink(rejects)
            durable.make_private_folder(output.parent)
            durable.copy_synced(scratch / "census.parquet", output)
    except PlanAlignError as error:
        return Failure.of(design.title, error)
    return None


def simulate(task: PackTask) -> Failure | None:
    """Simulate a pack and leave its part; a part that is there is whole, and equal however often it is made.

    Returns:
        Why it could not be done, without the name of a cell.

    Raises:
        ConfigurationError, OutOfResourcesError: no pack could be done, as the disk is full.
    """
    try:
        if (here := deciding_versions()) != dict(task.versions):
            raise ConfigurationError.told("other versions", here=here, there=dict(task.versions))
        with store.passing("pack", task.memory_mib) as (builder, scratch):
            _simulate(task, builder, scratch)
    except ConfigurationError:
        raise
    except PlanAlignError as error:
        if isinstance(error, OutOfResourcesError) and not isinstance(error, OutOfMemoryInStage):
            raise OutOfResourcesError.told("full disk of packs", error=error) from error
        return Failure.of("", error)
    return None


def _simulate(task: PackTask, builder: ModelBuilder, scratch: Path) -> None:
    files = {cell.census_key: cell.census for cell in task.cells}
    numbers = {key: number for number, key in enumerate(sorted(files))}
    cells = (
        Cell(number, with_seed(cell.design.settings, cell.seed), numbers[cell.census_key])
        for number, cell in enumerate(task.cells)
    )
    alone = {numbers[key]: path for key, path in files.items() if not path.name.startswith(store.BOOK)}
    with builder.cursor() as cursor:
        books = _books(cursor, {path for path in files.values() if path.name.startswith(store.BOOK)}, numbers, scratch)
    broken = store.simulate_pack(
        builder, cells, alone, task.assumptions, task.years, books, (store.SUMMARY, *task.tables)
    )
    with builder.cursor() as cursor:
        _name_cells(cursor, task.cells, broken)
        for table in (*task.tables, store.SUMMARY):  # the summary comes last: where it is, everything is
            _leave(cursor, table, scratch / f"{table}.parquet", task.part(table))


def _books(
    cursor: duckdb.DuckDBPyConnection, files: Iterable[Path], numbers: Mapping[str, int], scratch: Path
) -> list[Path]:
    """The censuses of a pack out of those of its books, each with its number."""
    types = {"census": "integer", CENSUS_KEY: "varchar"}
    load_table(cursor, "sweep_censuses", types, [[str(number), key] for key, number in numbers.items()])
    found = []
    for file in sorted(files):
        found.append(scratch / file.name)
        paths = {"book": quoted_path(file), "path": quoted_path(found[-1])}
        cursor.execute(rendered(__package__, "books_of_a_pack.sql", key=CENSUS_KEY, **paths))
    return found


def _name_cells(
    cursor: duckdb.DuckDBPyConnection, cells: Sequence[PackCell], broken: Sequence[store.BrokenCell]
) -> None:
    names = [[str(number), cell.key] for number, cell in enumerate(cells)]
    load_table(cursor, "sweep_keys", {"cell": "integer", "key": "varchar"}, names)
    laws = [[str(one.cell), str(one.year), ", ".join(one.laws)] for one in broken]
    load_table(cursor, "sweep_broken", {"cell": "integer", "year": "integer", "laws": "varchar"}, laws)


def _leave(cursor: duckdb.DuckDBPyConnection, table: str, aside: Path, target: Path) -> None:
    words = {"table": table, "tells_laws": table == store.SUMMARY, "path": quoted_path(aside)}
    cursor.execute(rendered(__package__, "part.sql", **words))
    durable.make_private_folder(target.parent)
    durable.copy_synced(aside, target)


ONE_OF = 1_000
"""Of so many cells one is simulated again as an ordinary run."""


def write_design(path: Path, design: Design, *, secrets: bool = False) -> Path:
    """Write the configuration file with which ``planalign run --config FILE --seed N`` simulates a cell.

    Args:
        path: the file.
        design: of the cell.
        secrets: with the passwords and tokens of addresses, for a file that is gone soon.
    """
    tree = json.loads(design.changes)
    if design.census is not None:
        tree.setdefault("census", {})["path"] = design.census
    tree.setdefault("simulation", {})["scenario_id"] = design.run_name
    shown = tree if secrets else without_secrets(tree)
    text = yaml_of(shown, design.title, f"planalign run --config {path.name} --seed N simulates a cell.")
    durable.make_private_folder(path.parent)
    unfinished = durable.temporary_name(path)
    with durable.named(path):  # unsynced: there are thousands, and the next sweep writes them again
        unfinished.write_bytes(text.encode())
        unfinished.replace(path)
    return path


def chosen(cells: Sequence[store.Named]) -> list[store.Named]:
    """The cells to check: those of the lowest keys, which are as good as drawn and the same every time."""
    by_key = {cell[0]: cell for cell in cells}
    return [by_key[key] for key in sorted(by_key)[: math.ceil(len(by_key) / ONE_OF)]]


_NO_EXTRAS = {"reporting": {"formats": []}, "multi_year": {"state": {"enable_checkpointing": False}}}
"""What a run does beside its result takes as long as a fifth of it, and is not compared."""


def check(task: tuple[store.SweepFolder, store.Named]) -> Failure | None:
    """Simulate a cell of a sweep as an ordinary run and compare the yearly summaries to the cent.

    Returns:
        How they differ, if they do.
    """
    folder, (key, design, seed) = task
    title = f"{design.title}, seed {seed}"
    plain = replace(design, changes=json.dumps(overlaid(json.loads(design.changes), _NO_EXTRAS)))
    with durable.scratch_folder() as scratch:
        config = str(write_design(scratch / "design.yaml", plain, secrets=True))
        words = ["run", "--config", config, "--seed", str(seed), "--output", str(scratch), "--quiet"]
        code = supervise(isolated("planalign_orchestrator", *words))
        if code:
            error = OutOfResourcesError if code in (OutOfResourcesError.exit_code, KILLED) else PlanAlignError
            return Failure(title, f"the ordinary run ended with exit code {code}", error.exit_code)
        if not _equal(folder, key, scratch / plain.run_name / "simulation.duckdb"):
            return Failure(title, "the sweep and the ordinary run differ", 1)
    return None


def _equal(folder: store.SweepFolder, key: str, database: Path) -> bool:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{quoted_path(database)}' as alone (read_only)")
        columns = [name for name, *_ in connection.execute(f"describe alone.{store.SUMMARY}").fetchall()]
        names = ", ".join(name for name in columns if name not in ("cell", "scenario_id", "plan_design_id"))
        alone = f"select {names} from alone.{store.SUMMARY}"
        ours = f"select distinct {names} from read_parquet('{quoted_path(folder.results())}') where key = '{key}'"
        query = f"select count(*) from (({alone} except all {ours}) union all ({ours} except all {alone}))"
        return connection.execute(query).fetchone() == (0,)
