"""Who is told of readings and alerts while a run lasts."""

import logging
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)

PAUSE = 300.0
"""Seconds between two alerts of one kind."""


class Listeners(list[Callable[[Any], object]]):
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


class Alerts:
    """Passes a sentence on when there was none of its kind for a while.

    Args:
        texts: takes what was passed on.
    """

    def __init__(self, texts: list[str]) -> None:
        self.listeners = Listeners()
        self._texts = texts
        self._last: dict[str, float] = {}

    def offer(self, now: float, kind: str, text: str) -> bool:
        """Take an alert; False when the user has heard of this lately."""
        last = self._last.get(kind)
        if last is not None and now - last < PAUSE:
            return False
        self._last[kind] = now
        self._texts.append(text)
        log.warning(text)
        self.listeners.tell(text)
        return True
