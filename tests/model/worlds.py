"""Worlds to simulate: settings combined so that few simulations meet every family, schedule and kind of rule.

``shows`` is a condition on the finished database which says that the world did meet what it is here for; without it a
world in which nothing happens would keep every law.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planalign_orchestrator.config.settings import Settings
from tests.engine import settings_with
from tests.model.bands import band, steps, tier
from tests.model.people import Person, census_of, person

LONG_AGO = dt.date(2010, 3, 1)


@dataclass(frozen=True)
class World:
    """One simulation.

    Args:
        name: says what is special.
        people: in the census, odd ones first.
        first_year: the first simulated year.
        years: how many.
        changes: to the default settings, as ``settings_with`` takes them.
        shows: an SQL expression over ``snapshot`` and ``events`` that must be true.
        more: people in the census beyond that number.
    """

    name: str
    people: int
    first_year: int
    years: int
    shows: str
    changes: dict[str, Any] = field(default_factory=dict)
    more: tuple[Person, ...] = ()

    def census(self, folder: Path, most: int | None = None) -> Path:
        """Its census, of ``most`` people and those beyond; with a department and a location where the settings ask."""
        number = self.people if most is None else min(most, self.people)
        return census_of(folder, number, self.first_year, in_departments="census" in self.changes, more=self.more)

    def settings(self) -> Settings:
        """The settings of the world."""
        last_year = self.first_year + self.years - 1
        return settings_with(simulation__start_year=self.first_year, simulation__end_year=last_year, **self.changes)


def _tenure_band(name: str, first: int, end: int, exits: float, conversion: float) -> dict[str, Any]:
    return {
        "tenure_band": name,
        "min_years": first,
        "max_years": end,
        "exit_multiplier": exits,
        "promotion_multiplier": exits,
        "conversion_multiplier": conversion,
    }


def _low_paid(name: str, born: dt.date = dt.date(1980, 6, 15), hired: dt.date = LONG_AGO, **more: Any) -> Person:
    return person(name, born, hired, 30_000, **more)


LEFT_OR_AT_THE_EDGE = (
    # Gone before the first year: they count in the look-back year by a day's work, or did not work in it.
    _low_paid("LEFT1", termination_date=dt.date(2019, 1, 1)),
    _low_paid("LEFT2", termination_date=dt.date(2018, 12, 31), prior_year_compensation=999_999),
    _low_paid("LEFT3", hired=dt.date(2019, 7, 2), termination_date=dt.date(2019, 12, 31)),
    # Who counts, by a day or half an hour a week, makes 13 in the first year, of which a fifth is 3.
    _low_paid("EDGE1", hired=dt.date(2019, 7, 1)),
    _low_paid("EDGE2", born=dt.date(1998, 12, 31)),
    _low_paid("EDGE3", scheduled_hours_per_week=17.5),
    # Who does not leaves 27 in the second year, of which a fifth is 5; enough would have made 18 in the first.
    _low_paid("EDGE4", is_union_member=True),
    _low_paid("EDGE5", scheduled_hours_per_week=17.49),
    _low_paid("EDGE6", born=dt.date(2000, 1, 1)),
    *(_low_paid(f"LATE{n}", hired=dt.date(2019, 7, 2)) for n in range(7)),
    # Half a dollar above the limit of 19,500, which is catch-up.
    person("CENTS", dt.date(1960, 6, 15), dt.date(2019, 12, 31), 195_005, deferral_rate=0.1),
    *(_low_paid(f"SHORT{n}", hired=dt.date(2018, 10, 1), termination_date=dt.date(2019, 2, 15)) for n in range(5)),
)

WORLDS = [
    World(
        "one person stays, and nothing happens in the first year",
        1,
        2025,
        2,
        "(select count(*) from snapshot) = 2 and (select min(simulation_year) from events) = 2026",
        {
            "workforce__target_growth_rate": 0,
            "workforce__total_termination_rate": 0,
            "compensation__minimum_service_months": 120,
            "compensation__promotion__base_rate": 0,
            "plan__behavior__deferral_change_multiplier": 0,
            "plan__escalation__enabled": False,
            "plan__core": {"type": "profit_sharing", "profit_sharing": {"pool_amount": 99.99, "shared_by": "head"}},
        },
    ),
    World(
        "one person leaves, more are hired, in a leap year",
        1,
        2028,
        2,
        "(select count(*) from events where event_type = 'hire') >= 5",
        {
            "workforce__target_growth_rate": 0.5,
            "workforce__total_termination_rate": 1,
            "plan__match__family": "none",
            "plan__core__type": "flat",
            "plan__enrollment__auto_enrollment__scope": "all_eligible_employees",
        },
    ),
    World(
        "one hire is needed, and two more who leave",
        1,
        2025,
        1,
        "(select count(*) from events where event_type = 'hire') = 3",
        {
            "workforce__target_growth_rate": 1,
            "workforce__total_termination_rate": 0,
            "workforce__new_hire_termination_rate": 0.9,
            # Everybody of them leaves as easily, with a weight of exactly 1.
            "workforce__new_hires__level_mix": {"1": 1},
            "assumptions__overrides": {
                "new_hire_ages": [{"age": age, "weight": 0} for age in (22, 25, 28, 32, 45, 50)],
            },
        },
    ),
    World(
        "seven people shrink",
        7,
        2025,
        2,
        "(select count(*) from snapshot where termination_reason in ('reduction_in_force', 'retirement')) >= 2",
        {
            "workforce__target_growth_rate": -0.2,
            "workforce__total_termination_rate": 0,
        },
    ),
    World(
        "seven people grow by half",
        7,
        2024,
        2,
        "(select count(*) from snapshot where employer_core > 0 and plan_compensation > 168600) > 0",
        {
            "plan__testing": {"correction": "refund", "otherwise_excludable": "early_participation"},
            "simulation__scenario_id": "growth",
            "simulation__plan_design_id": "custom-plan",
            "workforce__target_growth_rate": 0.5,
            "workforce__new_hire_termination_rate": 0.5,
            "plan__match__formula": "custom",
            "plan__match__tiers": [tier(0, 0.01, 2), tier(0.03, 0.055, 0.333)],
            "plan__match__max_match_percentage": 0.025,
            "plan__core__type": "points",
            "plan__core__bands": steps((0, 0.05), (50, 0.06), (75, 0.0725)),
            "plan__core__permitted_disparity": {"enabled": True, "excess_rate": 0.05, "integration_level": 1.0},
            "plan__eligibility__minimum_age": 18,
        },
    ),
    World(
        "the last person goes",
        9,
        2025,
        2,
        "(select count(*) from snapshot) = 9 and (select min(closing_balance) from fct_forfeiture_account) > 0",
        {
            "workforce__target_growth_rate": -1,
            "workforce__total_termination_rate": 0,
            "plan__vesting__partial_termination": "ignore",
        },
    ),
    World(
        "a fifth of the jobs go each year",
        400,
        2025,
        2,
        "(select count(distinct termination_reason) from snapshot) >= 5 and"
        " (select count(distinct termination_reason) from snapshot where employer_match > 0) = 2 and"
        " (select count(*) from snapshot where forfeiture_amount > 0) > 0",
        {
            "plan__testing": {"correction": "refund", "refund_earnings_rate": 0.05},
            "workforce__target_growth_rate": -0.2,
            "workforce__total_termination_rate": 0.1,
            "workforce__involuntary_share": 0.5,
            "plan__match__formula": "qaca",
            "plan__match__eligibility": {
                "last_day_exceptions": ["retirement", "reduction_in_force"],
                "waive_hours_for_leavers": True,
            },
            "plan__core__type": "graded_by_service",
            "plan__core__bands": steps((0, 0.043), (3, 0.05), (10, 0.08)),
            "plan__core__permitted_disparity": {"enabled": True, "excess_rate": 0.043, "integration_level": 0.5},
            "plan__vesting": {"match_schedule": "qaca_2", "core_schedule": "graded_2_6"},
        },
    ),
    World(
        "half as many people again, some in excluded jobs",
        400,
        2025,
        2,
        "(select count(*) from snapshot where enrollment_source = 'auto') = 0 and"
        " (select count(*) from snapshot where eligibility_date is null and simulation_year = 2026) > 50 and"
        " (select count(*) from events where event_type = 'eligibility' and month(effective_date) % 3 <> 1"
        " and employee_id not like 'BOUND%') = 0",
        {
            "plan__testing": {
                "otherwise_excludable": "separate",
                "correction": "qnec_targeted",
                "compensation": "full_year",
            },
            "workforce__target_growth_rate": 0.5,
            "workforce__new_hire_termination_rate": 0.6,
            "plan__enrollment__auto_enrollment__enabled": False,
            "plan__eligibility": {
                "entry_dates": "quarterly",
                "waiting_period_days": 90,
                "new_hire_ineligible_rate": 0.2,
            },
            "plan__match__formula": "tiered",
            "plan__match__eligibility__minimum_hours": 1040,
            "plan__core__eligibility__minimum_hours": 1040,
            "plan__core__type": "flat",
            "plan__core__rate": 0.057,
            "plan__core__permitted_disparity": {"enabled": True, "excess_rate": 0.057, "integration_level": 1.0},
            "plan__vesting": {"match_schedule": "immediate", "core_schedule": "cliff_2"},
        },
    ),
    World(
        "everybody is enrolled, in a leap year",
        400,
        2024,
        2,
        "(select min(enrolled) from (select count(*) filter (where is_enrolled) / count(*) as enrolled from snapshot"
        " where employment_status = 'active' group by simulation_year)) > 0.7 and (select count(*) from events"
        " where event_type = 'deferral_escalation' and month(effective_date) = 7) > 100",
        {
            "plan__testing": {"method": "prior", "correction": "refund", "eaca_covers_all": True},
            "workforce__target_growth_rate": 0,
            "plan__enrollment__auto_enrollment": {"scope": "all_eligible_employees", "default_deferral_rate": 0.06},
            "plan__eligibility": {"entry_dates": "monthly", "waiting_period_days": 30},
            "plan__escalation": {
                "scope": "all",
                "effective_date": "07-01",
                "increment": 0.025,
                "cap": 0.155,
                "first_escalation_delay_years": 0,
            },
            "plan__match__formula": "stretch",
            "plan__core__type": "age_bands",
            "plan__core__bands": steps((0, 0.02), (30, 0.033), (50, 0.06)),
            "plan__vesting": {"match_schedule": "cliff_3", "core_schedule": "graded_3"},
        },
    ),
    World(
        "match after six months and core after two years of 1 040 hours, part-time hires",
        120,
        2025,
        3,
        "(select count(*) from snapshot where is_eligible and match_entry_date > hire_date + 180) > 20 and"
        " (select count(*) from snapshot where employer_match > 0 and year(match_entry_date) = simulation_year"
        " and match_entry_date > eligibility_date) > 0 and"
        " (select count(*) from snapshot where employer_core > 0 and year(core_entry_date) = simulation_year) > 0 and"
        " (select count(*) from snapshot where is_eligible and core_entry_date is null) > 0 and"
        " (select count(*) from events where event_type = 'eligibility' and employee_id like 'NH_2025%') > 0",
        {
            "workforce__new_hires__scheduled_hours_per_week": 15,
            "plan__eligibility": {"service": {"years": 1, "hours": 1000}, "entry_dates": "monthly"},
            "plan__match__entry": {
                "minimum_age": 21,
                "service": {"months": 18, "days": 10},
                "entry_dates": "quarterly",
            },
            "plan__match__eligibility": {"minimum_hours": 0, "require_employment_on_last_day": False},
            "plan__core__type": "flat",
            "plan__core__entry": {
                "service": {"years": 2, "hours": 1040},
                "entry_dates": "semiannual",
                "compensation": "full_year",
            },
        },
    ),
    World(
        "half the plan pays for the whole year of entry, sources open one after another",
        60,
        2024,
        2,
        "(select count(*) from snapshot where year(match_entry_date) = simulation_year"
        " and match_entry_date > eligibility_date and employer_match > 0) > 0",
        {
            "workforce__target_growth_rate": 0.3,
            "plan__behavior": {"known_plan": {"match_ceiling": 0.03}, "deferral_change_multiplier": 3},
            "plan__eligibility": {"service": {"days": 60}, "compensation": "full_year"},
            "plan__match__formula": "custom",
            "plan__match__tiers": [tier(0, 0.06, 0.5), tier(0.06, 0.2, 0)],
            "plan__match__entry": {"service": {"days": 366}, "compensation": "full_year"},
            "plan__match__eligibility__minimum_hours": 0,
            "plan__core__type": "profit_sharing",
            "plan__core__profit_sharing": {
                "shared_by": "rates",
                "classes_by": "age",
                "classes": [{"who": "0", "rate": 0.02}, {"who": "45", "rate": 0.04}],
            },
            "plan__core__entry__minimum_age": 21,
            "plan__core__entry__service": {"months": 5},
            "plan__core__eligibility__minimum_hours": 0,
        },
    ),
    World(
        "late enrolment, opt-outs and conversions across the years",
        400,
        2027,
        3,
        "(select count(*) from events where event_type = 'opt_out') > 30 and"
        " (select count(*) from events where event_category = 'conversion') > 20 and"
        " (select count(*) from snapshot where pending_opt_out_date is not null) > 0 and"
        " (select count(*) from snapshot where is_limited_by_402g and catch_up_contributions = 0"
        " and simulation_year - year(birth_date) >= 50) > 0 and"
        " (select count(*) from snapshot where ever_opted_out and is_enrolled) > 0",
        {
            "plan__testing": {"method": "prior", "first_year_prior_adp": "actual", "correction": "refund"},
            "workforce__new_hire_termination_rate": 0.4,
            "plan__enrollment": {
                "auto_enrollment": {
                    "hire_date_cutoff": "2024-01-01",
                    "window_days": 180,
                    "opt_out_grace_period": 180,
                    "default_deferral_rate": 0.03,
                },
                "match_magnet": {"probability": 1, "maximum_rate": 0.05},
                "opt_out_cooling_years": 1,
                "voluntary_rate_multiplier": 0.3,
                "conversion_rate_multiplier": 6,
                "opt_out_rate_multiplier": 8,
            },
            "plan__eligibility": {"entry_dates": "semiannual", "waiting_period_days": 100},
            "plan__escalation": {"effective_date": "12-28", "first_escalation_delay_years": 0},
            "plan__deferral__roth_available": False,
            "plan__match__formula": "safe_harbor_basic",
            "plan__match__eligibility__minimum_hours": 1040,
            "plan__vesting": {"match_schedule": "graded_4", "core_schedule": "graded_5"},
        },
    ),
    World(
        "annual entry after two years, wide raises within a budget",
        400,
        2025,
        2,
        "(select count(*) from events where event_type = 'eligibility' and dayofyear(effective_date) > 1"
        " and employee_id <> 'ODD12' and employee_id not like 'BOUND%') = 0 and"
        " (select count(*) from events where event_type = 'promotion') > 10",
        {
            "amendments": [
                {"from": 2026, "compensation": {"cola_rate": 0.06}, "plan": {"vesting": {"match_schedule": "cliff_3"}}}
            ],
            "plan__testing": {"correction": "qnec_flat"},
            "compensation": {
                "merit_budget": 0.03,
                "minimum_service_months": 0,
                "promotion": {"raise_distribution": "normal", "raise_spread": 0.5, "effective_date": "07-01"},
            },
            "plan__eligibility": {"entry_dates": "annual", "waiting_period_days": 730, "minimum_age": 0},
            "plan__match__formula": "safe_harbor_enhanced",
            "plan__core__type": "points",
            "plan__core__bands": steps((0, 0.01), (45, 0.02)),
            "plan__vesting": {"match_schedule": "graded_5", "core_schedule": "graded_4"},
        },
    ),
    World(
        "everything is amended",
        400,
        2025,
        4,
        "(select count(*) from snapshot where simulation_year = 2028 and match_vested_percentage = 0.8"
        " and hire_date between date '2021-01-02' and date '2023-12-31') > 0 and"
        " (select count(*) from snapshot where simulation_year = 2026 and match_vested_percentage = 0.4) > 0 and"
        " (select count(*) from events where event_type = 'deferral_change' and simulation_year = 2027) > 10 and"
        " (select count(*) from events where event_type = 'hire' and simulation_year = 2027) = 0 and"
        " (select max(simulation_year) from snapshot where plan_eligible and eligibility_date is null) = 2025 and"
        " (select count(*) from snapshot where simulation_year = 2026 and core_entry_date = date '2026-01-01'"
        " and eligibility_date < date '2025-12-31') > 0 and"
        " (select count(*) from events join snapshot using (employee_id) where event_category = 'auto' and"
        " event_type = 'enrollment' and events.simulation_year > snapshot.simulation_year and ever_opted_out) > 0",
        {
            "workforce": {
                "target_growth_rate": 0.1,
                "new_hire_termination_rate": 0.4,
                "new_hires": {"scheduled_hours_per_week": 9},
            },
            "plan": {
                "eligibility": {
                    "waiting_period_days": 400,
                    "entry_dates": "semiannual",
                    "service": {"years": 1, "hours": 1500},
                    "new_hire_ineligible_rate": 0.2,
                },
                "enrollment": {"opt_out_rate_multiplier": 5},
                "vesting": {"match_schedule": "graded_5", "core_schedule": "cliff_2"},
                "match": {"entry": {"service": {"months": 6}}},
                "core": {"type": "flat", "rate": 0.03, "entry": {"service": {"years": 2, "hours": 1500}}},
            },
            "assumptions": {"overrides": {"raise_months": [{"month": 1, "weight": 0}]}},
            "amendments": [
                {
                    "from": 2027,
                    "note": "a hiring freeze, and everybody who does not take part is enrolled again each year",
                    "workforce": {"target_growth_rate": -0.12},
                    "compensation": {"merit_budget": 0.01, "promotion": {"effective_date": "09-01"}},
                    "plan": {
                        "deferral": {"maximum_rate": 0.05},
                        "enrollment": {"auto_enrollment": {"reenroll": "yearly", "default_deferral_rate": 0.03}},
                        "match": {"formula": "safe_harbor_basic", "eligibility": {"minimum_hours": 0}},
                        "vesting": {"core_schedule": "graded_2_6"},
                        "compliance": {"irs_indexation_rate": 0.1},
                    },
                },
                {
                    "from": 2026,
                    "workforce": {"new_hires": {"scheduled_hours_per_week": 30}},
                    "plan": {
                        "eligibility": {"waiting_period_days": 30, "entry_dates": "monthly", "service": {"hours": 0}},
                        "enrollment": {"auto_enrollment": {"scope": "all_eligible_employees"}},
                        "vesting": {"match_schedule": "graded_2_6", "core_schedule": "cliff_3"},
                        "match": {"entry": {"service": {"months": 14}, "entry_dates": "quarterly"}},
                        "core": {
                            "type": "graded_by_service",
                            "bands": steps((0, 0.01), (2, 0.04)),
                            "entry": {"service": {"hours": 0}},
                        },
                    },
                    "assumptions": {
                        "overrides": {
                            "levels": [{"level_id": 2, "merit_rate": 0.09}],
                            "new_hire_ages": [{"age": 22, "weight": 9}],
                            "irs_limits": [{"limit_year": 2026, "elective_deferral_limit": 9_000}],
                        }
                    },
                },
            ],
        },
    ),
    World(
        "a match that is stretched, then enhanced, then ended",
        400,
        2025,
        3,
        "(select count(distinct simulation_year) from events where event_type = 'deferral_change'"
        " and event_category = 'match_response') = 2 and"
        " (select count(*) from events where event_type = 'deferral_change' and event_category = 'match_response'"
        " and deferral_rate_after < deferral_rate_before) > 5 and"
        " (select count(*) from events where event_type = 'enrollment' and event_category = 'match_response') > 5 and"
        " (select min(n) from (select count(*) as n from events"
        " where event_category in ('raised', 'lowered', 'stopped') group by event_category)) > 20",
        {
            "plan": {
                "behavior": {
                    "known_plan": {"match_ceiling": 0.06, "match_rate": 0.5},
                    "deferral_change_multiplier": 3,
                },
                "match": {"formula": "stretch", "max_match_percentage": 0.02},
                "deferral": {"maximum_rate": 0.13},
                "escalation": {"effective_date": "03-01"},
            },
            "amendments": [
                {"from": 2026, "plan": {"match": {"formula": "safe_harbor_enhanced"}}},
                {"from": 2027, "plan": {"match": {"family": "none"}}},
            ],
        },
    ),
    World(
        "a new match that nobody answers",
        120,
        2025,
        2,
        "(select count(*) from events where event_category = 'match_response') = 0 and"
        " (select count(*) from events where event_category in ('raised', 'lowered', 'stopped')) = 0",
        {
            "plan__behavior": {
                "responds": False,
                "known_plan": {"match_ceiling": 0.02, "match_rate": 0.1},
                "deferral_change_multiplier": 0,
            },
            "amendments": [{"from": 2026, "plan": {"match": {"formula": "safe_harbor_enhanced"}}}],
        },
    ),
    World(
        "automatic enrollment begins in the second year",
        400,
        2025,
        3,
        "(select count(*) from events where event_category = 'auto' and simulation_year = 2025) = 0 and"
        " (select count(*) from events where event_category = 'auto' and event_type = 'enrollment'"
        " and simulation_year = 2026) > 10",
        {
            "plan__enrollment__auto_enrollment": {"enabled": False, "window_days": 90},
            "plan__eligibility__waiting_period_days": 60,
            "amendments": [
                {"from": 2026, "plan": {"enrollment": {"auto_enrollment": {"enabled": True, "reenroll": "yearly"}}}},
                {"from": 2027, "plan": {"enrollment": {"auto_enrollment": {"reenroll": "never"}}}},
            ],
        },
    ),
    World(
        "automatic enrollment begins in the third year, and takes in everybody in the fourth",
        80,
        2025,
        4,
        "(select list(distinct simulation_year order by simulation_year) from events"
        " where event_category = 'auto' and event_type = 'enrollment') = [2027, 2028]",
        {
            "plan__enrollment__auto_enrollment": {"enabled": False},
            "plan__enrollment__voluntary_rate_multiplier": 0.2,
            "plan__eligibility__waiting_period_days": 180,
            "workforce__target_growth_rate": 0.1,
            "plan__vesting": {"match_schedule": "graded_4", "core_schedule": "graded_2_6"},
            "amendments": [
                {
                    "from": 2027,
                    "plan": {
                        "enrollment": {"auto_enrollment": {"enabled": True}},
                        "vesting": {"match_schedule": "graded_2_6", "core_schedule": "graded_5"},
                    },
                },
                {
                    "from": 2028,
                    "plan": {
                        "enrollment": {"auto_enrollment": {"scope": "all_eligible_employees"}},
                        "vesting": {"match_schedule": "immediate", "core_schedule": "graded_2_6"},
                    },
                },
            ],
        },
    ),
    World(
        "departments steered, one laid off",
        400,
        2025,
        3,
        "(select count(*) from snapshot where simulation_year = 2026 and groups['department'] = 'Sales'"
        " and termination_reason = 'reduction_in_force') > 5 and"
        " (select count(distinct groups) from snapshot where hire_date >= date '2025-01-01') > 4",
        {
            "census": {"groups": ["Department", "Location"]},
            "workforce": {
                "new_hires": {"level_mix": {"1": 0.6, "4": 0.4}},
                "steered_by": "Department",
                "steered": [
                    {"value": "Sales", "target_growth_rate": 0.2},
                    {"value": "IT", "total_termination_rate": 0.3, "new_hire_termination_rate": 0.1},
                    {"value": "Nobody", "target_growth_rate": 0.5},
                ],
            },
            "amendments": [
                {
                    "from": 2026,
                    "workforce": {
                        "target_growth_rate": 0.01,
                        "new_hires": {"level_mix": {"1": 0, "4": 0, "2": 1}},
                        "steered": [{"value": "Sales", "target_growth_rate": -0.25}],
                    },
                },
                {"from": 2027, "workforce": {"new_hire_termination_rate": 0.5, "steered": []}},
            ],
        },
    ),
    World(
        "each source of money leaves out groups of its own, and others later",
        200,
        2025,
        3,
        "(select count(*) from snapshot where simulation_year = 2026 and groups['department'] = 'Sales'"
        " and eligibility_date is null) > 5 and"
        " (select count(*) from snapshot where simulation_year = 2026 and groups['location'] = 'Boston'"
        " and eligibility_date < date '2026-01-01' and match_entry_date is null"
        " and core_entry_date is not null) > 0 and"
        " (select count(*) from snapshot where groups['department'] = 'Sales'"
        " and eligibility_date = date '2027-01-01') > 5 and"
        " (select count(*) from snapshot where simulation_year = 2027 and groups['department'] = 'IT'"
        " and eligibility_date is null) > 0 and"
        " (select count(*) from snapshot where simulation_year = 2027 and groups['department'] = 'IT'"
        " and eligibility_date is not null) > 0",
        {
            "census": {"groups": ["Department", "Location"]},
            "plan": {
                "eligibility": {
                    "service": {"months": 3},
                    "excluded_groups": [
                        {"group": "Department", "value": "Sales"},
                        {"group": "Department", "value": "Nobody"},
                    ],
                },
                "match": {"entry": {"excluded_groups": [{"group": "Location", "value": "Boston"}]}},
                "core": {
                    "type": "flat",
                    "rate": 0.03,
                    "entry": {"excluded_groups": [{"group": "Department", "value": "IT"}]},
                },
            },
            "amendments": [
                {
                    "from": 2027,
                    "plan": {
                        "eligibility": {"excluded_groups": [{"group": "Department", "value": "IT"}]},
                        "match": {"entry": {"excluded_groups": []}},
                        "core": {"entry": {"excluded_groups": [{"group": "Location", "value": "Boston"}]}},
                    },
                }
            ],
        },
    ),
    World(
        "exits are random, in departments and in a reduction in force",
        400,
        2025,
        3,
        "(select count(*) from snapshot where termination_reason = 'reduction_in_force') > 5",
        {
            "census": {"groups": ["Department"]},
            "workforce": {
                "exits": "random",
                "steered_by": "Department",
                "steered": [{"value": "Sales", "total_termination_rate": 0.25, "target_growth_rate": 0.1}],
            },
            "amendments": [{"from": 2027, "workforce": {"target_growth_rate": -0.15}}],
        },
    ),
    World(
        "match by service, top-paid group",
        400,
        2026,
        2,
        "(select max(hce) from (select count(*) filter (where is_hce and not is_five_percent_owner) as hce"
        " from snapshot group by simulation_year)) between 10 and 80 and"
        " (select count(*) from snapshot where employer_match > 0 and tenure_years >= 10) > 10",
        {
            "compensation__promotion": {"raise_distribution": "fixed", "raise_mean": 0.1, "minimum_service_years": 0},
            "plan__match__family": "graded_by_service",
            "plan__match__service_bands": [
                band(0, tier(0, 0.04, 0.25)),
                band(2, tier(0, 0.05, 0.5)),
                band(10, tier(0.01, 0.07, 1)),
            ],
            "plan__core__type": "age_bands",
            "plan__core__bands": steps((0, 0.054), (40, 0.06)),
            "plan__core__permitted_disparity": {"enabled": True, "excess_rate": 0.054, "integration_level": 0.9},
            "plan__compliance__top_paid_group_election": True,
            "plan__vesting": {"match_schedule": "graded_3", "core_schedule": "qaca_2"},
        },
    ),
    World(
        "match and core with strict conditions, hires of chosen levels",
        400,
        2025,
        2,
        "(select count(*) from snapshot where simulation_year = 2025 and hire_date >= date '2025-01-01'"
        " and level_id not in (2, 5)) = 0 and"
        " (select count(*) from snapshot where employer_match > 0 and hours_worked < 1950) > 0",
        {
            "workforce__new_hires": {
                "level_mix": {"2": 0.5, "5": 0.25},
                "pay_factor": 1.5,
                "pay_percentile_spread": 0.5,
                "scheduled_hours_per_week": 37.5,
            },
            "compensation__promotion": {
                "raise_mean_by_level": {"1": 0.05, "4": 0.5},
                "raise_maximum": 0.4,
                "raise_maximum_amount": 20_000,
            },
            "plan__match__family": "tenure_bands",
            "plan__match__service_bands": [
                band(0, tier(0, 0.03, 1), tier(0.03, 0.05, 0.5)),
                band(5, tier(0, 0.08, 1)),
                band(20, tier(0, 0.02, 0)),
            ],
            "plan__match__max_match_percentage": 0.07,
            "plan__match__eligibility": {
                "require_employment_on_last_day": False,
                "minimum_hours": 1950,
                "waive_hours_for_new_hires": True,
            },
            "plan__core__type": "graded_by_service",
            "plan__core__bands": steps((0, 0), (1, 0.031), (5, 0.04)),
            "plan__core__eligibility": {"minimum_service_years": 1, "minimum_hours": 0},
            "plan__vesting": {"match_schedule": "graded_2_6", "core_schedule": "immediate"},
        },
    ),
    World(
        "departments hire at levels at which they have nobody",
        24,
        2025,
        1,
        "(select count(*) from events where event_type = 'hire') > 20",
        {
            "census": {"groups": ["Department", "Location"]},
            "workforce": {
                "target_growth_rate": 1,
                "new_hires": {"level_mix": {"1": 0.25, "2": 0.25, "3": 0.25, "4": 0.25}},
                "steered_by": "Department",
                "steered": [{"value": "Sales", "target_growth_rate": 1}, {"value": "IT", "target_growth_rate": 1}],
            },
        },
    ),
    World(
        "a level is hired no more, and is still owed somebody",
        9,
        2025,
        2,
        "(select list(level_id order by employee_id) from snapshot where simulation_year = 2026"
        " and hire_date >= date '2026-01-01') = [1, 3, 2]",
        {
            "workforce": {
                "target_growth_rate": 0.222,
                "total_termination_rate": 0,
                "new_hire_termination_rate": 0,
                "new_hires": {"level_mix": {"1": 0.4, "2": 0.2, "3": 0.4}},
            },
            "amendments": [
                {
                    "from": 2026,
                    "workforce": {
                        "target_growth_rate": 0.27,
                        "new_hires": {"level_mix": {"1": 0.5, "2": 0, "3": 0.5}},
                    },
                },
            ],
        },
    ),
    World(
        "generous contributions meet every limit",
        400,
        2028,
        2,
        "(select count(*) from snapshot where is_limited_by_415c) > 20 and"
        " (select count(*) from snapshot where is_limited_by_401a17) > 0 and"
        " (select count(*) from snapshot where is_limited_by_402g) > 0 and"
        " (select count(*) from snapshot where catch_up_contributions > 0) > 0",
        {
            "plan__testing": {"correction": "refund", "refund_earnings_rate": 0.033, "annuity_factor": 8.5},
            "plan__match__family": "points",
            "plan__match__points_bands": [
                band(0, tier(0, 0.1, 1)),
                band(40, tier(0, 0.1, 2)),
                band(60, tier(0, 0.15, 5)),
            ],
            "plan__match__max_match_percentage": 0.3,
            "plan__core__type": "flat",
            "plan__core__rate": 0.25,
            "plan__core__permitted_disparity": {"enabled": True, "excess_rate": 0.057, "integration_level": 0.2},
            "plan__core__eligibility": {"last_day_exceptions": ["voluntary", "involuntary"]},
            "plan__deferral__roth_share": 1,
            "plan__enrollment__auto_enrollment": {
                "scope": "all_eligible_employees",
                "default_deferral_rate": 0.2,
                "window_days": 0,
            },
            "plan__escalation": {"increment": 0.1, "cap": 0.75},
            "plan__compliance__irs_indexation_rate": 0.1,
        },
    ),
    World(
        "nobody leaves, everybody is promoted, rates are cut to the maximum",
        400,
        2025,
        2,
        "(select count(*) from snapshot where detailed_status_code = 'experienced_termination'"
        " and termination_reason <> 'known') = 0 and"
        " (select count(*) from events where event_type = 'promotion') > 300 and"
        " (select count(*) from events where event_type = 'deferral_change') > 50",
        {
            "workforce__target_growth_rate": 0,
            "workforce__total_termination_rate": 0,
            "compensation__promotion": {
                "base_rate": 1,
                "promotion_rate_multiplier": 25,
                "effective_date": "01-01",
                "minimum_service_years": 1,
            },
            "compensation__minimum_service_months": 0,
            "plan__deferral__maximum_rate": 0.05,
            "plan__escalation__cap": 0.05,
            "plan__deferral__roth_share": 0,
            "plan__core__type": "graded_by_service",
            "plan__core__bands": steps((0, 0.03)),
            "plan__vesting": {"match_schedule": "cliff_2", "core_schedule": "cliff_3"},
        },
    ),
    World(
        "everybody leaves, most hires too",
        40,
        2025,
        2,
        "(select count(*) from snapshot where detailed_status_code = 'new_hire_termination') > 120 and"
        " (select count(*) from snapshot where dayofyear(termination_date) = 1) > 0 and"
        " (select count(*) from snapshot where strftime(hire_date, '%m-%d') = '12-31' and employee_id like 'NH%') > 0",
        {
            "workforce__target_growth_rate": 0,
            "workforce__total_termination_rate": 1,
            "workforce__new_hire_termination_rate": 0.9,
            "simulation__random_seed": 378,
            "plan__service_completed": "anniversary",
            "plan__last_day_counts": False,
            "plan__core__type": "points",
            "plan__core__bands": steps((0, 0.02), (30, 0.03)),
        },
    ),
    World(
        "nobody joins",
        40,
        2025,
        2,
        "(select count(*) from events where event_type = 'enrollment') = 0 and"
        " (select sum(employer_match) from snapshot) = 0",
        {
            "plan__enrollment": {
                "auto_enrollment": {"enabled": False},
                "voluntary_rate_multiplier": 0,
                "conversion_rate_multiplier": 0,
            },
            "plan__escalation__enabled": False,
            "plan__match__family": "none",
        },
    ),
    World(
        "nobody is in the plan once the only person has left",
        1,
        2025,
        2,
        "(select count(*) from snapshot where is_eligible and simulation_year = 2026) = 0 and"
        " (select count(*) from snapshot where match_vested_percentage = 0 and termination_date >= '2026-01-01') > 0",
        {
            "workforce__total_termination_rate": 1,
            "workforce__target_growth_rate": 1,
            "plan__eligibility__waiting_period_days": 730,
        },
    ),
    World(
        "opt-outs on the day of escalations, promotions and an exit, and two years of cooling after them",
        80,
        2025,
        3,
        "(select count(*) from events as opt_out inner join events as gone using (employee_id, effective_date)"
        " where opt_out.event_type = 'opt_out' and gone.event_type = 'termination') > 0 and"
        " (select count(*) from events where event_type = 'opt_out' and dayofyear(effective_date) = 365) > 0 and"
        " (select min(simulation_year) from events where event_category = 'conversion') = 2027 and"
        " (select count(*) from events where event_type = 'promotion') > 30",
        {
            "simulation__random_seed": 47,
            "workforce__target_growth_rate": 0,
            "workforce__total_termination_rate": 0.4,
            "compensation__promotion": {
                "base_rate": 1,
                "promotion_rate_multiplier": 20,
                "effective_date": "02-01",
                "minimum_service_years": 0,
            },
            "plan__enrollment": {
                "auto_enrollment": {"scope": "all_eligible_employees", "window_days": 30, "opt_out_grace_period": 1},
                "opt_out_cooling_years": 2,
                "opt_out_rate_multiplier": 20,
                "voluntary_rate_multiplier": 0,
                "conversion_rate_multiplier": 20,
            },
            "plan__escalation": {"effective_date": "02-01", "first_escalation_delay_years": 0},
            "plan__compliance__irs_indexation_rate": 0.0625,
        },
    ),
    World(
        "deferrals change on the day of an exit, and on that of escalations",
        60,
        2025,
        1,
        "(select count(*) from events as changed inner join events as gone using (employee_id, effective_date)"
        " where changed.event_type = 'deferral_change' and gone.event_type = 'termination') > 0 and"
        " (select count(*) from events as changed inner join events as risen using (employee_id, effective_date)"
        " where changed.event_type = 'deferral_change' and risen.event_type = 'deferral_escalation') > 0",
        {
            "simulation__random_seed": 191,
            "workforce__total_termination_rate": 0.6,
            "plan__behavior__deferral_change_multiplier": 5,
            "plan__enrollment__auto_enrollment__scope": "all_eligible_employees",
            "plan__escalation": {"scope": "all", "effective_date": "05-01", "first_escalation_delay_years": 0},
        },
    ),
    World(
        "one of three hires stays, two are drawn for 31 December",
        1,
        2025,
        1,
        "(select count(*) from events where event_type = 'hire' and dayofyear(effective_date) = 365) = 1 and"
        " (select count(*) from events where event_type = 'hire') = 3",
        {
            "simulation__random_seed": 43861,
            "workforce__target_growth_rate": 0,
            "workforce__total_termination_rate": 1,
            "workforce__new_hire_termination_rate": 0.94,
        },
    ),
    World(
        "hires leave by chance, one is hired on 31 December",
        1,
        2025,
        1,
        "(select count(*) from events where event_type = 'hire' and dayofyear(effective_date) = 365) = 1 and"
        " (select count(*) from snapshot where detailed_status_code = 'new_hire_termination') = 2",
        {
            "simulation__random_seed": 1131,
            "workforce__exits": "random",
            "workforce__target_growth_rate": 2,
            "workforce__total_termination_rate": 0,
            "workforce__new_hire_termination_rate": 0.9,
        },
    ),
    World(
        "a twentieth of an exit more than are asked for is to be expected, then more",
        1,
        2025,
        2,
        "(select list(simulation_year) from fct_year_notes where position = 1) = [2026]",
        {
            "workforce__target_growth_rate": 1,
            "workforce__total_termination_rate": 0.02,
            "workforce__new_hire_termination_rate": 0,
            "assumptions__overrides": {
                "retirement_rates": [{"age": 60, "years_of_service": 0, "rate": 0}],
                "death_and_disability_rates": [{"age": 60, "death_rate": 0.07, "disability_rate": 0}],
            },
            "amendments": [{"from": 2026, "workforce": {"target_growth_rate": 0, "total_termination_rate": 0}}],
        },
    ),
    World(
        "one person becomes two of a group that steers, then none",
        1,
        2025,
        3,
        "(select list(simulation_year order by simulation_year) from fct_year_notes where position = 3)"
        " = [2025, 2026] and (select max(simulation_year) from snapshot) = 2026",
        {
            "census": {"groups": ["Department", "Location"]},
            "workforce": {
                "target_growth_rate": 0,
                "total_termination_rate": 0,
                "new_hire_termination_rate": 0,
                "steered_by": "Location",
                "steered": [{"value": "Reno", "target_growth_rate": 1}, {"value": "Boston", "target_growth_rate": 1}],
            },
            "amendments": [
                {
                    "from": 2026,
                    "workforce": {
                        "steered": [
                            {"value": "Reno", "target_growth_rate": -1},
                            {"value": "Boston", "target_growth_rate": -1},
                        ],
                    },
                }
            ],
        },
    ),
    World(
        "the first leap year, a match of nearly half a cent",
        40,
        2020,
        1,
        "(select count(*) from snapshot where employer_match = 49.99) > 0",
        {
            "plan__match__formula": "custom",
            "plan__match__tiers": [tier(0, 0.01, 0.4999), tier(0.01, 0.02, 1)],
        },
    ),
    World(
        "more people above the pay of the highly compensated than the top fifth holds",
        17,
        2020,
        2,
        "(select list(number order by simulation_year) from (select simulation_year,"
        " count(*) filter (where is_in_top_paid_group) as number from snapshot group by all)) = [3, 5] and"
        " (select count(*) from snapshot where prior_year_compensation > 125000 and simulation_year = 2020) = 4",
        {
            "plan__compliance__top_paid_group_election": True,
            "plan__behavior__deferral_change_multiplier": 0,
            "workforce__target_growth_rate": 0,
            "workforce__total_termination_rate": 0,
        },
        LEFT_OR_AT_THE_EDGE,
    ),
    World(
        "tables of one's own: bands of a year, weights that do not add up to 1, no merit, little room for additions",
        80,
        2025,
        2,
        "(select count(*) from snapshot where tenure_band = '1' and is_enrolled) > 0 and"
        " (select max(factor) from (select compensation_after / compensation_before as factor from events"
        " where event_type = 'raise')) < 1.03 and (select count(*) from snapshot where is_limited_by_415c"
        " and employer_match = 0 and employee_contributions > 5266) > 0 and (select count(*) from snapshot"
        " where is_limited_by_415c and employee_contributions / 2 - employer_match between 0.01 and 0.99) > 0 and"
        " (select count(*) from snapshot where employee_contributions between 9144.01 and 9144.99) > 0",
        {
            "workforce__total_termination_rate": 0.3,
            "compensation__merit_budget": 0.03,
            "compensation__minimum_service_months": 0,
            "plan__enrollment": {"conversion_rate_multiplier": 10, "voluntary_rate_multiplier": 0.1},
            "plan__eligibility": {"waiting_period_days": 0},
            "assumptions__overrides": {
                "tenure_bands": [
                    _tenure_band("<2", 0, 1, 0.5, 0.1),
                    _tenure_band("1", 1, 2, 1, 3),
                    _tenure_band("20+", 20, 999, 0, 0.2),
                ],
                "new_hire_ages": [{"age": 22, "weight": 1.05}],
                # Who defers more than all additions may be gets nothing from the employer and is above the limit all
                # the same; one person's match is cut by cents, another's catch-up above 402(g) is of cents.
                "irs_limits": [
                    {"limit_year": 2025, "annual_additions_limit": 5_266, "elective_deferral_limit": 9_144},
                ],
                "levels": [{"level_id": level, "merit_rate": 0} for level in range(1, 6)],
            },
        },
    ),
    World(
        "the last year, which is no leap year",
        40,
        2100,
        1,
        "(select count(*) from snapshot where strftime(eligibility_date, '%m-%d') = '03-01') > 0 and"
        " (select max(days_employed) from snapshot) = 365",
        {
            "plan__eligibility": {"minimum_age": 20, "waiting_period_days": 0},
            "plan__enrollment__auto_enrollment__default_deferral_rate": 0.0199,  # its group is 1%, without rounding
        },
    ),
    World(
        "the only person has no hazard, and leaves as the year wants it",
        1,
        2025,
        1,
        "(select count(*) from snapshot where detailed_status_code = 'experienced_termination') = 1",
        {
            "workforce__total_termination_rate": 1,
            "assumptions__overrides": {
                "tenure_bands": [_tenure_band("5-9", 5, 10, 0, 1)],
            },
        },
    ),
    World(
        "more retire than the year lets go, and nobody else leaves",
        400,
        2025,
        2,
        "(select count(*) from snapshot where termination_reason = 'retirement') > 5 and"
        " (select count(*) from snapshot where detailed_status_code = 'experienced_termination'"
        " and simulation_year = 2025 and hire_date < date '2024-01-01'"
        " and termination_reason not in ('retirement', 'death', 'disability', 'known')) = 0",
        {
            "workforce__total_termination_rate": 0.02,
            "workforce__new_hire_termination_rate": 0.05,
            "assumptions__overrides": {
                "retirement_rates": [
                    {"age": 55, "years_of_service": 0, "rate": 0.7},
                    {"age": 55, "years_of_service": 10, "rate": 0.9},
                    {"age": 55, "years_of_service": 20, "rate": 0.95},
                    {"age": 72, "years_of_service": 0, "rate": 0.5},
                ],
            },
        },
    ),
    World(
        "more have to leave than have a hazard",
        30,
        2025,
        1,
        "(select count(*) from snapshot where detailed_status_code = 'continuous_active') > 0 and"
        " (select count(*) from snapshot where detailed_status_code = 'experienced_termination') >"
        " (select count(*) from snapshot where hire_date between date '2020-01-01' and date '2024-12-31')",
        {
            "workforce__total_termination_rate": 0.9,
            "assumptions__overrides": {
                "tenure_bands": [
                    _tenure_band("5-9", 5, 10, 0, 1),
                    _tenure_band("10-19", 10, 20, 0, 1),
                    _tenure_band("20+", 20, 999, 0, 1),
                ],
            },
        },
    ),
    World(
        "more have to leave a department than have a hazard",
        60,
        2025,
        1,
        "(select count(*) from snapshot where groups['department'] = 'Sales'"
        " and detailed_status_code = 'experienced_termination') > 10",
        {
            "census": {"groups": ["Department", "Location"]},
            "workforce": {
                "target_growth_rate": -0.3,
                "steered_by": "Department",
                "steered": [{"value": "Sales", "total_termination_rate": 0.9}],
            },
            "assumptions__overrides": {
                "tenure_bands": [_tenure_band("5-9", 5, 10, 0, 1), _tenure_band("10-19", 10, 20, 0, 1)],
            },
        },
    ),
    World(
        "a match by payroll, with little room for deferrals",
        120,
        2025,
        2,
        "(select count(*) from snapshot where is_limited_by_402g and employer_match > 0) > 30",
        {
            "plan__enrollment__auto_enrollment": {"scope": "all_eligible_employees", "default_deferral_rate": 0.1},
            "plan__match__formula": "custom",
            "plan__match__tiers": [tier(0, 0.03, 1), tier(0.03, 0.08, 0.5)],
            "plan__match__computed": "payroll",
            "plan__match__pay_periods": 26,
            "plan__match__match_catch_up": False,
            "plan__match__maximum_match_amount": 3_000,
            "assumptions__overrides": {
                "irs_limits": [
                    {"limit_year": 2025, "elective_deferral_limit": 4_000, "compensation_limit": 150_000},
                ],
            },
        },
    ),
    World(
        "a match by payroll with true-up",
        80,
        2026,
        1,
        "(select count(*) from snapshot where is_limited_by_402g and employer_match > 0) > 5",
        {
            "plan__match__formula": "custom",
            "plan__match__tiers": [tier(0, 0.05, 0.5)],
            "plan__match__computed": "payroll",
            "plan__match__true_up": True,
        },
    ),
    World(
        "a match by payroll of five times what is deferred, in which a day's cent counts",
        400,
        2025,
        2,
        "(select count(*) from snapshot where is_limited_by_402g and employer_match > 0) > 30 and"
        " (select count(*) from snapshot where is_limited_by_401a17 and employer_match > 0) > 30",
        {
            "workforce__total_termination_rate": 0,
            "compensation__promotion__base_rate": 0.5,
            "plan": {
                "enrollment": {"auto_enrollment": {"scope": "all_eligible_employees", "default_deferral_rate": 0.6}},
                "escalation": {"scope": "all", "effective_date": "05-01", "increment": 0.05, "cap": 0.75},
                "match": {
                    "formula": "custom",
                    "tiers": [tier(0, 0.3, 5), tier(0.3, 0.5, 3), tier(0.5, 0.75, 5)],
                    "computed": "payroll",
                    "eligibility": {"minimum_hours": 0, "require_employment_on_last_day": False},
                },
            },
            "assumptions__overrides": {
                "irs_limits": [
                    {"limit_year": year, "elective_deferral_limit": 29_000, "compensation_limit": limit}
                    for year, limit in ((2025, 60_000.01), (2026, 60_000))
                ],
            },
        },
    ),
    World(
        "a match of a hundredth of a percent, and of five times what is deferred above 1%",
        40,
        2025,
        2,
        "(select count(*) from snapshot where employee_id = 'BOUND26' and employee_contributions = 50) = 2",
        {
            "workforce__total_termination_rate": 0,
            "compensation__cola_rate": 0,
            "compensation__merit_budget": 0,
            "compensation__promotion__base_rate": 0,
            "plan__behavior__deferral_change_multiplier": 0,
            "plan__escalation__enabled": False,
            "plan__match__formula": "custom",
            "plan__match__tiers": [tier(0, 0.01, 0.0001), tier(0.01, 0.05, 5)],
            "amendments": [{"from": 2026, "plan": {"match": {"computed": "payroll", "pay_periods": 12}}}],
        },
    ),
    World(
        "more is forfeited than contributed, and used at once, then for expenses",
        60,
        2025,
        3,
        "(select list(expenses_paid > 0 order by simulation_year) from fct_forfeiture_account) = [false, false, true]",
        {
            "workforce__total_termination_rate": 0.5,
            "workforce__involuntary_share": 1,
            "plan__match__formula": "custom",
            "plan__match__tiers": [tier(0, 0.01, 0.1)],
            "plan__forfeitures__used_in": "same_year",
            "plan__vesting__partial_termination": "ignore",
            "amendments": [{"from": 2027, "plan": {"forfeitures": {"used_for": "expenses"}}}],
        },
    ),
    World(
        "a reduction in force of 60%, forfeitures that pay for expenses",
        60,
        2025,
        2,
        "(select count(*) from snapshot where termination_reason = 'reduction_in_force' and tenure_years < 2"
        " and match_vested_percentage = 1) > 5",
        {
            "workforce__total_termination_rate": 0,
            "workforce__target_growth_rate": -0.6,
            "plan__forfeitures__used_for": "expenses",
        },
    ),
    World(
        "little room for additions: match first",
        100,
        2026,
        1,
        "(select count(*) from snapshot where is_limited_by_415c and employer_core > 0) > 3 and"
        " (select count(*) from snapshot where catch_up_contributions > 0 and employee_contributions < 20000) > 3",
        {
            "plan__core__type": "flat",
            "plan__core__rate": 0.25,
            "plan__match__family": "points",
            "plan__match__points_bands": [band(0, tier(0, 0.06, 1))],
            "plan__compliance__annual_additions_order": "match_first",
            "assumptions__overrides": {"irs_limits": [{"limit_year": 2026, "annual_additions_limit": 9_000}]},
        },
    ),
    World(
        "little room for additions: return deferrals first",
        100,
        2026,
        1,
        "(select count(*) from snapshot where is_limited_by_415c and returned_deferrals > 0) > 3 and"
        " (select count(*) from snapshot where catch_up_contributions > 0 and employee_contributions < 20000) > 3",
        {
            "plan__core": {"type": "flat", "rate": 0.08},
            "plan__match__family": "points",
            "plan__match__points_bands": [band(0, tier(0, 0.06, 1))],
            "plan__compliance__annual_additions_order": "return_deferrals_first",
            "assumptions__overrides": {"irs_limits": [{"limit_year": 2026, "annual_additions_limit": 9_000}]},
        },
    ),
    World(
        "a pool shared by pay with disparity",
        100,
        2026,
        2,
        "(select count(*) from snapshot where employer_core > 0 and is_hce) > 3 and"
        " (select sum(core_before_limit) from fct_employer_core where simulation_year = 2026) = 900000.01",
        {
            "plan__core": {
                "type": "profit_sharing",
                "profit_sharing": {"pool_amount": 900_000.01},
                "permitted_disparity": {"enabled": True, "excess_rate": 0.043, "integration_amount": 90_000.07},
            },
        },
    ),
    World(
        "highly compensated people may not defer as much",
        400,
        2025,
        3,
        "(select count(*) from events where event_category = 'plan_maximum' and simulation_year = 2026) > 0 and"
        " (select max(deferral_rate) from snapshot where is_hce and simulation_year - year(birth_date) < 50) = 0.05 and"
        " (select count(*) from snapshot where not is_hce and deferral_rate > 0.05) > 30",
        {
            "plan__deferral__hce_maximum_rate": 0.05,
            "plan__escalation__scope": "all",
            "plan__compliance__top_paid_group_election": True,
            "compensation__structure_growth_rate": 0.2,
            "compensation__cola_rate": 0.08,
        },
    ),
    World(
        "people of 50 and over pass the plan's own limit, until it takes no Roth",
        120,
        2026,
        3,
        "(select count(*) from snapshot where catch_up_contributions > 0 and not is_limited_by_415c"
        " and employee_contributions - catch_up_contributions < 12000) > 20 and"
        " (select max(deferral_rate) from snapshot where simulation_year - year(birth_date) < 50) = 0.06 and"
        " (select count(*) from events where event_category = 'raised' and deferral_rate_after > 0.06) > 3 and"
        " (select count(*) from events join snapshot using (employee_id, simulation_year) where simulation_year = 2028"
        " and event_category = 'plan_maximum' and simulation_year - year(birth_date) >= 50) > 0",
        {
            "plan": {
                "deferral": {"maximum_rate": 0.06, "hce_maximum_rate": 0.04},
                "match": {
                    "formula": "custom",
                    "tiers": [tier(0, 0.1, 0.5)],
                    "match_catch_up": False,
                    "entry": {"entry_dates": "semiannual", "service": {"days": 90}},
                    "eligibility": {"minimum_hours": 0, "require_employment_on_last_day": False},
                },
                "behavior": {"deferral_change_multiplier": 3},
                "escalation": {"scope": "all", "effective_date": "05-01"},
            },
            "assumptions__overrides": {
                "irs_limits": [{"limit_year": 2026, "elective_deferral_limit": 12_000, "catch_up_limit": 3_000}]
            },
            "amendments": [
                {"from": 2027, "plan": {"match": {"computed": "payroll"}}},
                {"from": 2028, "plan": {"deferral": {"roth_available": False}, "match": {"match_catch_up": True}}},
            ],
        },
    ),
    World(
        "people die and become disabled, and the plan vests for one cause, then for none",
        120,
        2025,
        2,
        "(select count(*) from snapshot where simulation_year = 2025 and termination_reason = 'death') > 2 and"
        " (select min(match_vested_percentage) from snapshot where simulation_year = 2025"
        " and termination_reason = 'death') = 1 and"
        " (select count(*) from snapshot where termination_reason in ('death', 'disability')"
        " and forfeiture_amount > 0) > 2",
        {
            "plan": {
                "vesting": {"full_at": ["death"], "partial_termination": "ignore", "match_schedule": "cliff_3"},
                "match": {"eligibility": {"last_day_exceptions": ["death"], "minimum_hours": 0}},
            },
            "workforce": {"target_growth_rate": 0.2, "total_termination_rate": 0.3},
            "assumptions__overrides": {
                "death_and_disability_rates": [
                    {"age": age, "death_rate": 0.1, "disability_rate": 0.1} for age in (0, 30, 40, 45, 50, 55, 60)
                ]
            },
            "amendments": [{"from": 2026, "plan": {"vesting": {"full_at": []}}}],
        },
    ),
    World(
        "forfeitures go to those who stay",
        100,
        2026,
        4,
        "(select count(*) from fct_employer_core where simulation_year = 2027 and reallocated_forfeitures > 0) > 30 and"
        " (select count(*) from fct_yearly_summary where forfeitures_used > 0) = 3",
        {
            "workforce__total_termination_rate": 0.3,
            "workforce__target_growth_rate": 0.0123,
            "plan__vesting__match_schedule": "cliff_3",
            "plan__forfeitures__used_for": "reallocate",
            "amendments": [
                {"from": 2028, "plan": {"core": {"type": "flat", "rate": 0.02}}},
                {"from": 2029, "plan": {"core": {"type": "profit_sharing", "profit_sharing": {"pool_rate": 0.03}}}},
            ],
        },
    ),
    World(
        "a pool of exactly the excess rate on everybody's pay",
        20,
        2026,
        1,
        "(select min(core_rate) from fct_employer_core where ineligible_reason is null) = 0.05 and"
        " (select count(*) from snapshot where employer_core = 500) > 10",
        {
            "workforce__total_termination_rate": 0,
            "plan__core": {
                "type": "profit_sharing",
                "profit_sharing": {"pool_rate": 0.05},
                "permitted_disparity": {"enabled": True, "excess_rate": 0.05},
                "eligibility": {"minimum_hours": 0, "last_day_exceptions": ["known"]},
            },
            "assumptions__overrides": {"irs_limits": [{"limit_year": 2026, "compensation_limit": 10_000}]},
        },
    ),
    World(
        "a small pool shared by pay with disparity, then by head",
        100,
        2026,
        2,
        "(select count(distinct core_before_limit) from fct_employer_core where simulation_year = 2027"
        " and ineligible_reason is null) between 1 and 2 and"
        " (select sum(core_before_limit) from fct_employer_core where simulation_year = 2026) = 10000",
        {
            "plan__core": {
                "type": "profit_sharing",
                "profit_sharing": {"pool_amount": 10_000},
                "permitted_disparity": {"enabled": True, "excess_rate": 0.057},
            },
            "amendments": [
                {
                    "from": 2027,
                    "plan": {
                        "core": {
                            "profit_sharing": {"pool_amount": None, "pool_rate": 0.031, "shared_by": "head"},
                            "permitted_disparity": {"enabled": False},
                        }
                    },
                }
            ],
        },
    ),
    World(
        "classes by department, then by age out of a pool, then by who is highly compensated, then none",
        100,
        2026,
        4,
        "(select count(distinct core_rate) from fct_employer_core where simulation_year = 2026) = 3 and"
        " (select count(*) from fct_ndt_test where test = 'amount_core' and basis <> 'uniform_rate') > 0",
        {
            "census": {"groups": ["Department", "Location"]},
            "plan__core": {
                "type": "profit_sharing",
                "profit_sharing": {
                    "shared_by": "rates",
                    "classes_by": "Department",
                    "classes": [{"who": "Sales", "rate": 0.0333}, {"who": "IT", "rate": 0.1}],
                },
            },
            "amendments": [
                {
                    "from": 2027,
                    "plan": {
                        "core": {
                            "profit_sharing": {
                                "pool_rate": 0.05,
                                "classes_by": "age",
                                "classes": [{"who": "0", "rate": 0.01}, {"who": "45", "rate": 0.07}],
                            }
                        }
                    },
                },
                {
                    "from": 2028,
                    "plan": {
                        "core": {
                            "profit_sharing": {
                                "pool_rate": None,
                                "classes_by": "hce",
                                "classes": [{"who": "hce", "rate": 0.09}, {"who": "nhce", "rate": 0.03}],
                            }
                        },
                        "compliance": {"top_paid_group_election": True},
                    },
                },
                {"from": 2029, "plan": {"core": {"type": "flat", "rate": 0.02}}},
            ],
        },
    ),
    World(
        "union members apart, long-term part-timers left out",
        90,
        2025,
        3,
        "(select count(distinct is_hce) from snapshot where is_union_member and deferral_rate > 0) = 2"
        " and (select count(*) from snapshot where is_eligible and scheduled_hours_per_week between 10 and 28) > 3",
        {
            "census": {"groups": ["Department", "Location"]},
            "plan": {
                "eligibility": {"service": {"years": 1, "hours": 1500}},
                "match": {"formula": "custom", "tiers": [tier(0, 0.06, 1)]},
                "core": {"type": "graded_by_service", "bands": steps((0, 0.02), (5, 0.04), (10, 0.06))},
                "testing": {
                    "correction": "refund",
                    "leave_out_long_term_part_time": True,
                    "otherwise_excludable": "separate",
                },
            },
        },
    ),
    World(
        "ten years",
        40,
        2024,
        10,
        "(select count(distinct simulation_year) from snapshot) = 10 and"
        " (select max(escalation_count) from snapshot) >= 5",
        {
            "plan__core__type": "flat",
            "plan__eligibility": {"entry_dates": "monthly", "waiting_period_days": 60},
        },
    ),
]
"""What every change to the model must survive: about 40 simulated years."""

LARGE_WORLDS = [
    World("five thousand people", 5_000, 2025, 3, "(select count(*) from snapshot) > 15000"),
    World("a hundred thousand people", 100_000, 2025, 2, "(select count(*) from snapshot) > 200000"),
]
