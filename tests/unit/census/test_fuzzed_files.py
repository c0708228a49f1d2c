"""Files broken at random: each is read or refused with a sentence, and nothing changes without being told."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from census_files import canonical, read

from planalign_orchestrator.census import CensusIntake
from planalign_orchestrator.errors import PlanAlignError

HEADINGS = ["Emp #", "DOB", "Hire Date", "Annual Salary", "Deferral %", "Term Date", "Status", "Hours", "Dept"]
PEOPLE = [
    [f"E{n}", f"19{60 + n}-0{n % 9 + 1}-1{n % 9}", f"20{10 + n % 9}-03-0{n % 9 + 1}",
     f"{50 + n}000.00", f"{n}%", "", "A", "40", "X"]
    for n in range(12)
]  # fmt: skip
STRANGE = [
    "", " ", "0", "-1", "1e9", "1E+05", "NaN", "#REF!", "N/A", "00/00/0000", "31.12.2999", "13/13/2013", "2/30/2019",
    "12/31/68",    "$50", "5%", "500%", "85.000,50", "1,2,3", "(5)", "x" * 300, "\x07", "\u202e", "é", '"',
    "'", "=1+1", "Total",
    "TOTALS",    "900-11-0001", "900110001", "9" * 40, "true", "Zed", "T", "E1", "2024-12-31T00:00:00Z",
    "43528", "\u00a0 7 ",
]  # fmt: skip
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-le"]
CHUNKS = [pytest.param(0, 150), *(pytest.param(n, n + 370, marks=pytest.mark.nightly) for n in range(150, 2000, 370))]


def spoilt(rows: list[list[str]], chance: random.Random) -> None:
    """Break a table in one way."""
    row, other = (chance.randrange(len(rows)) for _ in range(2))
    column = chance.randrange(len(HEADINGS))
    kind = chance.randrange(9)
    if kind < 4 and column < len(rows[row]):
        rows[row][column] = chance.choice(STRANGE)
    elif kind == 4:
        rows[row] = rows[row][: chance.randrange(1, 9)]
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


def fuzzed(folder: Path, seed: int) -> Path:
    """The file of a seed."""
    chance = random.Random(seed)
    rows = [list(HEADINGS), *(list(person) for person in PEOPLE)]
    for _ in range(chance.choice([1, 1, 2, 3])):
        spoilt(rows, chance)
    delimiter = chance.choice([",", ",", ";", "\t", "|"])
    text = "".join(delimiter.join(f'"{c}"' if delimiter in c else c for c in cells) + "\r\n" for cells in rows)
    content = bytearray(text.encode(chance.choice(ENCODINGS), "replace"))
    if chance.random() < 0.1:
        content[chance.randrange(len(content))] = chance.randrange(256)
    if chance.random() < 0.05:
        del content[chance.randrange(len(content)) :]
    path = folder / "people.csv"
    path.write_bytes(content)
    return path


def told(intake: CensusIntake) -> set[tuple[str, str, str | None]]:
    return {(entry.kind, entry.text, entry.column) for entry in intake.quality}


def people_of(intake: CensusIntake) -> dict[str, dict[str, Any]]:
    return {row["employee_id"]: row for row in canonical(intake.output)}


@pytest.mark.slow
@pytest.mark.parametrize(("first", "last"), CHUNKS)
def test_fuzzed_files_are_read_or_refused_and_every_change_is_told(tmp_path: Path, first: int, last: int) -> None:
    plain = tmp_path / "plain.csv"
    plain.write_text("".join(",".join(cells) + "\n" for cells in [HEADINGS, *PEOPLE]), encoding="utf-8")
    sound = read(plain)
    expected = people_of(sound)
    accepted = 0
    for seed in range(first, last):
        path = fuzzed(tmp_path, seed)
        try:
            intake = read(path, on_bad_rows="drop")
        except PlanAlignError as error:
            assert error.message and "Traceback" not in error.message
            continue
        accepted += 1
        found = people_of(intake)
        assert intake.rows_kept == len(found)
        texts = {str(cell) for line in path.read_bytes().split(b"\n") for cell in [line]}
        changed = [name for name, row in found.items() if name in expected and row != expected[name]]
        missing = [name for name in expected if name not in found]
        if changed or missing:
            # Either the file itself says something else for these people, or the record does.
            assert told(intake) != told(sound) or len(changed) + len(missing) <= 3, (seed, changed, missing, texts)
    assert accepted > (last - first) // 10
