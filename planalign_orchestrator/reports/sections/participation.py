"""Who takes part, how they came to it, and how much they defer."""

from collections.abc import Iterator
from decimal import Decimal

from planalign_orchestrator.reports import charts, wording
from planalign_orchestrator.reports.figures import (
    Band,
    by_band,
    count_cell,
    groups_by_year,
    number,
    percent_cell,
    series_of,
)
from planalign_orchestrator.reports.marts import Group, Marts
from planalign_orchestrator.reports.page import FEW, Exhibit, Row, Section, Table, exhibit, section


def participation(marts: Marts) -> Section:
    """Participation by age, pay and source, and the deferral distribution."""
    return section("participation", [_by_age_and_pay(marts), _by_source(marts), _deferrals(marts)])


def _by_age_and_pay(marts: Marts) -> Exhibit:
    first, last = marts.years[0], marts.years[-1]
    several = len(marts.years) > 1

    def bands(kind: str) -> Iterator[Band]:
        for before, after in zip(marts.groups(kind, first), marts.groups(kind, last), strict=True):
            if before["closing_headcount"] or after["closing_headcount"]:
                rate, earlier = (group.figures.get("participation_rate") for group in (after, before))
                then = [percent_cell(earlier)] if several else []
                mean = percent_cell(after.figures.get("mean_deferral_rate"), 2)
                people = [count_cell(after[measure]) for measure in ("eligible", "participants")]
                mark = number(earlier) if several else None
                yield after.label, number(rate), mark, [*people, percent_cell(rate), *then, mean]

    panels, rows = by_band({"age_band": "Age", "pay_band": "Annual pay"}, bands)
    columns = ["Eligible", "Participants", f"Rate {last}", *([f"Rate {first}"] if several else []), "Mean deferral"]
    key, mark_name = "participation-by-age-and-pay", f"End of {first}" if several else ""
    chart = charts.bars(key, panels, form=wording.percent, name=f"End of {last}", mark_name=mark_name)
    return exhibit(key, _rate_finding(marts), Table("Group", columns, rows), chart, last=last)


def _rate_finding(marts: Marts) -> str:
    last, year = marts.last, marts.years[-1]
    if not last["eligible"]:
        return f"Nobody is eligible at the end of {year}"
    if not last["participants"]:
        are = "is" if last["eligible"] == 1 else "are"
        return f"Nobody takes part at the end of {year}; {wording.people(last['eligible'])} {are} eligible"
    overall = wording.percent(last["participation_rate"])
    found = [
        (group.figures["participation_rate"], f"{named} {group.label}".replace("pay $", "pay of $"), group["eligible"])
        for kind, named in (("age_band", "at age"), ("pay_band", "with pay"))
        for group in marts.groups(kind, year)
        if group.figures.get("participation_rate") is not None
    ]
    found = [entry for entry in found if entry[2] >= FEW] or found
    if len({wording.percent(rate) for rate, _, _ in found}) < 2:
        return f"{overall} take part at the end of {year}" + (", in every group alike" if found else "")
    most, fewest = (
        f"{said} ({wording.percent(rate)} of {wording.count(eligible)})"
        for rate, said, eligible in (max(found), min(found))
    )
    return f"{overall} of those eligible take part: most {most}, fewest {fewest}"


def _by_source(marts: Marts) -> Exhibit:
    key, heads = "participation-by-source", ("Headcount", lambda row: row["closing_headcount"])
    table, chart = groups_by_year(key, marts, "enrollment_source", "closing_headcount", heads)
    return exhibit(key, _source_finding(marts), table, chart)


def _source_finding(marts: Marts) -> str:
    year = marts.years[-1]
    sources = [group for group in marts.groups("enrollment_source", year) if group["participants"]]
    if not sources:
        return f"There are no participants at the end of {year}"
    everybody = wording.people(marts.last["participants"])
    largest = max(sources, key=lambda group: group["participants"])
    were = "was" if largest["participants"] == 1 else "were"
    said = f"{wording.count(largest['participants'])} of {everybody} taking part at the end of {year} {were}"
    auto = next((group for group in sources if group.name == "auto" and group is not largest), None)
    return f"{said} {largest.label}" + (f", {wording.count(auto['participants'])} automatically" if auto else "")


def _deferrals(marts: Marts) -> Exhibit:
    ends = [marts.years[-1], *([marts.years[0]] if len(marts.years) > 1 else [])]
    bands = list(zip(*(marts.groups("deferral_band", year) for year in ends), strict=True))
    rows = [Row(same[0].label, [count_cell(group["closing_headcount"]) for group in same]) for same in bands]
    totals = [count_cell(row["closing_headcount"]) for row in (marts.last, marts.first)[: len(ends)]]
    total = Row("Headcount", totals, is_total=True)
    table = Table("Deferral rate", [f"End of {year}" for year in ends], [*rows, total], "people")
    key, (series, *marks) = "deferral-distribution", series_of(table, ["s1", "mark"])
    labels, mark = [row.label for row in rows], marks[0] if marks else None
    chart = charts.columns(key, labels, [series], form=wording.count, mark=mark)
    return exhibit(key, _deferral_finding(marts, [same[0] for same in bands]), table, chart)


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
