"""Who leaves: turnover by age, service and level, retirements, first years, and how many in all. Who is hired: ages,
levels, place in the pay band, and how the headcount went.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from planalign_orchestrator.learning.credibility import FEWEST, blend, growth_interval, of_events, rate_interval
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
    evidence = (people, years, round(beyond, 1), beyond / years, (low, high), expected / years, weight)
    found.recorded(Rate(topic, name, *evidence), expected / years * ratio)
    return ratio


_MOST_GROUPS = 20


def learn_hires(found: Experience) -> None:
    """Fit everything about hires; pay bands and the growth of the structure are known by now."""
    _headcount(found)
    number = found.history.one("select count(*) from hires")
    if number < FEWEST:
        found.history.left_out.append("There are fewer than 5 hires; nothing is learned from them.")
        return
    _ages(found, number)
    _levels(found, number)
    _pay(found)


def _headcount(found: Experience) -> None:
    """Growth is what entries exceed exits by: their number is the evidence, and the next years are a decision."""
    known = found.history.settings.workforce.target_growth_rate
    name, note = "A year, from the first file to the last", "a decision more than a rate"
    for row in found.history.rows_of("moves"):
        years, growth, moves = row["years"], row["growth"], row["entries"] + row["exits"]
        interval = growth_interval(growth, row["entries"], row["exits"], years)
        evidence = (row["people"], years, moves, growth, interval, known, of_events(moves))
        fitted = found.recorded(Rate("Growth of the headcount", name, *evidence, note=note))
        found.set("workforce.target_growth_rate", fitted)


def _ages(found: Experience, number: int) -> None:
    known = found.history.factors("new_hire_ages", "weight")
    total, weight = sum(known.values()), of_events(number)
    table = {age: (1 - weight) * before / total for age, before in known.items()}
    rows = found.history.rows("select age, count(*) as n from hires group by age order by age")
    groups = list(_groups(rows, max(FEWEST, number // _MOST_GROUPS)))
    for place, group in enumerate(groups):
        people = sum(row["n"] for row in group)
        low, high = group[0]["age"], groups[place + 1][0]["age"] if place + 1 < len(groups) else 999
        share = sum(before for age, before in known.items() if (low if place else 0) <= age < high) / total
        name = f"{low} to {group[-1]['age']}"
        found.of_share("Hires by age", name, people, (people, number), share, weight)
        age = round(sum(row["age"] * row["n"] for row in group) / people)
        table[age] = table.get(age, 0.0) + weight * people / number
    form = found.history.tables["new_hire_ages"].form
    shown = ({"age": str(age), "weight": f"{share:.6f}"} for age, share in sorted(table.items()) if 14 <= age <= 90)
    found.replaced["new_hire_ages"] = [[row[column] for column in form.columns] for row in shown]


def _groups(rows: Sequence[dict[str, Any]], fewest: int) -> Iterable[list[dict[str, Any]]]:
    """Neighboring ages together until there are people enough."""
    group: list[dict[str, Any]] = []
    left = sum(row["n"] for row in rows)
    for row in rows:
        group.append(row)
        left -= row["n"]
        if sum(one["n"] for one in group) >= fewest and (left >= fewest or not left):
            yield group
            group = []


def _levels(found: Experience, number: int) -> None:
    levels = found.history.rows("from people_by_level")
    mix, weight, employed = {}, of_events(number), max(sum(row["here"] for row in levels), 1)
    for row in levels:
        level, people, known = row["level"], row["people"], row["here"] / employed
        # That hardly anybody is hired into a level is what all hires say, not those few.
        mix[level] = round(blend(weight, people / number, known), 6)
        found.of_share("Hires by level", str(level), people, (people, number), known, weight)
    if sum(mix.values()) > 0:
        found.settings["workforce.new_hires.level_mix"] = mix


def _pay(found: Experience) -> None:
    """The place of hires in the pay band of their level, in dollars of the first plan year."""
    history, hires = found.history, found.history.settings.workforce.new_hires
    known_growth = history.settings.compensation.structure_growth_rate
    growth = found.settings.get("compensation.structure_growth_rate", known_growth)
    found.load("levels")
    in_year = f"pay * {1 + growth} ** ({history.last_day.year} + 1 - year(as_of))"
    place = f"({in_year} / market_factor / {hires.pay_factor} - min_pay) / (max_pay - min_pay)"
    source = "hires inner join fitted_levels on level = level_id where is_employed"
    seen = history.means(f"least(greatest({place}, 0), 1)", source, "level")
    known = history.factors("levels", "new_hire_pay_percentile")
    fitted_places = found.of_means("Pay of hires, place in the band of their level", seen, known)
    places = {level: min(max(fitted, 0.0), 1.0) for level, fitted in fitted_places.items()}
    found.change("levels", "new_hire_pay_percentile", places)
    number = sum(row.number for row in seen.values())
    if number >= FEWEST:
        spread = sum(row.number * row.deviation for row in seen.values()) / number
        fitted = blend(of_events(number), spread, hires.pay_percentile_spread)
        found.set("workforce.new_hires.pay_percentile_spread", min(fitted, 0.5))
