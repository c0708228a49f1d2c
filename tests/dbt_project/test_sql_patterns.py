"""Patterns in the SQL that keep results the same everywhere and memory small, looked for in what was compiled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlglot
from sqlglot import exp

from tests.engine import Engine, settings_with
from tests.model.compiled import compiled_models
from tests.model.people import census_of

KEYS = {"person_key", "employee_id", "event_sequence"}
"""An order by one of these is the same every time: one person, or one person's event."""

OTHER_KEYS = {
    "age": "new_hire_ages has one row an age",
    "cell": "the needs of a year have one row a cell",
    "deferral": "a formula has one row a deferral at which it may bend",
    "deferral_rate": "elected_rate_tails has one row a segment and rate",
    "detail": "violations that agree in rule, person and detail are the same",
    "exit_rank": "a person has one rank",
    "event_type": "a person has one event of a kind a day",
    "level_id": "levels, and the hires by level, have one row a level",
    "limit_year": "irs_limits has one row a year",
    "minimum": "a schedule by age, service or points has one row a lower end",
    "month": "raise_months has one row a month",
    "period_start": "the pay periods of a person begin on different days",
    "rate": "a general test counts its people by rate first",
    "unit": "a note is told of each value of a group once",
    "step": "a person has one change of a kind a day",
    "years_of_service": "retirement_rates has one row an age and service",
}
"""Other columns that an order may end in, and why there are no ties."""

ORDERED_LISTS = {
    "fct_law_checks": "at most five examples of a law",
    "int_employee_compensation_by_year": "twelve months",
    "int_hiring_events": "the ages of new hires",
    "int_merit_events": "twelve months",
    "int_ndt_exemptions": "the groups that entry leaves out",
    "int_opening_plan_state": "the groups that entry leaves out",
    "int_plan_state_of_year": "the groups that entry leaves out",
}
"""Models that may put rows into one ordered value, and what the rows are: never people."""

NOT_REPRODUCIBLE = {
    "random", "rand", "setseed", "hash", "uuid", "uuidv4", "uuidv7", "gen_random_uuid", "generate_uuid", "now", "today",
    "current_timestamp", "current_date", "current_time", "localtimestamp", "get_current_timestamp", "nextval", "rowid",
    "currval",
}  # fmt: skip

NEEDS_AN_ORDER = (exp.RowNumber, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue)

Compiled = dict[str, exp.Expr]


@pytest.fixture(scope="module")
def compiled(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """The parsed SQL of every model, by model and year: the first year differs from later ones."""
    folder = tmp_path_factory.mktemp("compiled")
    settings = settings_with(
        simulation__end_year=2025,
        compensation__merit_budget=0.04,
        compensation__promotion__raise_distribution="normal",
        workforce__new_hires__level_mix={"1": 0.5, "2": 0.5},
        plan__compliance__top_paid_group_election=True,
        plan__enrollment__auto_enrollment__scope="all_eligible_employees",
        plan__core={
            "type": "points", "bands": [{"minimum": 0, "rate": 0.05}, {"minimum": 50, "rate": 0.06}],
            "permitted_disparity": {"enabled": True, "excess_rate": 0.05},
        },
        plan__match__family="points",
        plan__match__points_bands=[{"minimum": 0, "tiers": [{"deferral_from": 0, "deferral_to": 0.06, "rate": 0.5}]}],
    )  # fmt: skip
    census = census_of(folder, 12, 2025)
    database = engine.simulate(settings, census, folder)
    return {
        f"{name} ({year})": sqlglot.parse_one(sql, dialect="duckdb")
        for year in (2025, 2026)
        for name, sql in compiled_models(engine, settings, census, database, year).items()
    }


def test_the_sql_of_every_model_is_looked_at(engine: Engine, compiled: Compiled) -> None:
    models = {name for name, path in engine.builder.project.models.items() if path.startswith("models/")}
    later = models - {"stg_census", "int_baseline_workforce", "int_look_back_of_census"}
    assert set(compiled) == {f"{name} (2025)" for name in models} | {f"{name} (2026)" for name in later}


def test_no_limit_without_order(compiled: Compiled) -> None:
    assert not list(limits_without_order(compiled))


def limits_without_order(compiled: Compiled) -> Iterator[str]:
    for name, tree in compiled.items():
        for query in tree.find_all(exp.Query):
            if (query.args.get("limit") or query.args.get("sample")) and not query.args.get("order"):
                yield f"{name}: {query.sql('duckdb')[:200]}"


def test_every_window_is_ordered_by_a_key_in_the_end(compiled: Compiled) -> None:
    assert not list(windows_with_ties(compiled))


def windows_with_ties(compiled: Compiled) -> Iterator[str]:
    for name, tree in compiled.items():
        for window in tree.find_all(exp.Window):
            order = window.args.get("order")
            if order is None:
                if isinstance(window.this, NEEDS_AN_ORDER) and not window.args.get("alias"):
                    yield f"{name}: {window.sql('duckdb')}"
                continue
            last = order.expressions[-1].this
            if not isinstance(last, exp.Column) or last.name not in KEYS | set(OTHER_KEYS):
                yield f"{name}: {window.sql('duckdb')}"


def test_nothing_is_drawn_from_the_machine_or_the_clock(compiled: Compiled) -> None:
    assert not list(machine_calls(compiled))


def machine_calls(compiled: Compiled) -> Iterator[str]:
    for name, tree in compiled.items():
        for call in tree.find_all(exp.Func):
            called = (call.name if isinstance(call, exp.Anonymous) else call.sql_name()).lower()
            if called in NOT_REPRODUCIBLE and not _only_divides_the_work(call):
                yield f"{name}: {call.sql('duckdb')}"
        for column in tree.find_all(exp.Column):
            if column.name.lower() in NOT_REPRODUCIBLE:
                yield f"{name}: {column.sql('duckdb')}"


def _only_divides_the_work(call: exp.Func) -> bool:
    """Whether a hash says in which slice something is looked at (see ``in_slice_of_values``), not what is found."""
    return call.name == "hash" and isinstance(call.parent, exp.Mod) and "people_in_slices" in call.parent.sql("duckdb")


def test_people_are_not_put_into_ordered_lists(compiled: Compiled) -> None:
    found = set(models_with_ordered_lists(compiled))
    assert found == set(ORDERED_LISTS)


def models_with_ordered_lists(compiled: Compiled) -> Iterator[str]:
    for name, tree in compiled.items():
        for call in tree.find_all(exp.AggFunc, exp.Anonymous):
            inside = [call.this, *call.expressions]
            if any(isinstance(part, exp.Order) for part in inside if isinstance(part, exp.Expression)):
                yield name.partition(" ")[0]


def test_every_fact_is_read_with_its_year(compiled: Compiled) -> None:
    assert not list(facts_without_year(compiled))


def facts_without_year(compiled: Compiled) -> Iterator[str]:
    """Reads of a fact whose own SELECT does not say which years: they would grow with the length of the run."""
    for name, tree in compiled.items():
        for table in tree.find_all(exp.Table):
            if not table.name.startswith("fct_"):
                continue
            select = table.find_ancestor(exp.Select)
            assert select is not None
            conditions = [select.args.get("where"), *(join.args.get("on") for join in select.args.get("joins") or [])]
            alone = not select.args.get("joins")
            names = {table.alias_or_name, ""} if alone else {table.alias_or_name}
            years = [
                column
                for condition in conditions
                if condition is not None
                for column in condition.find_all(exp.Column)
                if column.name == "simulation_year" and column.table in names
            ]
            if not any(isinstance(column.parent, exp.EQ | exp.LT) for column in years):
                yield f"{name}: {table.sql('duckdb')} in {select.sql('duckdb')[:200]}"


@pytest.mark.parametrize(
    ("check", "bad"),
    [
        (limits_without_order, "select employee_id from people limit 5"),
        (limits_without_order, "select * from (select employee_id from people limit 5) order by employee_id"),
        (windows_with_ties, "select row_number() over (order by pay) from people"),
        (windows_with_ties, "select row_number() over () from people"),
        (windows_with_ties, "select sum(pay) over w from people window w as (partition by level order by pay)"),
        (windows_with_ties, "select 1 from people qualify row_number() over (order by pay) = 1"),
        (machine_calls, "select random() as u from people"),
        (machine_calls, "select hash(employee_id) as u from people"),
        (machine_calls, "select uuid() as event_id from people"),
        (machine_calls, "select gen_random_uuid() as event_id from people"),
        (machine_calls, "select current_timestamp as created_at, now() as then from people"),
        (machine_calls, "select current_date as day"),
        (models_with_ordered_lists, "select list(pay order by employee_id) from people"),
        (models_with_ordered_lists, "select array_agg(pay order by employee_id) from people"),
        (models_with_ordered_lists, "select string_agg(name, ', ' order by employee_id) from people"),
        (facts_without_year, "select * from main.fct_workforce_snapshot"),
        (facts_without_year, "select * from (select * from fct_workforce_snapshot) where simulation_year = 2025"),
        (facts_without_year, "select 1 from a left join fct_workforce_snapshot as b on a.person_key = b.person_key"
         " where a.simulation_year = 2025"),
        (facts_without_year, "select simulation_year from fct_yearly_events where event_type = 'hire'"),
    ],
)  # fmt: skip
def test_the_checks_see_what_they_look_for(check: object, bad: str) -> None:
    assert callable(check)
    assert list(check({"bad (2025)": sqlglot.parse_one(bad, dialect="duckdb")})), bad
