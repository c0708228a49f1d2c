"""Reads a census file: names its columns, reads its values, checks every row, writes the canonical Parquet file."""

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb

from planalign_orchestrator.census import reading
from planalign_orchestrator.census.columns import MEANINGS
from planalign_orchestrator.census.options import CensusOptions, DateOrder
from planalign_orchestrator.census.quality import Entry, counted_rows, noted
from planalign_orchestrator.census.recognition import Recognised
from planalign_orchestrator.census.refusal import Findings, refuse_errors, refuse_losses, refused
from planalign_orchestrator.census.rules import check, plausibility, write_rejects
from planalign_orchestrator.census.source import open_source
from planalign_orchestrator.census.staging import stage
from planalign_orchestrator.census.synonyms import year_of
from planalign_orchestrator.census.whole_columns import read_date_orders
from planalign_orchestrator.census.workplace import protect_source, workplace
from planalign_orchestrator.storage.durable import private_files
from planalign_orchestrator.tables import rendered
from planalign_orchestrator.warehouse import one_row

_NAMES_LISTED = 20


@dataclass(frozen=True)
class CensusIntake(Findings):
    """What reading a census gave.

    Attributes:
        sha256: of the file's bytes.
        as_of: the date that the census describes.
        output: the canonical Parquet file.
        rows_kept: people in ``output``, those who had left included.
        rows_dropped: rows left out because of errors.
    """

    sha256: str
    as_of: dt.date
    output: Path
    rows_kept: int
    rows_dropped: int


def read_census(
    path: Path,
    *,
    output: Path,
    as_of: dt.date | None = None,
    rejects: Path | None = None,
    options: CensusOptions | None = None,
    **more: Any,
) -> CensusIntake:
    """Read a census of any usual format and write it as canonical Parquet.

    The output holds every canonical column, ordered by employee id, so it does not depend on the order of the rows or
    on other columns of the file.

    Args:
        path: the file; its format is told by its content.
        output: the Parquet file to write; nothing is written there when the census is refused.
        as_of: the date that the census describes, December 31 before the first plan year; found in the file when left
            out.
        rejects: the CSV file for all faults; beside the output when left out.
        options: how it is read.
        more: single options by name, instead.

    Raises:
        CensusError: the file cannot be read, or holds errors (then a ``CensusRefusedError``).
        ConfigurationError: a sheet was named for a file that has none, or the mapping makes no sense.
        OutOfResourcesError: memory or disk ran out.
    """
    wanted = options or CensusOptions(**more)
    rejects = rejects or output.with_name(f"{output.stem}_rejects.csv")
    protect_source(path, output, rejects)
    with private_files(), workplace(output) as (connection, folder):
        source = open_source(path, folder)
        if wanted.sheet is not None and source.format != "excel":
            raise refused("sheet of no workbook", sheet=wanted.sheet, name=source.named.name)
        staged = stage(connection, source, folder, wanted)
        day = as_of or as_of_from_file(connection, staged.recognised, wanted.date_order, staged.title)
        read = reading.read_columns(connection, staged, wanted.date_order, day, wanted.birth_date_from_age)
        names = staged.recognised
        kinds, first = check(connection, source.named.name, read, day, wanted.bands)
        if kinds:
            write_rejects(connection, rejects)
        told = [*_column_notes(names), *staged.notes, *read.notes]
        if as_of is None:
            told.insert(0, noted("as-of date", day=day, first=day.year + 1))
        findings = Findings(
            source=source.named.name,
            rows_read=staged.rows_read,
            columns={meaning: names.column(meaning) for meaning in MEANINGS if meaning in names.positions},
            ignored_columns=tuple(names.names[i] for i in names.ignored),
            quality=tuple(told),
            faults=first,
            kinds=kinds,
            rejects=rejects if kinds else None,
        )
        refuse_errors(findings, rows_may_go=wanted.on_bad_rows == "drop")
        lost = reading.lost_kinds(connection, names.groups) if findings.errors else []
        (rows,) = one_row(connection, "SELECT count(*) FROM typed")
        merged = staged.rows_read - staged.damaged - rows
        broken = reading.leave_out(connection) if findings.errors else 0
        unpaid = reading.leave_out(connection, reading.needs_no_pay(day))
        kept, dropped = rows - broken - unpaid, staged.damaged + broken
        refuse_losses(findings, kept, dropped, wanted.drop_at_most, lost)
        told += reading.canonical_notes(connection, read)
        told += plausibility(connection, read, day, wanted.bands)
        told += [kind for kind in kinds if kind.kind == "warning"]
        if merged:
            told.append(noted("merged", rows=counted_rows(merged), several_rows=names.mapping.several_rows))
        if unpaid:
            told.append(noted("left without pay", None, unpaid, year=day.year))
        if dropped:
            told.append(noted("rows with errors", None, dropped, rows=counted_rows(dropped)))
        reading.write_canonical(connection, output, folder, day, names.groups)
        result = {**vars(findings), "quality": tuple(told)}
        return CensusIntake(
            **result, sha256=source.sha256, as_of=day, output=output, rows_kept=kept, rows_dropped=dropped
        )


def _column_notes(names: Recognised) -> Iterator[Entry]:
    for meaning in names.positions:
        unit = f", {names.units[meaning]}" if meaning in names.units else ""
        yield Entry("column", f"{meaning}{unit}", names.column(meaning))
    if names.secret:
        yield noted("secret columns", names=_listed(names.secret))
    for kind, places in {"ignored columns": names.ignored, "unused columns": names.unused}.items():
        if places:
            yield noted(kind, names=_listed([names.names[i] or "(without a name)" for i in places]))
    yield from names.notes


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES_LISTED} more" if len(names) > _NAMES_LISTED else ""
    return ", ".join(names[:_NAMES_LISTED]) + more


_PROVISIONAL = dt.date(2035, 12, 31)
"""For the century of two-digit years."""
_HIRES = ("hire_date", "rehire_date", "original_hire_date")
_EXITS = ("termination_date", "second_termination_date")
_PAID = "period_date"
_LAST_DAY = re.compile(r"(?i)\b(?:12[/-]31[/-]|dec(?:ember)? 31,? )((?:19|20)\d\d)\b")
_RARE = 0.001
_LONE_AMONG, _GAP = 20, 5
"""A single date is no typing error among few, or within as many years of the others."""
_USUAL_HIRES = 3
"""Where as many people were hired in a year, one in twenty years at most has no hire by chance (Poisson)."""


def as_of_from_file(
    connection: duckdb.DuckDBPyConnection, recognised: Recognised, date_order: DateOrder, title: str = ""
) -> dt.date:
    """The last day of the newest year of which the file tells something that has happened.

    Pay days come first: nobody is paid ahead. Then hires, and exits of people whose status says that they left. Exits
    of others in the year after that are announced ones, if there were hires as usual until then; exits of several years
    have happened. A typing error is no year. A later year counts where the title names its last day, or a heading the
    year of its pay: a small employer may have hired nobody since. Without a date that can be read it is the end of
    2024, which the errors of such a file make irrelevant.
    """
    names = {name: recognised.column(name) for name in (*_HIRES, *_EXITS, _PAID) if name in recognised.positions}
    readings, _ = read_date_orders(connection, names, date_order, _PROVISIONAL)
    has_left, _ = reading.status_of(connection, recognised)
    query = rendered(__package__, "years.sql", readings=readings, exits=_EXITS, paid=_PAID, has_left=has_left)
    of_years: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for what, year, dates in connection.execute(query).fetchall() if readings else ():
        of_years[what][year] = dates
    if paid := _newest(of_years["paid"]):
        return dt.date(paid, 12, 31)
    known = of_years["hired"] + of_years["left"]
    newest, last_exit = _newest(known), _newest(known + of_years["may have left"])
    named = max([*map(int, _LAST_DAY.findall(title)), year_of(recognised.column("paid_compensation"))])
    if named and newest <= named <= _PROVISIONAL.year:
        return dt.date(named, 12, 31)
    are_announced = of_years["hired"][newest] >= _USUAL_HIRES and last_exit == newest + 1
    return dt.date((newest if are_announced else last_exit) or 2024, 12, 31)


def _newest(years: Mapping[int, int]) -> int:
    """The newest year of more than one date in a thousand; not one that a lone date makes, years after all others."""
    total, later = sum(years.values()), 0
    ordered = sorted(years, reverse=True)
    for year, before in pairwise((*ordered, *ordered[-1:])):
        later += years[year]
        is_lone = later == 1 and total > _LONE_AMONG and year > before + _GAP
        if later > total * _RARE and not is_lone:
            return year
    return 0
