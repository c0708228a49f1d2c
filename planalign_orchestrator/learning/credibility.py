"""How far evidence moves an assumption: limited fluctuation, and smoothing over age where evidence is thin."""

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from planalign_orchestrator.learning.intervals import Z

PRECISION = 0.05
FULL = (Z / PRECISION) ** 2
"""Events at which experience counts in full: 1 082, where a rate is within 5% with 90% probability."""
FEWEST = 5
"""Of fewer people nothing is shown or used by itself: it would be about persons."""

_STIFFNESS = 20.0
"""Expected events at which a cell counts as much as the tie to each of its neighbours."""
_ROUNDS = 30

Key = tuple[Hashable, ...]


def of_events(events: float) -> float:
    """The weight of experience with so many events."""
    return min(1.0, math.sqrt(events / FULL))


def of_estimate(estimate: float, error: float) -> float:
    """The weight of an estimate with this standard error; of a count of events it is the same as ``of_events``."""
    return 1.0 if not error else min(1.0, PRECISION * abs(estimate) / (Z * error))


def blend(weight: float, own: float, known: float) -> float:
    """The fitted value."""
    return weight * own + (1 - weight) * known


def smoothed(values: Sequence[float], evidence: Sequence[float]) -> list[float]:
    """Values that neighbours pull as far as their own evidence is thin (Whittaker and Henderson, first differences).

    Args:
        values: in order.
        evidence: expected events behind each; without any, a value is what its neighbours say.
    """
    # (W + h D'D) g = W v, three diagonals; forwards, then backwards.
    last = len(values) - 1
    above: list[float] = []
    right: list[float] = []
    for i, (value, weight) in enumerate(zip(values, evidence, strict=True)):
        ties = (i > 0) + (i < last)
        came, carried = (above[-1], right[-1]) if i else (0.0, 0.0)
        pivot = weight + 1e-6 + _STIFFNESS * (ties - (came if i else 0))
        above.append(_STIFFNESS / pivot if i < last else 0.0)
        right.append((weight * value + 1e-6 + _STIFFNESS * carried) / pivot)
    found = [right[last]]
    for i in range(last - 1, -1, -1):
        found.append(right[i] + above[i] * found[-1])
    return found[::-1]


@dataclass(frozen=True)
class Evidence:
    """What was seen of people who are alike in everything that factors distinguish.

    Args:
        key: their value in each dimension.
        events: what happened.
        weight: what the known tables expect of them, but for a factor on all.
    """

    key: Key
    events: float
    weight: float


@dataclass(frozen=True)
class Dimension:
    """One of the ways in which people are told apart.

    Args:
        values: in order.
        people: how many persons stand behind each value.
        in_order: whether neighbours are alike, so that thin evidence leans on them.
    """

    values: Sequence[Hashable]
    people: Mapping[Hashable, int]
    in_order: bool = False


@dataclass(frozen=True)
class Factor:
    """What experience says of one value of a dimension, as a factor on what the tables say.

    Args:
        events: what happened.
        expected: with the tables, at the client's own level, all other factors fitted.
        weight: credibility.
        factor: fitted.
    """

    events: float
    expected: float
    weight: float
    factor: float


def factors_of(evidence: Iterable[Evidence], dimensions: Sequence[Dimension]) -> list[dict[Hashable, Factor]]:
    """Factors on known tables, one dimension at a time until they agree with each other (minimum bias).

    Every factor is actual over expected, weighted towards 1, and smoothed where its dimension has an order.
    """
    seen = [one for one in evidence if one.weight > 0]
    found = [dict.fromkeys(one.values, Factor(0, 0, 0, 1.0)) for one in dimensions]
    for _ in range(_ROUNDS):
        for place, dimension in enumerate(dimensions):
            found[place] = _factors(seen, found, place, dimension)
    return found


def _factors(
    seen: Sequence[Evidence], found: Sequence[Mapping[Hashable, Factor]], place: int, dimension: Dimension
) -> dict[Hashable, Factor]:
    events = dict.fromkeys(dimension.values, 0.0)
    expected = dict(events)
    whole = 0.0
    for one in seen:
        others = math.prod(found[i][value].factor for i, value in enumerate(one.key) if i != place)
        events[one.key[place]] += one.events
        expected[one.key[place]] += one.weight * others
        whole += one.weight * others * found[place][one.key[place]].factor
    level = sum(events.values()) / whole if whole else 0.0
    expected = {value: amount * level for value, amount in expected.items()}
    weights = {
        value: of_events(events[value]) if dimension.people.get(value, 0) >= FEWEST and expected[value] else 0.0
        for value in dimension.values
    }
    factors = [blend(w, events[v] / expected[v], 1.0) if w else 1.0 for v, w in weights.items()]
    if dimension.in_order:
        factors = smoothed(factors, [expected[v] if w else 0.0 for v, w in weights.items()])
    return {
        value: Factor(events[value], expected[value], weights[value], factor)
        for value, factor in zip(dimension.values, factors, strict=True)
    }
