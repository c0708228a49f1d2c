"""Frequencies, dates, ages and pay of one large simulated year follow their rules.

Seeds are fixed, so nothing flickers. Each test compares at a level of 1 in 10 000 after Bonferroni: had the
seed been any other, a correct model would fail a test with at most that probability, and any of these tests with less
than 2 in 1 000. Bounds are two-sided normal quantiles of the binomial or of sampling with fixed totals.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from statistics import NormalDist
from typing import Any

import duckdb
import pytest

from planalign_orchestrator.run.stages import EVENT_GENERATION, FOUNDATION, INITIALIZATION
from tests.engine import DATABASE, Engine, rows_of, settings_with
from tests.model.people import census_of
from tests.oracle.draws import draw
from tests.oracle.enrollment import TAILS, EnrollmentRules, Profile, conversion_probability, voluntary_probability
from tests.oracle.exits import AtRisk, exit_probabilities, forces_of
from tests.oracle.hiring import NEW_HIRE_AGES, PAY_BANDS
from tests.oracle.workforce import promotion_probability

PEOPLE = 20_000
ALPHA = 1e-4
SEED = 42
Row = dict[str, Any]


def bound(comparisons: int) -> float:
    """Standard errors that none of so many comparisons passes, with probability 1 - ALPHA."""
    return NormalDist().inv_cdf(1 - ALPHA / (2 * comparisons))


def assert_counts(found: dict[Any, int], expected: dict[Any, tuple[float, float]]) -> None:
    """Hold counts against their mean and variance, key by key."""
    limit = bound(len(expected))
    for key, (mean, variance) in expected.items():
        if variance:
            error = (found.get(key, 0) - mean) / math.sqrt(variance)
            assert abs(error) < limit, f"{key}: {found.get(key, 0)}, expected {mean:.1f}, {error:.1f} errors"


def by_band(people: Sequence[Row], band: str, chance: Callable[[Row], float]) -> dict[Any, tuple[float, float]]:
    """Mean and variance of the number of people of each band to whom something happens."""
    totals: dict[Any, tuple[float, float]] = {}
    for row in people:
        p = chance(row)
        mean, variance = totals.get(row[band], (0.0, 0.0))
        totals[row[band]] = mean + p, variance + p * (1 - p)
    return totals


def count(rows: Sequence[Row], key: str) -> dict[Any, int]:
    """How many rows each value has."""
    counts: dict[Any, int] = {}
    for row in rows:
        counts[row[key]] = counts.get(row[key], 0) + 1
    return counts


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty thousand people at the end of 2024."""
    return census_of(tmp_path_factory.mktemp("people"), PEOPLE, 2025)


@pytest.fixture(scope="module")
def database(engine: Engine, census: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One year of them, with many hires."""
    settings = settings_with(simulation__end_year=2025, simulation__random_seed=SEED)
    return engine.simulate(settings, census, tmp_path_factory.mktemp("statistics"))


@pytest.fixture(scope="module")
def opening(database: Path) -> list[Row]:
    """The opening workforce, with what the hazards saw and what became of each."""
    return rows_of(
        database,
        "select opening.*, age_band, tenure_band, leavers.termination_date as left_on,"
        " promoted.person_key is not null as is_promoted from int_opening_workforce as opening"
        " inner join age_bands on opening_age >= age_bands.min_age and opening_age < age_bands.max_age"
        " inner join tenure_bands"
        " on greatest(opening_tenure, 0) >= tenure_bands.min_years and opening_tenure < tenure_bands.max_years"
        " left join int_termination_events as leavers using (person_key)"
        " left join int_promotion_events as promoted on opening.person_key = promoted.person_key",
    )


@pytest.fixture(scope="module")
def hires(database: Path) -> list[Row]:
    """The hires of the year."""
    return rows_of(
        database,
        "select *, month(hire_date) as month, date_diff('year', birth_date, hire_date)"
        " - (strftime(hire_date, '%m%d') < strftime(birth_date, '%m%d'))::integer as age from int_hiring_events",
    )


def chances_of(people: Sequence[Row], year: int) -> dict[str, float]:
    """How probable it is by the oracle that each leaves, one of them having given notice for June 2025."""
    at_risk = {
        row["employee_id"]: AtRisk(row["birth_date"], row["hire_date"], row["level_id"], row["known_termination_date"])
        for row in people
    }
    forces = forces_of(year, at_risk, 0.25)
    return exit_probabilities(forces, 0.12 * len(people) - sum(force.known for force in forces.values()))


@pytest.mark.parametrize("band", ["age_band", "tenure_band", "level_id"])
def test_exits_by_band_follow_their_hazards_while_the_total_is_exact(opening: list[Row], band: str) -> None:
    leavers = [row for row in opening if row["left_on"] is not None]
    assert len(leavers) == 0.12 * PEOPLE
    chances = chances_of(opening, 2025)
    assert sum(chances.values()) == pytest.approx(len(leavers))
    assert_counts(count(leavers, band), by_band(opening, band, lambda row: chances[row["employee_id"]]))


@pytest.mark.parametrize("band", ["age_band", "tenure_band", "level_id"])
def test_promotions_by_band_follow_their_probabilities(opening: list[Row], band: str) -> None:
    def chance(row: Row) -> float:
        served = (row["hire_date"].year, row["hire_date"].month, row["hire_date"].day) <= (2024, 2, 1)
        here = row["left_on"] is None or (row["left_on"].month, row["left_on"].day) >= (2, 1)
        if not served or not here or row["level_id"] == 5:
            return 0.0
        return float(promotion_probability(row["opening_age"], row["opening_tenure"], row["level_id"]))

    assert_counts(count([row for row in opening if row["is_promoted"]], band), by_band(opening, band, chance))


def test_exit_dates_are_uniform_and_independent_of_level(opening: list[Row]) -> None:
    days = [(row["left_on"].timetuple().tm_yday, row["level_id"]) for row in opening if row["left_on"] is not None]
    shares = [(day - 0.5) / 365 for day, _ in days]
    assert_uniform(shares)
    assert_uncorrelated([(share, float(level)) for share, (_, level) in zip(shares, days, strict=True)])


def test_hire_dates_are_uniform_and_independent_of_level(hires: list[Row]) -> None:
    shares = [(row["hire_date"].timetuple().tm_yday - 0.5) / 365 for row in hires]
    assert_uniform(shares)
    assert_uncorrelated([(share, float(row["level_id"])) for share, row in zip(shares, hires, strict=True)])


def assert_uniform(shares: Sequence[float]) -> None:
    """Kolmogorov and Smirnov's test, with the asymptotic quantile; a day's width of slack for whole days."""
    ordered, number = sorted(shares), len(shares)
    distance = max(max((n + 1) / number - share, share - n / number) for n, share in enumerate(ordered))
    assert distance < math.sqrt(-math.log(ALPHA / 2) / 2 / number) + 1 / 365


def assert_uncorrelated(pairs: Sequence[tuple[float, float]]) -> None:
    """No linear dependence."""
    number = len(pairs)
    means = [sum(pair[side] for pair in pairs) / number for side in (0, 1)]
    cross = sum((a - means[0]) * (b - means[1]) for a, b in pairs)
    spread = [math.sqrt(sum((pair[side] - means[side]) ** 2 for pair in pairs)) for side in (0, 1)]
    assert abs(cross / (spread[0] * spread[1])) * math.sqrt(number) < bound(1)


def test_new_hire_ages_are_as_configured(hires: list[Row]) -> None:
    number = len(hires)
    assert number > 3_000
    shares = {age: float(weight) for age, weight in NEW_HIRE_AGES.items()}
    assert set(count(hires, "age")) == set(shares)
    assert_counts(count(hires, "age"), {age: (number * p, number * p * (1 - p)) for age, p in shares.items()})


def test_new_hire_levels_follow_the_opening_mix_exactly(opening: list[Row], hires: list[Row]) -> None:
    mix = count(opening, "level_id")
    for level, number in count(hires, "level_id").items():
        assert abs(number - len(hires) * mix[level] / PEOPLE) < 1


def test_new_hire_pay_is_as_configured(hires: list[Row]) -> None:
    for level, band in PAY_BANDS.items():
        shares = [
            (float(row["annual_compensation"]) / band.market_factor - band.minimum) / (band.maximum - band.minimum)
            for row in hires
            if row["level_id"] == level
        ]
        number = len(shares)
        assert number > 30
        error = 0.05 / math.sqrt(number)
        # The lowest percentile, .20, cuts two standard deviations off the spread at level 1.
        assert abs(sum(shares) / number - band.percentile) < bound(5) * error + 0.001, level


def test_opt_outs_follow_their_probabilities(database: Path) -> None:
    rows = rows_of(
        database,
        "select decided.opt_out_date is not null as is_out, age.age_segment,"
        " least(age.opt_out_rate * income.opt_out_multiplier, 1) as chance"
        " from int_enrollment_decisions as decided inner join int_workforce_of_year as people using (person_key)"
        " inner join participation_by_age as age on opening_age >= age.min_age and opening_age < age.max_age"
        " inner join participation_by_income as income on opening_compensation >= income.min_pay"
        " and opening_compensation < income.max_pay where decided.enrollment_source = 'auto'",
    )
    assert len(rows) > 1_000
    expected = by_band(rows, "age_segment", lambda row: row["chance"])
    assert_counts(count([row for row in rows if row["is_out"]], "age_segment"), expected)


@pytest.fixture(scope="module")
def undecided(database: Path) -> list[Row]:
    """People who do not take part and may, with the segments that the rules see and what each decided."""
    rows = rows_of(
        database,
        "select people.opening_age as age, people.opening_compensation as pay, people.level_id as level,"
        " people.opening_tenure as tenure, state.eligibility_date >= date '2025-01-01' as is_newly_eligible,"
        " decided.enrollment_source as source, decided.deferral_rate as rate from int_workforce_of_year as people"
        " inner join int_plan_state_of_year as state using (person_key)"
        " left join int_enrollment_decisions as decided using (person_key)"
        " where state.deferral_rate = 0 and state.eligibility_date <= people.last_day",
    )
    for row in rows:
        row["profile"] = Profile(row["age"], Fraction(row["pay"]), row["level"], max(row["tenure"], 0))
        row |= {"age_segment": row["profile"].age_segment, "income_segment": row["profile"].income_segment}
        row["service"] = min(row["tenure"] // 5, 2) if row["tenure"] >= 2 else "<2"
    return rows


RULES = EnrollmentRules(first_year=2025)


@pytest.mark.parametrize("band", ["age_segment", "income_segment", "level"])
def test_voluntary_enrolments_by_band_follow_their_probabilities(undecided: list[Row], band: str) -> None:
    people = [row for row in undecided if row["is_newly_eligible"]]
    assert len(people) > 2_500
    expected = by_band(people, band, lambda row: float(voluntary_probability(RULES, row["profile"])))
    assert_counts(count([row for row in people if row["source"] == "voluntary"], band), expected)


def test_as_many_people_elect_high_rates_as_the_table_says(undecided: list[Row]) -> None:
    people = [row for row in undecided if row["source"] in ("voluntary", "conversion")]
    assert len(people) > 1_500
    expected = by_band(people, "income_segment", lambda row: float(sum(TAILS[row["income_segment"]].values())))
    # Above what the table of most people and the match magnet give anybody of the segment.
    found = [row for row in people if row["rate"] >= min(TAILS[row["income_segment"]])]
    assert_counts(count(found, "income_segment"), {name: expected[name] for name in ("moderate", "high")})


@pytest.mark.parametrize("band", ["age_segment", "income_segment", "service"])
def test_conversions_by_band_follow_their_probabilities(undecided: list[Row], band: str) -> None:
    people = [row for row in undecided if not row["is_newly_eligible"] and row["source"] != "auto"]
    assert len(people) > 2_500
    expected = by_band(people, band, lambda row: float(conversion_probability(RULES, row["profile"])))
    assert_counts(count([row for row in people if row["source"] == "conversion"], band), expected)


def test_who_leaves_in_one_year_and_who_would_in_the_next_overlap_by_chance(
    engine: Engine, database: Path, census: Path, opening: list[Row], tmp_path: Path
) -> None:
    # The same people a year later, nobody having left: a run that begins in 2026.
    later = settings_with(simulation__start_year=2026, simulation__end_year=2026, simulation__random_seed=SEED)
    copy = tmp_path / DATABASE
    shutil.copyfile(database, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("delete from fct_workforce_snapshot")
    for stage in (INITIALIZATION, FOUNDATION, EVENT_GENERATION):
        engine.run_stage(stage, later, census, copy, 2026)
    again = rows_of(
        copy,
        "select opening.*, leavers.person_key is not null as leaves from int_opening_workforce as opening"
        " left join int_termination_events as leavers using (person_key)",
    )
    first = {row["employee_id"] for row in opening if row["left_on"] is not None}
    second = {row["employee_id"] for row in again if row["leaves"]}
    assert len(first) == len(second) == 0.12 * PEOPLE
    chances, later_chances = chances_of(opening, 2025), chances_of(again, 2026)
    both = [chances[row["employee_id"]] * later_chances[row["employee_id"]] for row in again]
    mean, variance = sum(both), sum(p * (1 - p) for p in both)
    # Two have a date of leaving in 2025 by the census.
    assert len(both) == PEOPLE - 2 and 200 < mean < 800
    assert_counts({"both": len(first & second)}, {"both": (mean, variance)})


YEARLY = ("termination", "promotion", "conversion", "exit_cause")


def test_draws_are_independent_between_years_people_and_streams() -> None:
    people = [f"E{number:06d}" for number in range(5_000)]
    drawn = {
        (stream, year): [draw(SEED, stream, p, year) for p in people] for stream in YEARLY for year in (2025, 2026)
    }
    names = sorted(drawn)
    pairs = [(a, b) for a in names for b in names if a < b]
    limit = bound(len(pairs) + len(names))
    for a, b in pairs:
        assert abs(correlation(drawn[a], drawn[b])) < limit, (a, b)
    for name in names:
        assert abs(correlation(drawn[name][:-1], drawn[name][1:])) < limit, name


def correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Of two uniform samples, in standard errors."""
    return 12 * sum((a - 0.5) * (b - 0.5) for a, b in zip(first, second, strict=True)) / math.sqrt(len(first))
