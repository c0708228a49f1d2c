"""What single files must do beyond any world: draws to the last bit, a census by hand, exits, limits, tests.

Each check renders the models without dbt, so it says of any text of them whether it holds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import jinja2

from tests.engine import CENSUS_COLUMNS, CENSUS_DEFAULTS
from tests.model.many_exits import exit_forces_are_those_of_the_methodology
from tests.model.many_groups import CHAIN as GENERAL_TEST, general_tests_are_those_of_the_law
from tests.model.many_limits import limits_are_those_of_the_law
from tests.model.many_plans import safe_harbors_are_read_from_settings
from tests.model.many_tests import TESTS, tests_are_those_of_the_law, the_law_of_the_tests_holds
from tests.mutation.rendering import Project
from tests.oracle.draws import draw

PEOPLE = [f"E{number:06d}" for number in range(200)]


def draws_are_those_of_the_contract(project: Project) -> bool:
    """Whether the SQL draws are equal, bit by bit, to those of another program."""
    variables = {"simulation_year": 2025}
    text = project.texts["macros/draws.sql"]
    macro: Any = jinja2.Environment().from_string(text, globals={"var": variables.get}).module
    with duckdb.connect() as connection:
        people = "(select 42 as random_seed, unnest(?::varchar[]) as employee_id)"
        query = f"select {macro.draw('any', 'employee_id')} from {people}"
        drawn = [value for (value,) in connection.execute(query, [PEOPLE]).fetchall()]
    return drawn == [draw(42, "any", person, 2025) for person in PEOPLE]


def time_passed_is_the_same_both_ways(project: Project) -> bool:
    """Whether counting and leading back agree on what is complete, at every end of a month and in leap years too."""
    text = project.texts["macros/calendar.sql"]
    macro: Any = jinja2.Environment().from_string(text).module
    off = f"""
        select 1 from days as one, days as other, unnest([0, 1, 2, 6, 11, 12, 13]) as spans(months)
        where ({macro.completed_months("one.day", "other.day")} >= months)
            <> ({macro.is_complete("one.day", "to_months(months::integer)", "other.day")})
        union all
        select 1 from days as one, days as other, unnest([0, 1]) as spans(years),
            unnest(['day_before', 'anniversary']) as cells(service_completed)
        where one.day <= other.day
            and ({macro.service_years("one.day", "other.day")} >= years)
                is distinct from ({macro.has_served("one.day", "years", "other.day")})
        union all
        select 1 from days, unnest(range(2018, 2024)) as ends(year)
        where {macro.completed_years("day", "make_date(year, 12, 31)")}
            <> {macro.completed_by_year_end("day", "make_date(year, 12, 31)")}"""
    with duckdb.connect() as connection:
        days = "range(date '2019-12-25', date '2021-03-05', interval 1 day)"
        connection.execute(f"create table days as select unnest({days})::date as day")
        return not connection.execute(off).fetchall()


# Ids that are numbers to a reader which guesses types.
CSV = """employee_id,hire_date,birth_date,annual_compensation,is_five_percent_owner,job_level
7.20,2015-02-28,1980-02-29,70000.5,,3
7.10,2024-12-31,2001-01-01,56000,true,
"""


def a_census_by_hand_has_all_columns(project: Project) -> bool:
    """Whether a CSV census gives the contract's columns and values, with defaults for what it leaves out."""
    given: list[dict[str, Any]] = [
        {
            "employee_id": "7.10",
            "birth_date": dt.date(2001, 1, 1),
            "hire_date": dt.date(2024, 12, 31),
            "annual_compensation": Decimal("56000.00"),
            "is_five_percent_owner": True,
        },
        {
            "employee_id": "7.20",
            "birth_date": dt.date(1980, 2, 29),
            "hire_date": dt.date(2015, 2, 28),
            "annual_compensation": Decimal("70000.50"),
            "job_level": 3,
        },
    ]
    with TemporaryDirectory() as folder, duckdb.connect() as connection:
        path = Path(folder) / "the people's census.csv"
        path.write_text(CSV, encoding="utf-8")
        variables = {"start_year": 2025, "simulation_year": 2025, "census_path": path.as_posix()}
        sql = project.render(variables)["stg_census"].sql
        rows = (
            connection.execute(f"select * exclude (census, groups) from ({sql}) order by employee_id")
            .to_arrow_table()
            .to_pylist()
        )
    expected = [{name: {**CENSUS_DEFAULTS, **person}.get(name) for name in CENSUS_COLUMNS} for person in given]
    return bool(rows == expected and list(rows[0]) == list(CENSUS_COLUMNS))


Check = Callable[[Project], bool]
CHECKS: Mapping[str, tuple[Check, ...]] = {
    "macros/draws.sql": (draws_are_those_of_the_contract,),
    "macros/census_rows.sql": (a_census_by_hand_has_all_columns,),
    "macros/calendar.sql": (time_passed_is_the_same_both_ways, tests_are_those_of_the_law),
    "macros/limits.sql": (limits_are_those_of_the_law,),
    "macros/testing.sql": (
        tests_are_those_of_the_law, general_tests_are_those_of_the_law, safe_harbors_are_read_from_settings,
    ),
    "models/foundation/int_exit_forces.sql": (exit_forces_are_those_of_the_methodology,),
    "models/foundation/int_plan_year_limits.sql": (limits_are_those_of_the_law,),
    "models/foundation/int_ndt_exemptions.sql": (safe_harbors_are_read_from_settings,),
    "models/validation/law_11_testing.sql": (the_law_of_the_tests_holds,),
    **dict.fromkeys((f"models/testing/{name}.sql" for name in TESTS), (tests_are_those_of_the_law,)),
    **dict.fromkeys(
        (f"models/testing/{name}.sql" for name in GENERAL_TEST),
        (general_tests_are_those_of_the_law, tests_are_those_of_the_law),
    ),
}  # fmt: skip
"""The checks of each such file."""
