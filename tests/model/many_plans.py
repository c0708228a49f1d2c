"""Safe harbors of hundreds of plans, a cell each, read in one statement and held to the oracle's."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

import duckdb

from planalign_orchestrator.config.assumption_files import table_forms
from planalign_orchestrator.config.assumptions import effective_assumptions
from planalign_orchestrator.model.cells import Cell, load_cells
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.warehouse import load_table
from tests.engine import settings_with
from tests.model.bands import band, steps, tier
from tests.model.many_groups import fill
from tests.mutation.rendering import Project
from tests.oracle.ndt_exempt import exemptions

Plan = dict[str, Any]
YEAR = 2025
GROUPS = ("all", "statutory")
"""Those tested together, and people past 21 and a year where they are tested apart."""
OPEN: Plan = {"require_employment_on_last_day": False, "minimum_hours": 0}
CONDITIONS: tuple[Plan, ...] = (
    {}, {"require_employment_on_last_day": True}, {"minimum_hours": 1}, {"minimum_service_years": 1},
)  # fmt: skip
TIERS = (
    [tier(0, 0.03, 1), tier(0.03, 0.05, 0.5)],
    [tier(0, 0.03, 0.99), tier(0.03, 0.05, 0.5)],
    [tier(0, 0.03, 1), tier(0.03, 0.05, 0.49)],
    [tier(0, 0.03, 1), tier(0.03, 0.049, 0.5)],
    [tier(0, 0.029, 1), tier(0.029, 0.06, 0.5)],
    [tier(0, 0.01, 1), tier(0.01, 0.06, 0.5)],
    [tier(0, 0.01, 0.99), tier(0.01, 0.06, 0.5)],
    [tier(0, 0.01, 1), tier(0.01, 0.06, 0.49)],
    [tier(0, 0.01, 1), tier(0.01, 0.059, 0.5)],
    [tier(0, 0.009, 1), tier(0.009, 0.08, 0.5)],
    [tier(0, 0.04, 1)],
    [tier(0, 0.06, 1)],
    [tier(0, 0.061, 1)],
    [tier(0, 0.04, 1), tier(0.06, 0.061, 1)],
    [tier(0, 0.1, 2)],
    [tier(0, 0.02, 0.5), tier(0.02, 0.06, 1)],
    [tier(0, 0.03, 1), tier(0.03, 0.05, 0.5), tier(0.05, 0.06, 0.6)],
    [tier(0.01, 0.06, 1.2)],
    [tier(0, 0.06, 0.5)],
    # Short of a formula at its corners alone, or by a hundredth of a cent on the dollar.
    [tier(0, 0.0299, 1), tier(0.0299, 0.0301, 0.75), tier(0.0301, 0.05, 0.5)],
    [tier(0, 0.03, 1), tier(0.03, 0.0499, 0.5), tier(0.0499, 0.0501, 0.25)],
    [tier(0, 0.0099, 1), tier(0.0099, 0.0101, 0.75), tier(0.0101, 0.06, 0.5)],
    [tier(0, 0.03, 1), tier(0.03, 0.05, 0.4999)],
    [tier(0, 0.01, 1), tier(0.01, 0.06, 0.4999), tier(0.06, 0.07, 0.1)],
)
MATCHES: tuple[Plan, ...] = (
    {"family": "none"},
    *({"formula": "custom", "tiers": tiers} for tiers in TIERS),
    *({"formula": "custom", "tiers": TIERS[0], "max_match_percentage": most} for most in (0.03, 0.0399, 0.04, 0.05)),
    {"formula": "custom", "tiers": TIERS[14], "max_match_percentage": 0.12},
    {"formula": "custom", "tiers": TIERS[5], "max_match_percentage": 0.035},
    {"formula": "safe_harbor_basic", "maximum_match_amount": 9_999},
    {"formula": "safe_harbor_basic", "match_catch_up": False},
    {"family": "tenure_bands", "service_bands": [band(0, *TIERS[0])]},
    {"family": "tenure_bands", "service_bands": [band(0, *TIERS[0]), band(5, *TIERS[10])]},
    {"family": "points", "points_bands": [band(0, *TIERS[10]), band(50, *TIERS[11])]},
)
CORES: tuple[Plan, ...] = (
    *({"type": "flat", "rate": rate} for rate in (0.0299, 0.03, 0.031)),
    {"type": "graded_by_service", "bands": steps((0, 0.03), (5, 0.06))},
    {"type": "graded_by_service", "bands": steps((0, 0.06), (5, 0.02))},
    {
        "type": "profit_sharing",
        "profit_sharing": {"shared_by": "rates", "classes_by": "age", "classes": [{"who": "0", "rate": 0.05}]},
    },
)
VESTING = ("immediate", "qaca_2", "cliff_3")
DEFAULTS: tuple[tuple[Plan, Plan], ...] = (
    *(({"default_deferral_rate": rate}, {}) for rate in (0.0299, 0.03, 0.0599, 0.06, 0.1, 0.1001)),
    *(({"default_deferral_rate": rate}, {"enabled": False}) for rate in (0.03, 0.0599, 0.06)),
    *(({"default_deferral_rate": 0.03}, {"increment": step}) for step in (0.0099, 0.01)),
    *(({"default_deferral_rate": 0.03}, {"cap": cap}) for cap in (0.0599, 0.06, 0.15, 0.1501, 0.31)),
    *(({"default_deferral_rate": 0.03}, {"first_escalation_delay_years": years}) for years in (1, 2)),
    ({"default_deferral_rate": 0.06, "enabled": False}, {}),
    ({"default_deferral_rate": 0.06, "scope": "new_hires_only"}, {}),
)


def plans() -> Iterator[Plan]:
    """Plans on both sides of every condition of the law."""
    usual, least = DEFAULTS[3], DEFAULTS[0]
    for match, vesting, defaults in product(MATCHES, VESTING, (usual, least)):
        yield _plan(match, {}, {"type": "none"}, {}, vesting, "cliff_3", defaults)
    for core, vesting, match in product(CORES, VESTING, (MATCHES[0], MATCHES[1], MATCHES[-2])):
        yield _plan(match, {}, core, {}, "cliff_3", vesting, usual)
    for rate, excess, enabled in ((0.06, 0.03, True), (0.06, 0.0301, True), (0.03, 0.03, True), (0.03, 0.03, False)):
        disparity = {"enabled": enabled, "excess_rate": excess}
        core = {"type": "flat", "rate": rate, "permitted_disparity": disparity}
        yield _plan(MATCHES[0], {}, core, {}, "cliff_3", "immediate", usual)
    for defaults, vesting in product(DEFAULTS, VESTING):
        yield _plan(MATCHES[6], {}, {"type": "none"}, {}, vesting, vesting, defaults)
        yield _plan(MATCHES[0], {}, CORES[1], {}, vesting, vesting, defaults)
    for condition, vesting in product(CONDITIONS, VESTING):
        for match in (MATCHES[1], MATCHES[6], MATCHES[-2]):
            yield _plan(match, condition, {"type": "none"}, {}, vesting, "cliff_3", usual)
            yield _plan(match, {}, CORES[1], condition, "cliff_3", vesting, usual)
    for years, months, days in (
        (1, 0, 0), (0, 12, 0), (0, 13, 0), (1, 1, 0), (0, 24, 0), (2, 0, 0), (0, 0, 366), (0, 0, 367), (0, 11, 31),
    ):  # fmt: skip
        service = {"service": {"years": years, "months": months, "days": days}}
        yield from _with_entries(service, service)
    # A source of money that starts with the deferrals, or by one condition before or after them.
    for of_plan, of_source in (
        ({"minimum_age": 20}, {"minimum_age": 20}), ({"minimum_age": 20}, {"minimum_age": 21}),
        ({"entry_dates": "quarterly"}, {"entry_dates": "quarterly"}),
        ({"entry_dates": "quarterly"}, {"entry_dates": "monthly"}),
        ({"entry_dates": "quarterly"}, {"entry_dates": "semiannual"}),
        ({"service": {"years": 1, "hours": 999}}, {"service": {"years": 1, "hours": 999}}),
        ({"service": {"years": 1, "hours": 999}}, {"service": {"years": 1, "hours": 1000}}),
        ({}, {"service": {"years": 1, "hours": 1001}}),
        *(({"minimum_age": 18}, {"minimum_age": age, "entry_dates": "annual"}) for age in (20, 21)),
        *(({}, {"entry_dates": "annual", "service": {"months": months}}) for months in (6, 7)),
        ({"service": {"months": 3}}, {"service": {"months": 3}}),
        ({"service": {"months": 3}}, {"service": {"days": 92}}), ({"service": {"months": 3}}, {}),
        ({"waiting_period_days": 61}, {"service": {"months": 2}}),
        ({"waiting_period_days": 60}, {"service": {"months": 2}}),
        ({"waiting_period_days": 60, "service": {"months": 2}}, {"service": {"months": 2}}),
    ):  # fmt: skip
        yield from _with_entries(of_plan, of_source)
    for core, of in product(({"type": "none"}, CORES[1]), ("offset", "reallocate")):
        plan = _plan(MATCHES[0], {}, core, {}, "immediate", "immediate", usual)
        yield {**plan, "forfeitures": {"used_for": of}}
    # A plan whose highest rate is that of the last matched dollar, or below it; nobody's can be above 75%.
    for rate, matched in ((0.04, 0.05), (0.0499, 0.05), (0.05, 0.05), (0.74, 0.75), (0.74, 0.8), (0.75, 0.7501)):
        match = {"formula": "custom", "tiers": [tier(0, 0.03, 1), tier(0.03, matched, 0.5)]}
        plan = _plan(match, {}, {"type": "none"}, {}, "immediate", "immediate", least)
        yield {**plan, "deferral": {"maximum_rate": rate}}
    # Groups that the plan leaves out, or a source of its money alone.
    reno = {"excluded_groups": [{"group": "Location", "value": "Reno"}]}
    for of_plan, of_source in product(({}, reno), ({}, reno)):
        yield from _with_entries(of_plan, of_source)


def _with_entries(of_plan: Plan, of_source: Plan) -> Iterator[Plan]:
    match, core = ({**money, "entry": of_source} for money in (MATCHES[1], CORES[1]))
    for plan in (
        _plan(match, {}, {"type": "none"}, {}, "immediate", "immediate", DEFAULTS[3]),
        _plan(MATCHES[0], {}, core, {}, "immediate", "immediate", DEFAULTS[3]),
    ):
        yield {**plan, "eligibility": of_plan}


def _plan(
    match: Plan, match_rule: Plan, core: Plan, core_rule: Plan, match_vesting: str, core_vesting: str,
    defaults: tuple[Plan, Plan],
) -> Plan:  # fmt: skip
    return {
        "match": {**match, "eligibility": {**OPEN, **match_rule}},
        "core": {**core, "eligibility": {**OPEN, **core_rule}},
        "vesting": {"match_schedule": match_vesting, "core_schedule": core_vesting},
        "enrollment": {"auto_enrollment": {"scope": "all_eligible_employees", **defaults[0]}},
        "escalation": defaults[1],
    }


@cache
def _known() -> tuple[duckdb.DuckDBPyConnection, list[tuple[Any, ...]]]:
    """A database with the settings of every plan, and what the oracle finds."""
    fixed = {"simulation__start_year": YEAR, "simulation__end_year": YEAR, "census__groups": ["Location"]}
    chosen = [settings_with(**fixed, plan=plan) for plan in plans()]
    seeds, name = dbt_project_dir() / "seeds", "vesting_schedules"
    table = effective_assumptions(chosen[0], seeds)[name]
    types = table_forms(seeds)[name].types
    connection = duckdb.connect()
    # A table of one's own may repeat the last step.
    rows = [*table.rows, ("immediate", "5", "1"), ("qaca_2", "6", "1")]
    load_table(connection, name, {column: types[column] for column in table.columns}, rows)
    load_cells(connection, Project.read(seeds.parent).described, [Cell(*pair) for pair in enumerate(chosen)], [YEAR])
    balances = [{"cell": number, "simulation_year": YEAR - 1, "closing_balance": 1} for number in range(len(chosen))]
    fill(connection, "fct_forfeiture_account", balances)
    return connection, [
        (
            free.adp,
            free.adp_obstacle,
            free.acp,
            free.acp_obstacle,
            plan.match.family != "none",
            plan.core.type != "none" or plan.forfeitures.used_for == "reallocate",
            free.top_heavy,
        )
        for settings in chosen
        for free, plan in ((exemptions(settings, group), settings.plan) for group in GROUPS)
    ]


def safe_harbors_are_read_from_settings(project: Project) -> bool:
    """Whether the model finds what the oracle finds, for every plan."""
    connection, expected = _known()
    sql = project.render({"start_year": YEAR, "simulation_year": YEAR, "census_path": ""})["int_ndt_exemptions"].sql
    found = connection.execute(
        "select adp_exempt_reason, adp_not_exempt_reason, acp_exempt_reason, acp_not_exempt_reason, has_match,"
        f" has_core, is_free_of_416 from ({sql}) where list_contains({[*GROUPS]}, test_group) order by cell, test_group"
    ).fetchall()
    return found == expected
