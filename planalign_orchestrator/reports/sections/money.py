"""What the plan costs the employer and why that moves, which limits are reached, and who gets how much."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from planalign_orchestrator.reports import charts, show, wording
from planalign_orchestrator.reports.marts import Driver, Group, Marts
from planalign_orchestrator.reports.page import Cell, Exhibit, Row, Section, Table, finding


def cost(marts: Marts) -> Section:
    """Match, core, forfeitures, net cost; limits."""
    return show.section("cost", [_cost(marts), *drivers(marts), _share_of_pay(marts), _limits(marts)])


def distribution(marts: Marts) -> Section:
    """Who gets how much."""
    return show.section("distribution", [_distribution(marts), *vesting(marts)], year=marts.years[-1])


def _cost(marts: Marts) -> Exhibit:
    rows = [
        (str(row["simulation_year"]), [row["employer_match"], row["employer_core"], -row["forfeitures_used"]])
        for row in marts.summary
    ]
    columns, key = ["Match", "Core", "Forfeitures used"], "employer-cost"
    table = show.money_table(columns, rows, total_row=marts.results.period, total_column="Net cost")
    *series, net = show.series_of(table, ["s1", "s3", "s2", "mark"])
    form, axis = wording.short_dollars, wording.axis_dollars
    chart = charts.columns(key, marts.labels, series, form=form, axis_form=axis, mark=net)
    return show.exhibit(key, cost_finding(marts), table, chart)


def cost_finding(marts: Marts) -> str:
    """What the plan costs the employer over the years, in a sentence."""
    total = marts.total("net_employer_cost")
    return finding("cost", marts=marts, total=total, share=show.rate(total, marts.total("payroll")))


def drivers(marts: Marts) -> list[Exhibit]:
    """The bridge from the first year's net cost to the last one's; none of a single year."""
    first, last = marts.years[0], marts.years[-1]
    if first == last:
        return []
    costs = {year: marts.summary[i]["net_employer_cost"] for year, i in ((first, 0), (last, -1))}
    moved = [driver for driver in marts.drivers if driver.effect or driver.before != driver.after]
    effects = [Decimal(driver.effect) / 100 for driver in moved]
    unit = show.money_unit([*costs.values(), *effects])
    # From one shown cost to the other, so that the table adds up as it is shown.
    difference = unit.rounded(costs[last]) - unit.rounded(costs[first])
    shown = wording.round_to_total([effect / unit.size for effect in effects], difference)
    rows = [
        Row(driver.name, [*_levels(driver), Cell(wording.signed(whole), effect, form="money")])
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
    return [show.exhibit("cost-drivers", drivers_finding(marts), table, chart, first=first, last=last)]


def _levels(driver: Driver) -> list[Cell]:
    levels = [None if level is None else round(Decimal(float(level)), 6) for level in (driver.before, driver.after)]
    if driver.name == "Headcount":
        return [show.count(None if level is None else int(level)) for level in levels]
    if driver.name in ("Pay", "Forfeitures used"):
        return [*map(show.dollars, levels)]
    return [show.percent(level, 2) for level in levels]


def drivers_finding(marts: Marts) -> str:
    """Which drivers move the net cost from the first year to the last one most, in a sentence."""
    before, after = marts.first["net_employer_cost"], marts.last["net_employer_cost"]
    by_size = sorted((driver for driver in marts.drivers if driver.effect), key=lambda driver: -abs(driver.effect))
    return finding("drivers", before=before, after=after, years=marts.years, most=by_size[:3])


def _share_of_pay(marts: Marts) -> Exhibit:
    deferred = show.rate(marts.last["employee_contributions"], marts.last["payroll"])
    title = finding("share", last=marts.last, year=marts.years[-1], deferred=deferred)
    return show.year_lines("cost-share-of-pay", title, marts.summary)


def _limits(marts: Marts) -> Exhibit:
    estimated = next((row["simulation_year"] for row in marts.summary if row["limits_are_estimated"]), None)
    title, note = finding("limits", last=marts.last, year=marts.years[-1]), None if estimated else ""
    return show.year_lines("limits-reached", title, marts.summary, note=note, estimated=estimated)


def _distribution(marts: Marts) -> Exhibit:
    year = marts.years[-1]
    kinds = {"pay_band": "Annual pay", "age_band": "Age", "level": "Level"}
    panels = {over: [*_money_by_band(marts.groups(kind, year))] for kind, over in kinds.items()}
    by_pay = panels["Annual pay"]
    label, most = max(by_pay, key=lambda band: band[1]["total_employer_contributions"], default=("", None))
    title = finding("distribution", year=year, bands=len(by_pay), label=label, most=most)
    return show.banded("employer-money-by-group", title, panels, year=year)


def _money_by_band(groups: Sequence[Group]) -> Iterator[tuple[str, dict[str, Any]]]:
    there = [group for group in groups if group.figures]
    money, pay = (show.shares([group[of] for group in there]) for of in ("total_employer_contributions", "payroll"))
    for group, of_money, of_pay in zip(there, money, pay, strict=True):
        people = group["closing_headcount"] + group["exits"]
        yield group.label, {**group.figures, "people": people, "of_money": of_money, "of_pay": of_pay}


def vesting(marts: Marts) -> list[Exhibit]:
    """What of the employer's money people own; nothing where there is no account."""
    year, whole = marts.years[-1], marts.standing["origin"].values()
    balance, vested = (sum((row[name] for row in whole), Decimal()) for name in ("balance", "vested"))
    if not balance:
        return []

    bands = [(group.label, row) for group in marts.groups("tenure_band", year)
             if (row := marts.standing["tenure_band"].get(group.name))]  # fmt: skip
    title = finding("vested", share=show.rate(vested, balance), rest=balance - vested, year=year)
    return [show.banded("vested-accounts", title, {"Service": bands}, year=year)]
