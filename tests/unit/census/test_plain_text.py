"""Text that DuckDB reads at once gives what the same text gives row by row, and other text is not taken for plain."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from census_files import canonical, read, read_rows

from planalign_orchestrator.census import staging
from planalign_orchestrator.census.plain_text import rows_of_plain_text
from planalign_orchestrator.census.refusal import CensusRefusedError

NAMES = ["Employee ID", "Name", "Birth Date", "Hire Date", "Annual Salary", "Deferral %", "Remark"]
ODD_CELLS = ["", " ", "x y", "Zoë", "\u00a0", "'", "#N/A", "-", "0000-00-00", "3/4/2019", "1,5", "Total", "Note: pay"]
QUOTED = ['"Doe, Jane"', '""', '" a"', '"a""b"', '"two\nlines"', '"open', 'a"b']
ODD_LINES = ["", ",,,,,,", "Total,,,,130000,,", "Run by: payroll,,,,,,", ",".join(NAMES), "E9,,,,1,,,", "E8,x", " "]


def wild_text(seed: int) -> bytes:
    """A small census with a few odd cells and lines."""
    chance = random.Random(seed)
    delimiter, end = chance.choice(",,,;\t|"), chance.choice(["\n", "\n", "\r\n"])
    rows = [
        [f"E{i:03}", f"Name {i}", f"19{50 + i}-05-17", "2015-03-02", f"{60000 + i}.50", f"0.0{i % 9}", "-"]
        for i in range(1, 30)
    ]
    for _ in range(chance.choice([0, 1, 2])):
        chance.choice(rows)[chance.randrange(len(NAMES))] = chance.choice(ODD_CELLS + chance.choice([[], QUOTED]))
    quoted = [[f'"{cell}"' if delimiter in cell and '"' not in cell else cell for cell in row] for row in rows]
    lines = [*map(delimiter.join, quoted)]
    if chance.random() < 0.5:
        lines.insert(chance.randrange(len(lines)), chance.choice(ODD_LINES).replace(",", delimiter))
    if chance.random() < 0.3:
        lines = [
            delimiter.join(f'"{cell}"' if delimiter in cell and '"' not in cell else cell for cell in r) for r in rows
        ]
    if chance.random() < 0.5:
        lines.insert(chance.randrange(len(lines)), chance.choice(ODD_LINES).replace(",", delimiter))
    if chance.random() < 0.3:
        lines = [delimiter.join(f'"{cell}"' for cell in line.split(delimiter)) for line in lines if '"' not in line]
    title = chance.choice([[], [], [], ["Census of Example Inc."], ["Census", ""], [f"sep={delimiter}"]])
    text = end.join([*title, delimiter.join(NAMES), *lines]) + chance.choice(["", end, end * 2])
    return text.encode("utf-8-sig" if chance.random() < 0.2 else "utf-8")


def outcome(path: Path) -> tuple[Any, ...]:
    """What reading a file gives: the record and the people, or why it is refused; and the rejects."""
    try:
        intake = read(path, on_bad_rows="drop")
        result = intake.as_record(), canonical(intake.output)
    except CensusRefusedError as error:
        result = error.message, error.findings.as_record()
    rejects = path.parent / "out" / "census_rejects.csv"
    return *result, rejects.read_text(encoding="utf-8") if rejects.exists() else ""


@pytest.mark.parametrize("seed", range(40))
def test_both_ways_of_reading_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(wild_text(seed))
    found = outcome(path)
    monkeypatch.setattr(staging, "rows_of_plain_text", lambda *_: None)
    assert found == outcome(path)


def test_plain_text_is_not_looked_at_row_by_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "_load_by_row", None)
    assert read_rows(tmp_path, {}, {"name": "Doe, Jane"}, {"name": "Zoë Roe"})[0].rows_kept == 3


ROW_BY_ROW = [
    'a,"b\nc"', 'a,"b""c"', "a, b", "a ,b", "a,b ", "\na,b", "a,b\n\nc,d", "a,b\0", "a\rb,c", 'a,"b"c', "a,b,c", "a",
    "a,\u00a0", 'a,"\u00a0"', 'a,"b\0"', 'a,"b\rc"', "a,b\n   ", 'a,"b ', 'a," b"',
]  # fmt: skip
PLAIN = ["a,b", ",", 'a,"b, c"', '"","b c"', "a;b,c d", "Zoë,\u20ac"]


@pytest.mark.parametrize("text", [*ROW_BY_ROW, *PLAIN])
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_what_is_plain(tmp_path: Path, text: str, end: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(f"x,y\n{text}{end}".encode())
    assert rows_of_plain_text(path, ",", 2, 1) == (1 if text in PLAIN else None)
