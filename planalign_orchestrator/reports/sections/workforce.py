"""The workforce: headcount bridge, age and service, exits and promotions against the assumptions, growth of pay."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import sqrt

from planalign_orchestrator.reports import charts, wording
from planalign_orchestrator.reports.figures import (
    Band,
    by_band,
    count_cell,
    groups_by_year,
    percent_cell,
    share_cells,
    shown_share,
    year_lines,
    year_table,
)
from planalign_orchestrator.reports.marts import Figures, Group, Marts
from planalign_orchestrator.reports.page import Cell, Exhibit, Row, Section, Table, exhibit, section

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
    return section("workforce", [_headcount(marts), ages, services, *groups])


def movement(marts: Marts) -> Section:
    """Who leaves and who moves up, against what the assumptions say."""
    return section("movement", [_against(marts, "exits"), _against(marts, "promotions"), _reasons(marts)])


def _headcount(marts: Marts) -> Exhibit:
    parts = {"Hires": ("hires", 1), "Exits of opening staff": ("experienced_exits", -1),
             "Exits of new hires": ("new_hire_exits", -1)}  # fmt: skip
    steps = [
        (f"Start of {marts.years[0]}", marts.first["opening_headcount"]),
        *((name, sign * marts.total(measure)) for name, (measure, sign) in parts.items()),
        (f"End of {marts.years[-1]}", marts.last["closing_headcount"]),
    ]
    key, table = "headcount-bridge", year_table("headcount-bridge", marts.summary)
    chart = charts.bridge(key, steps, wording.count)
    misses = any(marts.over_years("difference_to_target"))
    note = "Exits are random: a year may close above or below its target." if misses else None
    return exhibit(key, _headcount_finding(marts), table, chart, period=marts.results.period, note=note)


def _headcount_finding(marts: Marts) -> str:
    before, after = marts.first["opening_headcount"], marts.last["closing_headcount"]
    span = f"over {len(marts.years)} years" if len(marts.years) > 1 else f"in {marts.years[0]}"
    if before == after:
        return f"Headcount stays at {wording.count(after)} {span}"
    change = f" ({wording.relative(before, after)})" if before else ""
    verb = "grows" if after > before else "shrinks"
    return f"Headcount {verb} from {wording.count(before)} to {wording.count(after)} {span}{change}"


def _census_group(marts: Marts, kind: str) -> Exhibit:
    groups = marts.groups(kind, marts.years[-1])
    measures = ("opening_headcount", "exits", "closing_headcount", "participants")
    rows = [Row(group.label, [count_cell(group[measure]) for measure in measures]) for group in groups]
    name = wording.words(kind)
    largest = max(groups, key=lambda group: group["closing_headcount"])
    title = f"{largest.label} is the largest {name} at the end of {marts.years[-1]}"
    table = Table(wording.sentence(name), ["Opening", "Exits", "Closing", "Participants"], rows, "people")
    key, texts = f"workforce-by-{kind.replace('_', '-')}", "workforce-by-census-group"
    return exhibit(key, title, table, texts=texts, name=name, year=marts.years[-1])


def _mix(marts: Marts, kind: str, key: str, name: str) -> Exhibit:
    by_year = [marts.groups(kind, year) for year in marts.years]
    opening = {group.name: group["opening_headcount"] for group in marts.groups(f"opening_{kind}", marts.years[0])}
    counts = [[opening.get(group.name, 0) for group in by_year[0]]]
    counts += [[group["closing_headcount"] for group in groups] for groups in by_year]
    shares, labels = [*map(share_cells, counts)], ["Census", *marts.labels]
    series = [
        charts.Series(group.label, [shown_share(year[i]) for year in shares], tone)
        for i, (group, tone) in enumerate(zip(by_year[0], charts.spread(len(by_year[0])), strict=True))
    ]
    rows = [
        Row(label, [cell for number, share in zip(numbers, cells, strict=True) for cell in (count_cell(number), share)])
        for label, numbers, cells in zip(labels, counts, shares, strict=True)
    ]
    columns = [heading for group in by_year[0] for heading in (group.label, "share")]
    table = Table("Year", columns, rows, "people, share of the year's headcount")
    chart = charts.columns(key, labels, series, form=lambda share: wording.percent(share, 0), highest=1.0)
    finding = _mix_finding(marts, by_year[-1], shares, name)
    return exhibit(key, finding, table, chart, texts="workforce-mix", name=name)


def _mix_finding(marts: Marts, groups: Sequence[Group], shares: Sequence[Sequence[Cell]], name: str) -> str:
    first, last = shares[0], shares[-1]
    if not any(cell.value for cell in last):
        return f"Nobody is employed at the end of {marts.years[-1]}"
    largest = max(range(len(last)), key=lambda i: last[i].value)
    those = _those(groups[largest], name)
    here = f"{those} are the largest group by {name}: {last[largest].text} at the end of {marts.years[-1]}"
    if len(shares) == 1 or not any(cell.value for cell in first):
        return here
    changes = [
        Decimal(str(after.value)) - Decimal(str(before.value)) for before, after in zip(first, last, strict=True)
    ]
    most = max(range(len(changes)), key=lambda i: abs(changes[i]))
    if abs(changes[most]) < HARDLY:
        return f"The mix by {name} hardly changes: {here[0].lower()}{here[1:]}"
    verb = "rises" if changes[most] > 0 else "falls"
    return (
        f"The share of {_those(groups[most], name).lower()} {verb} most, "
        f"from {first[most].text} to {last[most].text} of the workforce"
    )


def _those(group: Group, name: str) -> str:
    return f"People aged {group.label}" if name == "age" else f"People with {group.label} of service"


def _against(marts: Marts, what: str) -> Exhibit:
    names = {"opening_age_band": "Age", "opening_tenure_band": "Service", "opening_level": "Level"}
    odd = []

    def bands(kind: str) -> Iterator[Band]:
        for group in marts.pooled(kind, ["opening_headcount", what, f"expected_{what}"]):
            heads, expected = group["opening_headcount"], Decimal(group[f"expected_{what}"])
            if heads:
                seen, awaited = Decimal(group[what]) / heads, expected / heads
                cells = [count_cell(heads), count_cell(group[what]), Cell(f"{expected:,.1f}", expected)]
                yield group.label, float(seen), float(awaited), [*cells, percent_cell(seen), percent_cell(awaited)]
                if _is_odd(group[what], float(expected), heads):
                    odd.append(f"{names[kind].lower()} {group.label}")

    panels, rows = by_band(names, bands)
    key, name = f"{what}-by-band", wording.sentence(what)
    table = Table("At the opening", ["Person-years", name, "Expected", "Rate", "Expected rate"], rows)
    expected = "Expected from the assumptions"
    chart = charts.bars(key, panels, form=wording.percent, name="Simulated", mark_name=expected)
    return exhibit(
        key, _against_finding(marts, what, odd), table, chart, texts="against-assumptions",
        name=name, what=what, chance=CHANCE, period=marts.results.period,
    )  # fmt: skip


def _is_odd(seen: int, expected: float, heads: int) -> bool:
    # Where next to nobody is expected the spread is lopsided; one person more or less is then taken as its least.
    spread = sqrt(max(expected * (1 - min(expected / heads, 1)), 1.0))
    return abs(seen - expected) - 0.5 > CHANCE * spread


def _against_finding(marts: Marts, what: str, odd: Sequence[str]) -> str:
    number = marts.total("experienced_exits" if what == "exits" else "promotions")
    name = what if number != 1 else what.removesuffix("s")
    if not number:
        return "No opening staff leave" if what == "exits" else "There are no promotions"
    if odd:
        return f"{wording.count(number)} {name}; more or fewer than chance explains for {wording.listed(odd[:3])}"
    verb = "follow" if number != 1 else "follows"
    return f"{wording.count(number)} {name} {verb} the assumptions: every band is within what chance explains"


def _reasons(marts: Marts) -> Exhibit:
    table, chart = groups_by_year("exits-by-reason", marts, "termination_reason", "exits", ("All exits", _exits))
    return exhibit("exits-by-reason", _reasons_finding(marts), table, chart)


def _exits(row: Figures) -> int:
    return int(row["experienced_exits"] + row["new_hire_exits"])


def _reasons_finding(marts: Marts) -> str:
    everybody = sum(map(_exits, marts.summary))
    groups = marts.pooled("termination_reason", ["exits"])
    if not everybody or not groups:
        return "Nobody leaves"
    cut = next((group["exits"] for group in groups if group.name == "reduction_in_force"), 0)
    if cut:
        return f"{wording.sentence(wording.people(cut))} of {wording.count(everybody)} leave in a reduction in force"
    most = max(groups, key=lambda group: group["exits"])
    share = wording.percent(Decimal(most["exits"]) / everybody, 0)
    return f"{share} of {wording.count(everybody)} exits {'is' if everybody == 1 else 'are'} {most.label}"


def pay(marts: Marts) -> Section:
    """How pay grows, which depends on whose pay is compared with whose."""
    return section("pay", [year_lines("pay-growth", _pay_finding(marts), marts.growth)])


def _pay_finding(marts: Marts) -> str:
    last, year = marts.growth[-1], marts.years[-1]
    same, everybody = last["growth_same_people"], last["growth_all_actives"]
    if same is None or everybody is None:
        return f"There is no pay to compare in {year}"
    form = wording.percent
    if form(same) == form(everybody):
        return f"In {year} the same people's pay and the mean pay of all actives both grow by {form(same)}"
    why = "hires and leavers pull the mean down" if everybody < same else "hires and leavers push the mean up"
    return f"In {year} the same people's pay grows by {form(same)}, the mean of all actives by {form(everybody)}: {why}"
