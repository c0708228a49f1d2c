"""The nondiscrimination tests of a run: what each came to, what passing costs, and what would move it."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from planalign_orchestrator.json_text import plain
from planalign_orchestrator.reports import show
from planalign_orchestrator.reports.definitions import column
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.page import Exhibit, Row, Section, Table, finding, told
from planalign_orchestrator.reports.results import RunResults
from planalign_orchestrator.reports.wording import hundredths, listed, sentence, words
from planalign_orchestrator.tables import table

WAYS = {way: row["cost"] for way, row in table(__package__, "ways_to_pass").items()}
"""What passing costs, by way; a refund costs the HCEs and not the employer."""
FAILED = ("fail", "corrected")
"""The results of a test that fails, corrected or not."""
_HUNDREDTH = Decimal("0.01")


class TestOfYear:
    """A test of one group in one year.

    Args:
        row: of ``fct_ndt_test``.

    Attributes:
        year: the plan year.
        name: what it is called, with its group where there are several.
        result: how it ended; ``has_failed``, corrected or not.
        is_an_average: whether it compares averages of ratios (ADP, ACP).
        reason: why it is exempt, why it had to be run, or what a failed test of coverage or amount falls short of.
        costs: what each way of passing costs, of a test that fails.
    """

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.row, self.year, group = row, int(row["simulation_year"]), row["test_group"]
        self.name = name_of(row["test"]) + ("" if group == "all" else f", {_named('test_group', group)}")
        self.result, self.has_failed = _named("result", row["result"]), row["result"] in FAILED
        self.is_an_average = row["test"] in ("adp", "acp")
        must_run = row["not_exempt_reason"]
        self.reason = words(row["exempt_reason"] or "") or (f"no safe harbor: {words(must_run)}" if must_run else "")
        if self.has_failed and not self.is_an_average:
            self.reason = _shortfall(row)
        ways = WAYS if self.has_failed and self.is_an_average else {}
        self.costs = {way: row[name] for way, name in ways.items() if row[name] is not None}

    def moves(self) -> list[str]:
        """What would bring a failed average to its limit, and what keeps a passed one there."""
        row, cap, needed, share, now = self.row, None, None, Decimal(), Decimal()
        if not self.is_an_average or row["margin"] is None or row["result"] in ("exempt", "not_applicable"):
            return []
        if self.has_failed and row["leveled_ratio"] is not None:
            cap = row["leveled_ratio"].quantize(_HUNDREDTH, ROUND_FLOOR)
        if self.has_failed and row["qnec_points"] and row["n_nhce_above_zero"]:
            needed = row["nhce_average"] + row["qnec_points"]
            now = Decimal(100) * row["n_nhce_above_zero"] / row["n_nhce"]
            share = (now * needed / row["nhce_average"]).quantize(Decimal(1), ROUND_CEILING)
        return told("moves", test=self, cap=cap, needed=needed, share=share, now=now)

    def to_json(self) -> dict[str, Any]:
        """The test as plain data; money and points as text."""
        row = {name: value for name, value in self.row.items() if name != "cell"}
        return dict(plain({**row, "costs": self.costs, "moves": self.moves()}))


def _shortfall(row: Mapping[str, Any]) -> str:
    """By which figures coverage or amount fails, and what they need to be (1.410(b)-4(c), 1.401(a)(4)-2(c)(3))."""
    is_amount = row["test"] == "amount_core"
    least = "its midpoint" if is_amount else hundredths(row["highest_allowed"])
    return (
        f"ratio percentage{' of the lowest rate group' if is_amount else ''} {hundredths(row['ratio_percentage'])}, "
        f"average benefit {hundredths(row['average_benefit'])}; needs a ratio of 70, or of {least} with an average "
        "benefit of 70"
    )


def tests_of(results: RunResults, year: int | None = None) -> list[TestOfYear]:
    """The tests of a run, of all years or of one, in the order of the law."""
    places = {name: [*column("fct_ndt_test", name).values] for name in ("test", "test_group")}
    found = [row for row in results.rows("fct_ndt_test") if year in (None, row["simulation_year"])]
    found.sort(key=lambda row: (row["simulation_year"], *(known.index(row[name]) for name, known in places.items())))
    return [TestOfYear(row) for row in found]


def failures(results: RunResults) -> list[str]:
    """The tests that are projected to fail, a sentence each."""
    return [finding("failure", test=test) for test in tests_of(results) if test.has_failed]


def failing(tests: Iterable[TestOfYear], passes: Iterable[str]) -> list[str]:
    """Which of the tests that are to pass fail, and when: ``ADP (deferrals) fails in 2027``."""
    failed = [test for test in tests if test.has_failed]
    years = {name: sorted({test.year for test in failed if test.row["test"] == name}) for name in passes}
    return [f"{name_of(test)} fails in {listed([*map(str, found)])}" for test, found in years.items() if found]


def name_of(test: str) -> str:
    """What a test is called."""
    return _named("test", test)


def person_lines(row: Mapping[str, Any]) -> list[str]:
    """A person's part in the tests of a year, from a row of ``fct_ndt_person`` and what coverage makes of them."""
    role, group = (_named(name, row[name], "fct_ndt_person") for name in ("role", "test_group"))
    return told("person", row=row, who=f"{role}, tested with {group}")


def _named(name: str, value: str, of: str = "fct_ndt_test") -> str:
    return column(of, name).values.get(value, words(value))


def testing(marts: Marts) -> Section:
    """What every test came to."""
    tests = tests_of(marts.results)
    failed = [test for test in tests if test.has_failed]
    costly = [test for test in failed if test.costs]
    return show.section("testing", [_all(tests, failed), *([_costs(costly)] if costly else [])])


def _all(tests: Sequence[TestOfYear], failed: Sequence[TestOfYear]) -> Exhibit:
    years = [str(year) for year in sorted({test.year for test in failed})]
    title = finding("failed", number=len(failed), where=f", in {listed(years)}")
    rows = [(f"{test.year} {test.name}", {**test.row, "result": test.result, "why": test.reason}) for test in tests]
    return show.listed("tests", title, rows, open=bool(failed))


def _costs(failed: Sequence[TestOfYear]) -> Exhibit:
    rows = [Row(f"{test.year} {test.name}", [show.dollars(test.costs.get(way)) for way in WAYS]) for test in failed]
    moves = " ".join(f"{test.year}: {move}." for test in failed for move in test.moves())
    table = Table("Test", [sentence(way) for way in WAYS], rows, "dollars")
    return show.exhibit("ways-to-pass", "What passing would cost, by way", table, note=moves)
