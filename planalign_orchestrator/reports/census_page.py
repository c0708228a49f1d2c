"""Who is in a census, as exhibits of a page."""

from collections.abc import Mapping, Sequence
from typing import Any

from planalign_orchestrator.census.describe import QUANTILES
from planalign_orchestrator.reports import charts, show, wording
from planalign_orchestrator.reports.page import Cell, Exhibit, Row, Table
from planalign_orchestrator.reports.show import series_of

_RATES = ("participants' rate",)
_QUANTILES = {0.0: "Lowest", 0.1: "10% below", 0.5: "Median", 0.9: "90% below", 1.0: "Highest"}


def described(description: Mapping[str, Any]) -> list[Exhibit]:
    """The people employed: how measures spread, and each kind of group."""
    groups = [_groups(kind, groups) for kind, groups in description["groups"].items()]
    return [_spreads(description), *groups]


def _spreads(description: Mapping[str, Any]) -> Exhibit:
    rows = [Row(wording.sentence(spread["measure"]), _values(spread)) for spread in description["spreads"]]
    people, payroll = wording.people(description["employed"]), wording.short_dollars(description["payroll"])
    table = Table("Measure", [*_QUANTILES.values(), "Mean"], rows)
    saving = wording.counted(description["participants"], "participant")
    return show.exhibit("spreads", f"{people} employed, payroll {payroll}", table, participants=saving)


def _values(spread: Mapping[str, Any]) -> list[Cell]:
    by_share = dict(zip(QUANTILES, spread["quantiles"], strict=True))
    form = wording.percent if spread["measure"] in _RATES else wording.count
    return [Cell(form(value), value) for value in [*(by_share[share] for share in _QUANTILES), spread["mean"]]]


def _groups(kind: str, groups: Sequence[Mapping[str, Any]]) -> Exhibit:
    key = f"groups-{kind.split()[0].strip(',')}"
    rows = [Row(group["name"], _cells(group)) for group in groups]
    columns = ["People", "Mean pay", "Participants", "Share", "Mean rate"]
    table = Table("Group", columns, rows)
    chart = charts.columns(key, [row.label for row in rows], series_of(table, ["s1"]), form=wording.count)
    return show.exhibit(key, f"People by {kind}", table, chart, texts="census-groups")


def _cells(group: Mapping[str, Any]) -> list[Cell]:
    share = group["participants"] / group["people"]
    rate = None if group["mean_deferral"] is None else wording.exact(group["mean_deferral"])
    return [
        show.count(group["people"]), show.dollars(wording.exact(group["mean_pay"])), show.count(group["participants"]),
        Cell(wording.percent(share), share), show.percent(rate, 2),
    ]  # fmt: skip
