"""Who is told of readings and alerts while a run lasts."""

import logging
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)


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
