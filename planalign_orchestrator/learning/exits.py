"""Who leaves: turnover by age, service and level, retirements, first years, and how many in all."""

import math
from collections.abc import Mapping
from typing import Any

from planalign_orchestrator.learning.credibility import FEWEST, blend, of_events, rate_interval
from planalign_orchestrator.learning.experience import TOO_FEW, Experience, Rate, bands, learn_factors


def learn_exits(found: Experience) -> None:
    """Fit everything about leaving."""
    _exit_rate(found)
    _first_year(found)
    turnover = found.history.rows("from exit_cells")
    behind = "exposure where not is_first"
    learned = learn_factors(found, turnover, bands("exit_multiplier"), ("exits", "years"), "Turnover", behind)
    _retirement(found, learned.level)


def _exit_rate(found: Experience) -> None:
    [row] = found.history.rows("from exits_in_all")
    known = found.history.settings.workforce.total_termination_rate
    topic, name = "Exits in all", "Of the people employed when a year opens"
    fitted = found.of_share(topic, name, row["people"], (row["exits"], row["years"]), known, of_events(row["exits"]))
    found.set("workforce.total_termination_rate", fitted)


def _first_year(found: Experience) -> None:
    [row] = found.history.rows("from exits_in_the_first_year")
    known = found.history.settings.workforce.new_hire_termination_rate
    topic, name = "Exits in the first twelve months", "Force a person-year"
    force = found.of_events(topic, name, row["people"], row["years"], row["exits"], -math.log(1 - known))
    found.set("workforce.new_hire_termination_rate", min(1 - math.exp(-force), 0.9))


def _retirement(found: Experience, level: float) -> None:
    """What exits of people who can retire go beyond their turnover, against the table of retirement rates."""
    for name in ("age_bands", "tenure_bands", "levels"):
        found.load(name)
    known = found.history.factors("retirement_rates", "rate")
    rates: dict[Any, float] = {}
    for row in found.history.rows_of("retirement"):
        ratio = _ratio(found, row, level * row["turnover"])
        rates |= {
            key: min(1 - (1 - rate) ** ratio, 0.99) for key, rate in known.items() if row["low"] <= key[0] < row["high"]
        }
    found.change("retirement_rates", "rate", rates)


def _ratio(found: Experience, seen: Mapping[str, Any], turnover: float) -> float:
    """The fitted factor on retirement rates of some ages."""
    topic, name, people, years, exits = "Retirement by age", seen["name"], seen["people"], seen["years"], seen["exits"]
    if people < FEWEST or not years:
        found.rates.append(Rate(topic, name, people, note=TOO_FEW))
        return 1.0
    beyond, expected = max(exits - turnover, 0.0), seen["expected"]
    low, high = (max(end - turnover, 0.0) / years for end in rate_interval(exits, 1.0))
    weight = of_events(beyond)
    ratio = blend(weight, beyond / expected, 1.0)
    found.rates.append(
        Rate(topic, name, people, years, round(beyond, 1), beyond / years, (low, high), expected / years, weight,
             expected / years * ratio)
    )  # fmt: skip
    return ratio
