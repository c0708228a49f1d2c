"""Forces of leaving: turnover, retirement and the first twelve months; who leaves, for what cause and when."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from math import exp, inf, log, log1p

import pytest

from tests.oracle.draws import draw
from tests.oracle.exits import (
    AtRisk,
    Force,
    exit_probabilities,
    first_to_ring,
    forces_of,
    new_hire_forces,
    reduction_of,
    retirement_rate,
    turnover_factor,
)
from tests.oracle.workforce import share_staying, yearly_force

STEADY = AtRisk(dt.date(1985, 5, 5), dt.date(2015, 3, 3), 1)
"""Weight 1.0 × 0.5 × 1.0 at the end of 2024."""


@pytest.mark.parametrize(
    ("age", "service", "rate"),
    [
        (54, 30, "0"),
        (55, 9, "0"),
        (55, 10, "0.03"),
        (61, 40, "0.06"),
        (65, 9, "0.12"),
        (65, 10, "0.30"),
        (90, 3, "0.2"),
    ],
)
def test_retirement_rates_by_age_and_service(age: int, service: int, rate: str) -> None:
    assert retirement_rate(age, service) == Fraction(rate)


def test_somebody_of_long_service_has_turnover_and_retirement() -> None:
    old = AtRisk(dt.date(1959, 1, 1), dt.date(2000, 1, 1), 2)
    force = forces_of(2025, {"E1": old}, "0.25")["E1"]
    assert (force.new_hire, force.first_days) == (0.0, 0)
    assert force.retirement == pytest.approx(-log(0.7))
    assert force.turnover == pytest.approx(0.6 * 0.3 * 0.9)
    assert force.death == pytest.approx(-log(1 - 0.0065)) and force.disability == 0
    assert force.whole(2) == pytest.approx(-log(0.7) - log(1 - 0.0065) + 2 * 0.6 * 0.3 * 0.9)


def test_a_hire_of_the_year_before_leaves_as_hires_do_until_the_anniversary() -> None:
    people = {"E1": AtRisk(dt.date(1985, 5, 5), dt.date(2024, 7, 1), 1), "E2": STEADY}
    force = forces_of(2025, people, "0.25")["E1"]
    assert force.first_days == 181
    assert force.new_hire == pytest.approx(-log(0.75) * 181 / 365)
    assert force.turnover == pytest.approx(1.8 * (1 - 181 / 365))


def test_hires_have_their_force_relative_to_the_mean_of_all_of_them() -> None:
    hires = {
        "A": AtRisk(dt.date(1985, 1, 1), dt.date(2024, 1, 1), 1),  # 1.0
        "B": AtRisk(dt.date(1975, 1, 1), dt.date(2024, 1, 1), 1),  # 0.8
    }
    forces = new_hire_forces(2024, hires, "0.25")
    assert forces["B"] / forces["A"] == pytest.approx(0.8)
    assert (forces["A"] + forces["B"]) / 2 == pytest.approx(-log(0.75) * 365 / 366)


def test_who_has_given_notice_leaves_on_that_day_only() -> None:
    gone, later = (
        AtRisk(dt.date(1960, 1, 1), dt.date(2000, 1, 1), 1, known_exit=dt.date(year, 6, 30)) for year in (2025, 2026)
    )
    forces = forces_of(2025, {"E1": gone, "E2": later, "E3": STEADY}, "0.25")
    assert forces["E1"].known and not forces["E2"].known
    assert exit_probabilities(forces, "0.1") == {"E1": 1.0, "E2": 0.0, "E3": pytest.approx(0.1)}


def test_of_a_cohort_spread_over_the_year_the_share_stays_that_its_force_leaves() -> None:
    mean = sum(exp(-yearly_force("0.25") * (n + 0.5) / 1000) for n in range(1000)) / 1000
    assert share_staying("0.25") == pytest.approx(mean, abs=1e-6)
    assert share_staying(0) == 1


def test_turnover_runs_as_fast_as_the_exits_ask_for() -> None:
    forces = [Force(0.0, 0.1, 0.5, 0, known=False), Force(0.2, 0.0, 1.0, 0, known=False)]
    speed = turnover_factor(forces, "0.8")
    assert sum(1 - exp(-force.whole(speed)) for force in forces) == pytest.approx(0.8)


def test_retirements_that_are_enough_leave_no_turnover_and_all_leaving_gives_it_no_bound() -> None:
    forces = [Force(0.0, 2.0, 0.5, 0, known=False)]
    assert turnover_factor(forces, "0.8") == 0
    assert turnover_factor(forces, 1) == inf


def test_whom_turnover_does_not_reach_shares_what_it_leaves() -> None:
    forces = {name: Force(0.0, 0.0, weight, 0, known=False) for name, weight in (("A", 1.0), ("B", 0.0), ("C", 0.0))}
    assert exit_probabilities(forces, "1.5") == {"A": 1.0, "B": pytest.approx(0.25), "C": pytest.approx(0.25)}


def test_days_are_even_where_the_force_is_constant_and_follow_it_where_it_changes() -> None:
    constant = Force(0.0, 0.1, 0.2, 0, known=False)
    assert [constant.exit_day(2025, 1, u).timetuple().tm_yday for u in (0.0, 0.5, 1 - 2**-52)] == [1, 183, 365]
    # Nearly all of the force lies in the first 73 days.
    early = Force(2.0, 0.0, 0.01, 73, known=False)
    days = [early.exit_day(2025, 1, (n + 0.5) / 1000).timetuple().tm_yday for n in range(1000)]
    assert sum(day <= 73 for day in days) == pytest.approx(1000 * (1 - exp(-2)) / (1 - exp(-2.01)), abs=1)


def test_the_first_clocks_ring_first_and_those_without_a_force_last() -> None:
    forces = {"A": 1.0, "B": 2.0, "C": 1.0, "D": 0.0}
    draws = {"A": 0.5, "B": 0.6, "C": 0.5, "D": 0.0001}
    assert -log1p(-0.6) / 2 < -log1p(-0.5)
    assert first_to_ring(forces, draws, 3) == ["B", "A", "C"]
    assert first_to_ring(forces, draws, 4) == ["B", "A", "C", "D"]


def test_doubling_a_force_brings_more_of_them_out() -> None:
    people = [f"E{number}" for number in range(4_000)]
    draws = {person: draw(1, "termination", person, 2025) for person in people}
    half = set(people[::2])
    exits = {
        factor: len(half & set(first_to_ring({p: factor if p in half else 1.0 for p in people}, draws, 400)))
        for factor in (1.0, 2.0)
    }
    # A third more than half of 400 at double force: about 267 of 400, give or take 10.
    assert abs(exits[1.0] - 200) < 40
    assert abs(exits[2.0] - 265) < 40


@pytest.mark.parametrize(
    ("draw", "cause"),
    [(0.0, "retirement"), (0.29, "retirement"), (0.31, "death"), (0.39, "death"), (0.41, "disability"), (0.61, None)],
)
def test_the_cause_of_an_exit_goes_by_the_parts_of_the_force(draw: float, cause: str | None) -> None:
    force = Force(0.0, 0.3, 0.4, 0, known=False, death=0.1, disability=0.2)
    assert force.whole(1.0) == pytest.approx(1.0)
    assert force.cause(1.0, 1 - exp(-1), draw) == cause


def test_who_is_made_to_leave_beyond_all_forces_does_not_die_of_it() -> None:
    force = Force(0.0, 0.0, 0.0, 0, known=False, death=0.001)
    assert force.cause(1.0, 1 - exp(-0.001), 0.99) == "death"
    assert force.cause(1.0, 1.0, 0.01) is None
    assert Force(0.0, 0.0, 0.0, 0, known=False).cause(0, 1.0, 0.0) is None


def test_a_reduction_takes_the_last_of_those_who_do_not_retire() -> None:
    leavers = [("A", None), ("B", "retirement"), ("C", None), ("D", None), ("E", "retirement")]
    assert reduction_of(leavers, 2) == {"C", "D"}
    assert reduction_of(leavers, 0) == set()
