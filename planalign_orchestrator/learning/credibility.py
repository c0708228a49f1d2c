"""How far evidence moves an assumption: limited fluctuation, smoothing where evidence is thin; and 90% intervals.

The quantiles of the gamma and the beta distribution are read off their densities, summed over a grid on which both
are bell-shaped. SciPy with NumPy would more than double an installation for two functions.
"""

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import NormalDist

LEVEL = 0.90
"""Of every interval here."""
Z = NormalDist().inv_cdf((1 + LEVEL) / 2)

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


Interval = tuple[float, float]

_STEPS = 2_000
_REACH = 9.0
"""Standard deviations that the grid covers to each side."""


def rate_interval(events: float, exposure: float) -> Interval:
    """Of the force behind so many events in an exposure: Jeffreys' interval, gamma quantiles.

    It holds what it promises on average, where the interval of Garwood holds more.

    Args:
        events: a whole number.
        exposure: person-years, above 0.
    """
    # With x = y², the density of Gamma(events + ½) is y^(2 events) e^(-y²): smooth, and about 1/2 wide.
    low, high = _between(
        lambda y: 2 * events * math.log(y) - y * y, math.sqrt(max(events, 0.25)), 0.5 / math.sqrt(0.5), math.inf
    )
    return (low * low / exposure if events else 0.0), high * high / exposure


def share_interval(part: int, whole: int) -> Interval:
    """Of the chance behind ``part`` of ``whole`` people: Jeffreys' interval, beta quantiles."""
    # With x = sin² a, the density of Beta(part + ½, rest + ½) is sin^(2 part) a · cos^(2 rest) a.
    rest = whole - part
    low, high = _between(
        lambda a: 2 * part * math.log(math.sin(a)) + 2 * rest * math.log(math.cos(a)),
        math.asin(math.sqrt((part + 0.25) / (whole + 0.5))),
        0.5 / math.sqrt(whole + 0.5),
        math.pi / 2,
    )
    return (math.sin(low) ** 2 if part else 0.0), (math.sin(high) ** 2 if rest else 1.0)


def growth_interval(growth: float, entries: int, exits: int, exposure: float) -> Interval:
    """Of the yearly growth behind entries and exits: the difference of two forces, each with its own interval.

    The variances recovered from both intervals add up (MOVER, Zou and Donner 2008).

    Args:
        growth: what was seen, of a year.
        entries: people who came.
        exits: people who went.
        exposure: person-years, above 0.
    """
    (came_low, came_high), (went_low, went_high) = (rate_interval(moves, exposure) for moves in (entries, exits))
    came, went, force = entries / exposure, exits / exposure, math.log1p(growth)
    low = force - math.hypot(came - came_low, went_high - went)
    high = force + math.hypot(came_high - came, went - went_low)
    return math.expm1(low), math.expm1(high)


def mean_interval(mean: float, deviation: float, number: int) -> Interval:
    """Of the mean behind ``number`` values, by the normal distribution, a little wider for few values."""
    half = error_of_mean(deviation, number) * Z * math.sqrt((number - 1) / (number - 3)) if number > 3 else math.inf
    return mean - half, mean + half


def error_of_mean(deviation: float, number: int) -> float:
    """The standard error."""
    return deviation / math.sqrt(number)


def _between(log_density: Callable[[float], float], middle: float, width: float, end: float) -> Interval:
    """The quantiles that leave half of what is outside on each side."""
    first, last = max(middle - _REACH * width, 0.0), min(middle + _REACH * width, end)
    step = (last - first) / _STEPS
    points = [first + step * (i + 0.5) for i in range(_STEPS)]
    logs = [log_density(point) for point in points]
    top = max(logs)
    sums = list(accumulate(math.exp(value - top) for value in logs))
    return _at(sums, (1 - LEVEL) / 2, first, step), _at(sums, (1 + LEVEL) / 2, first, step)


def _at(sums: list[float], share: float, first: float, step: float) -> float:
    wanted = share * sums[-1]
    place = next(i for i, total in enumerate(sums) if total >= wanted)
    before = sums[place - 1] if place else 0.0
    return first + step * (place + (wanted - before) / (sums[place] - before))
