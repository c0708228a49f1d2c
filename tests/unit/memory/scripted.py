"""A process, a machine and a clock that do what a test says."""

from __future__ import annotations

from dataclasses import dataclass, replace

from planalign_orchestrator.adaptive_memory_manager import AdaptiveMemoryManager
from planalign_orchestrator.memory.leaks import LeakDetector
from planalign_orchestrator.memory.readings import GIB, MIB, Reading, Snapshot


@dataclass
class Clock:
    """Seconds that pass only when told to."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


class ScriptedProbe:
    """Says what the test says.

    Args:
        tree_mb: memory of the process tree.
        available_mb: what the machine could add.
    """

    def __init__(self, tree_mb: float = 200, available_mb: float = 64 * 1024) -> None:
        self.snapshot = Snapshot(int(tree_mb * MIB), int(tree_mb * MIB), int(available_mb * MIB))

    def says(
        self,
        tree_mb: float,
        *,
        peak_mb: float = 0,
        available_mb: float | None = None,
        spilled_mb: float = 0,
        cpu_seconds: float = 0,
    ) -> None:
        """Set what the next readings give."""
        available = self.snapshot.available_bytes if available_mb is None else int(available_mb * MIB)
        self.snapshot = Snapshot(
            int(tree_mb * MIB), int(max(tree_mb, peak_mb) * MIB), available, int(spilled_mb * MIB), cpu_seconds
        )

    def full(self) -> Snapshot:
        return self.snapshot

    def quick(self) -> Snapshot:
        return replace(self.snapshot, peak_bytes=self.snapshot.tree_bytes)


class Run:
    """A manager with a scripted probe and clock: 4 GiB and batches of 1000 thousand unless told otherwise."""

    def __init__(self, budget_gb: float = 4, batch_size: int = 1000, leaks: LeakDetector | None = None) -> None:
        self.clock = Clock()
        self.probe = ScriptedProbe()
        self.budget_mb = budget_gb * GIB / MIB
        self.memory = AdaptiveMemoryManager(
            budget_gb,
            batch_size,
            probe=self.probe,
            clock=self.clock,
            leaks=leaks,
        )

    def sees(self, share: float, seconds: float = 1.0, **said: float) -> Reading:
        """Let time pass and take a reading at a share of the budget."""
        self.clock.now += seconds
        self.probe.says(share * self.budget_mb, **said)
        return self.memory.sample()
