"""What the plan costs the employer, which limits are reached, and who gets how much."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from planalign_orchestrator.reports import charts, wording
from planalign_orchestrator.reports.figures import (
    Band,
    by_band,
    count_cell,
    dollar_cell,
    money_table,
    percent_cell,
    rate,
    series_of,
    share_cells,
    shown_share,
    year_lines,
)
from planalign_orchestrator.reports.marts import Group, Marts
from planalign_orchestrator.reports.page import Cell, Exhibit, Section, Table, exhibit, section
from planalign_orchestrator.reports.sections.drivers import drivers


def cost(marts: Marts) -> Section:
    """Match, core, forfeitures, net cost; limits."""
    return section("cost", [_cost(marts), *drivers(marts), _share_of_pay(marts), _limits(marts)])


def distribution(marts: Marts) -> Section:
    """Who gets how much."""
    return section("distribution", [_distribution(marts)], year=marts.years[-1])


def _cost(marts: Marts) -> Exhibit:
    rows = [
        (str(row["simulation_year"]), [row["employer_match"], row["employer_core"], -row["forfeitures_used"]])
        for row in marts.summary
    ]
    columns, key = ["Match", "Core", "Forfeitures"], "employer-cost"
    table = money_table(columns, rows, total_row=marts.results.period, total_column="Net cost")
    *series, net = series_of(table, ["s1", "s3", "s2", "mark"])
    form, axis = wording.short_dollars, wording.axis_dollars
    chart = charts.columns(key, marts.labels, series, form=form, axis_form=axis, mark=net)
    return exhibit(key, cost_finding(marts), table, chart)


def cost_finding(marts: Marts) -> str:
    """What the plan costs the employer over the years, in a sentence."""
    if not any(row["total_employer_contributions"] or row["forfeitures"] for row in marts.summary):
        return "The employer contributes nothing to the plan"
    total = marts.total("net_employer_cost")
    share = wording.percent2(rate(total, marts.total("payroll")))
    return f"The plan costs the employer {wording.short_dollars(total)} net over {marts.results.period}, {share} of pay"


def _share_of_pay(marts: Marts) -> Exhibit:
    amounts = {"match": "employer_match", "core": "employer_core", "deferral": "employee_contributions"}
    rows = [
        {**row, **{f"{name}_share": rate(row[amount], row["payroll"]) for name, amount in amounts.items()}}
        for row in marts.summary
    ]
    return year_lines("cost-share-of-pay", _share_finding(marts), rows)


def _share_finding(marts: Marts) -> str:
    row, year = marts.last, marts.years[-1]
    if not row["employee_contributions"]:
        of_pay = wording.percent(row["cost_share_of_payroll"], 2)
        return f"Nobody defers in {year}; the employer's net cost is {of_pay} of pay"
    deferred = wording.percent(rate(row["employee_contributions"], row["payroll"]), 1)
    per_dollar = wording.percent(row["net_employer_cost"] / row["employee_contributions"], 0)
    return f"Employees defer {deferred} of pay in {year}; the employer's net cost is {per_dollar} of what they defer"


def _limits(marts: Marts) -> Exhibit:
    estimated = next((row["simulation_year"] for row in marts.summary if row["limits_are_estimated"]), None)
    note = None if estimated else ""
    return year_lines("limits-reached", _limits_finding(marts), marts.summary, note=note, estimated=estimated)


def _limits_finding(marts: Marts) -> str:
    row, year = marts.last, marts.years[-1]
    touched = {
        "402(g) cuts the deferrals": row["people_limited_by_402g"],
        "401(a)(17) caps the pay": row["people_limited_by_401a17"],
        "415(c) cuts the employer money": row["people_limited_by_415c"],
    }
    found = [f"{what} of {wording.people(number)}" for what, number in touched.items() if number]
    if not found:
        return f"Nobody reaches a limit on deferrals, pay or additions in {year}"
    return f"In {year} {wording.listed(found)}"


def _distribution(marts: Marts) -> Exhibit:
    year = marts.years[-1]
    by_pay: list[tuple[Group, Cell, Cell]] = []

    def bands(kind: str) -> Iterator[Band]:
        groups = [group for group in marts.groups(kind, year) if group.figures]
        money, pay = (
            share_cells([group[of] for group in groups]) for of in ("total_employer_contributions", "payroll")
        )
        for group, part, of_pay in zip(groups, money, pay, strict=True):
            if kind == "pay_band":
                by_pay.append((group, part, of_pay))
            yield group.label, shown_share(part), shown_share(of_pay), _cells(group, part, of_pay)

    panels, rows = by_band({"pay_band": "Annual pay", "age_band": "Age", "level": "Level"}, bands)
    columns = ["People", "Get any", "Pay", "Match", "Core", "Of all employer money", "Of all pay", "Of own pay",
               "A person"]  # fmt: skip
    key, name = "employer-money-by-group", "Share of employer money"
    table = Table("Group", columns, rows, "people, dollars, percent")
    chart = charts.bars(key, panels, form=wording.percent, name=name, mark_name="Share of pay")
    return exhibit(key, _distribution_finding(marts, by_pay), table, chart, year=year)


def _cells(group: Group, part: Cell, of_pay: Cell) -> list[Cell]:
    people = group["closing_headcount"] + group["exits"]
    money = Decimal(group["total_employer_contributions"])
    return [
        count_cell(people),
        count_cell(group["people_with_employer_money"]),
        *(dollar_cell(group[amount]) for amount in ("payroll", "employer_match", "employer_core")),
        part,
        of_pay,
        percent_cell(rate(money, group["payroll"]), 2),
        dollar_cell(round(money / people, 2) if people else None),
    ]


def _distribution_finding(marts: Marts, by_pay: Sequence[tuple[Group, Cell, Cell]]) -> str:
    year = marts.years[-1]
    if not any(group["total_employer_contributions"] for group, _, _ in by_pay):
        return f"Nobody gets employer money in {year}"
    group, part, of_pay = max(by_pay, key=lambda entry: entry[0]["total_employer_contributions"])
    if len(by_pay) == 1:
        return f"All employer money of {year} goes to people with pay {group.label}".replace("pay $", "pay of $")
    verb = "as they earn" if part.text == of_pay.text else f"and earn {of_pay.text} of pay"
    people = wording.count(group["closing_headcount"] + group["exits"])
    said = f"The {people} people with pay {group.label} get {part.text} of employer money {verb}"
    return said.replace("pay $", "pay of $")
