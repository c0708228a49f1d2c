"""The bridge from the net cost of the first year to that of the last one."""

from decimal import Decimal

from planalign_orchestrator.reports import charts, show, wording
from planalign_orchestrator.reports.cost_drivers import Driver
from planalign_orchestrator.reports.figures import money_unit
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.page import Cell, Exhibit, Row, Table, exhibit, finding
from planalign_orchestrator.reports.rounding import round_to_total


def drivers(marts: Marts) -> list[Exhibit]:
    """The bridge from the first year's net cost to the last one's; none of a single year."""
    first, last = marts.years[0], marts.years[-1]
    if first == last:
        return []
    costs = {year: marts.summary[i]["net_employer_cost"] for year, i in ((first, 0), (last, -1))}
    moved = [driver for driver in marts.drivers if driver.effect or driver.before != driver.after]
    effects = [Decimal(driver.effect) / 100 for driver in moved]
    unit = money_unit([*costs.values(), *effects])
    # From one shown cost to the other, so that the table adds up as it is shown.
    difference = unit.rounded(costs[last]) - unit.rounded(costs[first])
    shown = round_to_total([effect / unit.size for effect in effects], difference)
    rows = [
        Row(driver.name, [*_levels(driver), Cell(wording.signed(whole), effect)])
        for driver, whole, effect in zip(moved, shown, effects, strict=True)
    ]
    nothing = [Cell(wording.ABSENT)] * 2
    ends = {year: Row(f"Net cost of {year}", [*nothing, show.money(unit.rounded(cost), cost)], is_total=True)
            for year, cost in costs.items()}  # fmt: skip
    steps = [
        (ends[first].label, float(costs[first])),
        *((driver.name, float(effect)) for driver, effect in zip(moved, effects, strict=True)),
        (ends[last].label, float(costs[last])),
    ]
    table = Table("Driver", [str(first), str(last), "Effect"], [ends[first], *rows, ends[last]], unit.name)
    chart = charts.bridge("cost-drivers", steps, wording.short_dollars)
    return [exhibit("cost-drivers", drivers_finding(marts), table, chart, first=first, last=last)]


def _levels(driver: Driver) -> list[Cell]:
    levels = [None if level is None else round(Decimal(float(level)), 6) for level in (driver.before, driver.after)]
    if driver.name == "Headcount":
        return [show.count(None if level is None else int(level)) for level in levels]
    if driver.name in ("Pay", "Forfeitures"):
        return [*map(show.dollars, levels)]
    return [show.percent(level, 2) for level in levels]


def drivers_finding(marts: Marts) -> str:
    """Which drivers move the net cost from the first year to the last one most, in a sentence."""
    before, after = marts.first["net_employer_cost"], marts.last["net_employer_cost"]
    by_size = sorted((driver for driver in marts.drivers if driver.effect), key=lambda driver: -abs(driver.effect))
    most = [
        f"{driver.name[:1].lower()}{driver.name[1:].replace(':', ' for the')} "
        f"({wording.signed_dollars(Decimal(driver.effect) / 100)})"
        for driver in by_size[:3]
    ]
    return finding("drivers", before=before, after=after, years=marts.years, most=most)
