"""What ``census map`` says to do next, after it has read all rows by its proposal."""

from __future__ import annotations

from pathlib import Path

import pytest

from planalign_orchestrator.cli import main

HEADINGS = "Employee ID,Birth Date,Hire Date,Annual Salary,Job Level"
SOUND = [f"E{n:03},19{60 + n}-03-0{n % 9 + 1},2015-0{n % 9 + 1}-1{n % 9},{60_000 + 700 * n},2" for n in range(40)]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            SOUND,
            "nothing is in doubt; then: planalign run --census staff.csv --mapping staff.mapping.yaml"
            " --years 2016-2020",
        ),
        (
            [*SOUND, "E900,,2015-02-03,61000,2"],
            "nothing is in doubt, 1 of 41 rows have faults; then, without them: planalign run --census staff.csv"
            " --mapping staff.mapping.yaml --years 2016-2020 --on-bad-rows drop",
        ),
        (
            [*SOUND[:10], *(f"E9{n:02},,2015-02-03,61000,2" for n in range(5))],
            "nothing is in doubt, but rows have faults: planalign census validate staff.csv --mapping"
            " staff.mapping.yaml names them",
        ),
    ],
    ids=["sound", "a row to leave out", "too many rows to leave out"],
)
def test_the_next_step(
    rows: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("staff.csv").write_text("\n".join([HEADINGS, *rows, ""]), encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["census", "map", "staff.csv"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.replace("\n", " ").strip() == f"staff.mapping.yaml: {told}"
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["staff.csv", "staff.mapping.yaml"]


def test_the_census_itself_is_never_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("staff.csv").write_text("\n".join([HEADINGS, *SOUND, ""]), encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["census", "map", "staff.csv", "--output", "staff.csv", "--overwrite"])
    assert "staff.csv: the command reads this file" in capsys.readouterr().err
    assert Path("staff.csv").read_text(encoding="utf-8").startswith(HEADINGS)
