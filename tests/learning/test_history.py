"""What censuses cannot tell is told: people who come back, ids used twice, leavers without a day, missing years."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.errors import CensusError
from planalign_orchestrator.learning.fit import learn
from planalign_orchestrator.learning.history import History, files_read

pytestmark = pytest.mark.slow

Row = tuple[str, str, str, float, str]
HEAD = ("employee_id", "birth_date", "hire_date", "annual_compensation", "termination_date")
STAYS = [(f"S{i}", f"19{60 + i}-05-05", f"{2000 + i}-03-01", 60_000.0, "") for i in range(8)]


def written(folder: Path, **files: list[Row]) -> list[Path]:
    """A file a year, each with people who stay and one who was hired in its year, so that the file tells its day."""
    found = []
    for name, rows in files.items():
        year = int(name.removeprefix("y"))
        path = folder / f"{name}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([HEAD, *STAYS, (f"N{year}", "1990-01-01", f"{year}-06-01", 50_000, ""), *rows])
        found.append(path)
    return found


@contextmanager
def linked(files: list[Path]) -> Iterator[History]:
    with files_read(files, Settings(), files[0].parent / "rejects") as read, read.linked() as history:
        yield history


def told(history: History, words: str) -> str:
    return next(sentence for sentence in history.left_out if words in sentence)


def test_exits_and_exposure_are_by_the_day(tmp_path: Path) -> None:
    leaver = ("A", "1980-01-01", "2010-01-01", 70_000.0)
    files = written(tmp_path, y2020=[(*leaver, "")], y2021=[(*leaver, "2021-07-02")])
    with linked(files) as found:
        [row] = found.rows("select years, exits from exposure where employee_id = 'A' and not is_first")
        assert row == {"years": pytest.approx(183 / 365), "exits": 1}
        assert found.one("select count(*) from lives where stayed") == 8


def test_files_of_other_ids_are_refused_and_few_other_ids_told(tmp_path: Path) -> None:
    old = [(f"A{i}", f"1980-01-{i + 1:02}", "2010-01-01", 70_000.0, "") for i in range(10)]
    new = [(f"B{i}", *row[1:]) for i, row in enumerate(old)]
    with linked(written(tmp_path, y2020=old[:3], y2021=new[:3])) as found:
        assert told(found, "another id").startswith("3 people seem to have another id in the next file")
    with (
        pytest.raises(CensusError, match="different ids: 10 people of the first"),
        linked(written(tmp_path, y2020=old, y2021=new)),
    ):
        pass


def test_the_first_twelve_months_end_with_the_anniversary(tmp_path: Path) -> None:
    files = written(tmp_path, y2020=[("A", "1980-01-01", "2020-10-01", 70_000.0, "")],
                    y2021=[("A", "1980-01-01", "2020-10-01", 70_000.0, "2021-12-01")])  # fmt: skip
    with linked(files) as found:
        rows = found.rows(
            "select is_first, exits, round(years * 365) as days from exposure where employee_id = 'A' order by 1"
        )
        assert rows == [{"is_first": False, "exits": 1, "days": 62.0}, {"is_first": True, "exits": 0, "days": 273.0}]


def test_a_leaver_without_a_day_counts_half_a_year(tmp_path: Path) -> None:
    files = written(tmp_path, y2020=[("A", "1980-01-01", "2010-01-01", 70_000.0, "")], y2021=[])
    with linked(files) as found:
        assert found.one("select years from exposure where employee_id = 'A'") == pytest.approx(0.5, abs=0.002)
        assert told(found, "middle of the year").startswith("2 ")
        assert "y2021.csv" in told(found, "no leavers")


def test_an_id_of_somebody_else_is_not_linked(tmp_path: Path) -> None:
    files = written(tmp_path, y2020=[("A", "1980-01-01", "2010-01-01", 70_000.0, "")],
                    y2021=[("A", "1990-02-02", "2011-01-01", 70_000.0, "")])  # fmt: skip
    with linked(files) as found:
        assert found.one("select count(*) from lives where employee_id = 'A'") == 0
        assert told(found, "another birth date").startswith("1 ")


def test_rehires_and_returns_are_told(tmp_path: Path) -> None:
    back, again = ("B", "1980-01-01", "2010-01-01", 70_000.0, ""), ("C", "1980-01-01")
    first, later = (*again, "2010-01-01", 70_000.0, ""), (*again, "2021-05-01", 70_000.0, "")
    files = written(tmp_path, y2020=[back, first], y2021=[later], y2022=[back, later])
    with linked(files) as found:
        assert told(found, "come back").startswith("1 ")
        assert told(found, "rehires").startswith("1 ")


def test_a_missing_year_links_nothing(tmp_path: Path) -> None:
    files = written(tmp_path, y2019=[], y2021=[])
    with linked(files) as found:
        assert "not a year apart" in told(found, "2019-12-31")
        assert found.one("select count(*) from lives") == 0


def test_an_acquisition_is_no_hire(tmp_path: Path) -> None:
    files = written(tmp_path, y2020=[], y2021=[("A", "1980-01-01", "2010-01-01", 70_000.0, "")])
    with linked(files) as found:
        assert told(found, "acquisition").startswith("1 ")
        assert found.one("select count(*) from hires where employee_id = 'A'") == 0


def test_levels_and_deferrals_that_are_absent_are_told(tmp_path: Path) -> None:
    with linked(written(tmp_path, y2020=[], y2021=[])) as history:
        found = learn(history)
        topics = {rate.topic for rate in found.rates}
        assert "Promotions by age" not in topics and "Voluntary enrollment by age" not in topics
        assert told(found.history, "Levels are not given") and told(found.history, "No file has deferral rates")


@pytest.mark.parametrize(("entries", "credibility"), [(3, (5 / 1082.2) ** 0.5), (1200, 1.0)])
def test_a_few_people_hardly_move_the_growth_of_the_headcount(tmp_path: Path, entries: int, credibility: float) -> None:
    came = [(f"H{i}", "1980-01-01", "2021-02-01", 70_000.0, "") for i in range(entries)]
    with linked(written(tmp_path, y2020=[], y2021=came)) as found:
        [rate] = [rate for rate in learn(found).rates if rate.topic == "Growth of the headcount"]
    assert rate.actual is not None and rate.interval is not None and rate.fitted is not None
    assert rate.interval[0] < rate.actual < rate.interval[1]
    assert rate.events == entries + 2  # those, and the hire of each file: one comes, one goes
    assert rate.credibility == pytest.approx(credibility, rel=1e-4)
    blended = credibility * rate.actual + (1 - credibility) * 0.03
    assert rate.fitted == pytest.approx(blended, rel=1e-4)
