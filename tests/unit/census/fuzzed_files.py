"""Census files broken at random, and the judge of what was read of them.

    python tests/unit/census/fuzzed_files.py --seed 1 --count 2000

The judge reads each file by itself, in the plainest way. Whatever the intake made of a cell, a row or a heading that is
not what stands there must be in the data-quality record or among the faults: otherwise it was changed in silence.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from census_files import canonical, read

from planalign_orchestrator.census.intake import CensusIntake
from planalign_orchestrator.errors import PlanAlignError

HEADINGS = [
    "Emp #", "DOB", "Hire Date", "Annual Salary", "Deferral %", "Term Date", "Status", "Hours", "Dept",
    "5% Owner", "Rehire Date", "Prior Year Comp",
]  # fmt: skip
PEOPLE = [
    [f"E{n}", f"19{60 + n}-0{n % 9 + 1}-1{n % 9}", f"20{10 + n % 9}-03-0{n % 9 + 1}",
     f"{50 + n}000.00", f"{n}%", "", "A", "40", "X", "N", "", f"{49 + n}000.00"]
    for n in range(12)
]  # fmt: skip
STRANGE = [
    "", " ", "0", "-1", "1e9", "1E+05", "NaN", "#REF!", "N/A", "00/00/0000", "31.12.2999", "13/13/2013", "2/30/2019",
    "12/31/68", "$50", "5%", "500%", "85.000,50", "1,2,3", "(5)", "x" * 300, "\x07", "\u202e", "é", '"', "'", "=1+1",
    "Total", "TOTALS", "900-11-0001", "900110001", "9" * 40, "true", "Zed", "T", "E1", "2024-12-31T00:00:00Z", "43528",
    "\u00a0 7 ", "3/4/2019", "4.3.2019", "80", "1", "0.5", "1,234", "1.234", "12 345,6", "Y", "2019-05-01", "7-", "٣",
    "1980-05-17 00:00", "60001.005",
]  # fmt: skip
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-le"]
DATES = ("birth_date", "hire_date", "termination_date", "rehire_date")
MONEY = ("annual_compensation", "prior_year_compensation")
CHANGES = ("changed", "imputed", "assumed", "warning")


@dataclass(frozen=True)
class Fuzzed:
    """A broken file, and how it was written."""

    path: Path
    delimiter: str
    encoding: str


def spoil(rows: list[list[str]], chance: random.Random) -> None:
    """Break a table in one way."""
    row, other = (chance.randrange(len(rows)) for _ in range(2))
    column = chance.randrange(len(HEADINGS))
    kind = chance.randrange(9)
    if kind < 4 and column < len(rows[row]):
        rows[row][column] = chance.choice(STRANGE)
    elif kind == 4:
        rows[row] = rows[row][: chance.randrange(1, len(HEADINGS))]
    elif kind == 5:
        rows.insert(other, list(rows[row]))
    elif kind == 6:
        rows.insert(row, [chance.choice(STRANGE) for _ in range(chance.randrange(4))])
    elif kind == 7:
        for cells in rows:
            del cells[column : column + 1]
    else:
        for cells in rows:
            cells.append(chance.choice(STRANGE))


def fuzzed(folder: Path, seed: int) -> Fuzzed:
    """The file of a seed."""
    chance = random.Random(seed)
    rows = [list(HEADINGS), *(list(person) for person in PEOPLE)]
    for _ in range(chance.choice([1, 1, 2, 3])):
        spoil(rows, chance)
    delimiter = chance.choice([",", ",", ";", "\t", "|"])
    text = "".join(delimiter.join(f'"{c}"' if delimiter in c else c for c in cells) + "\r\n" for cells in rows)
    encoding = chance.choice(ENCODINGS)
    content = bytearray(text.encode(encoding, "replace"))
    if chance.random() < 0.1:
        content[chance.randrange(len(content))] = chance.randrange(256)
    if chance.random() < 0.05:
        del content[chance.randrange(len(content)) :]
    path = folder / "people.csv"
    path.write_bytes(content)
    return Fuzzed(path, delimiter, encoding)


class Judge:
    """Finds what was changed in silence.

    Args:
        file: the broken file.
        intake: what was read of it.
    """

    def __init__(self, file: Fuzzed, intake: CensusIntake) -> None:
        self.intake = intake
        self.notes = " ".join(intake.notes)
        self.rows = written_rows(file, self.notes)
        self.header = self._header()
        self.headings = [cell.strip() for cell in self.rows[self.header]]
        self.positions = {meaning: self.headings.index(name) for meaning, name in intake.columns.items()}
        self.people = {row["employee_id"]: row for row in canonical(intake.output)}
        self.refused = refused_rows(intake)
        self.unexplained: Counter[str] = Counter()

    def silent(self) -> Iterator[str]:
        """Each change that nothing tells."""
        yield from (f"heading {name!r} is not told" for name in self.headings if not self._is_heading_told(name))
        yield from self._lost_rows()
        for number, cells in self._people_rows():
            for meaning, position in self.positions.items():
                self._compare(meaning, cells[position].strip(), self.people[self._id(cells)], number)
        for name, count in self.unexplained.items():
            told = sum(entry.people or 0 for entry in self.intake.quality if self._is_change_of(entry, name))
            if told < count:
                yield f"{count} cells of {name!r} changed, {told} told"
        written = {self._id(cells) for _, cells in self._people_rows()}
        yield from (f"nobody wrote {name!r}" for name in self.people if name not in written)
        assumed = {entry.column for entry in self.intake.quality if entry.kind == "assumed"}
        for name in ("deferral_rate", "termination_date", "scheduled_hours_per_week", "prior_year_compensation"):
            has_status = name == "termination_date" and "employment_status" in self.positions
            if name not in self.positions and name not in assumed and not has_status:
                yield f"nothing tells that there is no {name}"

    def _header(self) -> int:
        wanted = {*self.intake.columns.values()}
        return max(range(len(self.rows)), key=lambda i: (len(wanted & {cell.strip() for cell in self.rows[i]}), -i))

    def _is_heading_told(self, name: str) -> bool:
        return not name or name in self.intake.columns.values() or name[:100] in self.notes or not name.isprintable()

    def _id(self, cells: list[str]) -> str:
        return cells[self.positions["employee_id"]].strip()

    def _people_rows(self) -> Iterator[tuple[int, list[str]]]:
        for number, cells in enumerate(self.rows[self.header + 1 :], start=self.header + 2):
            cells = [*cells, *[""] * (len(self.headings) - len(cells))]
            if number not in self.refused and self._id(cells) in self.people:
                yield number, cells

    def _lost_rows(self) -> Iterator[str]:
        found = {number for number, _ in self._people_rows()}
        totals = {int(n) for part in re.findall(r"passed over as [a-z ]+: rows? ([\d, ]+)", self.notes)
                  for n in re.findall(r"\d+", part)}  # fmt: skip
        for number, cells in enumerate(self.rows[self.header + 1 :], start=self.header + 2):
            if any(cell.strip() for cell in cells) and number not in found | totals | self.refused:
                yield f"row {number} is lost"

    def _is_told(self, kinds: tuple[str, ...], name: str) -> bool:
        return any(entry.kind in kinds and entry.column == name for entry in self.intake.quality)

    def _is_change_of(self, entry: Any, name: str) -> bool:
        """An exit may be told at the status."""
        columns = self.intake.columns
        told_at = [name, columns.get("employment_status")] if name == columns.get("termination_date") else [name]
        return entry.kind in CHANGES and entry.column in told_at

    def _compare(self, meaning: str, cell: str, person: dict[str, Any], number: int) -> None:
        """Whether the value is what stands there; readings that need a note have one."""
        if meaning not in person:  # an input, whose changes stand at the column that it gives
            return
        heading, value = self.headings[self.positions[meaning]], person[meaning]
        plain, noted = readings(meaning, cell)
        if value in plain or (value in noted and self._is_told(("read", "changed"), heading)):
            return
        self.unexplained[heading] += 1


def written_rows(file: Fuzzed, notes: str) -> list[list[str]]:
    """The cells of every line as they stand there: a cell is quoted where it begins and ends with a quote."""
    told = re.search(r"it was read as ([\w-]+)\.", notes)
    text = file.path.read_bytes().decode(told[1] if told else file.encoding, "replace").removeprefix("\ufeff")
    cell = re.compile(rf'\s*"([^"]*)"\s*(?=[{file.delimiter}]|$)|([^{file.delimiter}]*)')
    lines = re.split(r"\r\n|\r|\n", text)
    return [cells_of(cell, line) for line in lines]


def cells_of(pattern: re.Pattern[str], line: str) -> list[str]:
    """The cells of one line."""
    cells, place = [], 0
    while True:
        found = pattern.match(line, place)
        assert found is not None
        cells.append(found[1] if found[1] is not None else found[2])
        place = found.end() + 1
        if found.end() >= len(line):
            return cells


def refused_rows(intake: CensusIntake) -> set[int]:
    """The rows that were left out with their reason."""
    if intake.rejects is None:
        return set()
    with intake.rejects.open(encoding="utf-8", newline="") as file:
        return {int(row["row"]) for row in csv.DictReader(file) if row["severity"] == "error" and row["row"]}


def readings(meaning: str, cell: str) -> tuple[list[Any], list[Any]]:
    """What a cell says to anybody, and what it may say when a note tells how the column was read."""
    if meaning in DATES:
        return date_readings(cell)
    if meaning == "is_five_percent_owner":
        return [{"N": False, "Y": True, "true": True, "T": True, "X": True, "0": False, "1": True}.get(cell)], []
    if not cell:
        return [None], []
    number = plain_number(cell.removesuffix("%"))
    if number is None:
        return ([cell] if meaning == "employee_id" else []), []
    if meaning == "deferral_rate":
        return ([], [number / 100]) if cell.endswith("%") or number > 1 else ([number], [number / 100])
    return ([cell] if meaning == "employee_id" else [number]), []


def date_readings(cell: str) -> tuple[list[Any], list[Any]]:
    """The days that a cell may name."""
    if not cell:
        return [None], []
    if found := re.fullmatch(r"(\d{4})[-/.](\d\d)[-/.](\d\d)([T ].*)?", cell):
        return [day for day in [a_day(*map(int, found.groups()[:3]))] if day], []
    if found := re.fullmatch(r"(\d{1,2})([/.])(\d{1,2})\2(\d{2,4})", cell):
        one, two, year = int(found[1]), int(found[3]), int(found[4])
        years = [year] if year > 99 else [1900 + year, 2000 + year]
        return [], [a_day(y, *pair) for y in years for pair in ((one, two), (two, one))]
    if re.fullmatch(r"\d{5}(\.\d+)?", cell):
        return [], [dt.date(1899, 12, 30) + dt.timedelta(int(cell[:5]))]
    return [], []


def a_day(year: int, month: int, day: int) -> dt.date | None:
    """The day, if there is one."""
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def plain_number(cell: str) -> Decimal | None:
    """The number that anybody reads there: digits, thousands in threes, a dollar sign, a minus sign."""
    bare = cell.replace("\u00a0", " ").strip().removeprefix("$")
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d*)?", bare):
        bare = bare.replace(",", "")
    try:
        return Decimal(bare) if re.fullmatch(r"[-+]?[\d.]+([eE][-+]?\d+)?", bare, re.ASCII) else None
    except InvalidOperation:
        return None


def judged(folder: Path, seed: int) -> tuple[bool, list[str]]:
    """Whether the file of a seed was read, and what is wrong with how that ended."""
    file = fuzzed(folder, seed)
    try:
        intake = read(file.path, on_bad_rows="drop")
    except PlanAlignError as error:
        return False, [] if error.message and "Traceback" not in error.message else ["no sentence"]
    judge = Judge(file, intake)
    faults = [*judge.silent()]
    if intake.rows_kept != len(judge.people):
        faults.append("another number of people than told")
    return True, faults


def main(arguments: list[str]) -> int:
    """Judge as many files as wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=2000)
    given = parser.parse_args(arguments)
    accepted = failed = 0
    with tempfile.TemporaryDirectory(prefix="fuzzed-") as folder:
        for seed in range(given.seed * 1_000_000, given.seed * 1_000_000 + given.count):
            was_read, faults = judged(Path(folder), seed)
            accepted += was_read
            failed += bool(faults)
            if faults:
                print(f"{seed}: {'; '.join(faults)}", flush=True)
    print(f"{given.count} files, {accepted} read, {given.count - accepted} refused, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
