"""Who does the work: three calls (submit, as_completed, close), in this process, in others, or on a Dask cluster."""

import os
import signal
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from planalign_orchestrator.errors import ConfigurationError, NetworkError, instead_of

MOST_TRIES = 3
"""So often a task may kill its worker."""
_PROBE_SECONDS = 5.0

Work = Callable[[Any], Any]


@dataclass(frozen=True)
class Done:
    """A task that is over.

    Args:
        task: what was asked for.
        value: what came of it.
        lost: it killed its worker too often.
    """

    task: Any
    value: Any = None
    lost: bool = False


class Alone:
    """Works in this process, in the order in which tasks came."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Work, Any]] = deque()

    def submit(self, work: Work, task: Any) -> None:
        """Have a task done."""
        self._waiting.append((work, task))

    def as_completed(self) -> Iterator[Done]:
        """Do what is waiting."""
        while self._waiting:
            work, task = self._waiting.popleft()
            yield Done(task, work(task))

    def close(self) -> None:
        """Forget what is waiting."""
        self._waiting.clear()


class Processes:
    """Worker processes of this machine; each is a pool of its own, so that one that dies says what it was doing.

    Args:
        number: of processes.
    """

    def __init__(self, number: int) -> None:
        self._context = get_context("spawn")
        # Closing it, however that happens, ends the workers. A shared event would not do: one that waits for it and is
        # killed leaves it unusable.
        self._listening, self._alive = self._context.Pipe(duplex=False)
        self._idle = [self._start() for _ in range(number)]
        self._waiting: deque[tuple[Work, Any, int]] = deque()
        self._running: dict[Future[Any], tuple[ProcessPoolExecutor, Work, Any, int]] = {}
        self._over: deque[Done] = deque()

    def submit(self, work: Work, task: Any) -> None:
        """Have a task done, at once if a process has nothing to do."""
        self._waiting.append((work, task, 1))
        self._look_around(0)

    def as_completed(self) -> Iterator[Done]:
        """Keep every process busy until nothing is left."""
        while self._over or self._waiting or self._running:
            if not self._over:
                self._look_around()
            while self._over:
                yield self._over.popleft()

    def _look_around(self, seconds: float | None = None) -> None:
        """Wait until a task is over, not longer than this, and give idle processes something to do."""
        for future in wait(self._running, seconds, return_when=FIRST_COMPLETED).done:
            pool, work, task, tries = self._running.pop(future)
            if not isinstance(future.exception(), BrokenProcessPool):
                self._idle.append(pool)
                self._over.append(Done(task, future.result()))
                continue
            pool.shutdown(wait=False)
            self._idle.append(self._start())
            if tries < MOST_TRIES:
                self._waiting.appendleft((work, task, tries + 1))
            else:
                self._over.append(Done(task, lost=True))
        while self._idle and self._waiting:
            pool, (work, task, tries) = self._idle.pop(), self._waiting.popleft()
            self._running[pool.submit(work, task)] = pool, work, task, tries

    def close(self) -> None:
        """End the processes, whatever they are doing."""
        self._alive.close()
        for pool in [*self._idle, *(pool for pool, *_ in self._running.values())]:
            pool.shutdown(wait=True, cancel_futures=True)

    def _start(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, mp_context=self._context, initializer=_end_in_time, initargs=(self._listening,))


def _end_in_time(parent: Connection) -> None:
    """In a worker: leave Ctrl-C to the parent, and end when it says so or is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        with suppress(EOFError, OSError):
            parent.recv_bytes()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


class Cluster:
    """A Dask cluster that runs already.

    Args:
        address: of its scheduler, such as ``tcp://10.0.0.5:8786``.

    Raises:
        ConfigurationError: Dask is not installed.
        NetworkError: nobody answers.
    """

    def __init__(self, address: str) -> None:
        _probe(address)
        with instead_of(ImportError, ConfigurationError.told, "no dask"):
            from distributed import Client, as_completed
        self._client = Client(address, timeout=_PROBE_SECONDS)
        self._completed = as_completed([])
        self._tasks: dict[str, Any] = {}

    def submit(self, work: Work, task: Any) -> None:
        """Have a task done; equal tasks are done again, as files may be gone since."""
        future = self._client.submit(work, task, pure=False)
        self._tasks[future.key] = task
        self._completed.add(future)

    def as_completed(self) -> Iterator[Done]:
        """What the cluster has done; a lost worker's tasks it gives to others by itself."""
        from distributed import KilledWorker

        for future in self._completed:
            task = self._tasks.pop(future.key)
            try:
                done = Done(task, future.result())
            except KilledWorker:
                done = Done(task, lost=True)
            except CancelledError as error:
                raise NetworkError.told("scheduler gone") from error
            yield done

    def close(self) -> None:
        """Let go of the cluster; what is being worked on there is canceled."""
        self._client.close()


Crew: TypeAlias = Alone | Processes | Cluster
"""Those who work: ``submit`` has a task done; ``as_completed`` says what is over, as it comes, until nothing is left,
while more may be submitted; ``close`` stops, also what is being worked on."""


def _probe(address: str) -> None:
    """Find out in time whether anybody listens: where connections are swallowed, Dask would wait for long."""
    place = urlsplit(address if "://" in address else f"tcp://{address}")
    facts = {"address": address, "seconds": _PROBE_SECONDS}
    with instead_of((OSError, ValueError), NetworkError.told, "no scheduler", **facts):
        socket.create_connection((place.hostname or "", place.port or 8786), timeout=_PROBE_SECONDS).close()


def crew_of(workers: int, scheduler: str | None) -> Crew:
    """Who works: a cluster, several processes, or this one."""
    if scheduler is not None:
        return Cluster(scheduler)
    return Processes(workers) if workers > 1 else Alone()
