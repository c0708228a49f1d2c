"""Keeps a run within its memory budget: watches the process tree, and makes the next slice smaller before memory ends.

    with AdaptiveMemoryManager(budget_gb=4, batch_size=500) as memory:
        memory.mark("EVENT_GENERATION", 2025)
        build(batch_size=memory.batch_size, memory_limit=memory.duckdb_memory_limit_bytes)
    memory.summary()

Readings come once a second from a thread of its own, and at every mark. What is done about them is decided in one
place, ``_decide``; the parts (pressure, batches, leaks, advice …) are in the package ``memory``.
"""

import gc
import logging
import threading
import time
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

from planalign_orchestrator.memory import batches, readings
from planalign_orchestrator.memory.leaks import LeakDetector, growth_that_counts
from planalign_orchestrator.memory.record import Change, MemorySummary, StageMemory, advise

log = logging.getLogger(__name__)

INTERVAL = 1.0
"""Seconds between two readings."""

LARGEST_COST = 0.005
"""Share of a processor that reading may cost; where it costs more (many processes), readings become rarer."""

BETWEEN_COLLECTIONS = 30.0
"""Seconds between two garbage collections; one costs a tenth of a second and soon finds nothing more."""

BETWEEN_ALERTS = 300.0
"""Seconds between two alerts of one kind."""

CALM_BEFORE_RISE = 60.0
"""Seconds without any pressure before the batch size rises again."""


class _Listeners(list[Callable[[Any], object]]):
    """Functions that are called with each message."""

    def tell(self, message: object) -> None:
        """Hand out a message; a hook that raises is logged and not called again."""
        for hook in list(self):
            try:
                hook(message)
            except Exception:
                # A measuring device must not end the run that it measures; the log has what it raised.
                log.exception("memory hook %r failed and is not called again", hook)
                self.remove(hook)


class AdaptiveMemoryManager:
    """Watches the memory of a run and decides batch size and database limit.

    Args:
        budget_gb: GiB for the whole process tree.
        batch_size: thousands of employees at a time; the size may fall below it and never rises above.
        spill_folder: where the database spills to; watched, when given.
        leaks: looks for growth that lasts: 800 MiB in 15 minutes, or a fifth of a small budget.
        interval: seconds between two readings.
        probe: where readings come from; this process and its children.
        clock: tells seconds.
    """

    def __init__(
        self,
        budget_gb: float,
        batch_size: int,
        *,
        spill_folder: Path | None = None,
        leaks: LeakDetector | None = None,
        interval: float = INTERVAL,
        probe: readings.ProcessTreeProbe | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.budget_bytes = int(budget_gb * readings.GIB)
        self.baseline_bytes = batches.TYPICAL_BASELINE_BYTES
        self.record = MemorySummary(round(self.budget_bytes / readings.MIB, 1), batch_size)
        """What was seen so far; whoever knows it says the population, on which advice about larger batches depends."""
        self._probe = probe or readings.ProcessTreeProbe(spill_folder=spill_folder)
        self._clock = clock
        self._interval = interval
        self._ladder = batches.BatchLadder(batch_size)
        self._leak_detector = leaks or LeakDetector(growth_that_counts(self.budget_bytes))
        self._alert_hooks = _Listeners()
        self._alerted_at: dict[str, float] = {}
        self._batch_hooks = _Listeners()
        self._overdrawn_bytes = 0
        self._slices_need_more = False
        self._calm_since: float | None = None
        self._collected_at = float("-inf")
        self._label: tuple[int | None, str | None, str | None] = (None, None, None)
        self._lock = threading.RLock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory", daemon=True)
        self._began = clock()
        self._sampling_seconds = 0.0
        self._last = self._last_full = readings.Reading(0.0, self._probe.full(), 0.0, readings.Pressure.NORMAL)

    def __enter__(self) -> "AdaptiveMemoryManager":
        self._began = self._clock()
        self.sample()
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stopped.set()
        self._thread.join()
        self.sample()

    def add_alert_hook(self, hook: Callable[[str], object]) -> None:
        """Have something called with each alert, a sentence for the user; one that raises is not called again."""
        self._alert_hooks.append(hook)

    def add_batch_hook(self, hook: Callable[[int], object]) -> None:
        """Have something called with each new batch size, from whichever thread noticed."""
        self._batch_hooks.append(hook)

    @property
    def batch_size(self) -> int:
        """Thousands of employees for the next slice."""
        return self._ladder.size

    @property
    def shares(self) -> batches.BudgetShares:
        """The budget as it is divided now: of what the system can give, less what was lately drawn beyond it."""
        snapshot = self._last.snapshot
        possible = min(self.budget_bytes, snapshot.tree_bytes + snapshot.available_bytes)
        return batches.divide_budget(possible - self._overdrawn_bytes, self.baseline_bytes)

    @property
    def duckdb_memory_limit_bytes(self) -> int:
        """What DuckDB's ``memory_limit`` should be for the next slice: what it needs, at most DuckDB's share."""
        share = self.shares.duckdb
        return share if self._slices_need_more else min(share, batches.slice_need(self.batch_size))

    @property
    def current_mb(self) -> float:
        """Memory of the process tree at the last reading, in MiB."""
        return self._last.tree_mb

    def mark(self, stage: str, year: int, model: str | None = None, *, database_is_open: bool = False) -> None:
        """Say what begins; readings are labelled with it.

        Args:
            stage: of the run.
            year: of the simulation.
            model: that is built now.
            database_is_open: between two stages, with what it keeps in memory; else a reading without a model is one
                that growth can be told by.
        """
        # The reading belongs to what has just ended.
        reading = self._read(quiet=model is None and not database_is_open)
        with self._lock:
            self._log_ended_model(reading)
            if model is None:
                self._begin_stage(reading, stage, year)
            self._label = (year, stage, model)

    def stage_peak_mb(self, stage: str, year: int) -> float:
        """The highest memory during a stage, in MiB."""
        self._read()
        return max((one.peak_mb for one in self.record.stages if (one.stage, one.year) == (stage, year)), default=0.0)

    def on_out_of_memory(self) -> int | None:
        """Take the consequence of memory that ran out.

        Returns:
            The batch size to repeat with: the same when DuckDB did not have its whole share of the budget, which it has
            from now on; else the next smaller one, for good; None below the smallest.
        """
        with self._lock:
            if self.duckdb_memory_limit_bytes < self.shares.duckdb:
                self._slices_need_more = True
                return self.batch_size
            smaller = self._ladder.step_down(for_good=True)
            if smaller is not None:
                self._changed_batch(smaller, "memory ran out")
                self._calm_since = None
        return smaller

    def sample(self) -> readings.Reading:
        """Take a full reading and act on it; the thread does so every second."""
        return self._read(full=True)

    def summary(self) -> MemorySummary:
        """What was seen, and what to change."""
        with self._lock:
            found, shares = deepcopy(self.record), self.shares
        found.python_mb, found.duckdb_mb, found.reserve_mb = (round(part / readings.MIB, 1) for part in shares)
        found.spill_seconds, found.spill_cpu_percent = round(found.spill_seconds, 1), round(found.spill_cpu_percent, 1)
        if found.seconds:
            found.sampling_percent = round(100 * self._sampling_seconds / found.seconds, 3)
        found.advice = list(advise(found))
        return found

    def _watch(self) -> None:
        pause = self._interval
        while not self._stopped.wait(pause):
            before = self._sampling_seconds
            self.sample()
            pause = max(self._interval, (self._sampling_seconds - before) / LARGEST_COST)

    def _read(self, *, full: bool = False, quiet: bool = False) -> readings.Reading:
        with self._lock:
            began = time.thread_time()
            snapshot = self._probe.full() if full else self._probe.quick()
            self._sampling_seconds += time.thread_time() - began
            share = snapshot.peak_bytes / max(1, min(self.budget_bytes, snapshot.tree_bytes + snapshot.available_bytes))
            pressure = readings.pressure_of(share)
            reading = readings.Reading(self._clock() - self._began, snapshot, share, pressure, *self._label)
            self._last = reading
            self.record.add(reading)
            if full:
                self.record.add_spill(self._last_full, reading)
                self._last_full = reading
            self._decide(reading, quiet=quiet or reading.stage is None)
        return reading

    def _decide(self, reading: readings.Reading, *, quiet: bool) -> None:
        """Act on a reading; in a quiet moment nothing runs that would explain growth."""
        self._collect_garbage(reading)
        self._raise_batch_after_calm(reading)
        self._lower_batch_under_pressure(reading)
        self._warn(reading)
        if quiet:
            pressed = reading.level >= readings.Pressure.HIGH
            leak = self._leak_detector.add(reading.seconds, reading.snapshot.tree_bytes, pressed=pressed)
            self._suspect("time", leak)

    def _collect_garbage(self, reading: readings.Reading) -> None:
        if reading.share < readings.COLLECT_AT or reading.seconds - self._collected_at < BETWEEN_COLLECTIONS:
            return
        gc.collect()
        freed = max(0.0, reading.tree_mb - self._probe.quick().tree_bytes / readings.MIB)
        self._collected_at = reading.seconds
        self.record.collections += 1
        self.record.collected_mb = round(self.record.collected_mb + freed, 1)
        log.info("garbage collection at %.0f MiB freed %.1f MiB", reading.tree_mb, freed)

    def _raise_batch_after_calm(self, reading: readings.Reading) -> None:
        if reading.level is not readings.Pressure.NORMAL:
            self._calm_since = None
        elif self._calm_since is None:
            self._calm_since = reading.seconds
        elif reading.seconds - self._calm_since >= CALM_BEFORE_RISE:
            larger = self._ladder.step_up()
            if larger is not None:
                self._calm_since = reading.seconds
                self._overdrawn_bytes = 0
                self._changed_batch(larger, f"no pressure for {CALM_BEFORE_RISE:.0f} s")

    def _lower_batch_under_pressure(self, reading: readings.Reading) -> None:
        if reading.share < readings.FALL_BACK_AT:
            return
        smaller = self._ladder.step_down()
        if smaller is None:
            return
        self._overdrawn_bytes = max(0, reading.snapshot.peak_bytes - int(readings.FALL_BACK_AT * self.budget_bytes))
        self._changed_batch(smaller, f"{reading.peak_mb:.0f} MiB in use, {reading.share:.0%} of what the run may have")
        text = f"memory is short ({reading.peak_mb:.0f} MiB): going on with batches of {smaller} thousand employees"
        self._alert("batch", text)

    def _warn(self, reading: readings.Reading) -> None:
        if reading.level is readings.Pressure.CRITICAL:
            available = reading.snapshot.available_bytes / readings.MIB
            budget = self.budget_bytes / readings.MIB
            text = f"memory is nearly used up: {reading.peak_mb:.0f} of {budget:.0f} MiB, {available:.0f} MiB free"
            remedy = "close other programs" if reading.tree_mb + available < budget else "raise the memory limit"
            self._alert("critical", f"{text}; {remedy}")

    def _suspect(self, over: str, leak: str | None) -> None:
        if leak is not None and self._alert(f"leak over {over}", leak):
            self.record.leaks.append(leak)

    def _alert(self, kind: str, text: str) -> bool:
        """Say something to the user; False when there was one of its kind lately."""
        now = self._last.seconds
        if now - self._alerted_at.get(kind, -BETWEEN_ALERTS) < BETWEEN_ALERTS:
            return False
        self._alerted_at[kind] = now
        self.record.alerts.append(text)
        log.warning(text)
        self._alert_hooks.tell(text)
        return True

    def _begin_stage(self, reading: readings.Reading, stage: str, year: int) -> None:
        before = self._label[0]
        if before is not None and year != before:
            self._suspect("years", self._leak_detector.add_year(before, reading.snapshot.tree_bytes))
        if len(self.record.stages) == 1:
            # The first stage of a run loads Python's packages; what is in use at its end is what they need.
            needed = max(batches.TYPICAL_BASELINE_BYTES, reading.snapshot.tree_bytes)
            self.baseline_bytes = min(needed, self.budget_bytes // 2)
        self._ladder.begin()
        self.record.stages.append(StageMemory(year, stage, self.batch_size))

    def _log_ended_model(self, reading: readings.Reading) -> None:
        year, stage, model = self._label
        if model is not None:
            peak = self.record.stages[-1].models[model] if self.record.stages else reading.peak_mb
            log.info("%s %s %s: %.0f MiB, peak %.0f MiB", year, stage, model, reading.tree_mb, peak)

    def _changed_batch(self, size: int, why: str) -> None:
        self.record.batch_changes.append(Change(round(self._last.seconds, 2), size, why))
        log.info("batches of %d thousand employees from now on: %s", size, why)
        self._batch_hooks.tell(size)
