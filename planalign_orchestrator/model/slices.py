"""Slices of the population: a sliced model is built for some people at a time, so that its working set has a bound
whatever the size of the census. Its SQL names the column with the slice key (macros ``in_slice`` and
``in_slice_of_values``); the bounds are variables of the connection."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil

EVERYBODY = 2**31 - 1
"""The last key that a slice can end with."""

_BOUNDS = ("slice_from", "slice_to", "people_in_slices", "values_from", "values_to")
EVERYBODY_AGAIN = "; ".join(f"reset variable {name}" for name in _BOUNDS)
"""Statements after the last slice, as others are built with the same connection."""

_PEOPLE_A_SHARE = 600_000
"""What must be unique over everybody is looked at in shares of the values; all are read for each, so shares are few."""


@dataclass(frozen=True)
class People:
    """Those whom a model is built for.

    Args:
        last_key: of them; 0 when they are not divided.
        rows: how many they are.
    """

    last_key: int = 0
    rows: int = 0


@dataclass(frozen=True)
class Slice:
    """The people, and the shares of values, that are looked at together.

    Args:
        people: all of them.
        first, last: the keys of the slice.
    """

    people: People
    first: int
    last: int

    @property
    def values(self) -> tuple[int, int]:
        """First and last of the values: none, or one share or several; the slice in which a share ends looks at it."""
        keys = self.people.last_key
        share = max(ceil(keys / max(ceil(self.people.rows / _PEOPLE_A_SHARE), 1)), 1)
        first = (self.first - 1) // share * share + 1 if self.first else 0
        return first, self.last if self.last >= keys else self.last // share * share

    @property
    def sql(self) -> str:
        """Statements that tell the macros, which take everybody where nothing is said: each takes a tenth of a ms."""
        if self.first == 0:
            return ""
        bounds = zip(_BOUNDS, (self.first, self.last, self.people.last_key, *self.values), strict=True)
        return "".join(f"set variable {name} = {value}; " for name, value in bounds)


def slices(people: People, batch_size: Callable[[], float]) -> Iterator[Slice]:
    """The slices of the people, one after another.

    Args:
        people: to be divided.
        batch_size: thousands of people at once; asked for before each slice, because memory may have become short
            while the one before was built.
    """
    built = 0
    while built < people.last_key:
        size = max(int(batch_size() * 1000), 1)
        if people.last_key - built <= size:
            break
        yield Slice(people, built + 1, built + size)
        built += size
    yield Slice(people, built + 1 if built else 0, EVERYBODY)
