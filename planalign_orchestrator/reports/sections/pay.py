"""Pay growth by its measures."""

from planalign_orchestrator.reports import charts, wording
from planalign_orchestrator.reports.figures import dollar_cell, number, of, percent_cell, year_table
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.page import Exhibit, Section, section

MEASURES = {
    "growth_same_people": "Same people",
    "growth_all_actives": "All actives",
    "growth_continuous_actives": "Continuous actives",
    "growth_payroll": "Payroll",
}


def pay(marts: Marts) -> Section:
    """How pay grows, which depends on whose pay is compared with whose."""
    return section("pay", [_growth(marts)])


def _growth(marts: Marts) -> Exhibit:
    rows = marts.growth
    series = [
        charts.Series(name, [number(row[measure]) for row in rows], charts.tone(i))
        for i, (measure, name) in enumerate(MEASURES.items())
    ]
    columns = [of(name, measure, percent_cell) for measure, name in MEASURES.items()]
    columns += [
        of("Mean pay, opening", "mean_opening_compensation", dollar_cell),
        of("Mean pay, closing", "mean_closing_compensation", dollar_cell),
        of("Payroll", "payroll", dollar_cell),
    ]
    key, subtitle = "pay-growth", "Growth on the year before, percent"
    table = year_table(rows, columns, "percent and dollars")
    chart = charts.lines(key, marts.labels, series, wording.percent, wording.axis_percent)
    note = (
        "Mean pay is the mean annual rate; payroll is the pay earned in the year. Payroll growth needs a year before."
    )
    return Exhibit(key, _finding(marts), subtitle, table, chart, note)


def _finding(marts: Marts) -> str:
    last, year = marts.growth[-1], marts.years[-1]
    same, everybody = last["growth_same_people"], last["growth_all_actives"]
    if same is None or everybody is None:
        return f"There is no pay to compare in {year}"
    form = wording.percent
    if form(same) == form(everybody):
        return f"In {year} the same people's pay and the mean pay of all actives both grow by {form(same)}"
    why = "hires and leavers pull the mean down" if everybody < same else "hires and leavers push the mean up"
    return f"In {year} the same people's pay grows by {form(same)}, the mean of all actives by {form(everybody)}: {why}"
