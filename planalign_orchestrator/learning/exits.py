"""Who leaves: turnover by age, service and level, retirements, first years, and how many in all."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from planalign_orchestrator.learning.credibility import FEWEST, blend, of_events
from planalign_orchestrator.learning.experience import TOO_FEW, Experience, Rate
from planalign_orchestrator.learning.factors import bands, learn_factors
from planalign_orchestrator.learning.intervals import rate_interval

_RETIREMENT_AGES = (("55-61", 0, 62), ("62-64", 62, 65), ("65+", 65, 999))


def learn_exits(found: Experience) -> None:
    """Fit everything about leaving."""
    _exit_rate(found)
    _first_year(found)
    cells = found.history.rows("from exit_cells")
    turnover = [cell for cell in cells if cell["retirement_age"] is None]
    learned = learn_factors(
        found, turnover, bands("exit_multiplier"), ("exits", "years"), "Turnover", "exposure where not is_first"
    )
    _retirement(found, [cell for cell in cells if cell["retirement_age"] is not None], learned.level)


def _exit_rate(found: Experience) -> None:
    [row] = found.history.rows(
        "select count(distinct employee_id) as people, count(*) as years,"
        " coalesce(sum((not stayed)::integer), 0)::integer as exits from lives"
    )
    known = found.history.settings.workforce.total_termination_rate
    topic, name = "Exits in all", "Of the people employed when a year opens"
    fitted = found.of_share(topic, name, row["people"], (row["exits"], row["years"]), known, of_events(row["exits"]))
    found.set("workforce.total_termination_rate", fitted)


def _first_year(found: Experience) -> None:
    [row] = found.history.rows(
        "select count(distinct employee_id) as people, coalesce(sum(years), 0) as years,"
        " coalesce(sum(exits), 0)::integer as exits from exposure where is_first"
    )
    known = found.history.settings.workforce.new_hire_termination_rate
    topic, name = "Exits in the first twelve months", "Force a person-year"
    force = found.of_events(topic, name, row["people"], row["years"], row["exits"], -math.log(1 - known))
    found.set("workforce.new_hire_termination_rate", min(1 - math.exp(-force), 0.9))


def _retirement(found: Experience, cells: Sequence[Mapping[str, Any]], level: float) -> None:
    """What exits of people who can retire go beyond their turnover, against the table of retirement rates."""
    history = found.history
    rates = {}
    for name, low, high in _RETIREMENT_AGES:
        inside = [cell for cell in cells if low <= cell["retirement_age"] < high]
        years, exits = sum(cell["years"] for cell in inside), sum(cell["exits"] for cell in inside)
        expected = sum(cell["retirement_force"] for cell in inside)
        turnover = sum(
            level * cell["years"] * math.prod(found.now(by, cell[by.column]) for by in bands("exit_multiplier"))
            for cell in inside
        )
        people = history.one(
            "select count(distinct employee_id) from exposure inner join retirement on exposure.age = retirement.age"
            f" and tenure = served where not is_first and rate > 0 and from_age >= {low} and from_age < {high}"
        )
        ratio = _ratio(found, name, (people, years, exits), expected, turnover)
        for age, served, rate in zip(*(history.numbers("retirement_rates", one) for one in
                                       ("age", "years_of_service", "rate")), strict=True):  # fmt: skip
            if low <= age < high:
                rates[int(age), int(served)] = min(1 - (1 - rate) ** ratio, 0.99)
    found.change("retirement_rates", "rate", rates)


def _ratio(found: Experience, name: str, seen: tuple[int, float, int], expected: float, turnover: float) -> float:
    """The fitted factor on retirement rates of some ages."""
    (people, years, exits), topic = seen, "Retirement by age"
    if people < FEWEST or not years:
        found.rates.append(Rate(topic, name, people, known=0.0, fitted=0.0, note=TOO_FEW))
        return 1.0
    beyond = max(exits - turnover, 0.0)
    low, high = (max(end - turnover, 0.0) / years for end in rate_interval(exits, 1.0))
    weight = of_events(beyond)
    ratio = blend(weight, beyond / expected, 1.0)
    found.rates.append(
        Rate(topic, name, people, years, round(beyond, 1), beyond / years, (low, high), expected / years, weight,
             expected / years * ratio)
    )  # fmt: skip
    return ratio
