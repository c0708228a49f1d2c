"""How many employees a run handles at once: smaller under pressure, larger again only after a long calm."""

from __future__ import annotations

from planalign_orchestrator.config.levels import LEVELS

BATCH_SIZES = tuple(sorted({level.batch_size for level in LEVELS.values()}, reverse=True))
"""The sizes to fall back to, in thousands of employees."""


class BatchLadder:
    """The batch size in force, and the steps below it.

    Args:
        first: thousands of employees, as the settings say; it is never exceeded.
    """

    def __init__(self, first: int) -> None:
        self.steps = (first, *(size for size in BATCH_SIZES if size < first))
        self._position = 0
        self._highest = 0  # the position of the largest step that may still be used
        self._raised = False
        self._tried = True

    @property
    def size(self) -> int:
        """Thousands of employees for the next slice."""
        return self.steps[self._position]

    def begin(self) -> None:
        """Note that work with the present size begins: only then can another step down be judged."""
        self._tried = True

    def step_down(self) -> int | None:
        """Take the next smaller size; None when there is none, or the present one has not been tried yet."""
        if not self._tried or self._position + 1 == len(self.steps):
            return None
        return self._down()

    def give_up_size(self) -> int | None:
        """Take the next smaller size for good, after the present one has run out of memory; None below the smallest."""
        if self._position + 1 == len(self.steps):
            return None
        self._highest = self._position + 1
        return self._down()

    def step_up(self) -> int | None:
        """Take the next larger size, unless it has failed before; None when there is none."""
        if self._position <= self._highest:
            return None
        self._position -= 1
        self._raised = self._tried = True
        return self.size

    def _down(self) -> int:
        self._position += 1
        if self._raised:  # the larger size was tried a second time and failed again: not a third time
            self._highest = max(self._highest, self._position)
        self._raised = self._tried = False
        return self.size
