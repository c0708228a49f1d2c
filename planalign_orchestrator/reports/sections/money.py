"""What the plan costs the employer, which limits are reached, and who gets how much."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from planalign_orchestrator.reports import charts, wording
from planalign_orchestrator.reports.figures import (
    count_cell,
    dollar_cell,
    money_table,
    number,
    of,
    percent_cell,
    rate,
    share_cells,
    shown_share,
    year_table,
)
from planalign_orchestrator.reports.marts import Group, Marts
from planalign_orchestrator.reports.page import Cell, Exhibit, Section, Table, section
from planalign_orchestrator.reports.sections.drivers import drivers
from planalign_orchestrator.reports.sections.grouping import Band, by_band

LIMITS = {
    "people_limited_by_402g": ("Deferrals cut by 402(g)", "s1"),
    "people_with_catch_up": ("Catch-up contributions", "s3"),
    "people_limited_by_401a17": ("Pay above 401(a)(17)", "s2"),
    "people_limited_by_415c": ("Employer money cut by 415(c)", "s4"),
    "highly_compensated": ("Highly compensated (HCE)", "s5"),
}


def cost(marts: Marts) -> Section:
    """Match, core, forfeitures, net cost; limits."""
    return section("cost", [_cost(marts), *drivers(marts), _share_of_pay(marts), _limits(marts)])


def distribution(marts: Marts) -> Section:
    """Who gets how much."""
    return section("distribution", [_distribution(marts)], year=marts.years[-1])


def _cost(marts: Marts) -> Exhibit:
    parts = {"Match": ("employer_match", "s1", 1), "Core": ("employer_core", "s3", 1),
             "Forfeitures": ("forfeitures_used", "s2", -1)}  # fmt: skip
    series = [
        charts.Series(name, [float(sign * amount) for amount in marts.over_years(measure)], tone)
        for name, (measure, tone, sign) in parts.items()
    ]
    net = charts.Series("Net cost", [*map(number, marts.over_years("net_employer_cost"))], "mark")
    rows = [
        (str(row["simulation_year"]), [sign * row[measure] for measure, _, sign in parts.values()])
        for row in marts.summary
    ]
    key, form, axis = "employer-cost", wording.short_dollars, wording.axis_dollars
    subtitle = "Match and core upwards, forfeitures downwards, the mark is the net cost: dollars a year"
    table = money_table([*parts], rows, total_row=marts.results.period, total_column="Net cost")
    chart = charts.columns(key, marts.labels, series, form=form, axis_form=axis, mark=net)
    return Exhibit(key, cost_finding(marts), subtitle, table, chart, open=True)


def cost_finding(marts: Marts) -> str:
    """What the plan costs the employer over the years, in a sentence."""
    if not any(row["total_employer_contributions"] or row["forfeitures"] for row in marts.summary):
        return "The employer contributes nothing to the plan"
    total = marts.total("net_employer_cost")
    share = wording.percent2(rate(total, marts.total("payroll")))
    return f"The plan costs the employer {wording.short_dollars(total)} net over {marts.results.period}, {share} of pay"


def _share_of_pay(marts: Marts) -> Exhibit:
    rows = [
        {**row, **{name: rate(row[name], row["payroll"]) for name in ("employer_match", "employer_core")},
         "deferrals": rate(row["employee_contributions"], row["payroll"])}
        for row in marts.summary
    ]  # fmt: skip
    names = {"employer_match": ("Match", "s1"), "employer_core": ("Core", "s3"),
             "cost_share_of_payroll": ("Net cost", "s2"), "deferrals": ("Deferrals", "s4")}  # fmt: skip
    series = [
        charts.Series(name, [number(row[measure]) for row in rows], tone)
        for measure, (name, tone) in names.items()
        if name == "Net cost" or any(row[measure] for row in rows)
    ]
    columns = [
        of("Payroll", "payroll", dollar_cell),
        of("Deferrals, dollars", "employee_contributions", dollar_cell),
        *(of(f"{name}, of pay", measure, percent_cell, 2) for measure, (name, _) in names.items()),
    ]
    key, subtitle = "cost-share-of-pay", "Percent of the pay earned in the year by everybody"
    chart = charts.lines(key, marts.labels, series, wording.percent2, wording.percent)
    return Exhibit(key, _share_finding(marts), subtitle, year_table(rows, columns), chart)


def _share_finding(marts: Marts) -> str:
    row, year = marts.last, marts.years[-1]
    if not row["employee_contributions"]:
        of_pay = wording.percent(row["cost_share_of_payroll"], 2)
        return f"Nobody defers in {year}; the employer's net cost is {of_pay} of pay"
    deferred = wording.percent(rate(row["employee_contributions"], row["payroll"]), 1)
    per_dollar = wording.percent(row["net_employer_cost"] / row["employee_contributions"], 0)
    return f"Employees defer {deferred} of pay in {year}; the employer's net cost is {per_dollar} of what they defer"


def _limits(marts: Marts) -> Exhibit:
    series = [
        charts.Series(name, marts.over_years(measure), tone)
        for measure, (name, tone) in LIMITS.items()
        if any(marts.over_years(measure))
    ]
    estimated = next((row["simulation_year"] for row in marts.summary if row["limits_are_estimated"]), None)
    columns = [
        *(of(name, measure) for measure, (name, _) in LIMITS.items()),
        of("402(g) limit", "elective_deferral_limit", dollar_cell),
        of("401(a)(17) limit", "compensation_limit", dollar_cell),
        of("415(c) limit", "annual_additions_limit", dollar_cell),
    ]
    key, table = "limits-reached", year_table(marts.summary, columns, "people, dollars")
    subtitle = "People whom a limit of the Internal Revenue Code affects in the year, leavers included"
    note = f"The limits of {estimated} and later are estimates, indexed from the last published ones."
    chart = charts.lines(key, marts.labels, series, wording.count, wording.count)
    return Exhibit(key, _limits_finding(marts), subtitle, table, chart, note if estimated else "")


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
    key, right = "employer-money-by-group", charts.Side("Share of employer money", "s1")
    subtitle = f"Share of the employer money of {year}, percent; the mark is the share of pay"
    table = Table("Group", columns, rows, "people, dollars, percent")
    chart = charts.bars(key, panels, form=wording.percent, right=right, mark_name="Share of pay")
    note = "A person: employer money over everybody in the group, those who get none included."
    return Exhibit(key, _distribution_finding(marts, by_pay), subtitle, table, chart, note)


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
