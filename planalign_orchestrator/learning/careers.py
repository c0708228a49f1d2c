"""How people get on: promotions, yearly raises, raises on promotion, pay bands and the growth of the pay structure."""

import math

from planalign_orchestrator.learning.credibility import FEWEST, Z, blend, of_estimate, of_events
from planalign_orchestrator.learning.experience import Experience, Rate, bands, learn_factors
from planalign_orchestrator.learning.history import Mean

_FEWEST_FOR_BANDS = 20
"""The ends of a band of fewer people would be somebody's pay."""


def learn_careers(found: Experience) -> None:
    """Fit everything about pay and levels of people who stay."""
    _promotions(found)
    _raises(found)
    _promotion_raise(found)


def _promotions(found: Experience) -> None:
    cells = found.history.rows("from promotion_cells")
    if not cells:
        return
    promotion = found.history.settings.compensation.promotion
    behind = "lives where stayed and level_is_given and next_level is not null"
    learned = learn_factors(found, cells, bands("promotion_multiplier"), ("promotions", "people"), "Promotions", behind)
    before = promotion.base_rate * promotion.promotion_rate_multiplier
    people = found.history.one(f"select count(distinct employee_id) from {behind}")
    topic, name = "Promotions in all", "Base rate, of people who could be promoted"
    fitted = found.of_events(topic, name, people, learned.known, learned.events, before)
    # The fitted factors may promote more or fewer people than the known ones at the same base rate.
    found.set("compensation.promotion.base_rate", min(fitted * learned.known / learned.fitted, 1.0))
    found.set("compensation.promotion.promotion_rate_multiplier", 1.0)


def _raises(found: Experience) -> None:
    """Merit by level: what the pay of the same people rose by, less the cost of living."""
    cola = found.history.settings.compensation.cola_rate
    known = found.history.factors("levels", "merit_rate")
    seen = found.history.means("growth", "raises where not (level_is_given and next_level <> level)", "level")
    fitted = found.of_means("Yearly raise by level", seen, {level: before + cola for level, before in known.items()})
    merit = {level: min(max(growth - cola, 0.0), 0.5) for level, growth in fitted.items()}
    found.change("levels", "merit_rate", merit)


def _promotion_raise(found: Experience) -> None:
    """What a promotion adds to the yearly raise of the level that it leads to."""
    settings = found.history.settings.compensation
    found.load("levels")
    [row] = found.history.rows_of("promotion_raises", cola=settings.cola_rate)
    if not row["number"]:
        return
    seen, known = Mean(**row), settings.promotion
    fitted = found.of_mean("Raise on promotion", "Beyond the yearly raise", seen, known.raise_mean)
    found.set("compensation.promotion.raise_mean", min(max(fitted, 0.0), known.raise_maximum))
    if seen.number >= FEWEST and known.raise_distribution != "fixed":
        spread = seen.deviation * (math.sqrt(3) if known.raise_distribution == "uniform" else 1)
        fitted = blend(of_events(seen.number), spread, known.raise_spread)
        found.set("compensation.promotion.raise_spread", min(fitted, 0.5))


def learn_structure(found: Experience) -> None:
    """Fit by how much a year the pay of hires grows, within levels."""
    [row] = found.history.rows_of("structure")
    levels = len(found.history.tables["levels"].rows)
    free, slope = row["number"] - levels - 1, row["slope"]
    if free < FEWEST or not row["sxx"]:
        return
    error = math.sqrt(max(row["syy"] - slope * slope * row["sxx"], 0.0) / free / row["sxx"])
    known = found.history.settings.compensation.structure_growth_rate
    actual, weight = math.exp(slope) - 1, of_estimate(slope, error)
    interval = math.exp(slope - Z * error) - 1, math.exp(slope + Z * error) - 1
    fitted = min(max(blend(weight, actual, known), 0.0), 0.5)
    topic, name, number = "Growth of the pay structure", "Pay of hires of the same level, a year", row["number"]
    found.recorded(Rate(topic, name, number, number, None, actual, interval, known, weight), fitted)
    found.set("compensation.structure_growth_rate", fitted)


def learn_bands(found: Experience) -> None:
    """Pay bands where the newest file gives levels: their borders lie between what neighboring levels are paid."""
    rows = found.history.rows_of("bands")
    known = found.history.factors("levels", "min_pay")
    if [row["level"] for row in rows] != [*known] or any(row["number"] < _FEWEST_FOR_BANDS for row in rows):
        found.history.left_out.append("Pay bands are as they were: not every level is given and has people enough.")
        return
    if any(row["high"] <= row["low"] for row in rows):
        found.history.left_out.append("Pay bands are as they were: higher levels are not paid more.")
        return
    for row in rows:
        name, number, low = f"Level {row['level']} from", row["number"], row["low"]
        rate = Rate("Pay bands", name, number, number, None, low, None, known[row["level"]], 1.0, unit="dollars")
        found.recorded(rate, low)
    found.change("levels", "min_pay", {row["level"]: row["low"] for row in rows})
    found.change("levels", "max_pay", {row["level"]: row["high"] for row in rows})
