"""The nondiscrimination tests against the oracle, in whole runs and over made-up money, and a few by hand."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from hypothesis.strategies import DrawFn

from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.model.cells import Cell, load_cells
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.run.stages import TESTING
from tests.engine import DATABASE, Engine, rows_of, settings_with, write_census
from tests.model.bands import band, steps, tier
from tests.model.people import census_of
from tests.model.test_published_examples import person
from tests.oracle.ndt_comparison import compare_tests

YEARS = (2025, 2026)
PEOPLE = 40
OPEN = {"require_employment_on_last_day": False, "minimum_hours": 0}
Tree = dict[str, Any]
LONG_AGO, LATELY = dt.date(2015, 3, 2), dt.date(2024, 12, 2)
A_YEAR = {"minimum_age": 21, "service": {"years": 1, "hours": 1000}, "entry_dates": "semiannual"}


def check(database: Path, chosen: Settings) -> None:
    """Hold the tests of a database against the oracle."""
    found = compare_tests(database, chosen, dbt_project_dir() / "seeds")
    assert not found, "\n".join([f"{len(found)} differences", *found[:20]])


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {
            "plan__testing__correction": "refund",
            "plan__testing__refund_earnings_rate": 0.05,
            # The year that refunds are due in has a February 29.
            "simulation__start_year": 2026,
            "simulation__end_year": 2027,
        },
        {
            "plan__core": {"type": "graded_by_service", "bands": steps((0, 0.01), (2, 0.02), (10, 0.05))},
            "plan__testing__otherwise_excludable": "separate",
            "plan__testing__compensation": "full_year",
            "plan__eligibility__new_hire_ineligible_rate": 0.3,
            "plan__match__entry": A_YEAR,
        },
        {
            "plan__core": {"type": "age_bands", "bands": steps((0, 0.02), (40, 0.05), (55, 0.1))},
            "plan__testing__method": "prior",
            "plan__testing__otherwise_excludable": "early_participation",
            "plan__match__formula": "safe_harbor_basic",
        },
        {
            "plan__core__type": "flat",
            "plan__core__eligibility": OPEN,
            "plan__vesting__core_schedule": "immediate",
        },
        {
            "plan__match": {"formula": "safe_harbor_basic", "eligibility": OPEN, "entry": {"service": {"years": 1}}},
            "plan__vesting__match_schedule": "immediate",
            "plan__testing__otherwise_excludable": "separate",
            "plan__core": {
                "type": "graded_by_service",
                "bands": steps((0, 0.03), (5, 0.05)),
                "eligibility": OPEN,
                "entry": {"service": {"years": 1}},
            },
            "plan__vesting__core_schedule": "immediate",
        },
        {
            "plan__core__type": "none",
            "plan__forfeitures__used_for": "reallocate",
            "plan__match": {"formula": "safe_harbor_basic", "eligibility": OPEN},
            "amendments": [{"from": 2026, "plan": {"vesting": {"match_schedule": "immediate"}}}],
        },
    ],
    ids=["refund", "separate", "prior year", "safe harbor", "safe harbor after a year", "reallocated forfeitures"],
)
def test_whole_runs_agree(engine: Engine, tmp_path: Path, changes: Tree) -> None:
    years = {"simulation__start_year": YEARS[0], "simulation__end_year": YEARS[1]}
    chosen = settings_with(**{**years, **changes})
    census = census_of(tmp_path, 200, chosen.simulation.start_year)
    check(engine.simulate(chosen, census, tmp_path / "run"), chosen)


STEADY: Tree = {
    "enrollment": {
        "auto_enrollment": {"enabled": False},
        "voluntary_rate_multiplier": 0,
        "conversion_rate_multiplier": 0,
    },
    "behavior": {"responds": False, "deferral_change_multiplier": 0},
}
"""Everybody defers what the census says."""


def steady(name: str, pay: str, rate: str = "0", **more: Any) -> Tree:
    """Somebody with the same pay for years."""
    return person(name, pay, rate, **{"hire_date": LONG_AGO, "prior_year_compensation": pay, **more})


def results_by_hand(
    engine: Engine, folder: Path, people: list[Tree], plan: Tree, years: tuple[int, int] = (2025, 2025), **changes: Any
) -> dict[tuple[int, str, str], Tree]:
    """The tests by year, test and group where everybody stays, with the same pay; they agree with the oracle."""
    chosen = settings_with(
        **{"simulation__start_year": years[0], "simulation__end_year": years[1]},
        workforce={"target_growth_rate": 0, "total_termination_rate": 0},
        compensation={"cola_rate": 0, "merit_budget": 0, "promotion": {"base_rate": 0}},
        plan={**STEADY, **plan},
        **changes,
    )
    database = engine.simulate(chosen, write_census(folder / "census.parquet", people), folder)
    check(database, chosen)
    tests = rows_of(database, "select * from fct_ndt_test")
    return {(row["simulation_year"], row["test"], row["test_group"]): row for row in tests}


@pytest.mark.parametrize(
    ("plan", "others", "part"),
    [
        ({"eligibility": {"minimum_age": 18}, "match": {"entry": A_YEAR}}, {"hire_date": LATELY}, "match"),
        (
            {
                "eligibility": {"minimum_age": 18},
                "core": {"type": "graded_by_service", "entry": A_YEAR, "bands": steps((0, 0.03), (5, 0.07))},
            },
            {"hire_date": LATELY},
            "core",
        ),
        # Two years of 500 hours open the deferrals alone (IRC 401(k)(15)).
        ({"eligibility": A_YEAR, "match": {"entry": A_YEAR}}, {"scheduled_hours_per_week": 15}, "match"),
    ],
    ids=["match", "core", "long-term part-time"],
)
def test_who_lacks_the_service_of_a_part_is_not_counted_in_it(
    engine: Engine, tmp_path: Path, plan: Tree, others: Tree, part: str
) -> None:
    """Match and core are tested as plans of their own (1.410(b)-6(b)(1), 1.410(b)-7(c)(1))."""
    people = [
        *(steady(f"H{n}", "200000", "0.06") for n in range(2)),
        *(steady(f"N{n}", "60000", "0.05") for n in range(3)),
        *(steady(f"S{n}", "20000", **others) for n in range(3)),
    ]
    found = results_by_hand(engine, tmp_path, people, plan)
    deferrals, own = (found[2025, f"coverage_{name}", "all"] for name in ("deferrals", part))
    assert (deferrals["n_nhce"], deferrals["n_hce"]) == (6, 2)
    assert (own["n_nhce"], own["n_hce"], own["ratio_percentage"], own["result"]) == (3, 2, 100, "pass")
    assert found[2025, "amount_core", "all"]["result"] == ("pass" if part == "core" else "not_applicable")


def test_who_is_in_a_group_that_the_match_leaves_out_counts_in_it(engine: Engine, tmp_path: Path) -> None:
    """That is neither age nor service, which the last of them lacks."""
    outside = [steady(f"S{n}", "60000", location="Reno") for n in range(3)]
    people = [steady("H", "200000", "0.06"), steady("N", "60000", "0.05"), *outside]
    people.append({**outside[0], "employee_id": "new", "hire_date": LATELY})
    entry = {**A_YEAR, "excluded_groups": [{"group": "Location", "value": "Reno"}]}
    plan = {"eligibility": {"minimum_age": 18}, "match": {"entry": entry}}
    found = results_by_hand(engine, tmp_path, people, plan, census={"groups": ["Location"]})
    of_match = found[2025, "coverage_match", "all"]
    assert (of_match["n_nhce"], of_match["ratio_percentage"], of_match["result"]) == (4, 25, "fail")


@pytest.mark.parametrize(("completed", "statutory"), [("day_before", 2), ("anniversary", 1)])
def test_a_year_of_service_ends_on_the_day_before_its_anniversary(
    engine: Engine, tmp_path: Path, completed: str, statutory: int
) -> None:
    """Hired on January 1 enters with the next plan year, hired a day later half a year after it (IRC 410(a)(4))."""
    hired = {"January 1": dt.date(2024, 1, 1), "January 2": dt.date(2024, 1, 2)}
    leaver = {"termination_date": dt.date(2025, 3, 31)}
    people = [
        steady("H", "200000", "0.06"),
        steady("N", "60000", "0.05"),
        *(steady(name, "60000", "0.05", hire_date=day, **leaver) for name, day in hired.items()),
    ]
    plan = {"service_completed": completed, "testing": {"otherwise_excludable": "separate"}}
    found = results_by_hand(engine, tmp_path, people, plan)
    assert found[2025, "adp", "statutory"]["n_nhce"] == statutory


@pytest.mark.parametrize(
    ("before", "after", "group", "average"),
    [
        ("together", "separate", "statutory", 3),
        ("separate", "together", "all", 3),
        ("separate", "early_participation", "all", 2),
    ],
)
def test_last_year_compares_where_it_had_other_groups(
    engine: Engine, tmp_path: Path, before: str, after: str, group: str, average: int
) -> None:
    """Who is split off has the average of the whole, who is joined that of both by people (1.401(k)-2(c)(4))."""
    people = [
        steady("H", "200000", "0.1"),
        *(steady(f"N{n}", "60000", "0.02") for n in range(2)),
        steady("S", "60000", "0.05", hire_date=LATELY),
    ]
    testing = {"method": "prior", "first_year_prior_adp": "actual", "correction": "refund"}
    amendment = {"from": 2026, "plan": {"testing": {"otherwise_excludable": after}}}
    plan = {"testing": {**testing, "otherwise_excludable": before}}
    found = results_by_hand(engine, tmp_path, people, plan, YEARS, amendments=[amendment])[2026, "adp", group]
    assert (found["nhce_average"], found["highest_allowed"], found["result"]) == (average, average + 2, "corrected")


@pytest.mark.parametrize(("first", "limit"), [(0.03, 5), ("actual", 7)])
def test_a_match_that_is_added_has_a_first_year(engine: Engine, tmp_path: Path, first: float | str, limit: int) -> None:
    """Nobody had one to compare with (1.401(m)-2(c)(2))."""
    people = [steady("H", "200000", "0.06"), *(steady(f"N{n}", "60000", "0.05") for n in range(2))]
    testing = {"method": "prior", "first_year_prior_adp": first, "correction": "refund"}
    match = {"family": "deferral_tiers", "formula": "custom", "tiers": [tier(0, 0.08, 1)]}
    amendment = {"from": 2026, "plan": {"match": match}}
    plan = {"match": {"family": "none"}, "testing": testing}
    found = results_by_hand(engine, tmp_path, people, plan, YEARS, amendments=[amendment])[2026, "acp", "all"]
    assert (found["highest_allowed"], found["result"]) == (limit, "pass" if limit > 6 else "corrected")


PAYS = (1_200, 25_000, 60_000, 99_999.99, 150_000, 176_100, 200_000, 350_000)
SHARES = (0, 0.01, 0.02, 0.033333, 0.04, 0.05, 0.06, 0.1, 0.15)


@st.composite
def changed_people(draw: DrawFn) -> list[tuple[Any, ...]]:
    """Role, pay and money of a few people, with ties and extremes."""
    rows = []
    for position in range(draw(st.integers(1, 12))):
        pay = draw(st.sampled_from(PAYS))
        money = [round(pay * draw(st.sampled_from(SHARES)), 2) for _ in range(3)]
        deferral = min(money[0] + draw(st.sampled_from((0, 0, 0.01, 0.02))), 23_500)
        catch_up = draw(st.sampled_from((0, 0, 500, 7_500)))
        is_hce = draw(st.booleans())
        owner = is_hce and draw(st.booleans())
        union = draw(st.sampled_from((False, False, True)))
        rows.append((position, is_hce, owner, union, pay, deferral + catch_up, catch_up, money[1], money[2]))
    return rows


@st.composite
def ways_of_testing(draw: DrawFn) -> Settings:
    """How to test, with the plan features that corrections and exemptions look at."""
    method = draw(st.sampled_from(("current", "current", "prior")))
    corrections = ("none", "refund", "refund", *(() if method == "prior" else ("qnec_flat", "qnec_targeted")))
    tiers = draw(st.lists(st.sampled_from((tier(0, 0.03, 1), tier(0.03, 0.05, 0.5), tier(0.05, 0.08, 1.5))), min_size=1,
                          max_size=3, unique_by=lambda one: one["deferral_from"]))  # fmt: skip
    bands = [band(0, *tiers), band(30, tier(0, 0.05, 1))]
    match = draw(
        st.sampled_from(
            (
                {"formula": "custom", "tiers": tiers}, {"family": "points", "points_bands": bands}, {"family": "none"},
                {"formula": "safe_harbor_basic"}, {"formula": "qaca"}, {"formula": "stretch"},
            )
        )
    )  # fmt: skip
    core = draw(st.sampled_from(("none", "flat", "graded_by_service", "points", "age_bands")))
    open_to_all = {"require_employment_on_last_day": False, "minimum_hours": 0}
    return settings_with(
        simulation__start_year=YEARS[0],
        simulation__end_year=YEARS[1],
        plan={
            "testing": {
                "method": method,
                "first_year_prior_adp": draw(st.sampled_from((0.03, "actual"))),
                "correction": draw(st.sampled_from(corrections)),
                "compensation": draw(st.sampled_from(("from_entry", "full_year"))),
                "otherwise_excludable": draw(st.sampled_from(("together", "early_participation", "separate"))),
                "refund_earnings_rate": draw(st.sampled_from((0, 0.033))),
                "annuity_factor": draw(st.sampled_from((7.9485, 8.0))),
            },
            "match": {
                **match,
                "max_match_percentage": draw(st.sampled_from((None, 0.04, 0.06, 1))),
                "maximum_match_amount": draw(st.sampled_from((None, None, 2_000))),
                "match_catch_up": draw(st.sampled_from((True, True, False))),
                "eligibility": open_to_all,
            },
            "core": {
                "type": core,
                "rate": draw(st.sampled_from((0.02, 0.03))),
                "bands": [] if core in ("none", "flat") else steps((0, 0.03), (40, 0.06)),
                "eligibility": open_to_all,
            },
            "vesting": {
                "match_schedule": draw(st.sampled_from(("immediate", "qaca_2", "graded_2_6"))),
                "core_schedule": draw(st.sampled_from(("immediate", "cliff_3"))),
            },
            "deferral": {"roth_share": draw(st.sampled_from((0, 0.15)))},
            "enrollment": {
                "auto_enrollment": {
                    "scope": draw(st.sampled_from(("all_eligible_employees", "new_hires_only"))),
                    "default_deferral_rate": draw(st.sampled_from((0.02, 0.03, 0.06))),
                }
            },
        },
    )


def base_of_one_year(base: Settings) -> Settings:
    """The settings for the first year alone."""
    return base.model_copy(update={"simulation": base.simulation.model_copy(update={"end_year": YEARS[0]})})


Retest = Callable[[Settings, list[tuple[Any, ...]]], Path]


@pytest.fixture(scope="session")
def retest(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Retest:
    """Gives the first people of two finished years other money, and tests the years again."""
    folder = tmp_path_factory.mktemp("retested")
    plan = {
        "match": {"eligibility": {"require_employment_on_last_day": False, "minimum_hours": 0}},
        "core": {"type": "flat", "eligibility": {"require_employment_on_last_day": False, "minimum_hours": 0}},
    }
    base = settings_with(simulation__start_year=YEARS[0], simulation__end_year=YEARS[1], plan=plan)
    census = census_of(folder, PEOPLE, YEARS[0])
    finished = engine.simulate(base, census, folder / "run")
    first = engine.simulate(base_of_one_year(base), census, folder / "first")
    with duckdb.connect(str(finished)) as connection:
        connection.execute(f"attach '{first.as_posix()}' as first (read_only)")
        connection.execute("create table limits as from int_plan_year_limits union all from first.int_plan_year_limits")

    def again(chosen: Settings, people: list[tuple[Any, ...]]) -> Path:
        database = folder / DATABASE
        shutil.copyfile(finished, database)
        with duckdb.connect(str(database)) as connection:
            connection.execute(f"create temp table changed ({_CHANGED})")
            connection.executemany("insert into changed values (?, ?, ?, ?, ?, ?, ?, ?, ?)", people)
            if chosen.plan.match.family == "none":  # nobody then has any, and none is lost with a refund
                connection.execute("update changed set match = 0")
            connection.execute(_CHANGE)
        for year in YEARS:
            with duckdb.connect(str(database)) as connection:
                connection.execute(
                    f"create or replace table int_plan_year_limits as from limits where simulation_year = {year}"
                )
                # Follows from the settings alone, so FOUNDATION builds it.
                load_cells(connection, engine.builder.project, [Cell(1, chosen)], range(YEARS[0], year + 1))
                exemptions = engine.builder.sql_of("int_ndt_exemptions", simulation_year=year)
                connection.execute(f"create or replace table int_ndt_exemptions as {exemptions}")
            engine.run_stage(TESTING, chosen, census, database, year)
        return database

    return again


_CHANGED = """
    position integer, is_hce boolean, owner boolean, is_union boolean, pay decimal(18, 2), deferral decimal(18, 2),
    catch_up decimal(18, 2), match decimal(18, 2), core decimal(18, 2)
"""
_CHANGE = """
    create temp table chosen as
    select changed.*, people.person_key
    from changed
    inner join (
        select person_key, row_number() over (order by employee_id desc) - 1 as position
        from fct_workforce_snapshot where simulation_year = 2026
    ) as people on changed.position * 3 = people.position;
    delete from fct_workforce_snapshot where person_key not in (select person_key from chosen);
    update fct_workforce_snapshot as snapshot
    set is_hce = chosen.is_hce, is_five_percent_owner = chosen.owner, is_union_member = chosen.is_union,
        prorated_annual_compensation = chosen.pay,
        plan_compensation = case when snapshot.is_eligible then chosen.pay else 0 end,
        employee_contributions = chosen.deferral, catch_up_contributions = chosen.catch_up,
        employer_match = chosen.match, employer_core = chosen.core,
        total_employer_contributions = chosen.match + chosen.core,
        employer_balance = chosen.match + chosen.core + 1000 * (chosen.position + 1)
    from chosen where snapshot.person_key = chosen.person_key;
    update fct_employee_contributions as contributions
    set plan_compensation = snapshot.plan_compensation
    from fct_workforce_snapshot as snapshot
    where contributions.person_key = snapshot.person_key and contributions.simulation_year = snapshot.simulation_year;
    delete from fct_ndt_test;
    delete from int_ndt_people;
    delete from int_ndt_results;
"""

generated = settings(
    # Without shrinking: an example runs two stages, and what differs is told by person and column.
    phases=(Phase.explicit, Phase.generate),
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.slow
@settings(generated, max_examples=12)
@given(chosen=ways_of_testing(), people=changed_people())
def test_a_few_random_populations_agree(retest: Retest, chosen: Settings, people: list[tuple[Any, ...]]) -> None:
    check(retest(chosen, people), chosen)


@pytest.mark.nightly
@settings(generated, max_examples=400)
@given(chosen=ways_of_testing(), people=changed_people())
def test_hundreds_of_random_populations_agree(retest: Retest, chosen: Settings, people: list[tuple[Any, ...]]) -> None:
    check(retest(chosen, people), chosen)
