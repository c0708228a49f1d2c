"""The nondiscrimination tests, year by year, and what passing would cost."""

from collections.abc import Sequence
from typing import Any

from planalign_orchestrator.reports import show
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.page import Cell, Exhibit, Row, Section, Table, finding
from planalign_orchestrator.reports.testing import WAYS, TestOfYear, tests_of
from planalign_orchestrator.reports.wording import listed, sentence

_COLUMNS = ["NHCEs", "HCEs", "NHCE average", "HCE average", "Limit", "Margin", "Result", "Why"]


def testing(marts: Marts) -> Section:
    """What every test came to."""
    tests = tests_of(marts.results)
    failed = [test for test in tests if test.has_failed]
    costly = [test for test in failed if test.costs]
    return show.section("testing", [_all(tests, failed), *([_costs(costly)] if costly else [])])


def _all(tests: Sequence[TestOfYear], failed: Sequence[TestOfYear]) -> Exhibit:
    years = [str(year) for year in sorted({test.year for test in failed})]
    title = finding("failed", number=len(failed), where=f", in {listed(years)}")
    rows = [Row(f"{test.year} {test.name}", _cells(test)) for test in tests]
    return show.exhibit("tests", title, Table("Test", _COLUMNS, rows), open=bool(failed))


def _cells(test: TestOfYear) -> list[Cell]:
    row = test.row
    averages = [_points(row[name]) for name in ("nhce_average", "hce_average", "highest_allowed", "margin")]
    people = [show.count(row["n_nhce"]), show.count(row["n_hce"])]
    return [*people, *averages, show.text(test.result), show.text(test.reason)]


def _points(value: Any) -> Cell:
    return show.text("") if value is None else Cell(f"{value:.2f}".replace("-", "−"), value)


def _costs(failed: Sequence[TestOfYear]) -> Exhibit:
    rows = [Row(f"{test.year} {test.name}", [show.dollars(test.costs.get(way)) for way in WAYS]) for test in failed]
    moves = " ".join(f"{test.year}: {move}." for test in failed for move in test.moves())
    table = Table("Test", [sentence(way) for way in WAYS], rows, "dollars")
    return show.exhibit("ways-to-pass", "What passing would cost, by way", table, note=moves)
