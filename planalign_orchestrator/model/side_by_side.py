"""Carries out steps in the order of what they need, one by one or some at a time, and stops them on Ctrl-C."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from graphlib import TopologicalSorter

import duckdb

_PATIENCE = 0.05
"""Seconds until an interruption is repeated: one that falls between two statements of a step is lost."""

_A_WHILE = 0.5
"""Seconds: on Windows somebody who waits for good does not hear of Ctrl-C."""

Needs = Mapping[str, Sequence[str]]
"""What each step needs done before it; in the order of these the steps are done, so no set, which has none."""


def in_order(needs: Needs) -> list[str]:
    """The steps, those first that others need."""
    return list(TopologicalSorter(needs).static_order())


def carry_out(
    needs: Needs, step: Callable[[str], None], threads: int, cursors: Mapping[str, duckdb.DuckDBPyConnection]
) -> None:
    """Carry out all steps; after one has failed none is begun, and those that run are interrupted.

    Args:
        needs: what each step needs.
        step: does one.
        threads: steps at a time.
        cursors: what the steps that run now execute statements with.
    """
    if threads == 1:
        for name in in_order(needs):
            step(name)
        return
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    pool = ThreadPoolExecutor(threads)
    try:
        running: dict[Future[None], str] = {}
        while sorter.is_active():
            running |= {pool.submit(step, name): name for name in sorter.get_ready()}
            done, _ = wait(running, timeout=_A_WHILE, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
                sorter.done(running.pop(future))
    finally:
        _stop(pool, cursors)


def _stop(pool: Executor, cursors: Mapping[str, duckdb.DuckDBPyConnection]) -> None:
    """End a pool, interrupting the statements of steps until none is left; another Ctrl-C asks for the same.

    The pool itself says when it has ended: Ctrl-C may have come before anybody knew of what it had begun.
    """
    ending = threading.Thread(target=pool.shutdown, kwargs={"cancel_futures": True})
    ending.start()
    while ending.is_alive():
        try:
            ending.join(_PATIENCE)
            for cursor in list(cursors.values()):
                with suppress(duckdb.Error):  # its step has just come to its end
                    cursor.interrupt()
        except KeyboardInterrupt:
            continue
