"""Who does the work makes no difference, and a worker that dies costs its pack a further try."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from planalign_orchestrator.child_process import isolated
from planalign_orchestrator.errors import NetworkError
from planalign_orchestrator.measurement.outside import observe
from planalign_orchestrator.memory.readings import GIB
from planalign_orchestrator.sweep import store, sweeping, work
from planalign_orchestrator.sweep.file import SweepFile
from planalign_orchestrator.sweep.sweeping import OWN_MIB
from planalign_orchestrator.sweep.workers import MOST_TRIES, Alone, Cluster, Crew, Processes
from tests.sweep.books import YEARS, book, results, sweep_of

pytestmark = pytest.mark.slow


def dies(task: tuple[Path, int]) -> str:
    """Ends its worker so many times, then works."""
    folder, times = task
    tries = len(list(folder.glob(f"{times}-*")))
    (folder / f"{times}-{tries}").touch()
    if tries < times:
        os.kill(os.getpid(), signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    return f"died {times} times"


def waits(seconds: float) -> None:
    """Is busy."""
    time.sleep(seconds)


def dies_once(task: work.PackTask) -> Any:
    """Ends the first worker that simulates a pack."""
    mark = task.folder.parent / "died"
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    return work.simulate(task)


def told(crew: Crew, job: Any, tasks: list[Any]) -> list[tuple[Any, Any, bool]]:
    """What came of tasks."""
    for task in tasks:
        crew.submit(job, task)
    return [(done.task, done.value, done.lost) for done in crew.as_completed()]


def test_a_task_that_kills_its_worker_is_tried_three_times_and_the_others_are_done(tmp_path: Path) -> None:
    crew = Processes(2)
    try:
        found = told(crew, dies, [(tmp_path, times) for times in (0, 1, MOST_TRIES, 2)])
    finally:
        crew.close()
    assert {task[1]: (value, lost) for task, value, lost in found} == {
        0: ("died 0 times", False), 1: ("died 1 times", False), 2: ("died 2 times", False), MOST_TRIES: (None, True),
    }  # fmt: skip


def test_a_process_with_nothing_to_do_begins_at_once(tmp_path: Path) -> None:
    crew = Processes(1)
    try:
        for _ in range(2):
            crew.submit(dies, (tmp_path, 0))
        deadline = time.monotonic() + 60
        while not (begun := (tmp_path / "0-0").exists()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert begun and len(list(crew.as_completed())) == 2
    finally:
        crew.close()


def test_closing_ends_what_is_being_worked_on() -> None:
    crew = Processes(1)
    begun = time.monotonic()
    told(crew, waits, [0.0])
    crew.submit(waits, 600.0)
    crew.close()
    assert time.monotonic() - begun < 300


def test_one_worker_and_two_of_which_one_dies_leave_equal_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = SweepFile(set=YEARS, seeds=2, plans=book(tmp_path / "book", [5, 8]))
    alone = sweep_of(tmp_path / "one", file, crew=Alone(), mib=OWN_MIB)
    monkeypatch.setattr(sweeping, "simulate", dies_once)
    (tmp_path / "two" / "sweep").mkdir(parents=True)
    two = sweep_of(tmp_path / "two", file, crew=Processes(2), mib=OWN_MIB)
    assert (two.folder.root / "died").exists() and not two.failures
    assert results(alone) == results(two)
    files = [path.relative_to(alone.folder.root) for path in sorted(alone.folder.root.rglob("*.parquet"))]
    assert files == [path.relative_to(two.folder.root) for path in sorted(two.folder.root.rglob("*.parquet"))]
    assert all((alone.folder.root / path).read_bytes() == (two.folder.root / path).read_bytes() for path in files)


def test_a_dask_cluster_leaves_them_too(tmp_path: Path) -> None:
    from distributed import LocalCluster

    file = SweepFile(set=YEARS, seeds=2, plans=book(tmp_path / "book", [5]))
    alone = sweep_of(tmp_path / "one", file)
    with LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", local_directory=str(tmp_path)
    ) as cluster:
        dask = sweep_of(tmp_path / "dask", file, crew=Cluster(cluster.scheduler_address))
    assert results(alone) == results(dask)


def test_a_scheduler_that_goes_is_told_of_and_nobody_waits_for_it(tmp_path: Path) -> None:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", local_directory=str(tmp_path)
    ) as cluster:
        crew = Cluster(cluster.scheduler_address)
        crew.submit(waits, 600.0)
    try:
        with pytest.raises(NetworkError, match="the scheduler is gone"):
            list(crew.as_completed())
    finally:
        crew.close()


def test_a_scheduler_that_does_not_answer_is_told_of_at_once() -> None:
    with pytest.raises(NetworkError, match=r"nobody answers at tcp://127\.0\.0\.1:9"):
        Cluster("tcp://127.0.0.1:9")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit for a tree of processes")
def test_all_workers_together_stay_within_the_budget_as_the_kernel_sees_it(tmp_path: Path) -> None:
    book(tmp_path / "plans", [30] * 40)
    (tmp_path / "book.yaml").write_text(f"set: {YEARS}\nseeds: 2\nplans: plans\n".replace("'", ""))
    words = ["sweep", "book.yaml", "--quiet", "--workers", "2", "--memory-limit-gb", "0.5"]
    seen = observe(isolated("planalign_orchestrator", *words), tmp_path, memory_limit_bytes=GIB // 2)
    if seen.judge == "address space":
        pytest.skip("no control group can be made here, and half a GiB of addresses is too little for the libraries")
    assert (seen.exit_code, seen.kills) == (0, 0), seen
    assert len(list((tmp_path / "runs" / "book" / "parts" / store.SUMMARY).iterdir())) > 2  # packs, side by side
