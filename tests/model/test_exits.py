"""Who leaves: retirements by their table, turnover by its weights, hires within twelve months, notice on its day.

Statistics are over fixed seeds, which stand beside each other as the cells of one database, and compare at a level of
1 in 10 000 after Bonferroni, as in ``test_statistics``.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from planalign_orchestrator.model.cells import Cell
from tests.engine import Engine, rows_of, settings_with, write_census
from tests.model.test_statistics import assert_counts, bound
from tests.oracle.event_log import compare_events
from tests.oracle.exits import AtRisk, forces_of, turnover_factor
from tests.oracle.reporting import compare_reporting

Row = dict[str, Any]


def staff(age: int, service: int, number: int, name: str) -> Iterator[Row]:
    """People of an age and service on 31 December 2024."""
    for n in range(number):
        yield {
            "employee_id": f"{name}{n:05d}",
            "birth_date": dt.date(2024 - age, 1 + n % 12, 15),
            "hire_date": dt.date(2024 - service, 1 + n % 11, 1),
            "annual_compensation": 60_000 + 10_000 * (n % 5),
        }


def seeds_of(number: int, **changes: Any) -> list[Cell]:
    """The same settings with so many seeds."""
    return [Cell(seed, settings_with(**changes, simulation__random_seed=seed)) for seed in range(1, number + 1)]


@pytest.fixture(scope="module")
def cohort(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """Hires of 2025 with the days until they leave, if they do by the end of 2026."""
    folder = tmp_path_factory.mktemp("cohort")
    census = write_census(folder / "census.parquet", staff(40, 6, 500, "E"))
    cells = seeds_of(
        60, simulation__end_year=2026, workforce__target_growth_rate=1, workforce__total_termination_rate=0.2
    )
    database = engine.simulate_cells(cells, census, folder)
    return rows_of(
        database,
        "select month(hire_date) as month, max(termination_date) as left_on, max(termination_date) - hire_date as days"
        " from fct_workforce_snapshot where employee_id like 'NH_2025%' group by cell, employee_id, hire_date",
    )


@pytest.mark.slow
def test_of_hires_of_every_month_the_set_share_leaves_within_twelve_months(cohort: list[Row]) -> None:
    # Over 38 000 hires; a month has about 3 200, whose share has a standard error of 0.8 points.
    hired = Counter(row["month"] for row in cohort)
    left = Counter(row["month"] for row in cohort if row["days"] is not None and row["days"] <= 365)
    assert min(hired.values()) > 2_500
    assert_counts(dict(left), {month: (0.25 * n, 0.25 * 0.75 * n) for month, n in hired.items()})
    # A force that differs between people costs a little: a mean of 25% would be met to 0.2 points.
    assert sum(left.values()) / len(cohort) == pytest.approx(0.25, abs=0.008)


@pytest.mark.slow
def test_hires_of_december_hardly_leave_in_december(cohort: list[Row]) -> None:
    december = [row for row in cohort if row["month"] == 12]
    gone = sum(row["left_on"] is not None and row["left_on"].year == 2025 for row in december)
    assert 0 < gone / len(december) < 0.03


CAUSES = ("retirement", "death", "disability")
"""For which people leave at rates of their own, whatever the turnover."""


def old_and_young_people() -> list[Row]:
    """L: 65 with twelve years of service, S: 65 with six, M: 58 with twenty, Y: 40 with six."""
    kinds = ((65, 12, 60, "L"), (65, 6, 60, "S"), (58, 20, 60, "M"), (40, 6, 600, "Y"))
    return [person for kind in kinds for person in staff(*kind)]


@pytest.fixture(scope="module")
def old_and_young(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """A year of staff of four kinds: how many leave for each cause, over all seeds."""
    folder = tmp_path_factory.mktemp("old_and_young")
    census = write_census(folder / "census.parquet", old_and_young_people())
    database = engine.simulate_cells(seeds_of(40, simulation__end_year=2025), census, folder)
    return rows_of(
        database,
        "select employee_id[:1] as kind, coalesce(termination_reason, 'stays') as reason, count(*) as people"
        " from fct_workforce_snapshot where employee_id not like 'NH%' group by all",
    )


def test_exits_by_age_service_and_cause_are_those_to_be_expected(old_and_young: list[Row]) -> None:
    people = {
        row["employee_id"]: AtRisk(row["birth_date"], row["hire_date"], 1 if row["annual_compensation"] < 81_000 else 2)
        for row in old_and_young_people()
    }
    forces = forces_of(2025, people, 0.25)
    speed = turnover_factor(list(forces.values()), 0.12 * len(people))
    expected: dict[tuple[str, str], tuple[float, float]] = {}
    for name, force in forces.items():
        whole = force.whole(speed)
        leaves = 1 - math.exp(-whole)
        causes = {cause: leaves * getattr(force, cause) / whole for cause in CAUSES if getattr(force, cause)}
        for cause, chance in {**causes, "other": leaves - sum(causes.values())}.items():
            mean, variance = expected.get((name[0], cause), (0.0, 0.0))
            expected[name[0], cause] = mean + 40 * chance, variance + 40 * chance * (1 - chance)
    found = Counter[tuple[str, str]]()
    for row in old_and_young:
        if row["reason"] != "stays":
            found[row["kind"], row["reason"] if row["reason"] in CAUSES else "other"] += row["people"]
    assert_counts(dict(found), expected)
    assert found["Y", "retirement"] == 0 and found["L", "disability"] == 0


@pytest.mark.parametrize(("kind", "rate"), [("L", 0.30), ("S", 0.12), ("M", 0.03)])
def test_retirements_meet_the_rate_of_their_age_and_service(old_and_young: list[Row], kind: str, rate: float) -> None:
    retired = sum(row["people"] for row in old_and_young if row["kind"] == kind and row["reason"] == "retirement")
    people = 40 * 60
    # Turnover takes some of those who would have retired later in the year, less than 10 in 100 of them.
    error = bound(3) * math.sqrt(rate * (1 - rate) / people)
    assert 0.9 * rate - error < retired / people < rate + error


def test_doubling_the_turnover_of_a_band_moves_turnover_and_not_retirements(engine: Engine, tmp_path: Path) -> None:
    census = write_census(tmp_path / "census.parquet", old_and_young_people())
    doubled = {"age_bands": [{"age_band": "65+", "exit_multiplier": 1.2}]}
    expected = []
    for name, overrides in (("before", {}), ("after", doubled)):
        settings = settings_with(simulation__end_year=2025, assumptions__overrides=overrides)
        database = engine.simulate(settings, census, tmp_path / name)
        rows = rows_of(
            database,
            "select employee_id[:1] as kind, sum(exit_probability * retirement_share) as retirements,"
            " sum(exit_probability * (1 - retirement_share)) as turnover"
            " from int_exit_forces inner join int_opening_workforce using (person_key) group by all",
        )
        expected.append({row["kind"]: row for row in rows})
    before, after = expected
    for kind in "LS":
        assert after[kind]["turnover"] > 1.5 * before[kind]["turnover"]
        assert after[kind]["retirements"] == pytest.approx(before[kind]["retirements"], rel=0.06)
    for kind in "MY":
        assert after[kind]["turnover"] < before[kind]["turnover"]
    for side in expected:  # The rates say how many; the weights only say who.
        assert sum(row["turnover"] + row["retirements"] for row in side.values()) == pytest.approx(0.12 * 780, abs=1e-6)


def test_notice_is_carried_out_on_its_day_and_counts_towards_the_exits(engine: Engine, tmp_path: Path) -> None:
    given = {"E00000": dt.date(2025, 1, 1), "E00001": dt.date(2025, 12, 31), "E00002": dt.date(2027, 2, 28)}
    people = [{**row, "termination_date": given.get(row["employee_id"])} for row in staff(40, 6, 40, "E")]
    census = write_census(tmp_path / "census.parquet", people)
    settings = settings_with(simulation__end_year=2027)
    database = engine.simulate(settings, census, tmp_path)
    left = rows_of(
        database,
        "select employee_id, termination_date from fct_workforce_snapshot where termination_reason = 'known'",
    )
    assert {row["employee_id"]: row["termination_date"] for row in left} == given
    exits = rows_of(database, "select experienced_exits from fct_yearly_summary order by simulation_year")
    assert exits[0] == {"experienced_exits": 5}  # 12% of 40, two of them known
    assert not compare_events(database, settings, census)
    assert not compare_reporting(database, settings)


def test_more_notice_than_the_rate_asks_for_leaves_nobody_else_to_leave(engine: Engine, tmp_path: Path) -> None:
    people = [
        {**row, "termination_date": dt.date(2025, 6, 30) if n < 10 else None}
        for n, row in enumerate(staff(40, 6, 40, "E"))
    ]
    census = write_census(tmp_path / "census.parquet", people)
    database = engine.simulate(settings_with(simulation__end_year=2025), census, tmp_path)
    reasons = rows_of(database, "select distinct termination_reason from int_termination_events")
    assert reasons == [{"termination_reason": "known"}]
    others = "not is_known_to_leave and abs(death_share + disability_share - 1) > 1e-9"
    counted = f"sum(exit_probability) filter (is_known_to_leave) as known, count(*) filter ({others}) as turnover"
    assert rows_of(database, f"select {counted} from int_exit_forces") == [{"known": 10, "turnover": 0}]


def test_retirements_that_exceed_the_rate_are_told(engine: Engine, tmp_path: Path) -> None:
    census = write_census(tmp_path / "census.parquet", staff(66, 20, 100, "E"))
    few = settings_with(simulation__end_year=2025, workforce__total_termination_rate=0.1)
    notes = rows_of(engine.simulate(few, census, tmp_path / "few"), "select note from fct_year_notes")
    assert notes == [
        {
            "note": "Retirements, deaths, disabilities and exits of recent hires alone come to 25.5; the turnover"
            " rate asks for 10.0 exits, so nobody else leaves."
        }
    ]
    enough = settings_with(simulation__end_year=2025, workforce__total_termination_rate=0.3)
    assert not rows_of(engine.simulate(enough, census, tmp_path / "enough"), "from fct_year_notes")


def test_groups_that_lead_elsewhere_than_the_growth_rate_are_told(engine: Engine, tmp_path: Path) -> None:
    people = [{**row, "department": "Sales" if n < 30 else "IT"} for n, row in enumerate(staff(40, 6, 40, "E"))]
    settings = settings_with(
        simulation__end_year=2025,
        census__groups=["Department"],
        workforce__target_growth_rate=-0.5,
        workforce__steered_by="Department",
        workforce__steered=[{"value": "Sales", "target_growth_rate": 0.0}],
    )
    database = engine.simulate(settings, write_census(tmp_path / "census.parquet", people), tmp_path)
    notes = rows_of(database, "select note from fct_year_notes where position = 3")
    assert notes == [{"note": "The groups that steer lead to 30 people in all; the growth rate asks for 20."}]
