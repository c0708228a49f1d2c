"""90% intervals of rates, shares and means, without a numerical library.

The quantiles of the gamma and the beta distribution are read off their densities, summed over a grid on which both
are bell-shaped. SciPy with NumPy would more than double an installation for two functions.
"""

import math
from collections.abc import Callable
from itertools import accumulate
from statistics import NormalDist

LEVEL = 0.90
"""Of every interval here."""
Z = NormalDist().inv_cdf((1 + LEVEL) / 2)

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
