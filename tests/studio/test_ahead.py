"""What takes long is worked out once, ahead of the visitor, and anew where what it was made of is another."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from planalign_orchestrator import doctor
from planalign_orchestrator.child_process import isolated
from planalign_orchestrator.reports import comparison
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.studio import ahead
from planalign_orchestrator.studio.pages import census
from tests.studio.conftest import Studio, until

COMPARISON = "/compare?base=base&with=richer"


@pytest.fixture
def furnished(finished: Studio, tmp_path: Path) -> Studio:
    """A studio of its own with two results and a census."""
    studio = Studio(tmp_path)
    shutil.copytree(finished.workspace.runs_folder, tmp_path / "runs", dirs_exist_ok=True)
    shutil.copy(finished.workspace.root / "people.csv", tmp_path / "census")
    return studio


def kept(studio: Studio) -> list[Path]:
    return sorted(studio.workspace.private.glob("kept/*.json"))


def refusing(*_given: object, **_more: object) -> object:
    raise AssertionError("it is worked out again")


def test_the_first_visit_finds_what_was_worked_out_ahead(furnished: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    unprepared = Studio(Path(shutil.copytree(furnished.workspace.root, furnished.workspace.root / "other")))
    ahead.work(furnished.workspace)
    for module, name in ((comparison, "fetch_dicts"), (census, "intake_of"), (doctor, "examine")):
        monkeypatch.setattr(module, name, refusing)
    found = [
        furnished.json(address) for address in (COMPARISON, "/compare?base=richer&with=base", "/census/people.csv")
    ]
    assert furnished.get("/checks").status_code == 200
    assert furnished.get("/census/people.csv/mapping").status_code == 200
    monkeypatch.undo()
    assert found[0]["changes"] == unprepared.json(COMPARISON)["changes"]
    assert found[2]["columns"] == unprepared.json("/census/people.csv")["columns"]


def test_a_census_whose_columns_are_taken_as_proposed_was_read_ahead(
    furnished: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead.work(furnished.workspace)
    lines = census.lines_of(census.as_proposed(furnished.workspace, "people.csv"))
    form = {"held": [line.held for line in lines], "unit": [line.unit for line in lines]}
    assert furnished.post("/census/people.csv/mapping", form).status_code == 303
    monkeypatch.setattr(census, "intake_of", refusing)
    assert "60 people as of 2024-12-31" in furnished.get("/census/people.csv").text


@pytest.mark.parametrize("change", ["another file", "damage"])
def test_what_is_kept_is_made_anew_where_it_is_not_what_it_was(furnished: Studio, change: str) -> None:
    address, path = "/census/people.csv", furnished.workspace.census_folder / "people.csv"
    before = furnished.json(address)
    [place] = kept(furnished)
    if change == "damage":
        place.write_text(place.read_text(encoding="utf-8").replace(":60", ":61"), encoding="utf-8")
        assert furnished.json(address) == before
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-1]), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert furnished.json(address)["rows_read"] == before["rows_read"] - 1


def test_a_look_at_the_machine_says_its_time_and_is_taken_again_when_asked(furnished: Studio) -> None:
    first = furnished.get("/checks").text
    assert "As of 20" in first and "Look again" in first
    [place] = kept(furnished)
    os.utime(place, ns=(1, 1))
    furnished.get("/checks")
    assert place.stat().st_mtime_ns == 1
    furnished.get("/checks?again=yes")
    assert place.stat().st_mtime_ns > 1


def test_nothing_is_worked_out_while_a_run_works(furnished: Studio) -> None:
    with RunFolder(furnished.workspace.runs_folder / "base").lock("test"):
        ahead.work(furnished.workspace)
    assert kept(furnished) == []


def test_one_that_fails_hinders_no_other(furnished: Studio) -> None:
    (furnished.workspace.census_folder / "broken.csv").write_bytes(b"\x00\x01")
    ahead.work(furnished.workspace)
    assert json.loads(furnished.get("/census/people.csv", headers={"Accept": "application/json"}).text)["valid"]


def test_it_is_a_process_that_gives_way_and_ends_with_the_studio(furnished: Studio) -> None:
    import psutil

    command = isolated("planalign_orchestrator.studio.ahead", str(furnished.workspace.root))
    environment = {**os.environ, "PLANALIGN_SUPERVISED": "1"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as child:
        process = psutil.Process(child.pid)
        if os.name == "posix":
            until(lambda: not process.is_running() or process.nice() == 19 or child.poll() is not None)
        assert child.stdin is not None
        child.stdin.close()
        child.wait(60)
    assert list(furnished.workspace.private.glob(".planalign-*")) == []


def test_a_few_are_kept(furnished: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planalign_orchestrator.studio.workspace._MOST_KEPT", 2)
    for number in range(4):
        made: Callable[[], object] = lambda number=number: [number]  # noqa: E731
        assert furnished.workspace.keep([], f"{number}", made) == [number]
    assert len(kept(furnished)) == 2
    assert furnished.workspace.keep([], "3", refusing) == [3]
