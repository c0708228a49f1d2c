"""Shows adaptive memory at work, with memory that is really taken and given back: 400 MiB for a quarter of a minute.

A child process plays a run that needs too much. The clock of the manager runs fifteen times as fast as yours, so that
the minute and a half of calm before a batch grows again passes in seconds; the readings are real.
"""

from __future__ import annotations

import subprocess
import sys
import time

from planalign_orchestrator.adaptive_memory_manager import AdaptiveMemoryManager
from planalign_orchestrator.memory.readings import MIB, ProcessTreeProbe, Reading

ROOM_MB = 400
CLOCK_SPEED = 15
CHILD = """
import sys
kept = b""
for line in sys.stdin:
    kept = b""
    kept = b"x" * (int(line) << 20)
    print(len(kept), flush=True)
"""


class Work:
    """A child process that holds as much memory as it is told to."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def hold(self, mb: int, seconds: float) -> None:
        """Hold so much for a while."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{mb}\n")
        self.process.stdin.flush()
        self.process.stdout.readline()
        time.sleep(seconds)

    def end(self) -> None:
        """End the process."""
        self.process.communicate()


class Printer:
    """Prints a reading when something changed."""

    def __init__(self, memory: AdaptiveMemoryManager) -> None:
        self._memory = memory
        self._shown: tuple[object, ...] = ()

    def __call__(self, reading: Reading) -> None:
        memory = self._memory
        state = (reading.stage, reading.level, memory.batch_size)
        if state != self._shown:
            self._shown = state
            print(
                f"{reading.seconds:5.0f} s  {reading.tree_mb:4.0f} MiB  {reading.share:4.0%}  {reading.level.name:<8}  "
                f"batch {memory.batch_size:>4} thousand  DuckDB {memory.duckdb_memory_limit_bytes / MIB:4.0f} MiB  "
                f"{reading.stage or ''}"
            )


def make_garbage(mb: int) -> None:
    """Leave memory behind that only a garbage collection gives back."""
    ring: list[object] = [bytearray(mb * MIB)]
    ring.append(ring)


def main() -> None:
    """Run the demonstration."""
    work = Work()
    budget_mb = ProcessTreeProbe().full().tree_bytes / MIB + ROOM_MB
    print(f"budget {budget_mb:.0f} MiB: {ROOM_MB} more than this process and its child use now\n")
    began = time.monotonic()
    memory = AdaptiveMemoryManager(
        budget_mb / 1024, 1000, interval=0.1, clock=lambda: (time.monotonic() - began) * CLOCK_SPEED
    )
    memory.add_alert_hook(lambda text: print(f"         alert: {text}"))
    memory.add_profiling_hook(Printer(memory))
    with memory:
        memory.mark("FOUNDATION", 2025)
        work.hold(120, seconds=1)
        make_garbage(80)
        memory.mark("EVENT_GENERATION", 2025)
        work.hold(340, seconds=1.5)
        memory.mark("STATE_ACCUMULATION", 2025)
        work.hold(20, seconds=8)
        memory.mark("REPORTING", 2025)
        work.hold(20, seconds=0.5)
        print("         memory runs out, as DuckDB would say:", memory.on_out_of_memory(), "thousand from now on")
    work.end()
    show(memory)


def show(memory: AdaptiveMemoryManager) -> None:
    """Print what was seen."""
    summary = memory.summary()
    print(f"\npeak {summary.peak.mb:.0f} MiB in {summary.peak.stage}; kernel, this process alone: ", end="")
    print(f"{summary.kernel_peak_mb:.0f} MiB" if summary.kernel_peak_mb else "unknown")
    print(f"garbage collections: {summary.collections}, freed {summary.collected_mb:.0f} MiB")
    for change in summary.batch_changes:
        print(f"{change.seconds:5.0f} s  batches of {change.to} thousand: {change.why}")
    for advice in summary.advice:
        value = "" if advice.value is None else f" = {advice.value}"
        print(f"advice: {advice.text}\n  seen: {advice.evidence}\n  setting: {advice.setting}{value}")


if __name__ == "__main__":
    main()
