"""Garbage collection under pressure, with a pause between two, and an account of what it freed."""

from __future__ import annotations

import gc
from collections.abc import Callable

from planalign_orchestrator.memory.pressure import COLLECT_AT


class GarbageCollector:
    """Collects garbage when memory is short.

    Args:
        tree_bytes: tells the memory in use now.
        cool_down: seconds between two collections; one costs a tenth of a second and soon finds nothing more.
        collect: what collects.
    """

    def __init__(
        self, tree_bytes: Callable[[], int], cool_down: float = 30.0, collect: Callable[[], int] = gc.collect
    ) -> None:
        self.count = 0
        self.freed_bytes = 0
        self._tree_bytes = tree_bytes
        self._cool_down = cool_down
        self._collect = collect
        self._last: float | None = None

    def collect_if_due(self, now: float, share: float) -> int | None:
        """Collect when the share of the budget calls for it; returns the bytes freed, None when nothing was done."""
        if share < COLLECT_AT or (self._last is not None and now - self._last < self._cool_down):
            return None
        before = self._tree_bytes()
        self._collect()
        freed = max(0, before - self._tree_bytes())
        self._last = now
        self.count += 1
        self.freed_bytes += freed
        return freed
