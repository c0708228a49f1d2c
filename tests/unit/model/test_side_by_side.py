"""Models built side by side give the same tables, and Ctrl-C stops the statements of all of them."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from planalign_orchestrator.errors import ModelError
from planalign_orchestrator.model import side_by_side
from tests.unit.model.own_model import PROBING, OwnModel

ENDLESS = "{{ config(materialized='table') }} select sum(sin(i)) as found from range(1000000000000) as r(i)"


@pytest.fixture
def hearing_ctrl_c() -> Iterator[None]:
    """As in a terminal: what a shell starts in the background is deaf to Ctrl-C, so the tests may be too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_model_waits_for_what_it_reads(tmp_path: Path) -> None:
    own = OwnModel(
        tmp_path,
        "{{ config(materialized='table') }} from {{ ref('left') }} join {{ ref('right') }} using (i)",
        threads=2,
        models__probe__left="{{ config(materialized='table') }} select 1 as i, 2 as l",
        models__probe__right="{{ config(materialized='table') }} select 1 as i, 3 as r",
    )
    assert own.build() == [{"i": 1, "l": 2, "r": 3}]


def test_a_failure_stops_what_runs_beside_it(tmp_path: Path) -> None:
    own = OwnModel(tmp_path, ENDLESS, threads=2, models__probe__other="select nothing_of_this_name")
    with pytest.raises(ModelError, match="model other failed"):
        own.build()


@pytest.mark.skipif(sys.platform == "win32", reason="a signal cannot be sent to one thread")
def test_ctrl_c_stops_the_statements_of_all_threads(tmp_path: Path, hearing_ctrl_c: None) -> None:
    builder = OwnModel(tmp_path, ENDLESS, threads=2, models__probe__other=ENDLESS).builder()
    both_run = threading.Barrier(2)

    def press_ctrl_c_when_both_run(name: str, state: str) -> None:
        if state == "started" and both_run.wait(timeout=60) == 0:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        builder.build(PROBING, {}, listener=press_ctrl_c_when_both_run)
    assert not builder.database.is_open


def test_another_ctrl_c_while_statements_are_being_stopped_asks_for_the_same() -> None:
    stopped = threading.Event()
    pressed: list[str] = []

    class Cursor:
        def interrupt(self) -> None:
            pressed.append("interrupt")
            if len(pressed) == 1:
                raise KeyboardInterrupt
            if len(pressed) == 3:
                stopped.set()

    pool = ThreadPoolExecutor(1)
    step = pool.submit(stopped.wait, 60)
    side_by_side._stop(pool, {"a model": Cursor()})  # type: ignore[dict-item]
    assert step.done() and len(pressed) >= 3


@pytest.mark.parametrize("last", [1, 2])
def test_ctrl_c_while_a_statement_is_being_begun_stops_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    builder = OwnModel(tmp_path, ENDLESS, threads=2, models__probe__other=ENDLESS).builder()
    begun = []

    class Interrupted(ThreadPoolExecutor):
        def submit(self, *arguments: Any, **named: Any) -> Any:
            begun.append(super().submit(*arguments, **named))
            if len(begun) == last:
                raise KeyboardInterrupt  # after it has begun, and before anybody has noted that
            return begun[-1]

    monkeypatch.setattr(side_by_side, "ThreadPoolExecutor", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        builder.build(PROBING, {})
    assert all(step.done() for step in begun)
