"""What a match pays at each deferral rate, as a chart."""

from fractions import Fraction

from planalign_orchestrator.config.contributions import Match, MatchBand
from planalign_orchestrator.reports import charts, show, wording
from planalign_orchestrator.reports.page import Cell, Exhibit, Row, Table
from planalign_orchestrator.reports.plan_arithmetic import exact, match_parts, tiers_of, total_of
from planalign_orchestrator.reports.show import series_of

_RATES = [exact(percent) / 100 for percent in range(0, 16)]
_MOST_BANDS = 7
_PAY = Fraction(100_000)
"""Of the person whom the curve is drawn for; any amount without a limit gives the same shares."""


def match_curve(match: Match) -> Exhibit | None:
    """The match as a share of pay by deferral rate, for each band; None where the plan has no match."""
    bands = match.bands()[:_MOST_BANDS] if match.family != "none" else []
    if not bands:
        return None
    names = ["Match"] if len(bands) == 1 else [f"From {band.minimum}" for band in bands]
    shares = [[_share(match, band, rate) for rate in _RATES] for band in bands]
    labels = [wording.axis_percent(float(rate)) for rate in _RATES]
    rows = [Row(label, [Cell(wording.percent2(of[i]), of[i]) for of in shares]) for i, label in enumerate(labels)]
    table = Table("Deferral rate", names, rows, "percent of pay")
    series = series_of(table, map(charts.tone, range(len(names))))
    chart = charts.lines("match-curve", labels, series, wording.percent2, wording.axis_percent)
    return show.exhibit("match-curve", "What the match pays", table, chart)


def _share(match: Match, band: MatchBand, rate: Fraction) -> float:
    share = total_of(match_parts(tiers_of(band), rate * _PAY, _PAY)) / _PAY
    return float(share if match.max_match_percentage is None else min(share, exact(match.max_match_percentage)))
