"""The memory manager as a run uses it: scripted readings for its decisions, real processes for its readings."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from planalign_orchestrator.adaptive_memory_manager import AdaptiveMemoryManager
from planalign_orchestrator.memory.batches import slice_need
from planalign_orchestrator.memory.leaks import LeakDetector
from planalign_orchestrator.memory.readings import MIB, Pressure, ProcessTreeProbe
from tests.unit.memory.scripted import Clock, Run

# --- batches -----------------------------------------------------------------------------------------------------


def test_the_batch_falls_at_once_at_four_fifths_of_the_budget() -> None:
    run = Run()
    run.sees(0.79)
    assert run.memory.batch_size == 1000
    run.sees(0.801)
    assert run.memory.batch_size == 500


def test_the_batch_falls_step_by_step_as_each_is_tried_and_no_further_than_100() -> None:
    run = Run()
    sizes = []
    for stage in ("FOUNDATION", "EVENT_GENERATION", "STATE_ACCUMULATION", "REPORTING"):
        run.memory.mark(stage, 2025)
        for _ in range(10):
            run.sees(0.9)
        sizes.append(run.memory.batch_size)
    assert sizes == [500, 250, 100, 100]


def test_a_smaller_batch_is_not_judged_before_it_is_used() -> None:
    run = Run()
    for _ in range(100):
        run.sees(0.9)
    assert run.memory.batch_size == 500


def test_the_batch_rises_after_a_long_calm() -> None:
    run = Run()
    run.sees(0.81)
    for _ in range(60):
        run.sees(0.2)
    assert run.memory.batch_size == 500
    for _ in range(3):
        run.sees(0.2)
    assert run.memory.batch_size == 1000


def test_a_size_that_failed_twice_is_not_tried_again() -> None:
    run = Run()
    for _ in range(2):
        run.sees(0.85)
        for _ in range(200):
            run.sees(0.2)
        run.memory.mark("EVENT_GENERATION", 2025)
    assert [change.to for change in run.memory.summary().batch_changes] == [500, 1000, 500]


def test_a_noisy_series_changes_the_batch_at_most_once() -> None:
    run = Run()
    for i in range(1000):
        run.memory.mark("EVENT_GENERATION", 2025) if i == 500 else None
        run.sees(0.82 if i % 2 else 0.77)
    assert len(run.memory.summary().batch_changes) == 2  # one for each stage that saw it


def test_running_out_of_memory_steps_down_for_good_and_ends_below_the_smallest() -> None:
    run = Run()
    assert [run.memory.on_out_of_memory() for _ in range(5)] == [1000, 500, 250, 100, None]
    for _ in range(1000):
        run.sees(0.1)
    assert run.memory.batch_size == 100


def test_before_the_batch_gets_smaller_the_database_gets_its_whole_share() -> None:
    memory = Run(budget_gb=4, batch_size=250).memory
    assert memory.duckdb_memory_limit_bytes == slice_need(250) < memory.shares.duckdb
    assert memory.on_out_of_memory() == 250
    assert memory.duckdb_memory_limit_bytes == memory.shares.duckdb
    assert memory.summary().batch_changes == []
    assert memory.on_out_of_memory() == 100


def test_a_database_that_has_its_whole_share_gets_smaller_batches_at_once() -> None:
    memory = Run(budget_gb=1, batch_size=1000).memory
    assert memory.duckdb_memory_limit_bytes == memory.shares.duckdb < slice_need(1000)
    assert memory.on_out_of_memory() == 500


def test_a_batch_of_ones_own_falls_to_the_usual_sizes() -> None:
    assert [Run(batch_size=300).memory.on_out_of_memory(), Run(batch_size=50).memory.on_out_of_memory()] == [300, 50]
    large, small = Run(budget_gb=0.5, batch_size=300).memory, Run(budget_gb=0.3, batch_size=50).memory
    assert [large.on_out_of_memory(), small.on_out_of_memory()] == [250, None]


# --- garbage, alerts, hooks ----------------------------------------------------------------------------------------


def test_garbage_is_collected_from_five_eighths_on_and_not_again_for_a_while() -> None:
    run = Run()
    run.sees(0.62)
    assert run.memory.summary().collections == 0
    for _ in range(61):
        run.sees(0.63)
    assert run.memory.summary().collections == 3


def test_what_a_collection_frees_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run()

    def collect() -> int:
        run.probe.says(0.5 * run.budget_mb)
        return 7

    monkeypatch.setattr("gc.collect", collect)
    run.sees(0.75)
    assert run.memory.summary().collected_mb == 1024


def test_alerts_are_rare() -> None:
    run = Run()
    heard: list[str] = []
    run.memory.add_alert_hook(heard.append)
    for _ in range(600):
        run.sees(0.95)
    assert sum("nearly used up" in text for text in heard) == 2  # ten minutes, one in five
    assert sum("batches of 500" in text for text in heard) == 1
    assert heard == run.memory.summary().alerts


def test_an_ordinary_run_says_nothing() -> None:
    run = Run()
    heard: list[str] = []
    run.memory.add_alert_hook(heard.append)
    for year in range(2025, 2035):
        for stage in ("FOUNDATION", "EVENT_GENERATION", "STATE_ACCUMULATION"):
            run.memory.mark(stage, year)
            for share in (0.1, 0.3, 0.68, 0.4):
                run.sees(share, seconds=10)
    summary = run.memory.summary()
    assert (heard, summary.batch_changes, summary.leaks) == ([], [], [])


def test_a_reading_says_where_in_the_run_it_was_taken() -> None:
    run = Run()
    run.memory.mark("EVENT_GENERATION", 2026)
    run.memory.mark("EVENT_GENERATION", 2026, "int_merit_events")
    last = run.sees(0.6, seconds=5)
    assert run.memory.summary().readings == 3
    assert (last.seconds, last.year, last.stage, last.model) == (5.0, 2026, "EVENT_GENERATION", "int_merit_events")
    assert last.level is Pressure.MODERATE
    assert last.tree_mb == pytest.approx(0.6 * 4096, abs=0.1)


def test_a_hook_that_fails_is_named_and_the_run_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    run = Run()
    calls = []

    def broken(text: str) -> None:
        calls.append(text)
        raise ValueError("no such chart")

    run.memory.add_alert_hook(broken)
    with caplog.at_level(logging.ERROR):
        run.sees(0.95, seconds=400)
        run.sees(0.95, seconds=400)
    assert len(run.memory.summary().alerts) > 1
    assert len(calls) == 1
    assert "broken" in caplog.text and "no such chart" in caplog.text


# --- leaks ---------------------------------------------------------------------------------------------------------


def simulate_years(run: Run, after_stage: Callable[[int], float], *, stages: int = 100, seconds: float = 10) -> None:
    """Stages in which memory triples, and after each the share of the budget that ``after_stage`` says."""
    for i in range(stages):
        run.memory.mark(f"STAGE {i % 6}", 2025 + i // 6)
        run.sees(min(0.6, 3 * after_stage(i)), seconds=seconds)
        run.probe.says(after_stage(i) * run.budget_mb)


def test_growth_within_stages_is_work() -> None:
    run = Run()
    for stage in range(3):
        run.memory.mark(f"STAGE {stage}", 2025)
        for second in range(1500):
            run.sees(0.05 + second / 3000)
        run.probe.says(200)
    assert run.memory.summary().leaks == []


def test_growth_that_stays_after_stages_is_a_leak_and_said_once() -> None:
    run = Run()
    simulate_years(run, lambda i: 0.05 + 0.003 * i)
    leaks = run.memory.summary().leaks
    assert sum("15.0 minutes" in leak for leak in leaks) == 1
    assert any(" years " in leak for leak in leaks)
    assert len([advice for advice in run.memory.summary().advice if "grows for good" in advice.text]) == 1


def test_memory_that_is_given_back_after_stages_is_no_leak() -> None:
    run = Run()
    simulate_years(run, lambda i: 0.05 + 0.01 * (i % 6))
    assert run.memory.summary().leaks == []


# --- what is on record -----------------------------------------------------------------------------------------------


def test_a_reading_counts_for_what_has_just_ended() -> None:
    run = Run()
    run.memory.mark("EVENT_GENERATION", 2025)
    run.memory.mark("EVENT_GENERATION", 2025, "int_merit_events")
    run.probe.says(900)
    run.memory.mark("EVENT_GENERATION", 2025, "int_promotion_events")
    run.probe.says(700)
    run.memory.mark("STATE_ACCUMULATION", 2025)
    stages = run.memory.summary().stages
    assert stages[0].models == {"int_merit_events": 900, "int_promotion_events": 700}
    assert stages[0].peak_mb == 900
    assert run.memory.stage_peak_mb("EVENT_GENERATION", 2025) == 900


def test_the_peak_of_a_repeated_stage_is_the_highest_of_its_attempts() -> None:
    run = Run()
    run.memory.mark("EVENT_GENERATION", 2025)
    run.sees(0.7)
    run.memory.on_out_of_memory()
    run.memory.on_out_of_memory()
    run.probe.says(100)
    run.memory.mark("EVENT_GENERATION", 2025)
    assert run.memory.stage_peak_mb("EVENT_GENERATION", 2025) == pytest.approx(0.7 * 4096, abs=0.1)
    assert [stage.batch_size for stage in run.memory.summary().stages] == [1000, 500]


def test_each_ended_model_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    run = Run()
    with caplog.at_level(logging.INFO):
        run.memory.mark("EVENT_GENERATION", 2025)
        run.memory.mark("EVENT_GENERATION", 2025, "int_merit_events")
        run.probe.says(321)
        run.memory.mark("STATE_ACCUMULATION", 2025)
    assert "2025 EVENT_GENERATION int_merit_events: 321 MiB, peak 321 MiB" in caplog.messages


# --- real processes ---------------------------------------------------------------------------------------------------

GROWING_CHILD = """
import sys
kept = []
for line in sys.stdin:
    size, what = line.split()
    taken = b"x" * (int(size) << 20)
    if what == "keep":
        kept.append(taken)
    del taken
    print("done", flush=True)
"""


class Child:
    """A process that takes as much memory as it is told to."""

    def __init__(self) -> None:
        # Measured for coverage, the child would weigh some twenty megabytes more.
        unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", GROWING_CHILD],
            env=unmeasured,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def grow(self, mb: int, *, keep: bool = True) -> None:
        """Take memory; give it back at once unless it is to be kept."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{mb} {'keep' if keep else 'drop'}\n")
        self.process.stdin.flush()
        self.process.stdout.readline()


@pytest.fixture
def child() -> Iterator[Child]:
    child = Child()
    child.grow(0)  # its interpreter has started, and takes no more from then on
    yield child
    child.process.kill()
    child.process.communicate()


def test_memory_of_a_child_is_counted(child: Child) -> None:
    probe = ProcessTreeProbe()
    before = probe.full()
    child.grow(120)
    after = probe.full()
    assert (after.tree_bytes - before.tree_bytes) / MIB == pytest.approx(120, abs=15)
    assert after.processes >= 2


def test_memory_of_a_child_that_ends_is_no_longer_counted(child: Child) -> None:
    child.grow(120)
    probe = ProcessTreeProbe()
    before = probe.full()
    child.process.kill()
    child.process.wait()
    assert (before.tree_bytes - probe.full().tree_bytes) / MIB > 100


def test_another_process_can_be_watched(child: Child) -> None:
    probe = ProcessTreeProbe(child.process.pid)
    before = probe.full()
    child.grow(80)
    assert (probe.full().tree_bytes - before.tree_bytes) / MIB == pytest.approx(80, abs=15)


@pytest.mark.skipif(sys.platform == "darwin", reason="the system tells a peak of the calling process only")
def test_a_peak_between_two_readings_is_not_missed(child: Child) -> None:
    probe = ProcessTreeProbe(child.process.pid)
    before = probe.full()
    child.grow(100, keep=False)
    after = probe.full()
    assert (after.tree_bytes - before.tree_bytes) / MIB < 20
    assert (after.peak_bytes - before.tree_bytes) / MIB == pytest.approx(100, abs=15)
    assert probe.full().peak_bytes < after.peak_bytes  # said once


def test_a_growing_child_changes_the_batch_and_the_database_limit(child: Child) -> None:
    used_gb = ProcessTreeProbe().full().tree_bytes / 2**30
    with AdaptiveMemoryManager(budget_gb=used_gb + 0.25, batch_size=1000, interval=0.02) as memory:
        memory.mark("EVENT_GENERATION", 2025)
        limit = memory.duckdb_memory_limit_bytes
        assert memory.batch_size == 1000
        child.grow(230)
        _wait_until(lambda: memory.batch_size < 1000)
        assert memory.batch_size == 500
        assert memory.sample().level >= Pressure.HIGH
        assert memory.duckdb_memory_limit_bytes <= limit
    assert memory.summary().peak.mb > used_gb * 1024 + 200


def test_a_real_leak_is_found_and_a_real_plateau_is_not(child: Child) -> None:
    """Grown in real memory and read by the real probe; only the time between two readings is made up."""
    for step_mb, expected in ((4, True), (0, False)):
        clock = Clock()
        memory = AdaptiveMemoryManager(
            budget_gb=64,
            batch_size=500,
            leaks=LeakDetector(40 * MIB, 15),
            probe=ProcessTreeProbe(child.process.pid),
            clock=clock,
        )
        for _ in range(18):
            if step_mb:
                child.grow(step_mb)
            memory.sample()
            clock.now += 1.0
        assert bool(memory.summary().leaks) is expected


def test_the_cost_of_watching_is_measured() -> None:
    with AdaptiveMemoryManager(budget_gb=64, batch_size=500, interval=0.05) as memory:
        _wait_until(lambda: memory.summary().readings >= 4)
    assert 0 < memory.summary().sampling_percent < 20


def test_the_thread_ends_with_the_block() -> None:
    import threading

    with AdaptiveMemoryManager(budget_gb=64, batch_size=500, interval=0.01):
        assert "memory" in {thread.name for thread in threading.enumerate()}
    assert "memory" not in {thread.name for thread in threading.enumerate()}


def test_what_the_database_spills_is_seen(tmp_path: Path) -> None:
    probe = ProcessTreeProbe(spill_folder=tmp_path / "tmp")
    assert probe.full().spilled_bytes == 0
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp" / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"x" * 5000)
    assert probe.full().spilled_bytes == 5000


def _wait_until(holds: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.01)
