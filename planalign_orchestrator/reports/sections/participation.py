"""Who takes part, how they came to it, and how much they defer."""

from collections.abc import Iterator

from planalign_orchestrator.reports import charts, show, wording
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.page import FEW, Exhibit, Row, Section, Table, finding
from planalign_orchestrator.reports.sections.standing import AGE_AND_PAY, full_match
from planalign_orchestrator.reports.show import Band, by_band, groups_by_year, number, series_of


def participation(marts: Marts) -> Section:
    """Participation by age, pay and source, and the deferral distribution."""
    sources, rates = _by_source(marts), _deferrals(marts)
    return show.section("participation", [_by_age_and_pay(marts), *full_match(marts), sources, rates])


def _by_age_and_pay(marts: Marts) -> Exhibit:
    first, last = marts.years[0], marts.years[-1]
    several = len(marts.years) > 1

    def bands(kind: str) -> Iterator[Band]:
        for before, after in zip(marts.groups(kind, first), marts.groups(kind, last), strict=True):
            if before["closing_headcount"] or after["closing_headcount"]:
                rate, earlier = (group.figures.get("participation_rate") for group in (after, before))
                then = [show.percent(earlier)] if several else []
                mean = show.percent(after.figures.get("mean_deferral_rate"), 2)
                people = [show.count(after[measure]) for measure in ("eligible", "participants")]
                mark = number(earlier) if several else None
                yield after.label, number(rate), mark, [*people, show.percent(rate), *then, mean]

    columns = ["Eligible", "Participants", f"Rate {last}", *([f"Rate {first}"] if several else []), "Mean deferral"]
    key, mark_name = "participation-by-age-and-pay", f"End of {first}" if several else ""
    table, chart = by_band(key, AGE_AND_PAY, bands, columns, name=f"End of {last}", mark_name=mark_name)
    return show.exhibit(key, _rate_finding(marts), table, chart, last=last)


def _rate_finding(marts: Marts) -> str:
    year = marts.years[-1]
    rates = [
        (group.figures["participation_rate"], f"{named} {group.label}".replace("pay $", "pay of $"), group["eligible"])
        for kind, named in (("age_band", "at age"), ("pay_band", "with pay"))
        for group in marts.groups(kind, year)
        if group.figures.get("participation_rate") is not None
    ]
    rates = [entry for entry in rates if entry[2] >= FEW] or rates
    return finding("participation", last=marts.last, year=year, rates=rates)


def _by_source(marts: Marts) -> Exhibit:
    year = marts.years[-1]
    sources = [group for group in marts.groups("enrollment_source", year) if group["participants"]]
    largest = max(sources, key=lambda group: group["participants"], default=None)
    auto = next((group for group in sources if group.name == "auto" and group is not largest), None)
    title = finding("source", participants=marts.last["participants"], largest=largest, auto=auto, year=year)
    key, heads = "participation-by-source", ("Headcount", lambda row: row["closing_headcount"])
    return groups_by_year(key, title, marts, "enrollment_source", "closing_headcount", heads)


def _deferrals(marts: Marts) -> Exhibit:
    ends = [marts.years[-1], *([marts.years[0]] if len(marts.years) > 1 else [])]
    bands = list(zip(*(marts.groups("deferral_band", year) for year in ends), strict=True))
    rows = [Row(same[0].label, [show.count(group["closing_headcount"]) for group in same]) for same in bands]
    totals = [show.count(row["closing_headcount"]) for row in (marts.last, marts.first)[: len(ends)]]
    total = Row("Headcount", totals, is_total=True)
    table = Table("Deferral rate", [f"End of {year}" for year in ends], [*rows, total], "people")
    key, (series, *marks) = "deferral-distribution", series_of(table, ["s1", "mark"])
    labels, mark = [row.label for row in rows], marks[0] if marks else None
    chart = charts.columns(key, labels, [series], form=wording.count, mark=mark)
    people = {group.label: group["closing_headcount"] for group, *_ in bands}
    nothing = people.pop("0%", 0)
    title = finding("deferral", last=marts.last, year=marts.years[-1], people=people, nothing=nothing)
    return show.exhibit(key, title, table, chart)
