"""``planalign census``: check a census file, make one up, describe one."""

import datetime as dt
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planalign_orchestrator.census.options import DateOrder, ShapeName
from planalign_orchestrator.cli.options import OVERWRITE, ReadingFlags, refuse_overwriting, with_flags
from planalign_orchestrator.cli.streams import say, say_json, text_of
from planalign_orchestrator.config.loading import find_settings
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.errors import CensusError, ConfigurationError
from planalign_orchestrator.storage.durable import atomic_write_text, scratch_folder

if TYPE_CHECKING:
    from planalign_orchestrator.census.intake import CensusIntake

_FILE = typer.Argument(..., metavar="FILE", help="CSV, Parquet or Excel; a path or an https:// address.")
_AS_OF = typer.Option(None, "--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="The day that the census describes.")
_YEAR = typer.Option(None, "--year", min=1950, max=2200, help="First plan year; as of the December 31 before.")
_JSON = typer.Option(False, "--json", help="Print as JSON.")

census = typer.Typer(help="Map, check, generate and describe census files.", no_args_is_help=True)


@dataclass(frozen=True)
class CensusFlags(ReadingFlags):
    """Which census a command reads, and how."""

    file: str = _FILE
    as_of: dt.datetime | None = _AS_OF
    year: int | None = _YEAR
    date_order: DateOrder | None = typer.Option(None, "--date-order", help="How 3/4/2019 is read.")
    rejects: Path | None = typer.Option(None, "--rejects", help="CSV for all faults; default: FILE_rejects.csv here.")

    @property
    def day(self) -> dt.date | None:
        """The as-of date that was given."""
        return _as_of(self.as_of, self.year)

    def opened(self) -> AbstractContextManager["CensusIntake"]:
        """The census, read."""
        given = self.settings() | {"census.date_order": self.date_order}
        return intake_of(self.file, self.day, self.config, given, self.rejects)


@census.command("map")
def propose(
    file: str = _FILE,
    sheet: str | None = typer.Option(None, "--sheet", help="Sheet of an Excel file; by default the first."),
    output: Path | None = typer.Option(None, "--output", help="Mapping file to write; else FILE.mapping.yaml here."),
    overwrite: bool = OVERWRITE,
) -> None:
    """Propose what each column holds, as a mapping file to review."""
    from planalign_orchestrator.census.proposal import TO_REVIEW, propose_mapping
    from planalign_orchestrator.census.source import resolve_source

    with scratch_folder() as scratch:
        path = resolve_source(file, scratch / "download")
        target = output or Path(f"{path.stem}.mapping.yaml")
        refuse_overwriting(target, overwrite, path)
        text = propose_mapping(path, scratch / "work", sheet=sheet)
        atomic_write_text(target, text)
        flags = f"{file} --mapping {target}"
        doubts = f"lines to review: {text.count(TO_REVIEW)}; then: planalign run --census {flags}"
        say(f"{target}: {doubts if TO_REVIEW in text else _next_step(path, target, sheet, scratch, flags)}")


def _next_step(path: Path, mapping: Path, sheet: str | None, scratch: Path, flags: str) -> str:
    """What to do with a mapping, after all rows were read by it."""
    given = {"census.mapping": str(mapping.resolve()), "census.sheet": sheet, "census.on_bad_rows": "drop"}
    try:
        with intake_of(str(path), None, None, given, scratch / "rejects.csv") as intake:
            first = intake.as_of.year + 1
            years = "" if first == Settings().simulation.start_year else f" --years {first}-{first + 4}"
            run = f"planalign run --census {flags}{years}"
            if not intake.rows_dropped:
                return f"nothing is in doubt; then: {run}"
            lost = f"{intake.rows_dropped:,} of {intake.rows_read:,} rows have faults"
            return f"nothing is in doubt, {lost}; then, without them: {run} --on-bad-rows drop"
    except CensusError:
        return f"nothing is in doubt, but rows have faults: planalign census validate {flags} names them"


@census.command("validate")
@with_flags
def validate(flags: CensusFlags, as_json: bool = _JSON) -> None:
    """Check a census file, and show what was understood."""
    from planalign_orchestrator.census.quality import headline
    from planalign_orchestrator.census.refusal import FAULTS_SHOWN, CensusRefusedError

    try:
        with flags.opened() as intake:
            if as_json:
                _print_json({"valid": True, **intake.as_record()})
            else:
                quality = headline(asdict(entry) for entry in intake.quality)
                say(text_of("census_record", found=intake))
                say(text_of("census_checked", intake=intake, most=FAULTS_SHOWN, headline=quality))
    except CensusRefusedError as refused:
        if not as_json:
            say(text_of("census_record", found=refused.findings))
            raise
        told = None if flags.day is None else flags.day.isoformat()
        _print_json({"valid": False, "as_of": told, **refused.findings.as_record()})
        raise typer.Exit(refused.exit_code) from refused


@census.command()
def generate(
    output: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write.")],
    employees: Annotated[int, typer.Option("--employees", min=1, max=100_000_000, help="How many people.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the random draws.")] = 42,
    as_of: dt.datetime | None = _AS_OF,
    year: int | None = _YEAR,
    shape: Annotated[ShapeName, typer.Option("--shape", help="Kind of company.")] = "balanced",
    faults: Annotated[int, typer.Option("--faults", min=0, help="Number of rows to corrupt.")] = 0,
    overwrite: bool = OVERWRITE,
) -> None:
    """Generate a census: .csv or .parquet by the extension."""
    from planalign_orchestrator.census.synthetic import generate_census

    refuse_overwriting(output, overwrite)
    day = _as_of(as_of, year) or dt.date(Settings().simulation.start_year - 1, 12, 31)
    generate_census(output, employees=employees, seed=seed, as_of=day, shape=shape, faults=faults)
    wrong = f", {faults:,} of them with a fault" if faults else ""
    say(f"{output}: {employees:,} people as of {day}{wrong}")


@census.command()
def history(
    output: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder for census_YEAR.csv of each year.")],
    employees: Annotated[int, typer.Option("--employees", min=1, help="How many people to begin with.")] = 150,
    first_year: Annotated[int, typer.Option("--first-year", min=2010, max=2100, help="Year of the first file.")] = 2019,
    files: Annotated[int, typer.Option("--files", min=1, max=30, help="Number of files.")] = 6,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the random draws.")] = 42,
    config: Annotated[Path | None, typer.Option("--config", help="Configuration file to simulate it with.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
) -> None:
    """Generate past censuses of an employer, one for each year."""
    from planalign_orchestrator.learning.history import generate_history

    if not overwrite and any(output.glob("census_*.csv")):
        raise ConfigurationError.told("censuses there", output=output)
    settings = find_settings(config, environ={}).settings
    written = generate_history(
        output, employees=employees, first_year=first_year, files=files, seed=seed, settings=settings
    )
    say(f"{output}: {written[0].name} to {written[-1].name}")


@census.command("describe")
@with_flags
def describe(flags: CensusFlags, as_json: bool = _JSON) -> None:
    """Describe the people of a census: number, age, service, pay."""
    from planalign_orchestrator.census.describe import QUANTILES, describe_census

    with flags.opened() as intake:
        description = describe_census(intake.output, intake.as_of)
    if as_json:
        _print_json({"source": intake.source, "as_of": intake.as_of.isoformat(), **description})
    else:
        places = [QUANTILES.index(share) for share in (0.0, 0.1, 0.5, 0.9, 1.0)]
        say(text_of("census_described", intake=intake, found=description, places=places))


def _as_of(as_of: dt.datetime | None, year: int | None) -> dt.date | None:
    """The as-of date: as given, or the eve of a plan year; None leaves it to the file."""
    if as_of is not None and year is not None:
        raise ConfigurationError("--as-of and --year say the same thing", remedy="Leave one of them out.")
    if as_of is not None:
        return as_of.date()
    return None if year is None else dt.date(year - 1, 12, 31)


@contextmanager
def intake_of(
    file: str, as_of: dt.date | None, config: Path | None, given: dict[str, Any], rejects: Path | None
) -> Iterator["CensusIntake"]:
    """Read a census into a temporary folder; what it gave is of use inside the block."""
    from planalign_orchestrator.census.intake import read_census
    from planalign_orchestrator.census.source import resolve_source
    from planalign_orchestrator.run.inputs import RunInputs, census_options

    loaded = find_settings(config, flags=given, environ={})
    with scratch_folder() as scratch:
        path = resolve_source(file, scratch / "download", network=loaded.settings.network)
        yield read_census(
            path,
            as_of=as_of,
            output=scratch / "census.parquet",
            rejects=rejects or Path(f"{path.stem}_rejects.csv"),
            options=census_options(loaded.settings, RunInputs(loaded.settings, path).assumptions),
        )


def _print_json(record: dict[str, Any]) -> None:
    say_json({key: value for key, value in record.items() if key != "output"})  # that is a temporary file
