"""What the people employed at the end have: too low a rate for the full match, a place beside others, vested money."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from planalign_orchestrator.reports import charts, show, wording
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.page import FEW, Cell, Exhibit, Row, Table, finding
from planalign_orchestrator.reports.show import Band, by_band, number, rate

AGE_AND_PAY = {"age_band": "Age", "pay_band": "Annual pay"}
_ORIGINS = {"census": "In the census", "hired": "Hired since"}


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
                share = rate(Decimal(row["missing"]), Decimal(row["eligible"]))
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
        share = rate(taking, Decimal(row.get("eligible") or 0))
        means = [rate(Decimal(row.get(of) or 0), people) for of in ("ages", "service", "pay")]
        shown = [Cell(wording.ABSENT if mean is None else f"{mean:.1f}", mean) for mean in means[:2]]
        rates = [show.percent(share), show.percent(rate(Decimal(row.get("rates") or 0), taking), 2)]
        shares.append((int(people), share))
        rows.append(Row(name, [show.count(int(people)), *shown, show.dollars(means[2]), *rates], people=int(people)))
    columns = ["People", "Mean age", "Years of service", "Mean pay", "Participation", "Mean deferral"]
    bars = [charts.Bar(row.label, number(share)) for row, (_, share) in zip(rows, shares, strict=True)]
    title = finding("origins", year=year, shares=shares)
    chart = charts.bars(key, {"Participation": bars}, form=wording.percent, name="Participation")
    return show.exhibit(key, title, Table("Group", columns, rows), chart, year=year)


def vesting(marts: Marts) -> list[Exhibit]:
    """What of the employer's money people own; nothing where there is no account."""
    year, key, whole = marts.years[-1], "vested-accounts", marts.standing["origin"].values()
    balance, vested = (sum((row[name] for row in whole), Decimal()) for name in ("balance", "vested"))
    if not balance:
        return []

    def bands(kind: str) -> Iterator[Band]:
        for group in marts.groups(kind, year):
            if row := marts.standing[kind].get(group.name):
                share = rate(row["vested"], row["balance"])
                money = [show.dollars(row[name]) for name in ("balance", "vested")]
                yield group.label, number(share), None, [show.count(row["people"]), *money, show.percent(share)]

    columns, unit = ["People", "Employer accounts", "Vested", "Share vested"], "people, dollars, percent"
    table, chart = by_band(key, {"tenure_band": "Service"}, bands, columns, name="Share vested", unit=unit)
    title = finding("vested", share=rate(vested, balance), rest=balance - vested, year=year)
    return [show.exhibit(key, title, table, chart, year=year)]
