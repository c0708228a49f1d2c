"""Faults in the nondiscrimination tests, for law 11; see ``planted_faults``."""

from __future__ import annotations

from tests.model.planted_faults import Fault

TEST, PERSON = "fct_ndt_test", "int_ndt_by_person"
AS_A_TABLE = (
    f"create table in_its_place as from {PERSON}; drop view {PERSON}; alter table in_its_place rename to {PERSON}; "
)
"""Rows of a view cannot be changed."""
ADP, ACP = "test = 'adp'", "test = 'acp'"
NOTHING = (
    "excess = 0, recharacterized = 0, refunded = 0, match_forfeited = 0, eac_distributed = 0, eac_forfeited = 0,"
    " refund_deadline = null"
)
NOTHING_BACK = (
    f"{AS_A_TABLE}update {PERSON} set excess = null, returned = null, recharacterized = null, refund = null,"
    " related_match_forfeited = null, match_excess = null, match_returned = null, match_refund = null,"
    " match_forfeited = null, leveled_ratio = null, match_leveled_ratio = null"
)
CUT = "returned > 0"
INSIDE = "out_reason is null and amount > 0"


def tests(assignments: str, condition: str = ADP) -> str:
    """Change a test."""
    return f"update {TEST} set {assignments} where simulation_year = {{y}} and {condition}"


def first(condition: str) -> str:
    """The first person whom the condition finds."""
    return f"(select min(person_key) from {PERSON} where simulation_year = {{y}} and ({condition}))"


def one(assignments: str, condition: str) -> str:
    """Change the first person in a test whom the condition finds."""
    chosen = f"(select min(person_key) from {PERSON} where simulation_year = {{y}} and ({condition}))"
    return (
        f"{AS_A_TABLE}update {PERSON} set {assignments}"
        f" where simulation_year = {{y}} and ({condition}) and person_key = {chosen}"
    )


def lose(condition: str) -> str:
    """Delete the first person's row."""
    return f"{AS_A_TABLE}delete from {PERSON} where simulation_year = {{y}} and person_key = {first(condition)}"


LAW_11 = [
    Fault("everybody_is_asked_about", lose("out_reason is not null")),
    Fault("everybody_is_asked_about", one("person_key = -person_key", "out_reason is not null")),
    Fault(
        "everybody_is_asked_about",
        f"{AS_A_TABLE}delete from {PERSON} where simulation_year = {{y}}",
        "people, 0 in the tests",
    ),
    Fault("counts_are_of_people", tests("n_nhce = n_nhce + 1")),
    Fault("counts_are_of_people", tests("n_hce = n_hce - 1", ACP)),
    *(Fault("counts_are_of_people", f"{AS_A_TABLE}update {PERSON} set role = '{role}'") for role in ("nhce", "hce")),
    *(
        Fault("averages_are_means", tests(f"{average} = {average} {change} 0.01", *which))
        for average, which in (("nhce_average_of_year", ()), ("hce_average", (ACP,)))
        for change in "+-"
    ),
    Fault("limit_follows_from_the_average", tests("highest_allowed = highest_allowed + 0.01")),
    Fault("result_follows_from_the_limit", NOTHING_BACK + "; " + tests(f"result = 'pass', {NOTHING}", "true")),
    Fault("result_follows_from_the_limit", NOTHING_BACK + "; " + tests(f"result = 'exempt', {NOTHING}", "true")),
    Fault("result_follows_from_the_limit", tests("exempt_reason = 'safe_harbor_match'")),
    Fault("result_follows_from_the_limit", tests("hce_average = highest_allowed")),
    Fault("excess_adds_up", tests("excess = excess + 0.01")),
    Fault("excess_adds_up", one("returned = returned - 0.01", CUT)),
    Fault("excess_adds_up", tests("recharacterized = recharacterized + 0.01")),
    Fault("excess_adds_up", tests("match_forfeited = match_forfeited + 0.01")),
    Fault("excess_adds_up", tests("refunded = refunded + 0.01")),
    Fault("excess_adds_up", tests("eac_distributed = eac_distributed + 0.01", ACP)),
    Fault("excess_adds_up", tests("eac_forfeited = eac_forfeited + 0.01", ACP)),
    Fault(
        "excess_adds_up",
        one("refund = refund + 0.01", CUT) + f"; update {TEST} set refunded = refunded + 0.01 where {ADP}"
        " and simulation_year = {y}",
    ),
    Fault(
        "leveling_reaches_the_limit",
        f"{AS_A_TABLE}update {PERSON} set leveled_ratio = leveled_ratio + 0.01 where {CUT}",
    ),
    *(
        Fault("nobody_keeps_more", one(f"amount = {amount}", "role = 'hce' and out_reason is null and returned = 0"))
        for amount in (
            "amount + 1000000",
            f"(select min(amount - returned) + 0.02 from {PERSON} where simulation_year = {{y}} and {CUT})",
        )
    ),
    Fault("qnec_is_what_is_needed", tests("qnec_points = qnec_points + 0.01")),
    Fault("qnec_is_what_is_needed", tests("qnec_points = qnec_points - 0.01")),
    Fault("no_refund_without_need", one("refund = 0.01", "role = 'nhce' and out_reason is null")),
    Fault("no_refund_without_need", one("out_reason = 'no_compensation'", CUT)),
    Fault("no_refund_above_the_amount", one("returned = amount + 0.01", CUT)),
    Fault("no_refund_above_the_amount", one("match_returned = match_amount + 0.01", "match_returned > 0")),
    Fault("no_refund_above_the_amount", one("excess = amount + 0.01", CUT)),
    Fault("ratio_is_amount_of_pay", one("ratio = ratio + 0.01", f"{INSIDE} and ratio < 100 * amount / compensation")),
    Fault("ratio_is_amount_of_pay", one("ratio = null", INSIDE), ": adp: ratio", whose=first(INSIDE)),
    Fault(
        "ratio_is_amount_of_pay",
        one("match_ratio = match_ratio - 0.01", "match_ratio > 100 * match_amount / compensation"),
    ),
]
