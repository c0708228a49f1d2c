"""Faults to plant in a finished year, at least one for every way in which a rule of a law can be broken.

``{y}`` in the SQL is the year, ``{before}`` the one before. A fault hits one person, the first of a kind, and the
database is always the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import duckdb

from planalign_orchestrator.config.settings import Settings
from tests.engine import settings_with
from tests.model.bands import steps, tier

SETTINGS: dict[str, Any] = {
    "plan__enrollment__opt_out_rate_multiplier": 5,
    "plan__escalation__scope": "all",
    "plan__core__type": "graded_by_service",
    "plan__core__bands": steps((0, 0.05), (5, 0.25)),
    "plan__core__permitted_disparity": {"enabled": True, "excess_rate": 0.05, "integration_level": 1.0},
    "plan__match__formula": "custom",
    "plan__match__tiers": [tier(0, 0.1, 1.5)],
    "plan__match__max_match_percentage": 0.2,
    "plan__testing__correction": "refund",
    "plan__behavior__known_plan": {"match_ceiling": 0.06},
}
"""Of a world in which every kind of event happens, so that every fault finds somebody."""

SNAPSHOT = "fct_workforce_snapshot"
EVENTS = "int_events"
NEEDS = "int_workforce_needs"
PEOPLE = "int_workforce_of_year"
PLAN_STATE = "int_plan_state_of_year"
PERIODS = "int_pay_periods"

"""An id that no event has."""

QUIET_YEAR = (
    "employment_status = 'active' and hire_date < make_date({y}, 1, 1) and person_key not in (select person_key from "
    "fct_yearly_events where simulation_year = {y} and event_type in ('raise', 'promotion'))"
)
RAISED_DURING_THE_YEAR = (
    "employment_status = 'active' and person_key in (select person_key from fct_yearly_events "
    "where simulation_year = {y} and event_type = 'raise' and month(effective_date) > 1)"
)


@dataclass(frozen=True)
class Fault:
    """One fault.

    Args:
        rule: the rule that the law must name.
        sql: plants the fault.
        detail: a part of what the law must say, where a rule has several sides.
        first_year: plant it in a run of one year, which starts from the census.
        whose: an expression for the key of whom the fault hits, and whom the law must name.
        settings: that the laws believe to be in force.
    """

    rule: str
    sql: str
    detail: str = ""
    first_year: bool = False
    whose: str = ""
    settings: dict[str, Any] = field(default_factory=dict)

    def believed(self, **years: int) -> Settings:
        """The settings that the laws believe to be in force.

        Args:
            years: of the simulation, as ``settings_with`` takes them.
        """
        others = {key: value for key, value in SETTINGS.items() if not key.startswith(tuple(self.settings))}
        return settings_with(**years, **others, **self.settings)

    def plant(self, connection: duckdb.DuckDBPyConnection, year: int) -> str:
        """Plant it.

        Returns:
            The id of the person whom the law must name, empty where it may name anybody.
        """
        whose = self.hits(connection, year)
        changed = connection.execute(self.sql.format(y=year, before=year - 1)).fetchone()
        assert changed is not None and changed[0] > 0, "the fault was not planted"
        return whose

    def hits(self, connection: duckdb.DuckDBPyConnection, year: int) -> str:
        """The id of the person whom the law must name, empty where it may name anybody."""
        if not self.whose:
            return ""
        query = f"select employee_id from {SNAPSHOT} where person_key = {self.whose.format(y=year)}"
        return str((connection.execute(query).fetchone() or ("nobody",))[0])


SHOWN = 5
"""The table of laws names no more offenders than this."""

MANY = Fault("hire_comes_first", "update int_events set event_sequence = 99 where event_type = 'hire'")
"""A fault that more people have."""


def number_of(law: str) -> int:
    """The number in the name of a law's model."""
    return int(law.split("_")[1])


def someone(condition: str, table: str = SNAPSHOT) -> str:
    """The first person whom the condition finds."""
    return f"(select min(person_key) from {table} where simulation_year = {{y}} and ({condition}))"


def person(assignments: str, condition: str) -> str:
    """Change somebody's row of the snapshot."""
    return f"update {SNAPSHOT} set {assignments} where simulation_year = {{y}} and person_key = {someone(condition)}"


def employed(assignments: str, chosen: str) -> str:
    """Change what somebody is in the year's workforce."""
    return f"update {PEOPLE} set {assignments} where person_key = {chosen}"


def opening(assignments: str, chosen: str) -> str:
    """Change what somebody brought into the year as a participant."""
    return f"update {PLAN_STATE} set {assignments} where person_key = {chosen}"


def one_event(kind: str, condition: str = "true") -> str:
    """The row of the first event of a kind."""
    return f"(select min(rowid) from {EVENTS} where simulation_year = {{y}} and event_type = '{kind}' and {condition})"


def whose_event(kind: str) -> str:
    """The person with the first event of a kind."""
    return f"(select person_key from {EVENTS} where rowid = {one_event(kind)})"


def event(kind: str, assignments: str, condition: str = "true") -> str:
    """Change an event."""
    return f"update {EVENTS} set {assignments} where rowid = {one_event(kind, condition)}"


def lose_event(kind: str) -> str:
    """Remove an event."""
    return f"delete from {EVENTS} where rowid = {one_event(kind)}"


def has_event(kind: str, year: str = "{y}") -> str:
    """Whether a person has an event of a kind, as a condition."""
    return f"person_key in (select person_key from {EVENTS} where simulation_year = {year} and event_type = '{kind}')"


def repeat_event(kind: str) -> str:
    """Make an event happen twice."""
    twice = "select * replace (event_sequence + 1 as event_sequence)"
    return f"insert into {EVENTS} {twice} from {EVENTS} where rowid = {one_event(kind)}"


RAISED_AND_ESCALATED = " and ".join(
    [has_event("raise", "{before}"), has_event("raise"), has_event("deferral_escalation")]
)

LAW_1 = [
    Fault(
        "headcount_identity",
        f"delete from {SNAPSHOT} where person_key = " + someone("detailed_status_code = 'new_hire_active'"),
    ),
    Fault(
        "headcount_identity",
        person("detailed_status_code = 'new_hire_active'", "detailed_status_code = 'continuous_active'"),
    ),
    Fault("headcount_identity", f"update {NEEDS} set target_headcount = target_headcount + 1"),
    Fault("headcount_identity", f"update {NEEDS} set opening_headcount = opening_headcount + 1"),
    Fault("headcount_identity", f"update {NEEDS} set hires = hires + 1"),
    Fault("headcount_identity", f"update {NEEDS} set experienced_exits = experienced_exits + 1"),
    Fault("headcount_identity", f"update {NEEDS} set new_hire_exits = new_hire_exits + 1"),
    Fault(
        "opening_is_last_closing",
        f"delete from {SNAPSHOT} where simulation_year = {{before}} and person_key = "
        + someone("detailed_status_code = 'continuous_active'"),
        "came from nowhere",
    ),
    Fault(
        "opening_is_last_closing",
        f"delete from {SNAPSHOT} where simulation_year = {{y}} and person_key = "
        + someone("detailed_status_code = 'experienced_termination'"),
        "lost between the years",
    ),
    Fault(
        "opening_is_last_closing",
        "delete from int_baseline_workforce where person_key = 5",
        "came from nowhere",
        first_year=True,
    ),
    Fault(
        "notice_is_carried_out",
        person("termination_date = termination_date + 1", "employee_id = 'ODD10'"),
        "leaves on 2025-07-01",
        first_year=True,
    ),
    Fault(
        "notice_is_carried_out",
        person("termination_date = null", "termination_reason = 'known'"),
        "leaves on no day",
        first_year=True,
    ),
]

LAW_2 = [
    Fault(
        "one_row_a_person",
        f"insert into {SNAPSHOT} select * from {SNAPSHOT} where simulation_year = {{y}} and person_key = "
        + someone("employment_status = 'active'"),
    ),
    Fault(
        "event_id_unique",
        f"insert into {EVENTS} select * from {EVENTS} where rowid = {one_event('raise')}",
    ),
    Fault(
        "event_id_unique",
        f"update {EVENTS} set event_sequence = 99 where event_type in ('raise', 'deferral_escalation')"
        f" and person_key = {someone(RAISED_AND_ESCALATED)}",
        "2 events with the number 99",
    ),
    Fault("new_hires_have_a_hire_event", lose_event("hire"), ": new_hire_", whose=whose_event("hire")),
    Fault(
        "new_hires_have_a_hire_event",
        event("hire", f"person_key = {someone(QUIET_YEAR)}"),
        "continuous_active",
    ),
    Fault("events_belong_to_somebody", event("raise", "person_key = 999999"), "person 999999"),
    Fault(
        "events_belong_to_somebody",
        f"update {EVENTS} set person_key = 999999 where event_type in"
        f" ('raise', 'deferral_escalation') and person_key = {someone(RAISED_AND_ESCALATED)}",
        "person 999999: raise",
    ),
    Fault(
        "nobody_returns",
        f"update {SNAPSHOT} set employment_status = 'terminated' where simulation_year = {{before}} and person_key = "
        + someone("detailed_status_code = 'continuous_active'"),
        "BOUND03: left in",
    ),
]

LAW_3 = [
    Fault("replay", person("current_compensation = current_compensation + 0.01", QUIET_YEAR), "pay"),
    Fault("replay", lose_event("raise"), "pay"),
    Fault("replay", person("level_id = level_id + 1", "detailed_status_code = 'new_hire_active'"), "level"),
    Fault("replay", person("deferral_rate = deferral_rate + 0.0001", "is_enrolled"), "deferral rate"),
    Fault("replay", person("is_enrolled = not is_enrolled", "is_enrolled"), "enrollment"),
    Fault("replay", person("ever_opted_out = false", "ever_opted_out"), "opt-out"),
    Fault("replay", person("ever_opted_out = true", "not ever_opted_out"), "opt-out"),
    Fault("replay", person("escalation_count = escalation_count + 1", "is_enrolled"), "escalations"),
    Fault("replay", person("employment_status = 'active'", "detailed_status_code = 'new_hire_termination'"), "status"),
    Fault("replay", person("employment_status = 'terminated'", QUIET_YEAR), "status"),
]

LAW_4 = [
    Fault(f"{kind}_starts_where_the_last_ended", event(kind, assignments), detail)
    for kind, assignments, detail in (
        ("promotion", "compensation_before = compensation_before - 0.01", "pay"),
        ("promotion", "level_before = level_before - 1", "level"),
        ("raise", "compensation_before = compensation_before + 0.01", "pay"),
        ("raise", "compensation_before = null", "pay"),
        ("raise", "level_before = level_before + 1", "level"),
        ("enrollment", "deferral_rate_before = 0.01", "deferral rate"),
        ("opt_out", "deferral_rate_before = deferral_rate_before + 0.01", "deferral rate"),
        ("deferral_escalation", "deferral_rate_before = deferral_rate_after", "deferral rate"),
    )
] + [
    Fault(
        "deferral_change_starts_where_the_last_ended",
        event("enrollment", "event_type = 'deferral_change', deferral_rate_before = 0.5"),
        "deferral rate",
    )
]

LAW_5 = [
    Fault("event_of_another_year", event("raise", "effective_date = make_date({y} + 1, 1, 1)")),
    Fault("event_of_another_year", event("raise", "effective_date = make_date({y}, 1, 1) - 1")),
    Fault(
        "event_outside_employment",
        event("termination", "effective_date = effective_date + 1", "month(effective_date) < 12"),
        "termination",
    ),
    Fault(
        "event_outside_employment",
        event("hire", "effective_date = effective_date - 1", "month(effective_date) > 1"),
        "hire",
    ),
    Fault("hire_comes_first", event("hire", "event_sequence = 99")),
    Fault("hire_comes_first", event("hire", "event_sequence = 2")),
    Fault("hire_comes_first", employed("is_new_hire = false", someone("event_type = 'hire'", EVENTS))),
    Fault(
        "sequence_follows_dates",
        event("termination", "event_sequence = 0", "event_sequence > 1 and month(effective_date) > 3"),
    ),
    Fault("at_most_one_exit", repeat_event("termination"), ": 2 exits", whose=whose_event("termination")),
]
