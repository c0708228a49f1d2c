"""The workforce: headcount bridge, age and service, exits and promotions against the assumptions, growth of pay;
and who of it takes part in the plan.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import sqrt
from typing import Any

from planalign_orchestrator.reports import charts, show, wording
from planalign_orchestrator.reports.marts import Figures, Group, Marts
from planalign_orchestrator.reports.page import FEW, Cell, Exhibit, Row, Section, Table, finding
from planalign_orchestrator.reports.show import Band, by_band, groups_by_year, number, series_of, year_lines, year_table

AGE_AND_PAY = {"age_band": "Age", "pay_band": "Annual pay"}
_ORIGINS = {"census": "In the census", "hired": "Hired since"}
CHANCE = 3.0
"""Standard deviations within which a band's number is taken for chance; over some thirty bands, two would cry wolf in
most runs."""
HARDLY = Decimal("0.01")
"""A change of a share below this is told as none."""


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
    key, table = "headcount-bridge", year_table("headcount-bridge", marts.summary)
    chart = charts.bridge(key, steps, wording.count)
    misses = any(marts.over_years("difference_to_target"))
    note = "Exits are random: a year may close above or below its target." if misses else None
    ends = {"before": marts.first["opening_headcount"], "after": marts.last["closing_headcount"]}
    title = finding("headcount", years=marts.years, **ends)
    return show.exhibit(key, title, table, chart, period=marts.results.period, note=note)


def _census_group(marts: Marts, kind: str) -> Exhibit:
    groups = marts.groups(kind, marts.years[-1])
    measures = ("opening_headcount", "exits", "closing_headcount", "participants")
    rows = [Row(group.label, [show.count(group[measure]) for measure in measures]) for group in groups]
    name = wording.words(kind)
    largest = max(groups, key=lambda group: group["closing_headcount"])
    title = f"{largest.label} is the largest {name} at the end of {marts.years[-1]}"
    table = Table(wording.sentence(name), ["Opening", "Exits", "Closing", "Participants"], rows, "people")
    key, texts = f"workforce-by-{kind.replace('_', '-')}", "workforce-by-census-group"
    return show.exhibit(key, title, table, texts=texts, name=name, year=marts.years[-1])


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
    title = _mix_finding(marts.years[-1], name, by_year[-1], shares)
    return show.exhibit(key, title, table, chart, texts="workforce-mix", name=name)


def _mix_finding(year: int, name: str, groups: Sequence[Group], shares: Sequence[Sequence[Cell]]) -> str:
    """Which group is the largest at the end, and which share moves most where there is a share to begin with."""
    first, last = shares[0], shares[-1]
    if not any(cell.value for cell in last):
        return finding("mix", year=year, largest="")
    largest = max(range(len(last)), key=lambda i: last[i].value)
    words = {"name": name, "largest": groups[largest].label, "of_largest": last[largest].text, "most": ""}
    if len(shares) > 1 and any(cell.value for cell in first):
        moves = [Decimal(str(after.value)) - Decimal(str(then.value)) for then, after in zip(first, last, strict=True)]
        most = max(range(len(moves)), key=lambda i: abs(moves[i]))
        ends = {"before": first[most].text, "after": last[most].text}
        change = moves[most] if abs(moves[most]) >= HARDLY else 0
        return finding("mix", year=year, moves=change, **{**words, **ends, "most": groups[most].label.lower()})
    return finding("mix", year=year, **words)


def _against(marts: Marts, what: str) -> Exhibit:
    names = {"opening_age_band": "Age", "opening_tenure_band": "Service", "opening_level": "Level"}
    odd = []

    def bands(kind: str) -> Iterator[Band]:
        for group in marts.pooled(kind, ["opening_headcount", what, f"expected_{what}"]):
            heads, expected = group["opening_headcount"], Decimal(group[f"expected_{what}"])
            if heads:
                seen, awaited = Decimal(group[what]) / heads, expected / heads
                cells = [show.count(heads), show.count(group[what]), Cell(f"{expected:,.1f}", expected)]
                yield group.label, float(seen), float(awaited), [*cells, show.percent(seen), show.percent(awaited)]
                if _is_odd(group[what], float(expected), heads):
                    odd.append(f"{names[kind].lower()} {group.label}")

    key, name = f"{what}-by-band", wording.sentence(what)
    columns, expected = ["Person-years", name, "Expected", "Rate", "Expected rate"], "Expected from the assumptions"
    table, chart = by_band(key, names, bands, columns, name="Simulated", mark_name=expected, head="At the opening")
    number = marts.total("experienced_exits" if what == "exits" else what)
    return show.exhibit(
        key, finding("against", what=what, number=number, odd=odd), table, chart, texts="against-assumptions",
        name=name, what=what, chance=CHANCE, period=marts.results.period,
    )  # fmt: skip


def _is_odd(seen: int, expected: float, heads: int) -> bool:
    # Where next to nobody is expected the spread is lopsided; one person more or less is then taken as its least.
    spread = sqrt(max(expected * (1 - min(expected / heads, 1)), 1.0))
    return abs(seen - expected) - 0.5 > CHANCE * spread


def _reasons(marts: Marts) -> Exhibit:
    everybody = sum(map(_exits, marts.summary))
    groups = marts.pooled("termination_reason", ["exits"])
    cut = next((group["exits"] for group in groups if group.name == "reduction_in_force"), 0)
    most = max(groups, key=lambda group: group["exits"], default=None)
    title = finding("reasons", everybody=everybody, cut=cut, most=most)
    return groups_by_year("exits-by-reason", title, marts, "termination_reason", "exits", ("All exits", _exits))


def _exits(row: Figures) -> int:
    return int(row["experienced_exits"] + row["new_hire_exits"])


def pay(marts: Marts) -> Section:
    """How pay grows, which depends on whose pay is compared with whose."""
    growth = marts.results.rows("fct_compensation_growth")
    same, everybody = growth[-1]["growth_same_people"], growth[-1]["growth_all_actives"]
    title = finding("pay", same=same, everybody=everybody, year=marts.years[-1])
    return show.section("pay", [year_lines("pay-growth", title, growth)])


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


def full_match(marts: Marts) -> list[Exhibit]:
    """Who defers too little to get all of the match; nothing where there is none."""
    key, ceiling, year = "full-match", marts.ceiling, marts.years[-1]
    found: list[tuple[Any, str]] = []
    everybody = marts.standing["origin"].values()
    eligible, missing = (sum(row[name] for row in everybody) for name in ("eligible", "missing"))
    if not ceiling or not eligible:
        return []

    def bands(kind: str) -> Iterator[Band]:
        for group in marts.groups(kind, year):
            if (row := marts.standing[kind].get(group.name)) and row["eligible"]:
                share = show.rate(Decimal(row["missing"]), Decimal(row["eligible"]))
                if row["eligible"] >= FEW:
                    found.append((share, f"{'age' if kind == 'age_band' else 'pay'} {group.label}"))
                counts = [show.count(row[name]) for name in ("eligible", "missing", "nothing")]
                yield group.label, number(share), None, [*counts, show.percent(share)]

    columns, name = ["Eligible", "Miss some", "Defer nothing", "Share that misses some"], "Miss a part of the match"
    table, chart = by_band(key, AGE_AND_PAY, bands, columns, name=name, unit="people, percent")
    title = finding("full_match", eligible=eligible, missing=missing, ceiling=ceiling, year=year, rates=found)
    return [show.exhibit(key, title, table, chart, year=year, ceiling=wording.axis_percent(ceiling))]


def origins(marts: Marts) -> Exhibit:
    """Those whom the run has hired beside those of the census."""
    year, key, shares, rows = marts.years[-1], "hires-and-incumbents", [], []
    for origin, name in _ORIGINS.items():
        row = marts.standing["origin"].get(origin, {})
        people, taking = (Decimal(row.get(of) or 0) for of in ("people", "participants"))
        share = show.rate(taking, Decimal(row.get("eligible") or 0))
        means = [show.rate(Decimal(row.get(of) or 0), people) for of in ("ages", "service", "pay")]
        shown = [Cell(wording.ABSENT if mean is None else f"{mean:.1f}", mean) for mean in means[:2]]
        rates = [show.percent(share), show.percent(show.rate(Decimal(row.get("rates") or 0), taking), 2)]
        shares.append((int(people), share))
        rows.append(Row(name, [show.count(int(people)), *shown, show.dollars(means[2]), *rates], people=int(people)))
    columns = ["People", "Mean age", "Years of service", "Mean pay", "Participation", "Mean deferral"]
    bars = [charts.Bar(row.label, number(share)) for row, (_, share) in zip(rows, shares, strict=True)]
    title = finding("origins", year=year, shares=shares)
    chart = charts.bars(key, {"Participation": bars}, form=wording.percent, name="Participation")
    return show.exhibit(key, title, Table("Group", columns, rows), chart, year=year)
