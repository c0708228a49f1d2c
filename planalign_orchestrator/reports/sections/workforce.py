"""The workforce: headcount bridge, age and service, exits and promotions against the assumptions, growth of pay;
and who of it takes part in the plan.
"""

from math import sqrt

from planalign_orchestrator.reports import charts, show, wording
from planalign_orchestrator.reports.marts import NOBODY, Marts
from planalign_orchestrator.reports.page import FEW, Exhibit, Row, Section, Table, finding

AGE_AND_PAY = {"age_band": "Age", "pay_band": "Annual pay"}
_ORIGINS = {"census": "In the census", "hired": "Hired since"}
_NO_ORIGIN = dict.fromkeys(("people", "eligible", "participants", "ages", "service", "pay", "rates"), 0)
_NO_RATES = {"eligible": 0, "participants": 0, "participation_rate": None, "mean_deferral_rate": None}
"""What is known of a group of nobody."""
CHANCE = 3.0
"""Standard deviations within which a band's number is taken for chance; over some thirty bands, two would cry wolf in
most runs."""


def workforce(marts: Marts) -> Section:
    """Who is here."""
    ages = _mix(marts, "age_band", "workforce-by-age", "age")
    services = _mix(marts, "tenure_band", "workforce-by-service", "service")
    groups = [_census_group(marts, kind) for kind in marts.census_groups]
    return show.section("workforce", [_headcount(marts), ages, services, origins(marts), *groups])


def movement(marts: Marts) -> Section:
    """Who leaves and who moves up, against what the assumptions say."""
    return show.section("movement", [_against(marts, "exits"), _against(marts, "promotions"), _reasons(marts)])


def _headcount(marts: Marts) -> Exhibit:
    steps = [
        (f"Start of {marts.years[0]}", marts.first["opening_headcount"]),
        ("Hires", marts.total("hires")),
        ("Exits of opening staff", -marts.total("experienced_exits")),
        ("Exits of new hires", -marts.total("new_hire_exits")),
        (f"End of {marts.years[-1]}", marts.last["closing_headcount"]),
    ]
    key, table = "headcount-bridge", show.table_of("headcount-bridge", show.by_year(marts.summary))
    chart = charts.bridge(key, steps, wording.count)
    misses = any(marts.over_years("difference_to_target"))
    note = "Exits are random: a year may close above or below its target." if misses else None
    ends = {"before": marts.first["opening_headcount"], "after": marts.last["closing_headcount"]}
    title = finding("headcount", years=marts.years, **ends)
    return show.exhibit(key, title, table, chart, period=marts.results.period, note=note)


def _census_group(marts: Marts, kind: str) -> Exhibit:
    groups = marts.groups(kind, marts.years[-1])
    name = wording.words(kind)
    largest = max(groups, key=lambda group: group["closing_headcount"])
    title = f"{largest.label} is the largest {name} at the end of {marts.years[-1]}"
    key, texts = f"workforce-by-{kind.replace('_', '-')}", "workforce-by-census-group"
    rows, head = [(group.label, group) for group in groups], wording.sentence(name)
    return show.listed(key, title, rows, texts=texts, head=head, name=name, year=marts.years[-1])


def _mix(marts: Marts, kind: str, key: str, name: str) -> Exhibit:
    by_year = [marts.groups(kind, year) for year in marts.years]
    opening = {group.name: group["opening_headcount"] for group in marts.groups(f"opening_{kind}", marts.years[0])}
    counts = [[opening.get(group.name, 0) for group in by_year[0]]]
    counts += [[group["closing_headcount"] for group in groups] for groups in by_year]
    shares, labels = [*map(show.shares, counts)], ["Census", *marts.labels]
    series = [
        charts.Series(group.label, [show.share_shown(year[i]) for year in shares], tone)
        for i, (group, tone) in enumerate(zip(by_year[0], charts.spread(len(by_year[0])), strict=True))
    ]
    rows = [
        Row(label, [cell for number, share in zip(numbers, cells, strict=True) for cell in (show.count(number), share)])
        for label, numbers, cells in zip(labels, counts, shares, strict=True)
    ]
    columns = [heading for group in by_year[0] for heading in (group.label, "share")]
    table = Table("Year", columns, rows, "people, share of the year's headcount")
    chart = charts.columns(key, labels, series, form=lambda share: wording.percent(share, 0), highest=1.0)
    ends = [
        {"label": group.label, "first": first, "last": last, "move": round((last.value or 0) - (first.value or 0), 9)}
        for group, first, last in zip(by_year[-1], shares[0], shares[-1], strict=True)
    ]
    title = finding("mix", year=marts.years[-1], name=name, ends=ends)
    return show.exhibit(key, title, table, chart, texts="workforce-mix", name=name)


def _against(marts: Marts, what: str) -> Exhibit:
    names = {"opening_age_band": "Age", "opening_tenure_band": "Service", "opening_level": "Level"}
    measures = ["opening_headcount", what, f"expected_{what}"]
    groups = {kind: [one for one in marts.pooled(kind, measures) if one["opening_headcount"]] for kind in names}
    odd = [
        f"{names[kind].lower()} {group.label}"
        for kind, of_kind in groups.items()
        for group in of_kind
        if _is_odd(group[what], float(group[f"expected_{what}"]), group["opening_headcount"])
    ]
    number = marts.total("experienced_exits" if what == "exits" else what)
    panels = {names[kind]: [(group.label, group) for group in of_kind] for kind, of_kind in groups.items()}
    return show.banded(
        f"{what}-by-band", finding("against", what=what, number=number, odd=odd), panels, texts="against-assumptions",
        name=wording.sentence(what), what=what, chance=CHANCE, period=marts.results.period,
    )  # fmt: skip


def _is_odd(seen: int, expected: float, heads: int) -> bool:
    # Where next to nobody is expected the spread is lopsided; one person more or less is then taken as its least.
    spread = sqrt(max(expected * (1 - min(expected / heads, 1)), 1.0))
    return abs(seen - expected) - 0.5 > CHANCE * spread


def _reasons(marts: Marts) -> Exhibit:
    exits = [row["experienced_exits"] + row["new_hire_exits"] for row in marts.summary]
    groups = marts.pooled("termination_reason", ["exits"])
    cut = next((group["exits"] for group in groups if group.name == "reduction_in_force"), 0)
    most = max(groups, key=lambda group: group["exits"], default=None)
    title = finding("reasons", everybody=sum(exits), cut=cut, most=most)
    return show.groups_by_year("exits-by-reason", title, marts, "termination_reason", "exits", ("All exits", exits))


def pay(marts: Marts) -> Section:
    """How pay grows, which depends on whose pay is compared with whose."""
    growth = marts.results.rows("fct_compensation_growth")
    same, everybody = growth[-1]["growth_same_people"], growth[-1]["growth_all_actives"]
    title = finding("pay", same=same, everybody=everybody, year=marts.years[-1])
    return show.section("pay", [show.year_lines("pay-growth", title, growth)])


def participation(marts: Marts) -> Section:
    """Participation by age, pay and source, and the deferral distribution."""
    sources, rates = _by_source(marts), _deferrals(marts)
    return show.section("participation", [_by_age_and_pay(marts), *full_match(marts), sources, rates])


def _by_age_and_pay(marts: Marts) -> Exhibit:
    first, last = marts.years[0], marts.years[-1]
    panels = {}
    for kind, over in AGE_AND_PAY.items():
        both = zip(marts.groups(kind, first), marts.groups(kind, last), strict=True)
        panels[over] = [
            (after.label, {**_NO_RATES, **after.figures, "earlier": before.figures.get("participation_rate")})
            for before, after in both
            if before["closing_headcount"] or after["closing_headcount"]
        ]
    title, texts = _rate_finding(marts), "participation-of-one-year" if first == last else ""
    return show.banded("participation-by-age-and-pay", title, panels, texts=texts, first=first, last=last)


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
    key, heads = "participation-by-source", ("Headcount", marts.over_years("closing_headcount"))
    return show.groups_by_year(key, title, marts, "enrollment_source", "closing_headcount", heads)


def _deferrals(marts: Marts) -> Exhibit:
    ends = [marts.years[-1], *([marts.years[0]] if len(marts.years) > 1 else [])]
    bands = list(zip(*(marts.groups("deferral_band", year) for year in ends), strict=True))
    rows = [Row(same[0].label, [show.count(group["closing_headcount"]) for group in same]) for same in bands]
    totals = [show.count(row["closing_headcount"]) for row in (marts.last, marts.first)[: len(ends)]]
    total = Row("Headcount", totals, is_total=True)
    table = Table("Deferral rate", [f"End of {year}" for year in ends], [*rows, total], "people")
    key, (series, *marks) = "deferral-distribution", show.series_of(table, ["s1", "mark"])
    labels, mark = [row.label for row in rows], marks[0] if marks else None
    chart = charts.columns(key, labels, [series], form=wording.count, mark=mark)
    people = {group.label: group["closing_headcount"] for group, *_ in bands}
    nothing = people.pop("0%", 0)
    title = finding("deferral", last=marts.last, year=marts.years[-1], people=people, nothing=nothing)
    return show.exhibit(key, title, table, chart)


def full_match(marts: Marts) -> list[Exhibit]:
    """Who defers too little to get all of the match; nothing where there is none."""
    ceiling, year, everybody = marts.ceiling, marts.years[-1], marts.standing["origin"].values()
    eligible, missing = (sum(row[name] for row in everybody) for name in ("eligible", "missing"))
    if not ceiling or not eligible:
        return []
    groups = [(kind, group.label, marts.standing[kind].get(group.name, NOBODY))
              for kind in AGE_AND_PAY for group in marts.groups(kind, year)]  # fmt: skip
    found = [(kind, label, row) for kind, label, row in groups if row.get("eligible")]
    rates = [(show.rate(row["missing"], row["eligible"]), f"{'age' if kind == 'age_band' else 'pay'} {label}")
             for kind, label, row in found if row["eligible"] >= FEW]  # fmt: skip
    panels = {over: [(label, row) for of, label, row in found if of == kind] for kind, over in AGE_AND_PAY.items()}
    title = finding("full_match", eligible=eligible, missing=missing, ceiling=ceiling, year=year, rates=rates)
    return [show.banded("full-match", title, panels, year=year, ceiling=wording.axis_percent(ceiling))]


def origins(marts: Marts) -> Exhibit:
    """Those whom the run has hired beside those of the census."""
    year, found = marts.years[-1], marts.standing["origin"]
    bands = [(name, found.get(origin, _NO_ORIGIN)) for origin, name in _ORIGINS.items()]
    shares = [(row["people"], show.rate(row["participants"], row["eligible"])) for _, row in bands]
    return show.banded("hires-and-incumbents", finding("origins", year=year, shares=shares), {"": bands}, year=year)
