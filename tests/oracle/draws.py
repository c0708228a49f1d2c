"""Random choices as pure functions of seed, stream, person and year."""

from __future__ import annotations

import hashlib


def draw(seed: int, stream: str, person: str, year: int) -> float:
    """A number in [0, 1): 52 bits of an MD5 digest.

    Args:
        seed: the run's seed.
        stream: what is decided, such as ``termination``.
        person: employee id.
        year: plan year, or 0 for a choice made once in a person's life.
    """
    digest = hashlib.md5(f"{seed}|{stream}|{person}|{year}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:13], 16) / 2**52
