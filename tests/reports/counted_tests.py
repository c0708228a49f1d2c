"""The figures of the page's nondiscrimination tests, worked out from people by the oracle of the tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.resources import dbt_project_dir
from tests.oracle.comparison import limit_table, tables_of
from tests.oracle.ndt import Before, averages_of, tests_of_year
from tests.oracle.ndt_people import Plan, someone

NAMES = {
    "adp": "ADP (deferrals)", "acp": "ACP (match)", "coverage_deferrals": "Coverage, deferrals",
    "coverage_match": "Coverage, match", "coverage_core": "Coverage, core", "amount_core": "Amount of the core",
    "top_heavy": "Top-heavy",
}  # fmt: skip
OUTCOME = ("n_nhce", "n_hce", "nhce_average", "hce_average", "highest_allowed", "margin")
COSTS = ("excess", "qnec_flat_cost", "qnec_targeted_cost", "safe_harbor_match_cost", "safe_harbor_core_cost")


def section_of_tests(
    settings: Settings, people: Mapping[int, Sequence[Mapping[str, Any]]]
) -> dict[tuple[str, str, int], Decimal]:
    """Each figure by exhibit, row and column.

    Args:
        settings: of the run, which tests everybody together.
        people: the rows of the snapshot of each year.
    """
    limits = limit_table(settings, tables_of(settings, dbt_project_dir() / "seeds"))
    figures: dict[tuple[str, str, int], Decimal] = {}
    before: Before = {}
    for year, rows in people.items():
        plan = Plan.of(settings, limits.of(year), year)
        # In this run the match has no entry of its own, so that all pay and all deferrals of the plan count for it.
        matched = [
            {**row, "match_compensation": row["plan_compensation"], "matched_deferrals": row["employee_contributions"]}
            for row in rows
        ]
        tests, _ = tests_of_year([someone(row, plan) for row in matched], plan, before)
        before = averages_of(tests)
        for test in tests:
            figures |= dict(_figures(f"{year} {NAMES[test['test']]}", test))
    return figures


def _figures(label: str, test: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str, int], Decimal]]:
    costs = COSTS if test["test"] in ("adp", "acp") and test["result"] in ("fail", "corrected") else ()
    for exhibit, names in (("tests", OUTCOME), ("ways-to-pass", costs)):
        for place, name in enumerate(names):
            if test.get(name) is not None:
                exact = Fraction(test[name])
                yield (exhibit, label, place), Decimal(exact.numerator) / exact.denominator
