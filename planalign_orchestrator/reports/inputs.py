"""What is shown of a run's inputs: who is in a census, as exhibits of a page; what a match pays, as a chart."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from planalign_orchestrator.census.describe import QUANTILES
from planalign_orchestrator.config.contributions import Match, MatchBand
from planalign_orchestrator.reports import charts, show, wording
from planalign_orchestrator.reports.page import Cell, Exhibit, Row, Table
from planalign_orchestrator.reports.plan_arithmetic import exact, match_parts, tiers_of, total_of

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
    form = wording.percent if spread["measure"] == "participants' rate" else wording.count
    return [Cell(form(value), value) for value in [*(by_share[share] for share in _QUANTILES), spread["mean"]]]


def _groups(kind: str, groups: Sequence[Mapping[str, Any]]) -> Exhibit:
    key = f"groups-{kind.split()[0].strip(',')}"
    table = show.table_of(key, [(group["name"], group) for group in groups], "census-groups")
    chart = charts.columns(key, [row.label for row in table.rows], show.series_of(table, ["s1"]), form=wording.count)
    return show.exhibit(key, f"People by {kind}", table, chart, texts="census-groups")


_DEFERRALS = [exact(percent) / 100 for percent in range(0, 16)]
_MOST_BANDS = 7
_PAY = Fraction(100_000)
"""Of the person whom the curve is drawn for; any amount without a limit gives the same shares."""


def match_curve(match: Match) -> Exhibit | None:
    """The match as a share of pay by deferral rate, for each band; None where the plan has no match."""
    bands = match.bands()[:_MOST_BANDS] if match.family != "none" else []
    if not bands:
        return None
    names = ["Match"] if len(bands) == 1 else [f"From {band.minimum}" for band in bands]
    shares = [[_share(match, band, rate) for rate in _DEFERRALS] for band in bands]
    labels = [wording.axis_percent(float(rate)) for rate in _DEFERRALS]
    rows = [Row(label, [Cell(wording.percent2(of[i]), of[i]) for of in shares]) for i, label in enumerate(labels)]
    table = Table("Deferral rate", names, rows, "percent of pay")
    series = show.series_of(table, map(charts.tone, range(len(names))))
    chart = charts.lines("match-curve", labels, series, wording.percent2, wording.axis_percent)
    return show.exhibit("match-curve", "What the match pays", table, chart)


def _share(match: Match, band: MatchBand, rate: Fraction) -> float:
    share = total_of(match_parts(tiers_of(band), rate * _PAY, _PAY)) / _PAY
    return float(share if match.max_match_percentage is None else min(share, exact(match.max_match_percentage)))
