"""Follows the file operations of the program, and stops it before one of them where a test wants that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from planalign_orchestrator.storage import durable

Observer = Callable[[str, str], None]
"""Is told the operation or ``fault_point``, and the file or the name of the point."""


@contextmanager
def observing(observer: Observer) -> Iterator[None]:
    """Have every file operation and fault point told to ``observer`` while the block runs."""
    before, durable.announce = durable.announce, observer
    try:
        yield
    finally:
        durable.announce = before
