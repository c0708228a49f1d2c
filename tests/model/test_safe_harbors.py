"""Which plans need no ADP and ACP test, and what keeps the others from it, in the engine and by the oracle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from planalign_orchestrator.model.cells import Cell
from tests.engine import Engine, rows_of, settings_with
from tests.model.bands import steps
from tests.model.people import census_of
from tests.oracle.ndt_exempt import exemptions

OPEN: dict[str, Any] = {"require_employment_on_last_day": False, "minimum_hours": 0}
AT_ONCE = {"match_schedule": "immediate", "core_schedule": "immediate"}
EVERYBODY = {"auto_enrollment": {"scope": "all_eligible_employees", "default_deferral_rate": 0.03}}

GROUPS: dict[str, Any] = {"census__groups": ["Department"]}
SALES = {"excluded_groups": [{"group": "Department", "value": "Sales"}]}


def match(formula: str, **eligibility: Any) -> dict[str, Any]:
    """A match without conditions but those given."""
    return {"formula": formula, "eligibility": {**OPEN, **eligibility}}


PLANS: dict[str, tuple[dict[str, Any], str | None, str | None]] = {
    "basic": ({"match": match("safe_harbor_basic"), "vesting": AT_ONCE}, "safe_harbor_match", None),
    "enhanced": ({"match": match("safe_harbor_enhanced"), "vesting": AT_ONCE}, "safe_harbor_match", None),
    "last day": (
        {"match": match("safe_harbor_basic", require_employment_on_last_day=True), "vesting": AT_ONCE},
        None,
        "match_requires_last_day",
    ),
    "not vested": ({"match": match("safe_harbor_basic")}, None, "match_not_vested"),
    "capped": ({"match": {**match("safe_harbor_basic"), "max_match_percentage": 0.03}, "vesting": AT_ONCE}, None,
               "match_below_safe_harbor"),
    "deferrals up to the whole match": (
        {"match": match("safe_harbor_basic"), "vesting": AT_ONCE, "deferral": {"maximum_rate": 0.05}},
        "safe_harbor_match", None,
    ),
    "deferrals short of the whole match": (
        {"match": match("safe_harbor_basic"), "vesting": AT_ONCE, "deferral": {"maximum_rate": 0.04}}, None,
        "match_above_highest_deferral_rate",
    ),
    "qaca": (
        {"match": match("qaca"), "vesting": {"match_schedule": "qaca_2"}, "enrollment": EVERYBODY}, "qaca_match", None,
    ),
    "qaca without defaults": (
        {"match": match("qaca"), "vesting": {"match_schedule": "qaca_2"}}, None, "automatic_enrollment_below_qaca",
    ),
    "qaca that rises too far": (
        {"match": match("qaca"), "vesting": {"match_schedule": "qaca_2"}, "enrollment": EVERYBODY,
         "escalation": {"cap": 0.18}}, None, "automatic_enrollment_below_qaca",
    ),
    "for all who may defer": (
        {"match": {**match("safe_harbor_basic"), "entry": SALES}, "eligibility": SALES, "vesting": AT_ONCE},
        "safe_harbor_match", None,
    ),
    "not for a group": (
        {"match": {**match("safe_harbor_basic"), "entry": SALES}, "vesting": AT_ONCE}, None, "match_excludes_groups",
    ),
    "core not for a group": (
        {"core": {"type": "flat", "rate": 0.03, "entry": SALES, "eligibility": OPEN}, "vesting": AT_ONCE}, None,
        "core_excludes_groups",
    ),
    "a year": (
        {"match": {**match("safe_harbor_basic"), "entry": {"service": {"days": 366}}}, "vesting": AT_ONCE,
         "eligibility": {"service": {"years": 1}}}, "safe_harbor_match", None,
    ),
    "more than a year": (
        {"match": {**match("safe_harbor_basic"), "entry": {"service": {"days": 367}}}, "vesting": AT_ONCE,
         "eligibility": {"service": {"days": 367}}}, None, "match_requires_service",
    ),
    "later than deferrals": (
        {"match": {**match("safe_harbor_basic"), "entry": {"entry_dates": "monthly"}}, "vesting": AT_ONCE}, None,
        "match_requires_service",
    ),
    "core later than deferrals": (
        {"core": {"type": "flat", "rate": 0.03, "entry": {"minimum_age": 21}, "eligibility": OPEN}, "vesting": AT_ONCE,
         "eligibility": {"minimum_age": 20}}, None, "core_requires_service",
    ),
    "core": ({"core": {"type": "flat", "eligibility": OPEN}, "vesting": AT_ONCE}, "safe_harbor_core", None),
    "core with disparity on its 3%": (
        {"core": {"type": "flat", "rate": 0.05, "permitted_disparity": {"enabled": True, "excess_rate": 0.03},
                  "eligibility": OPEN}, "vesting": AT_ONCE}, None, "match_below_safe_harbor",
    ),
    "core with disparity above 3%": (
        {"core": {"type": "flat", "rate": 0.06, "permitted_disparity": {"enabled": True, "excess_rate": 0.03},
                  "eligibility": OPEN}, "vesting": AT_ONCE}, "safe_harbor_core", None,
    ),
    "low core": (
        {"core": {"type": "graded_by_service", "bands": steps((0, 0.02), (5, 0.05)), "eligibility": OPEN},
         "vesting": AT_ONCE}, None, "match_below_safe_harbor",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANS)
def test_the_oracle_reads_a_safe_harbor_from_the_settings(name: str) -> None:
    plan, reason, obstacle = PLANS[name]
    found = exemptions(settings_with(**GROUPS, plan=plan))
    assert (found.adp, found.adp_obstacle) == (reason, obstacle)


@pytest.mark.slow
def test_a_safe_harbor_frees_from_the_tests(engine: Engine, tmp_path: Path) -> None:
    chosen = {
        name: settings_with(simulation__start_year=2025, simulation__end_year=2025, **GROUPS, plan=plan)
        for name, (plan, _, _) in PLANS.items()
    }
    cells = [Cell(number, settings) for number, settings in enumerate(chosen.values(), 1)]
    database = engine.simulate_cells(cells, census_of(tmp_path, 30, 2025, in_departments=True), tmp_path / "run")
    found_rows = rows_of(database, "select * from fct_ndt_test where test in ('adp', 'acp')")
    rows = {(row["cell"], row["test"]): row for row in found_rows if row["test_group"] == "all"}
    of_union = [row for row in found_rows if row["test_group"] == "union" and row["test"] == "acp"]
    assert {row["exempt_reason"] for row in of_union if row["n_nhce"]} == {"collectively_bargained"}
    for number, (name, settings) in enumerate(chosen.items(), 1):
        found, (_, reason, obstacle) = exemptions(settings), PLANS[name]
        adp, acp = rows[number, "adp"], rows[number, "acp"]
        assert (name, adp["exempt_reason"], adp["not_exempt_reason"]) == (name, reason, obstacle)
        assert (name, acp["exempt_reason"], acp["not_exempt_reason"]) == (name, found.acp, found.acp_obstacle)


@pytest.mark.slow
def test_a_service_graded_core_goes_through_the_general_test(engine: Engine, tmp_path: Path) -> None:
    core = {"type": "graded_by_service", "bands": steps((0, 0.01), (2, 0.02), (10, 0.05))}
    chosen = settings_with(simulation__start_year=2025, simulation__end_year=2025, plan={"core": core})
    database = engine.simulate(chosen, census_of(tmp_path, 60, 2025), tmp_path / "run")
    (row,) = rows_of(database, "select * from fct_ndt_test where test = 'amount_core'")
    assert row["basis"] in ("allocation", "imputed_disparity", "benefits") and row["ratio_percentage"] is not None
