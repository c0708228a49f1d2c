"""Who takes part, how they came to it, and how much they defer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from planalign_orchestrator.reports import charts, wording
from planalign_orchestrator.reports.figures import count_cell, percent_cell
from planalign_orchestrator.reports.marts import Group, Marts
from planalign_orchestrator.reports.page import Exhibit, Row, Section, Table


def participation(marts: Marts) -> Section:
    """Participation by age, pay and source, and the deferral distribution."""
    return Section(
        "participation",
        "Participation",
        "Participation is the share of those eligible and employed at 31 December who defer something then.",
        [_by_age_and_pay(marts), _by_source(marts), _deferrals(marts)],
    )


def _by_age_and_pay(marts: Marts) -> Exhibit:
    first, last = marts.years[0], marts.years[-1]
    several = len(marts.years) > 1
    panels, rows, everybody = [], [], []
    for kind, name in {"age_band": "Age", "pay_band": "Annual pay"}.items():
        drawn = []
        for before, after in zip(marts.groups(kind, first), marts.groups(kind, last), strict=True):
            rate = after.figures.get("participation_rate")
            earlier = before.figures.get("participation_rate") if several else None
            if not before["closing_headcount"] and not after["closing_headcount"]:
                continue
            drawn.append(charts.Bar(after.label, _number(rate), _number(earlier)))
            rows.append(
                Row(
                    f"{name} {after.label}",
                    [
                        count_cell(after["eligible"]),
                        count_cell(after["participants"]),
                        percent_cell(rate),
                        *([percent_cell(earlier)] if several else []),
                        percent_cell(after.figures.get("mean_deferral_rate"), 2),
                    ],
                )
            )
            if kind == "age_band" and rate is not None:
                everybody.append(after)
        panels.append(charts.Panel(name, drawn))
    title = _rate_finding(marts, everybody)
    columns = ["Eligible", "Participants", f"Rate {last}", *([f"Rate {first}"] if several else []), "Mean deferral"]
    return Exhibit(
        "participation-by-age-and-pay",
        title,
        f"Participants as percent of those eligible at the end of {last}",
        Table("Group", columns, rows),
        charts.bars(
            panels,
            said=f"Participation by age and pay. {title}.",
            form=wording.percent,
            value_name=f"End of {last}",
            mark_name=f"End of {first}" if several else "",
        ),
    )


def _rate_finding(marts: Marts, groups: list[Group]) -> str:
    last = marts.last
    year = marts.years[-1]
    if not last["eligible"]:
        return f"Nobody is eligible at the end of {year}"
    if not last["participants"]:
        return f"Nobody of {wording.people(last['eligible'])} takes part at the end of {year}".replace(
            "of 1 person", "is there to take part: the one eligible person does not"
        )
    rates = [group.figures["participation_rate"] for group in groups]
    overall = wording.percent(last["participation_rate"])
    if not rates:
        return f"{overall} take part at the end of {year}"
    shown = {wording.percent(rate) for rate in rates}
    if len(shown) == 1:
        return f"{overall} take part at the end of {year}, in every age group alike"
    low, high = groups[rates.index(min(rates))], groups[rates.index(max(rates))]
    return (
        f"{overall} of those eligible take part: most at age {high.label} "
        f"({wording.percent(max(rates))}), fewest at {low.label} ({wording.percent(min(rates))})"
    )


def _by_source(marts: Marts) -> Exhibit:
    by_year = [marts.groups("enrollment_source", year) for year in marts.years]
    shown = [i for i in range(len(by_year[0])) if any(year[i]["closing_headcount"] for year in by_year)]
    series = [
        charts.Series(
            wording.sentence(by_year[0][i].label), [year[i]["closing_headcount"] for year in by_year], charts.tone(i)
        )
        for i in shown
    ]
    rows = [
        Row(year, [*(count_cell(groups[i]["closing_headcount"]) for i in shown), count_cell(row["closing_headcount"])])
        for year, groups, row in zip(marts.labels, by_year, marts.summary, strict=True)
    ]
    title = _source_finding(marts, by_year[-1])
    return Exhibit(
        "participation-by-source",
        title,
        "Headcount at 31 December by how people came to take part, or why not: people",
        Table("Year", [*(wording.sentence(by_year[0][i].label) for i in shown), "Headcount"], rows, "people"),
        charts.columns(
            marts.labels, series, said=f"Headcount by way of enrolment and year. {title}.", form=wording.count
        )
        if series
        else "",
    )


def _source_finding(marts: Marts, groups: list[Group]) -> str:
    taking_part = marts.last["participants"]
    year = marts.years[-1]
    sources = [group for group in groups if group["participants"]]
    if not taking_part or not sources:
        return f"There are no participants at the end of {year}"
    largest = max(sources, key=lambda group: group["participants"])
    parts = (
        f"{wording.count(largest['participants'])} of {wording.people(taking_part)} taking part at the end of {year} "
    )
    said = parts + ("was " if largest["participants"] == 1 else "were ") + largest.label.removesuffix(" in the census")
    said += " in the census" if largest.name == "census" else ""
    auto = next((group for group in groups if group.name == "auto"), None)
    if auto is not None and auto is not largest and auto["participants"]:
        said += f", {wording.count(auto['participants'])} automatically"
    return said


def _deferrals(marts: Marts) -> Exhibit:
    first, last = marts.years[0], marts.years[-1]
    several = len(marts.years) > 1
    before, after = (marts.groups("deferral_band", year) for year in (first, last))
    shown = [
        i
        for i, group in enumerate(after)
        if group.name != "<1%" or group["closing_headcount"] or before[i]["closing_headcount"]
    ]
    labels = [after[i].label for i in shown]
    mark = charts.Series(f"End of {first}", [before[i]["closing_headcount"] for i in shown], "mark")
    title = _deferral_finding(marts, after)
    heading = [f"End of {last}", *([f"End of {first}"] if several else [])]
    rows = [
        Row(
            after[i].label,
            [count_cell(groups[i]["closing_headcount"]) for groups in ([after, before] if several else [after])],
        )
        for i in shown
    ]
    totals = [count_cell(row["closing_headcount"]) for row in ([marts.last, marts.first] if several else [marts.last])]
    return Exhibit(
        "deferral-distribution",
        title,
        "People employed at 31 December by deferral rate; 3% stands for 3% to below 4%",
        Table("Deferral rate", heading, [*rows, Row("Headcount", totals, is_total=True)], "people"),
        charts.columns(
            labels,
            [charts.Series(f"End of {last}", [after[i]["closing_headcount"] for i in shown], "s1")],
            said=f"People by deferral rate. {title}.",
            form=wording.count,
            mark=mark if several else None,
        ),
    )


def _deferral_finding(marts: Marts, groups: list[Group]) -> str:
    heads = marts.last["closing_headcount"]
    year = marts.years[-1]
    if not heads:
        return f"Nobody is employed at the end of {year}"
    nothing = next((group["closing_headcount"] for group in groups if group.name == "0%"), 0)
    share = wording.percent(Decimal(nothing) / heads, 0)
    if not marts.last["participants"]:
        return f"Nobody defers anything at the end of {year}"
    some = [group for group in groups if group.name != "0%" and group["closing_headcount"]]
    if not some:
        return f"Nobody defers anything at the end of {year}"
    common = max(some, key=lambda group: group["closing_headcount"])
    return (
        f"The most common rate is {common.label} ({wording.people(common['closing_headcount'])}); "
        f"{share if nothing else 'nobody'} of all employed defer{'' if nothing and nothing != 1 else 's'} nothing"
    ).replace("nobody of all employed defers nothing", "everybody employed defers something")


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
