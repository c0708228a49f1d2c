"""Files broken at random: each is read or refused with a sentence, and nothing changes without being told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from census_files import read
from fuzzed_files import HEADINGS, PEOPLE, Fuzzed, Judge, judged

CHUNKS = [pytest.param(0, 150), *(pytest.param(n, n + 370, marks=pytest.mark.nightly) for n in range(150, 2000, 370))]


@pytest.mark.slow
@pytest.mark.parametrize(("first", "last"), CHUNKS)
def test_fuzzed_files_are_read_or_refused_and_every_change_is_told(tmp_path: Path, first: int, last: int) -> None:
    accepted = 0
    for seed in range(first, last):
        was_read, faults = judged(tmp_path, seed)
        assert faults == [], seed
        accepted += was_read
    assert accepted > (last - first) // 10


@pytest.fixture
def sound(tmp_path: Path) -> Fuzzed:
    rows = [list(HEADINGS), *(list(person) for person in PEOPLE)]
    path = tmp_path / "people.csv"
    path.write_text("".join(",".join(cells) + "\n" for cells in rows), encoding="utf-8")
    return Fuzzed(path, ",", "utf-8")


@pytest.mark.parametrize(
    ("was", "written", "silent"),
    [
        ("E3,", "E33,", ["row 5 is lost", "nobody wrote 'E3'"]),
        ("53000.00", "53000.01", ["1 cells of 'Annual Salary' changed, 0 told"]),
        ("3%,", "4%,", ["1 cells of 'Deferral %' changed, 0 told"]),
        ("2013-03-04", "2013-04-03", ["1 cells of 'Hire Date' changed, 0 told"]),
        ("A,40,X,N", "A,40,X,Y", ["1 cells of '5% Owner' changed, 0 told"]),
        ("Dept", "Zone", ["heading 'Zone' is not told"]),
    ],
)
def test_the_judge_finds_what_nothing_tells(sound: Fuzzed, was: str, written: str, silent: list[str]) -> None:
    intake = read(sound.path)
    assert [*Judge(sound, intake).silent()] == []
    sound.path.write_text(sound.path.read_text("utf-8").replace(was, written, 1), encoding="utf-8")
    assert [*Judge(sound, intake).silent()] == silent


def test_the_judge_finds_what_the_record_lacks(sound: Fuzzed) -> None:
    intake = read(sound.path)
    untold = replace(intake, quality=tuple(entry for entry in intake.quality if entry.kind != "read"))
    assert "12 cells of 'Deferral %' changed, 0 told" in [*Judge(sound, untold).silent()]
