"""Worlds in which engine and oracle once disagreed, as small as they would go; each says what was wrong."""

from __future__ import annotations

from tests.model.worlds import World

COUNTEREXAMPLES = [
    World(
        # Whoever was hired on 29 February could not have the first of the possible birthdays.
        "a hire on 29 February",
        12,
        2028,
        1,
        "(select count(*) from snapshot where hire_date = date '2028-02-29') > 0",
        {"simulation__random_seed": 43, "workforce__target_growth_rate": 0.5},
    ),
    World(
        # The oracle did not see that an enrolment on the day of the escalation comes before it.
        "enrolled and escalated on the same day",
        40,
        2027,
        1,
        "(select count(*) from events as enrolled inner join events as risen using (employee_id, effective_date)"
        " where enrolled.event_type = 'enrollment' and risen.event_type = 'deferral_escalation') > 0",
        {
            "workforce__target_growth_rate": 0.5,
            "plan__enrollment__auto_enrollment__window_days": 180,
            "plan__eligibility": {"entry_dates": "semiannual", "waiting_period_days": 1},
            "plan__escalation": {"effective_date": "12-28", "first_escalation_delay_years": 0},
        },
    ),
]
