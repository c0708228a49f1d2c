"""The screen of the nondiscrimination tests fits a terminal of 80 columns, whatever the group and the outcome."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from planalign_orchestrator.cli.streams import text_of
from planalign_orchestrator.reports import testing

COLUMNS = 80
FAILED: dict[str, Any] = {
    "simulation_year": 2029, "test": "adp", "test_group": "otherwise_excludable", "n_nhce": 100_000, "n_hce": 9_999,
    "n_nhce_above_zero": 82_000, "nhce_average": Decimal("4.34"), "hce_average": Decimal("100.00"),
    "highest_allowed": Decimal("6.3400"), "margin": Decimal("-93.6600"), "result": "corrected", "exempt_reason": None,
    "not_exempt_reason": "automatic_enrollment_below_qaca", "leveled_ratio": Decimal("14.4533"),
    "qnec_points": Decimal("0.01"), "excess": Decimal("8611.90"), "qnec_flat_cost": Decimal("50547.32"),
    "qnec_targeted_cost": Decimal("247.46"), "safe_harbor_match_cost": Decimal("6369721.18"),
    "safe_harbor_core_cost": Decimal("18453671.05"),
}  # fmt: skip
BARGAINED = FAILED | {
    "test": "coverage_deferrals", "test_group": "union", "result": "exempt", "exempt_reason": "collectively_bargained",
}  # fmt: skip
OF_ALL = FAILED | {"test_group": "all", "result": "pass", "margin": Decimal("0.25"), "not_exempt_reason": None}


def screen(*rows: dict[str, Any]) -> list[str]:
    years = {2029: [testing.TestOfYear(row) for row in rows]}
    return text_of("tests", years=years, ways=testing.WAYS).splitlines()


def test_no_line_is_longer_than_a_terminal() -> None:
    assert max(map(len, screen(FAILED, BARGAINED, OF_ALL))) <= COLUMNS


def test_a_failed_test_says_what_passing_would_take() -> None:
    said = " ".join(" ".join(screen(FAILED)).split())
    name = "ADP (deferrals), below 21 or a year"
    assert f"{name}: no safe harbor: automatic enrollment below QACA" in said
    assert f"{name}: passes with HCEs at most 14.45% of pay each" in said


def test_a_failed_test_of_coverage_or_amount_says_by_which_figures() -> None:
    benefits = {"ratio_percentage": Decimal("30.21"), "average_benefit": Decimal("67.41"), "not_exempt_reason": None}
    failed = FAILED | benefits | {"test_group": "all", "result": "fail", "highest_allowed": Decimal("32.7500")}
    lines = screen(failed | {"test": "coverage_match"}, failed | {"test": "amount_core", "average_benefit": None})
    said = " ".join(" ".join(lines).split())
    assert (
        "Coverage, match: ratio percentage 30.21, average benefit 67.41; needs a ratio of 70, or of 32.75 with an "
        "average benefit of 70 Amount of the core: ratio percentage of the lowest rate group 30.21, average benefit –; "
        "needs a ratio of 70, or of its midpoint with an average benefit of 70"
    ) in said
    assert max(map(len, lines)) <= COLUMNS
    assert "ratio" not in " ".join(screen(OF_ALL | benefits | {"test": "coverage_match"}))


def test_what_passing_costs_stands_side_by_side() -> None:
    lines = screen(FAILED, FAILED | {"test_group": "all", "excess": None})
    top, below, group, costs, without_refund = lines[-5:]
    assert top.split() == ["To", "pass,", "in", "$:", "refund", "QNEC,", "flat", "QNEC,", *("safe", "harbor") * 2]
    assert below.split() == ["targeted", "match", "core", "of", "3%"]
    assert group.strip() == "ADP (deferrals), below 21 or a year"
    assert costs.split() == ["8,612", "50,547", "247", "6,369,721", "18,453,671"]
    assert without_refund.split() == ["ADP", "(deferrals)", *costs.split()[1:]]
    assert len({len(line) for line in (top, below, costs, without_refund)}) == 1


def test_a_group_of_its_own_stands_above_its_figures() -> None:
    lines = screen(OF_ALL, BARGAINED)
    place = lines.index("  Coverage, deferrals, union members")
    assert lines[place + 1].endswith("exempt") and "100,000" in lines[place + 1]
    assert any(line.startswith("  ADP (deferrals)     100,000") for line in lines)
    assert "    Coverage, deferrals, union members: collectively bargained" in lines
