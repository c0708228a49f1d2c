"""One run works at a time: another one waits, is told so, and starts by itself, in the next studio if need be."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from planalign_orchestrator.studio import workspace
from tests.studio.conftest import Studio


class Process:
    """A command that works until a test ends it."""

    started: list[Process] = []  # noqa: RUF012

    def __init__(self, command: list[str], **_: Any) -> None:
        self.design = next(word for word in command if word.endswith(".yaml")).removeprefix("scenarios/")
        self.is_working = True
        self.started.append(self)

    def poll(self) -> int | None:
        """None while it works."""
        return None if self.is_working else 0


@pytest.fixture
def two(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """A studio in which the run of ``first`` works and that of ``second`` was started after it."""
    monkeypatch.setattr(Process, "started", [])
    monkeypatch.setattr(workspace, "subprocess", SimpleNamespace(Popen=Process, DEVNULL=subprocess.DEVNULL))
    monkeypatch.setattr(workspace, "_PAUSE", 0.01)
    for name in ("first", "second"):
        studio.post("/designs", {"name": name})
        assert studio.post("/runs", {"design": name}).headers["location"] == f"/runs/{name}/live"
    return studio


def works(*designs: str) -> Callable[[], bool]:
    """Whether these and no others were started."""
    return lambda: [process.design for process in Process.started] == [f"{name}.yaml" for name in designs]


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_second_run_waits_and_is_told(two: Studio) -> None:
    assert works("first")()
    assert "Waiting for First" in two.get("/runs/second/live").text
    assert two.json("/runs/second/live") == [{"state": "waiting", "for": "first"}]
    assert "Waiting: <a" in two.get("/").text
    again = two.post("/runs", {"design": "second"})
    assert again.status_code == 400 and "waits already" in again.text
    Process.started[0].is_working = False
    until(works("first", "second"))
    until(lambda: "Waiting: <a" not in two.get("/").text)
    assert "Starting" in two.get("/runs/second/live").text


def test_a_run_that_waits_need_not_start(two: Studio) -> None:
    assert two.post("/runs/second/stop").headers["location"] == "/"
    two.post("/designs", {"name": "third"})
    two.post("/runs", {"design": "third"})
    Process.started[0].is_working = False
    until(works("first", "third"))


def test_what_waits_starts_when_the_studio_is_opened_again(two: Studio) -> None:
    kept = (two.workspace.private / "queue.json").read_bytes()
    two.post("/runs/second/stop")  # this studio is to start nothing more
    (two.workspace.private / "queue.json").write_bytes(kept)
    Studio(two.workspace.root)
    until(works("first", "second"))


@pytest.mark.parametrize("damaged", ["", "[" * 5_000, "[1]", '{"second": 1}'])
def test_a_damaged_list_of_waiting_runs_is_an_empty_one(two: Studio, damaged: str) -> None:
    (two.workspace.private / "queue.json").write_text(damaged, encoding="utf-8")
    assert Studio(two.workspace.root).get("/").status_code == 200
    assert works("first")()
