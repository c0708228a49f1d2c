"""``planalign census``: check a census file, make one up, describe one."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planalign_orchestrator.errors import ConfigurationError

if TYPE_CHECKING:
    from planalign_orchestrator.census import CensusIntake


class DateOrder(str, Enum):
    """How dates such as 3/4/2019 are read."""

    auto = "auto"
    month_first = "month_first"
    day_first = "day_first"


class OnBadRows(str, Enum):
    """What to do about rows with errors."""

    refuse = "refuse"
    drop = "drop"


class Shape(str, Enum):
    """What kind of company a made-up census looks like."""

    balanced = "balanced"
    young_retailer = "young_retailer"
    ageing_manufacturer = "ageing_manufacturer"
    high_turnover = "high_turnover"
    highly_paid = "highly_paid"


_File = Annotated[str, typer.Argument(metavar="FILE", help="CSV, Parquet or Excel; a path or an https:// address.")]
_AsOf = Annotated[
    dt.datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="The day that the census describes."),
]
_Year = Annotated[
    int | None,
    typer.Option("--year", help="First plan year; the as-of date is the 31 December before.", min=1950, max=2200),
]
_Sheet = Annotated[str | None, typer.Option("--sheet", help="Sheet of an Excel file; the first one if left out.")]
_Order = Annotated[DateOrder, typer.Option("--date-order", help="How 3/4/2019 is read.")]
_BadRows = Annotated[OnBadRows, typer.Option("--on-bad-rows", help="Refuse the census, or leave those rows out.")]
_Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Check, make up and describe census files.", no_args_is_help=True)
    group.command("validate", help="Check a census file, and show what was understood.")(validate)
    group.command("generate", help="Make up a census: .csv, .parquet or .xlsx by the extension.")(generate)
    group.command("describe", help="Show how many people a census has, how old, how long here, how paid.")(describe)
    app.add_typer(group, name="census")


def validate(
    file: _File,
    as_of: _AsOf = None,
    year: _Year = None,
    sheet: _Sheet = None,
    date_order: _Order = DateOrder.auto,
    on_bad_rows: _BadRows = OnBadRows.refuse,
    rejects: Annotated[
        Path | None, typer.Option("--rejects", help="CSV file for all faults; FILE_rejects.csv here if left out.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Check a census file; errors end with exit code 3."""
    from planalign_orchestrator.census import CensusRefusedError
    from planalign_orchestrator.cli import census_display

    day = _as_of(as_of, year)
    try:
        with _intake(file, day, sheet, date_order, on_bad_rows, rejects) as intake:
            if as_json:
                _print_json({"valid": True, **intake.as_record()}, without="output")
            else:
                census_display.show_intake(intake)
    except CensusRefusedError as refused:
        if not as_json:
            census_display.show_columns(refused.findings.columns, refused.findings.ignored_columns)
            raise
        _print_json({"valid": False, "as_of": day.isoformat(), **refused.findings.as_record()})
        raise typer.Exit(refused.exit_code) from refused


def generate(
    output: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write.")],
    employees: Annotated[int, typer.Option("--employees", min=1, help="How many people.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another one gives other people.")] = 42,
    as_of: _AsOf = None,
    year: _Year = None,
    shape: Annotated[Shape, typer.Option("--shape", help="What kind of company.")] = Shape.balanced,
    faults: Annotated[int, typer.Option("--faults", min=0, help="How many rows get something wrong.")] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there.")] = False,
) -> None:
    """Make up a census; the same arguments give the same people on any machine."""
    from planalign_orchestrator.census import generate_census

    if output.exists() and not overwrite:
        raise ConfigurationError(f"{output}: the file is already there", remedy="Name another one, or add --overwrite.")
    day = _as_of(as_of, year)
    generate_census(output, employees=employees, seed=seed, as_of=day, shape=shape.value, faults=faults)
    wrong = f", {faults:,} of them with a fault" if faults else ""
    typer.echo(f"{output}: {employees:,} people as of {day}{wrong}")


def describe(
    file: _File,
    as_of: _AsOf = None,
    year: _Year = None,
    sheet: _Sheet = None,
    date_order: _Order = DateOrder.auto,
    on_bad_rows: _BadRows = OnBadRows.refuse,
    rejects: Annotated[
        Path | None, typer.Option("--rejects", help="CSV file for all faults; FILE_rejects.csv here if left out.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Describe the people of a census that are employed on the as-of date."""
    from planalign_orchestrator.census import describe_census
    from planalign_orchestrator.cli import census_display

    day = _as_of(as_of, year)
    with _intake(file, day, sheet, date_order, on_bad_rows, rejects) as intake:
        description = describe_census(intake.output, day)
    if as_json:
        _print_json({"source": intake.source, "as_of": day.isoformat(), **description.as_record()})
    else:
        census_display.show_description(intake, description)


def _as_of(as_of: dt.datetime | None, year: int | None) -> dt.date:
    """The as-of date: as given, or the eve of a plan year; without either, of the default first one."""
    if as_of is not None and year is not None:
        raise ConfigurationError("--as-of and --year say the same thing", remedy="Leave one of them out.")
    if as_of is not None:
        return as_of.date()
    if year is None:
        from planalign_orchestrator.config import Settings

        year = Settings().simulation.start_year
    return dt.date(year - 1, 12, 31)


@contextmanager
def _intake(
    file: str, as_of: dt.date, sheet: str | None, date_order: DateOrder, on_bad_rows: OnBadRows, rejects: Path | None
) -> Iterator[CensusIntake]:
    """Read a census into a temporary folder."""
    from planalign_orchestrator.census import read_census, resolve_source

    with tempfile.TemporaryDirectory(prefix="planalign-census-") as name:
        path = resolve_source(file, Path(name) / "download")
        yield read_census(
            path,
            as_of=as_of,
            output=Path(name) / "census.parquet",
            sheet=sheet,
            date_order=date_order.value,
            on_bad_rows=on_bad_rows.value,
            rejects=rejects or Path(f"{path.stem}_rejects.csv"),
        )


def _print_json(record: dict[str, Any], without: str | None = None) -> None:
    record.pop(without or "", None)
    typer.echo(json.dumps(record, indent=2, ensure_ascii=False))
