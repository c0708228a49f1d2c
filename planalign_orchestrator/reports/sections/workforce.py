"""The workforce: headcount bridge, age and service, exits and promotions against the assumptions."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import sqrt
from typing import Any

from planalign_orchestrator.reports import charts, wording
from planalign_orchestrator.reports.figures import count_cell, percent_cell, share_cells, shown_share
from planalign_orchestrator.reports.marts import Figures, Group, Marts
from planalign_orchestrator.reports.page import Cell, Exhibit, Row, Section, Table

CHANCE = 3.0
"""Standard deviations within which a band's number is taken for chance; over some thirty bands, two would cry wolf in
most runs."""
HARDLY = Decimal("0.01")
"""A change of a share below this is told as none."""


def workforce(marts: Marts) -> Section:
    """Who is here."""
    return Section(
        "workforce",
        "Workforce",
        "Heads at 31 December, leavers in the year they leave. Age and service are completed years.",
        [
            headcount_bridge(marts),
            _mix(marts, "age_band", "workforce-by-age", "age"),
            _mix(marts, "tenure_band", "workforce-by-service", "service"),
        ],
    )


def movement(marts: Marts) -> Section:
    """Who leaves and who moves up, against what the assumptions say."""
    return Section(
        "movement",
        "Exits and promotions against the assumptions",
        "The quota of exits says how many leave, the hazards by age, service and level say who. Bars are what the "
        "simulation drew over all years, marks what the hazards make us expect of the same people.",
        [_against(marts, "exits"), _against(marts, "promotions"), _reasons(marts)],
    )


def headcount_bridge(marts: Marts) -> Exhibit:
    """Opening, hires, exits, closing of each year."""
    rows = marts.summary
    years = [
        charts.YearOfBridge(
            str(row["simulation_year"]),
            row["opening_headcount"],
            [
                ("Hires", "s3", row["hires"]),
                ("Exits of experienced staff", "s2", -row["experienced_exits"]),
                ("Exits of new hires", "s5", -row["new_hire_exits"]),
            ],
        )
        for row in rows
    ]
    title = _bridge_finding(marts)
    measures = ("opening_headcount", "hires", "experienced_exits", "new_hire_exits", "closing_headcount")
    table = Table(
        "Year",
        ["Opening", "+ Hires", "− Exits, experienced", "− Exits, new hires", "= Closing", "Target", "Growth"],
        [
            Row(
                str(row["simulation_year"]),
                [
                    *(count_cell(row[measure]) for measure in measures),
                    count_cell(row["target_headcount"]),
                    percent_cell(row["growth_rate"]),
                ],
            )
            for row in rows
        ],
        "people",
    )
    return Exhibit(
        "headcount-bridge",
        title,
        "People: opening headcount, hires and exits of each year. The axis does not start at zero.",
        table,
        charts.bridge(years, said=f"Headcount bridge by year. {title}.", form=wording.count),
        "Every year closes on its target: opening × (1 + growth), rounded.",
        open=True,
    )


def _bridge_finding(marts: Marts) -> str:
    before, after = marts.first["opening_headcount"], marts.last["closing_headcount"]
    span = f"over {len(marts.years)} years" if len(marts.years) > 1 else f"in {marts.years[0]}"
    if before == after:
        return f"Headcount stays at {wording.count(after)} {span}"
    verb = "grows" if after > before else "shrinks"
    share = wording.percent(Decimal(after - before) / before) if before else ""
    return f"Headcount {verb} from {wording.count(before)} to {wording.count(after)} {span}" + (
        f" ({'+' if after > before else ''}{share})" if share else ""
    )


def _mix(marts: Marts, kind: str, key: str, name: str) -> Exhibit:
    by_year = [marts.groups(kind, year) for year in marts.years]
    shares = [share_cells([group["closing_headcount"] for group in groups]) for groups in by_year]
    tones = _spread(len(by_year[0]))
    series = [
        charts.Series(group.label, [shown_share(year[i]) for year in shares], tones[i])
        for i, group in enumerate(by_year[0])
    ]
    rows = [
        Row(
            year,
            [
                cell
                for group, share in zip(groups, cells, strict=True)
                for cell in (count_cell(group["closing_headcount"]), share)
            ],
        )
        for year, groups, cells in zip(marts.labels, by_year, shares, strict=True)
    ]
    title = _mix_finding(marts, by_year, shares, name)
    columns = [heading for group in by_year[0] for heading in (group.label, "share")]
    return Exhibit(
        key,
        title,
        f"Share of the headcount at 31 December by {name}, percent",
        Table("Year", columns, rows, "people, share of the year's headcount"),
        charts.columns(
            marts.labels, series, said=f"Workforce by {name} and year. {title}.", form=_whole_percent, highest=1.0
        ),
    )


def _mix_finding(marts: Marts, by_year: Sequence[Sequence[Group]], shares: Sequence[Sequence[Cell]], name: str) -> str:
    last_year = marts.years[-1]
    first, last = shares[0], shares[-1]
    if not any(cell.value for cell in last):
        return f"Nobody is employed at the end of {last_year}"
    largest = max(range(len(last)), key=lambda i: last[i].value or 0)
    those = _those(by_year[-1][largest], name)
    here = f"{those} are the largest group by {name}: {last[largest].text} at the end of {last_year}"
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
        f"The share of {_those(by_year[-1][most], name).lower()} {verb} most, "
        f"from {first[most].text} to {last[most].text} of the workforce"
    )


def _those(group: Group, name: str) -> str:
    return f"People aged {group.label}" if name == "age" else f"People with {group.label} of service"


def _against(marts: Marts, what: str) -> Exhibit:
    expected = f"expected_{what}"
    names = {"opening_age_band": "Age", "opening_tenure_band": "Service", "opening_level": "Level"}
    panels, rows, odd = [], [], []
    for kind, name in names.items():
        drawn = []
        for group in marts.pooled(kind, ["opening_headcount", what, expected]):
            heads = group["opening_headcount"]
            if not heads:
                continue
            rate, awaited = Decimal(group[what]) / heads, Decimal(group[expected]) / heads
            drawn.append(charts.Bar(group.label, float(rate), float(awaited)))
            rows.append(
                Row(
                    f"{name} {group.label}",
                    [
                        count_cell(heads),
                        count_cell(group[what]),
                        Cell(f"{Decimal(group[expected]):,.1f}", group[expected]),
                        percent_cell(rate),
                        percent_cell(awaited),
                    ],
                )
            )
            if _is_odd(group[what], float(group[expected]), heads):
                odd.append(f"{name.lower()} {group.label}")
        panels.append(charts.Panel(name, drawn))
    title = _against_finding(marts, what, odd)
    return Exhibit(
        f"{what}-by-band",
        title,
        f"{wording.sentence(what)} a year, percent of the band's opening headcount, {marts.results.period} together",
        Table("At the opening", ["Person-years", wording.sentence(what), "Expected", "Rate", "Expected rate"], rows),
        charts.bars(
            panels,
            said=f"Rate of {what} by age, service and level beside the rate to expect. {title}.",
            form=wording.percent,
            value_name="Simulated",
            mark_name="Expected from the assumptions",
        ),
        f"A band counts as unusual when its {what} are more than {CHANCE:g} standard deviations from what is expected.",
    )


def _is_odd(seen: int, expected: float, heads: int) -> bool:
    # Where next to nobody is expected the spread is lopsided; one person more or less is then taken as its least.
    spread = sqrt(max(expected * (1 - min(expected / heads, 1)), 1.0))
    return abs(seen - expected) - 0.5 > CHANCE * spread


def _against_finding(marts: Marts, what: str, odd: Sequence[str]) -> str:
    number = marts.total("experienced_exits" if what == "exits" else "promotions")
    name = what if number != 1 else what.removesuffix("s")
    if not number:
        return f"There are no {what} of experienced staff" if what == "exits" else "There are no promotions"
    verb = "follow" if number != 1 else "follows"
    if odd:
        return f"{wording.count(number)} {name}; more or fewer than chance explains for {wording.listed(odd[:3])}"
    return f"{wording.count(number)} {name} {verb} the assumptions: every band is within what chance explains"


def _reasons(marts: Marts) -> Exhibit:
    by_year = [marts.groups("termination_reason", year) for year in marts.years]
    names = [wording.sentence(group.label) for group in by_year[0]]
    series = [
        charts.Series(name, [year[i]["exits"] for year in by_year], charts.tone(i)) for i, name in enumerate(names)
    ]
    rows = [
        Row(
            str(row["simulation_year"]),
            [*(count_cell(group["exits"]) for group in groups), count_cell(_all_exits(row))],
        )
        for row, groups in zip(marts.summary, by_year, strict=True)
    ]
    title = _reasons_finding(marts)
    return Exhibit(
        "exits-by-reason",
        title,
        "Exits of the year, new hires' included, by reason: people",
        Table("Year", [*names, "All exits"], rows, "people"),
        charts.columns(marts.labels, series, said=f"Exits by reason and year. {title}.", form=wording.count)
        if series
        else "",
    )


def _all_exits(row: Figures) -> int:
    return int(row["experienced_exits"] + row["new_hire_exits"])


def _reasons_finding(marts: Marts) -> str:
    everybody = sum(map(_all_exits, marts.summary))
    groups = marts.pooled("termination_reason", ["exits"])
    if not everybody or not groups:
        return "Nobody leaves"
    cut = next((group["exits"] for group in groups if group.name == "reduction_in_force"), 0)
    if cut:
        return f"{wording.sentence(wording.people(cut))} of {wording.count(everybody)} leave in a reduction in force"
    most = max(groups, key=lambda group: group["exits"])
    share = wording.percent(Decimal(most["exits"]) / everybody, 0)
    return f"{share} of {wording.count(everybody)} exits {'is' if everybody == 1 else 'are'} {most.label}"


def _spread(number: int) -> list[str]:
    """Tones for a number of ordered groups; with few of them, those that differ most."""
    tones = charts.ORDERED_TONES
    if number > len(tones):
        return [tones[min(i * len(tones) // number, len(tones) - 1)] for i in range(number)]
    return [tones[round(i * (len(tones) - 1) / max(number - 1, 1))] for i in range(number)]


def _whole_percent(share: Any) -> str:
    return wording.percent(share, 0)
