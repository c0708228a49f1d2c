"""Faults in money and in taking part, for the laws 6 to 10; see ``planted_faults``."""

from __future__ import annotations

from tests.model.bands import tier
from tests.model.planted_faults import (
    EVENTS,
    LAW_1,
    LAW_2,
    LAW_3,
    LAW_4,
    LAW_5,
    PERIODS,
    QUIET_YEAR,
    RAISED_DURING_THE_YEAR,
    SNAPSHOT,
    Fault,
    event,
    has_event,
    lose_event,
    one_event,
    opening,
    person,
    repeat_event,
    someone,
)
from tests.model.planted_test_faults import LAW_11

QUIET_PERIODS = f"where person_key = {someone(QUIET_YEAR)}"
THREE = (
    f"where person_key = (select min(person_key) from (select person_key from {PERIODS} group by person_key"
    " having count(*) = 3 and min(days) > 1 and min(compensation) = max(compensation)))"
)
BEGINNING = f"(select min(period_start) from {PERIODS} {THREE})"
END = f"(select max(period_end) from {PERIODS} {THREE})"
TOTAL = "total_employer_contributions"
MATCHED = "employer_match > 1 and employment_status = 'active' and not is_limited_by_415c"
LEFT_WITHOUT_A_MATCH = (
    "employment_status = 'terminated' and employer_match = 0 and employee_contributions > 1000 and person_key in"
    " (select person_key from fct_employee_contributions where simulation_year = {y} and matched_deferrals > 1000)"
)
WITH_CORE = "employer_core > 1 and employment_status = 'active' and not is_limited_by_415c"
AUTO_ENROLLED = "event_type = 'enrollment' and event_category = 'auto'"
ENROLLED_THIS_YEAR = someone("event_type = 'enrollment'", EVENTS)
STAYS_ELIGIBLE = (
    "is_eligible and not is_enrolled and detailed_status_code = 'continuous_active' and person_key in"
    " (select person_key from fct_workforce_snapshot where simulation_year = {before} and is_eligible)"
)
CONTRIBUTIONS = "fct_employee_contributions"
NEVER_ENTERED = "match_entry_date is null and employment_status = 'active'"
BELOW_THE_WAGE_BASE = (
    f"{WITH_CORE} and employer_match = 0 and tenure_years < 5 and prorated_annual_compensation > 20000"
)
ENTERED_BEFORE = (
    f"select person_key from {SNAPSHOT} where match_entry_date < make_date({{y}}, 1, 1) and employer_match = 0"
)
ENTERED_WHEN_HIRED = (
    f"select person_key from {SNAPSHOT} where match_entry_date = hire_date and hire_date > make_date({{y}}, 1, 1)"
)
FULLY_VESTED = "match_vested_percentage = 1 and core_vested_percentage = 1 and employer_match_balance > 10"
FULLY_VESTED_LEAVER = f"employment_status = 'terminated' and {FULLY_VESTED}"
NOTHING_VESTED = "match_vested_percentage = 0 and core_vested_percentage = 0 and employer_balance > 10"
ONE_DAY_AT_A_RATE = (
    f"person_key in (select person_key from {PERIODS} group by person_key"
    " having min(days) = 1 and min(compensation) = max(compensation))"
)


def contribution(assignments: str, condition: str) -> str:
    """Change somebody's row of the contributions."""
    chosen = someone(condition, CONTRIBUTIONS)
    return f"update {CONTRIBUTIONS} set {assignments} where simulation_year = {{y}} and person_key = {chosen}"


def other_forfeiture(change: str, whose: str) -> str:
    """Change what somebody forfeits, in the event and in the snapshot."""
    people = f"select person_key from {SNAPSHOT} where simulation_year = {{y}} and {whose}"
    chosen = one_event("forfeiture", f"person_key in ({people})")
    return (
        f"update {EVENTS} set forfeiture_amount = forfeiture_amount {change} where rowid = {chosen}; "
        f"update {SNAPSHOT} set forfeiture_amount = forfeiture_amount {change} where simulation_year = {{y}}"
        f" and person_key = (select person_key from {EVENTS} where rowid = {chosen})"
    )


def forfeits_a_cent(condition: str) -> str:
    """Have somebody forfeit a cent, with the event of it."""
    changes = f"{someone(condition)} as person_key, 0.01 as forfeiture_amount"
    return (
        f"insert into {EVENTS} select * replace ({changes}) from {EVENTS} where rowid = {one_event('forfeiture')}; "
        f"update {SNAPSHOT} set forfeiture_amount = 0.01 where simulation_year = {{y}}"
        f" and person_key = (select person_key from {EVENTS} where forfeiture_amount = 0.01)"
    )


LAW_6 = [
    Fault("periods_tile_the_days", f"update {PERIODS} set days = days + 1 {QUIET_PERIODS}"),
    Fault(
        "periods_tile_the_days", f"update {PERIODS} set days = days + 1, period_end = period_end + 1 {QUIET_PERIODS}"
    ),
    Fault("periods_tile_the_days", f"update {PERIODS} set period_start = period_start - 1 {QUIET_PERIODS}"),
    Fault("periods_tile_the_days", f"update {PERIODS} set period_end = period_end + 1 {QUIET_PERIODS}"),
    Fault("periods_tile_the_days", f"delete from {PERIODS} {QUIET_PERIODS}"),
    Fault(
        "periods_tile_the_days",
        f"insert into {PERIODS} select * replace (0 as days, period_start - 1 as period_end)"
        f" from {PERIODS} {QUIET_PERIODS}",
    ),
    # A gap and an overlap that make up for each other, and days that are counted wrong in two periods.
    Fault(
        "periods_tile_the_days",
        f"update {PERIODS} set period_start = period_start + 1, period_end = period_end + 1 {THREE}"
        f" and period_start > {BEGINNING} and period_end < {END}",
    ),
    Fault(
        "periods_tile_the_days",
        f"update {PERIODS} set days = days + (period_start = {BEGINNING})::integer - (period_end = {END})::integer"
        f" {THREE}",
    ),
    Fault("periods_tile_the_days", person("days_employed = days_employed - 1", "employment_status = 'active'")),
    Fault(
        "unchanged_pay_is_the_rate",
        person("prorated_annual_compensation = prorated_annual_compensation - 0.01", QUIET_YEAR),
    ),
    Fault(
        "pay_within_rates_in_force",
        person("prorated_annual_compensation = current_compensation + 0.01", RAISED_DURING_THE_YEAR),
    ),
    Fault(
        "pay_within_rates_in_force",
        person("prorated_annual_compensation = opening_compensation * 0.9", RAISED_DURING_THE_YEAR),
    ),
    Fault(
        "unchanged_pay_is_the_rate",
        person("prorated_annual_compensation = current_compensation * 2", ONE_DAY_AT_A_RATE),
    ),
]

LAW_7 = [
    Fault(rule, person(assignments, condition))
    for rule, assignments, condition in (
        ("highly_compensated_by_pay_or_ownership", "is_hce = false", "is_five_percent_owner"),
        ("highly_compensated_by_pay_or_ownership", "is_hce = false", "prior_year_compensation > 200000"),
        ("highly_compensated_by_pay_or_ownership", "is_hce = true", "prior_year_compensation < 100000"),
        (
            "highly_compensated_by_pay_or_ownership",
            "is_hce = true, prior_year_compensation = 200000",
            "detailed_status_code = 'new_hire_active'",
        ),
        ("above_the_402g_limit", "employee_contributions = 24500.01", "{y} - year(birth_date) < 50"),
        (
            "above_the_catch_up_limit",
            "catch_up_contributions = 0.01",
            "{y} - year(birth_date) = 49 and employee_contributions < 20000",
        ),
        (
            "catch_up_before_the_limit",
            "catch_up_contributions = 0.01",
            "{y} - year(birth_date) = 50 and employee_contributions < 20000",
        ),
        (
            "catch_up_before_the_limit",
            "employee_contributions = 24500, catch_up_contributions = 0.01, is_limited_by_415c = false",
            "{y} - year(birth_date) = 50 and prorated_annual_compensation > 24500",
        ),
        (
            "above_pay",
            "employee_contributions = prorated_annual_compensation + 0.01",
            "prorated_annual_compensation < 20000",
        ),
        (
            "above_the_limit_of_the_plan",
            "employee_contributions = prorated_annual_compensation - 0.01",
            "is_enrolled and {y} - year(birth_date) < 50 and prorated_annual_compensation between 1 and 20000",
        ),
        ("parts_within_the_whole", "employee_contributions = -0.01", "not is_enrolled"),
        ("parts_within_the_whole", "roth_contributions = -0.01", "is_enrolled"),
        ("parts_within_the_whole", "roth_contributions = employee_contributions + 0.01", "is_enrolled"),
        (
            "contributes_without_enrollment",
            "employee_contributions = 1",
            "employment_status = 'active' and not is_enrolled and not ever_opted_out and employee_contributions = 0",
        ),
        (
            "contributes_without_enrollment",
            "employee_contributions = prorated_annual_compensation",
            "not is_enrolled and not ever_opted_out and prorated_annual_compensation between 1 and 20000",
        ),
        ("enrolled_is_rate_above_zero", "is_enrolled = false", "deferral_rate > 0"),
        ("enrolled_without_date", "enrollment_date = null", "is_enrolled"),
        ("rate_out_of_range", "deferral_rate = 0.7501", "is_enrolled"),
        ("rate_out_of_range", "deferral_rate = -0.01", "not is_enrolled"),
    )
]

LAW_8 = [
    Fault(rule, person(assignments, condition))
    for rule, assignments, condition in (
        ("match_recomputed", "employer_match = employer_match + 0.01", MATCHED),
        ("match_recomputed", "employer_match = employer_match - 0.01", MATCHED),
        (
            "match_recomputed",
            f"employer_match = employer_match - 0.01, {TOTAL} = {TOTAL} - 0.01",
            MATCHED,
        ),
        ("match_recomputed", "hours_worked = 999", MATCHED),
        ("match_recomputed", "employer_match = 1", "termination_reason = 'voluntary' and employer_match = 0"),
        ("core_recomputed", "employer_core = employer_core + 0.01", WITH_CORE),
        ("core_recomputed", "employer_core = employer_core - 0.01", WITH_CORE),
        (
            "core_recomputed",
            f"employer_core = employer_core - 0.01, {TOTAL} = {TOTAL} - 0.01",
            WITH_CORE,
        ),
        # More than the formula gives, and as much as the limit allows.
        (
            "core_recomputed",
            f"is_limited_by_415c = true, {TOTAL} = prorated_annual_compensation - employee_contributions,"
            " employer_core = prorated_annual_compensation - employee_contributions - employer_match",
            f"{WITH_CORE} and prorated_annual_compensation < 70000 and catch_up_contributions = 0",
        ),
        ("core_recomputed", "hire_date = date '2199-01-01'", f"{WITH_CORE} and employer_match = 0"),
        ("total_is_match_and_core", f"{TOTAL} = {TOTAL} + 0.01", MATCHED),
        ("annual_additions_limit", "prorated_annual_compensation = employee_contributions + 1", MATCHED),
        (
            "annual_additions_limit",
            "prorated_annual_compensation = employee_contributions + 1",
            f"{WITH_CORE} and employer_match = 0",
        ),
        ("annual_additions_limit", "is_limited_by_415c = true", MATCHED),
        (
            "annual_additions_limit",
            f"is_limited_by_415c = true, employer_core = 0.01, {TOTAL} = 0.01",
            f"{WITH_CORE} and employer_match = 0",
        ),
        (
            "annual_additions_limit",
            "employer_match = employer_match - 0.5, employer_core = employer_core + 0.5",
            "is_limited_by_415c and employer_match > 1 and employer_core = 0",
        ),
    )
] + [
    # A pool larger than what is shared.
    Fault(
        "pool_is_shared_out",
        f"update {SNAPSHOT} set employer_core = employer_core where simulation_year = {{y}}",
        settings={"plan__core": {"type": "profit_sharing", "profit_sharing": {"pool_amount": 1}}},
    ),
    # A pool of which nobody gets anything.
    Fault(
        "pool_is_shared_out",
        "update fct_employer_core set core_before_limit = reallocated_forfeitures where simulation_year = {y};"
        f"update {SNAPSHOT} set employer_core = 0, {TOTAL} = employer_match, is_limited_by_415c = false"
        " where simulation_year = {y}",
        settings={"plan__core": {"type": "profit_sharing", "profit_sharing": {"pool_amount": 1}}},
    ),
    # Part of the core contribution was cut, though little of the match is left that goes first; the others were cut in
    # another order than is believed.
    Fault(
        "annual_additions_limit",
        f"delete from {SNAPSHOT} where simulation_year = {{y}} and is_limited_by_415c;"
        + person(
            f"is_limited_by_415c = true, employer_match = 0.5, employer_core = 0.5, {TOTAL} = 1,"
            " prorated_annual_compensation = employee_contributions - catch_up_contributions + 1",
            WITH_CORE,
        ),
        settings={"plan__compliance__annual_additions_order": "match_first"},
    ),
    # A match by the formula for somebody who has not entered.
    Fault(
        "match_recomputed",
        f"update {CONTRIBUTIONS} set match_compensation = 10000, matched_deferrals = 500"
        f" where simulation_year = {{y}} and person_key = {someone(NEVER_ENTERED)}; "
        + person(
            f"hours_worked = 2080, employee_contributions = 500, employer_match = 750, {TOTAL} = 750", NEVER_ENTERED
        ),
    ),
    # Five cents of a match that the settings do not have.
    Fault(
        "match_recomputed",
        person("employer_match = 0.05", f"{MATCHED} and employee_contributions > 1000"),
        "match 0.05",
        settings={"plan__match": {"family": "none", "computed": "payroll"}},
    ),
    # Five cents for somebody who has deferred and does not share.
    Fault(
        "match_recomputed",
        person(f"employer_match = 0.05, {TOTAL} = {TOTAL} + 0.05", LEFT_WITHOUT_A_MATCH),
        "match 0.05",
        settings={"plan__match": {"formula": "custom", "tiers": [tier(0, 0.1, 1.5)], "computed": "payroll"}},
    ),
    # A cent of the core contribution is missing where half a dollar of the deferrals should have gone back first.
    Fault(
        "annual_additions_limit",
        f"delete from {SNAPSHOT} where simulation_year = {{y}} and is_limited_by_415c; "
        + person(
            f"is_limited_by_415c = true, employee_contributions = 0.5, employer_core = employer_core - 0.01,"
            f" {TOTAL} = {TOTAL} - 0.01, prorated_annual_compensation = employer_core + 0.49",
            f"{WITH_CORE} and employer_match = 0 and employee_contributions = 0",
        ),
        settings={"plan__compliance": {"annual_additions_order": "return_deferrals_first"}},
    ),
    # Ten dollars below the wage base there is no part of pay above it to take half a dollar off.
    Fault(
        "core_recomputed",
        f"update {CONTRIBUTIONS} set core_compensation = 184490 where simulation_year = {{y}}"
        f" and person_key = {someone(BELOW_THE_WAGE_BASE)}; "
        + person(f"employer_core = 9224, {TOTAL} = 9224", BELOW_THE_WAGE_BASE),
    ),
    *(
        Fault("matched_deferrals_since_entry", contribution(f"matched_deferrals = {amount}", whose))
        for amount, whose in (
            ("-0.01", "employee_contributions = 0"),
            ("employee_contributions + 0.01", "employee_contributions = 0"),
            ("matched_deferrals - 0.01", f"employee_contributions > 1 and person_key in ({ENTERED_BEFORE})"),
            ("matched_deferrals - 0.01", f"employee_contributions > 1 and person_key in ({ENTERED_WHEN_HIRED})"),
        )
    ),
]

LAW_9 = [
    Fault("enrollment_needs_eligibility", opening("eligibility_date = make_date({y}, 12, 31)", ENROLLED_THIS_YEAR)),
    Fault("enrollment_needs_eligibility", opening("eligibility_date = null", ENROLLED_THIS_YEAR)),
    Fault(
        "enrollment_needs_eligibility",
        f"insert into {EVENTS} select * replace (make_date({{y}}, 1, 1) as effective_date) from {EVENTS}"
        f" where rowid = {one_event('enrollment', has_event('hire'))}",
    ),
    Fault("no_auto_enrollment_after_opt_out", opening("ever_opted_out = true", someone(AUTO_ENROLLED, EVENTS))),
    Fault(
        "no_auto_enrollment_after_opt_out",
        opening("ever_opted_out = true", someone(f"{AUTO_ENROLLED} and {has_event('eligibility')}", EVENTS)),
    ),
    Fault(
        "no_auto_enrollment_after_opt_out",
        opening(
            f"ever_opted_out = true, eligibility_date = (select effective_date from {EVENTS} where rowid ="
            f" {one_event('enrollment', AUTO_ENROLLED)})",
            f"(select person_key from {EVENTS} where rowid = {one_event('enrollment', AUTO_ENROLLED)})",
        ),
    ),
    Fault("one_escalation_a_year", repeat_event("deferral_escalation")),
    Fault("one_change_of_ones_own_a_year", repeat_event("deferral_change")),
    *(
        Fault("change_as_named", event("deferral_change", change, f"event_category = '{name}'"), name)
        for name, change in (
            ("raised", "deferral_rate_after = deferral_rate_before"),
            ("raised", "deferral_rate_after = 0.7501"),
            ("lowered", "deferral_rate_after = deferral_rate_before"),
            ("lowered", "deferral_rate_after = 0"),
            ("stopped", "deferral_rate_after = 0.01"),
        )
    ),
    Fault("change_as_named", event("deferral_change", "event_category = 'plan_maximum'"), "plan_maximum"),
    Fault("change_as_named", event("deferral_change", "event_category = 'match_response'"), "match_response"),
    *(
        Fault("change_as_named", event("deferral_change", change, "event_category = 'match_response'"), first_year=True)
        for change in ("deferral_rate_after = 0.11", "deferral_rate_before = 0.12")
    ),
    Fault("one_eligibility_event", repeat_event("eligibility")),
    Fault("one_eligibility_event", event("eligibility", "effective_date = effective_date - 1")),
    Fault("escalation_up_to_the_cap", event("deferral_escalation", "deferral_rate_after = 0.1001")),
    Fault(
        "escalation_up_to_the_cap",
        event(
            "enrollment",
            "event_type = 'deferral_escalation', deferral_rate_after = 0.1001",
            f"{has_event('eligibility')} and not {has_event('deferral_escalation')}",
        ),
    ),
    Fault("enrolled_is_eligible", person("is_eligible = false", "is_enrolled")),
    Fault(
        "enrolled_is_eligible",
        person("is_eligible = false", "is_enrolled and detailed_status_code = 'new_hire_active'"),
    ),
    Fault("eligibility_stays", person("is_eligible = false", STAYS_ELIGIBLE)),
    Fault("no_source_before_the_plan", person("match_entry_date = eligibility_date - 1", "is_eligible")),
    Fault("no_source_before_the_plan", person("core_entry_date = eligibility_date - 1", "is_eligible")),
    Fault("no_source_before_the_plan", person("match_entry_date = hire_date", "eligibility_date is null")),
]

LAW_10 = [
    Fault(
        "vested_at_partial_termination",
        f"update {SNAPSHOT} set termination_reason = 'involuntary' where simulation_year = {{y}}",
    ),
    Fault(
        "account_adds_up",
        "update fct_forfeiture_account set closing_balance = closing_balance + 0.01 where simulation_year = {y}",
    ),
    Fault(
        "account_adds_up",
        "update fct_forfeiture_account set closing_balance = -1, offset_amount = opening_balance + forfeited + 1"
        " where simulation_year = {y}",
    ),
    Fault(
        "account_adds_up",
        "update fct_forfeiture_account set closing_balance = closing_balance + expenses_paid + 1, expenses_paid = -1"
        " where simulation_year = {y}",
    ),
    # Forfeitures count as used that nobody has got.
    Fault(
        "account_adds_up",
        "update fct_forfeiture_account set offset_amount = offset_amount where simulation_year = {y}",
        settings={"plan__forfeitures__used_for": "reallocate"},
    ),
    Fault(
        "vested_at_death_and_disability",
        person("termination_reason = 'disability'", "employment_status = 'terminated' and match_vested_percentage < 1"),
    ),
    Fault(
        "vested_at_retirement_age",
        person("match_vested_percentage = 0.8", "age >= 65 and employment_status = 'active'"),
    ),
    Fault("only_leavers_forfeit", person("forfeiture_amount = 0.01", "employment_status = 'active'")),
    Fault("only_leavers_forfeit", forfeits_a_cent(f"employment_status = 'active' and {NOTHING_VESTED}")),
    Fault(
        "vesting_never_falls",
        opening("opening_match_vested_percentage = 0.5", someone("match_vested_percentage between 0.01 and 0.49")),
    ),
    Fault("vesting_never_falls", opening("opening_core_vested_percentage = 1", someone("core_vested_percentage = 0"))),
    Fault("vested_money_stays", person("forfeiture_amount = 0.01", FULLY_VESTED_LEAVER)),
    Fault("vested_money_stays", forfeits_a_cent(FULLY_VESTED_LEAVER)),
    Fault("event_says_the_same", event("forfeiture", "forfeiture_amount = forfeiture_amount + 0.01")),
    Fault("event_says_the_same", lose_event("forfeiture")),
    Fault("balance_carries_over", person("employer_balance = employer_balance + 0.01", "employment_status = 'active'")),
    Fault("balance_carries_over", person("employer_balance = employer_balance + 0.01", FULLY_VESTED)),
    Fault(
        "balance_carries_over",
        opening("employer_match_balance = employer_match_balance + 1", someone("employment_status = 'active'")),
    ),
    Fault(
        "forfeited_and_vested_is_all",
        person("employer_match_balance = employer_match_balance + 1", "employment_status = 'active'"),
    ),
    Fault(
        "forfeited_and_vested_is_all",
        person("match_vested_percentage = 0.99", f"{FULLY_VESTED_LEAVER} and age < 65"),
        first_year=True,
    ),
    Fault("forfeited_and_vested_is_all", other_forfeiture("+ 0.02", "true")),
    Fault("forfeited_and_vested_is_all", other_forfeiture("- 0.02", NOTHING_VESTED)),
]

FAULTS = {
    "law_01_headcount": LAW_1,
    "law_02_identity": LAW_2,
    "law_03_replay": LAW_3,
    "law_04_event_chain": LAW_4,
    "law_05_event_dates": LAW_5,
    "law_06_pay_earned": LAW_6,
    "law_07_deferrals": LAW_7,
    "law_08_employer_money": LAW_8,
    "law_09_participation": LAW_9,
    "law_10_forfeitures": LAW_10,
    "law_11_testing": LAW_11,
}
"""All faults, by the law that must notice them."""
