"""What a run shows: a live line with time left and memory on a terminal, plain lines in a pipe."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from planalign_orchestrator.cli.run_display import RunDisplay
from planalign_orchestrator.config.hardware import Limits
from planalign_orchestrator.run.record import Progress
from planalign_orchestrator.run.stages import FOUNDATION, INITIALIZATION

LIMITS = Limits("low", 2.0, 250, 1, "low (lowered): 2 GiB, " + "and a reason that goes on" * 6, ("a message",))


class Memory:
    """Stands for the memory manager of a run."""

    current_mb = 345.6


def shown(capsys: pytest.CaptureFixture[str], *, verbose: bool = False) -> str:
    """What is shown of two years up to the middle of the first."""
    with RunDisplay(2025, 2026, LIMITS, verbose=verbose) as display:
        display.memory = Memory()  # type: ignore[assignment]
        display.on_progress(Progress("run", "started", text="reading the models"))
        display.refresh()
        display.on_progress(Progress("year", "started", 2025))
        display.on_progress(Progress("stage", "started", 2025, INITIALIZATION))
        display.on_progress(Progress("stage", "finished", 2025, INITIALIZATION))
        display.on_progress(Progress("stage", "started", 2025, FOUNDATION, done=1))
        display.on_progress(Progress("model", "started", 2025, FOUNDATION, "int_opening_workforce", done=1))
        display.refresh()
        for done in (2, 3):
            display.on_progress(Progress("stage", "finished", 2025, FOUNDATION, done=done))
        display.refresh()
        display.on_progress(Progress("note", "finished", text="something [odd]"))
        display.on_progress(Progress("year", "finished", 2025))
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    def make(width: int) -> None:
        monkeypatch.setenv("TTY_COMPATIBLE", "1")
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("COLUMNS", str(width))

    return make


def test_a_terminal_shows_a_live_line(terminal: Callable[[int], None], capsys: pytest.CaptureFixture[str]) -> None:
    terminal(140)
    text = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown(capsys, verbose=True))
    assert re.search(r"reading the models .*0/14 stages .* 346 of 2048 MiB", text)
    assert re.search(r"2025 FOUNDATION int_opening_workforce .*1/14 stages .*left 346 of 2048 MiB", text)
    assert re.search(r"3/14 stages .*00:0\d left 346 of 2048 MiB", text)


def test_a_narrow_terminal_keeps_the_figures(
    terminal: Callable[[int], None], capsys: pytest.CaptureFixture[str]
) -> None:
    terminal(80)
    lines = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown(capsys)).splitlines()
    assert any("3/14 stages" in line and re.search(r"00:0\d left", line) for line in lines)
    assert not any("MiB" in line for line in lines)


def test_a_pipe_gets_plain_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("TTY_COMPATIBLE", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    lines = shown(capsys).splitlines()
    assert lines[:2] == ["a message", "something [odd]"]
    assert re.fullmatch(r"2025 done in \d+\.\d s", lines[2]) and len(lines) == 3


def test_verbose_names_each_model_and_the_limits(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, verbose=True)
    assert "  2025 int_opening_workforce\n" in text and text.startswith(LIMITS.reason)
