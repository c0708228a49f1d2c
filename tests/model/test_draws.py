"""The draws of the SQL are those of the contract, worked out here by another program, and are used as they should."""

from __future__ import annotations

import hashlib
import math
import re
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest

from planalign_orchestrator.resources import dbt_project_dir
from tests.engine import Engine, rows_of, settings_with
from tests.model.compiled import compiled_models
from tests.model.people import census_of
from tests.oracle.workforce import share_staying

SEEDS = (42, 0, 2**31)
YEARS = (0, 2025, 2034)
PEOPLE = (
    "E000001", "NH_2025_000001", "", " ", "Zoë", "李小龍", "Ωμέγα", "nai\u0308ve", "naïve", "emoji 🦆", "O'Brien",
    'quo"te', "back\\slash", "a|b", "tab\tid", "x" * 300,
)  # fmt: skip


def draw_by_hand(seed: int, stream: str, person: str, year: int) -> float:
    digest = hashlib.md5(f"{seed}|{stream}|{person}|{year}".encode()).hexdigest()
    return int(digest[:13], 16) / 2**52


def macros(seed: int, year: int = 2025) -> Any:
    """The macros of draws.sql, rendered without dbt, with a number where the models have the cell's seed."""
    variables = {"simulation_year": year}
    text = (dbt_project_dir() / "macros" / "draws.sql").read_text(encoding="utf-8").replace("random_seed", str(seed))
    return jinja2.Environment().from_string(text, globals={"var": variables.get}).module


def evaluate(expression: str, people: tuple[str, ...] = PEOPLE) -> list[Any]:
    with duckdb.connect() as connection:
        connection.execute("create table people (position integer, employee_id varchar)")
        connection.executemany("insert into people values (?, ?)", list(enumerate(people)))
        return [row[0] for row in connection.execute(f"select {expression} from people order by position").fetchall()]


@pytest.fixture(scope="module")
def streams() -> list[str]:
    """Every stream that a model draws from."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in dbt_project_dir().rglob("*.sql"))
    found = set(re.findall(r"[^_]draw\('(\w+)'", text))
    found |= {name + part for name in re.findall(r"normal_draw\('(\w+)'", text) for part in ("_radius", "_angle")}
    assert len(found) > 15
    return sorted(found)


def test_a_known_draw() -> None:
    # Thirteen digits of `printf '42|termination|E000001|2025' | md5sum`.
    expected = 0x8D737015E02E7 / 2**52
    assert draw_by_hand(42, "termination", "E000001", 2025) == expected == 0.5525426915557377
    assert evaluate(macros(42).draw("termination", "employee_id"), ("E000001",)) == [expected]


def test_every_stream_gives_the_draws_of_the_contract(streams: list[str]) -> None:
    for seed in SEEDS:
        module = macros(seed)
        for year in YEARS:
            drawn = ", ".join(module.draw(stream, "employee_id", year) for stream in streams)
            expected = [[draw_by_hand(seed, stream, person, year) for stream in streams] for person in PEOPLE]
            assert evaluate(f"[{drawn}]") == expected


def test_a_draw_uses_the_plan_year_unless_told_otherwise() -> None:
    assert evaluate(macros(7, 2031).draw("opt_out", "employee_id")) == [
        draw_by_hand(7, "opt_out", p, 2031) for p in PEOPLE
    ]


def test_normal_draws_are_those_of_box_and_muller() -> None:
    drawn = evaluate(macros(42).normal_draw("hire_pay", "employee_id", 2025))
    for person, value in zip(PEOPLE, drawn, strict=True):
        radius, angle = (draw_by_hand(42, f"hire_pay_{part}", person, 2025) for part in ("radius", "angle"))
        assert value == pytest.approx(math.sqrt(-2 * math.log(1 - radius)) * math.cos(2 * math.pi * angle), abs=1e-12)


def test_days_are_drawn_from_the_first_to_the_last() -> None:
    days = macros(42).draw_days
    drawn = [days("0::double", "365"), days(f"{1 - 2**-52!r}::double", "365"), days("0.5::double", "1")]
    assert evaluate(f"[{', '.join(drawn)}]", ("any",)) == [[0, 364, 0]]


def test_draws_are_uniform_and_streams_are_independent(streams: list[str]) -> None:
    number, cells = 10_000, 50
    module = macros(42)
    columns = ", ".join(f"{module.draw(stream, 'employee_id')} as {stream}" for stream in streams)
    pairs = [(first, second) for first in streams for second in streams if first < second]
    with duckdb.connect() as connection:
        connection.execute(
            f"create table drawn as select {columns} from (select 'E' || unnest(range({number})) as employee_id)"
        )
        for stream in streams:
            counts = connection.execute(
                f"select count(*) from drawn where {stream} >= 0 and {stream} < 1 group by floor({stream} * {cells})"
            ).fetchall()
            assert len(counts) == cells and sum(count for (count,) in counts) == number
            chi_square = sum((count - number / cells) ** 2 / (number / cells) for (count,) in counts)
            assert chi_square < 96, f"{stream} is not uniform"  # 49 degrees of freedom: 1 in 10 000 by chance
        correlations = connection.execute(
            "select " + ", ".join(f"corr({first}, {second})" for first, second in pairs) + " from drawn"
        ).fetchone()
    assert correlations is not None
    for (first, second), correlation in zip(pairs, correlations, strict=True):
        assert abs(correlation) < 0.05, f"{first} and {second} go together"  # 5 standard errors


@pytest.fixture(scope="module")
def database(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year with many hires and exits."""
    folder = tmp_path_factory.mktemp("many_hires")
    settings = settings_with(
        simulation__end_year=2025, workforce__target_growth_rate=0.6, workforce__total_termination_rate=0.4
    )
    return engine.simulate(settings, census_of(folder, 2_000, 2025), folder)


class TestInTheModel:
    """How a simulation uses its draws."""

    def test_hires_are_the_quota_and_spread_evenly_over_the_year(self, database: Path) -> None:
        months = rows_of(
            database, "select month(hire_date) as month, count(*) as n from int_hiring_events group by 1 order by 1"
        )
        quota = rows_of(database, "select hires from int_workforce_needs")[0]["hires"]
        assert sum(row["n"] for row in months) == quota
        # 2,000 more than leave, and as many again as leave of them within the year.
        assert quota == round(2_000 / share_staying(settings_with().workforce.new_hire_termination_rate)) == 2301
        assert [row["month"] for row in months] == list(range(1, 13))
        days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        expected = [quota * n / 365 for n in days]
        chi_square = sum((row["n"] - e) ** 2 / e for row, e in zip(months, expected, strict=True))
        assert chi_square < 35  # 11 degrees of freedom: 1 in 4 000 by chance

    def test_hire_dates_do_not_depend_on_the_level(self, database: Path) -> None:
        correlation = rows_of(database, "select corr(dayofyear(hire_date), level_id) as r from int_hiring_events")[0][
            "r"
        ]
        assert abs(correlation) < 0.08

    def test_exit_dates_are_even_over_the_year_whoever_leaves(self, database: Path) -> None:
        recent, found = rows_of(
            database,
            # Of hires of the year before the force changes on their anniversary: they leave later in such a year.
            "select count(*) as n, avg(day) as mean, stddev(day) as spread, corr(day, year(opening.hire_date)) as r"
            " from (select dayofyear(termination_date) as day, * from fct_workforce_snapshot)"
            " inner join int_opening_workforce as opening using (person_key)"
            " where detailed_status_code = 'experienced_termination' group by opening_tenure >= 1 order by all",
        )
        assert (recent["n"], found["n"]) == (216, 800 - 216)
        assert recent["mean"] > found["mean"] + 15
        assert found["mean"] == pytest.approx(183, abs=15)
        assert found["spread"] == pytest.approx(365 / math.sqrt(12), abs=8)
        assert abs(found["r"]) < 0.15

    def test_leavers_are_the_smallest_clocks(self, database: Path) -> None:
        people = rows_of(
            database,
            "select employee_id, exit_force from int_exit_forces inner join int_opening_workforce using (person_key)"
            " where not is_known_to_leave",
        )
        clocks = sorted(
            (
                -math.log1p(-draw_by_hand(42, "termination", row["employee_id"], 2025)) / row["exit_force"],
                row["employee_id"],
            )
            for row in people
        )
        left = rows_of(database, "select employee_id from int_termination_events where termination_reason <> 'known'")
        assert {row["employee_id"] for row in left} == {employee_id for _, employee_id in clocks[: len(left)]}

    def test_every_digest_in_the_models_is_a_draw_with_the_seed_or_an_event_id(
        self, engine: Engine, database: Path, tmp_path: Path, streams: list[str]
    ) -> None:
        settings = settings_with(
            simulation__end_year=2025, simulation__random_seed=90210, plan__eligibility__new_hire_ineligible_rate=0.1
        )
        census = census_of(tmp_path, 12, 2025)
        again = engine.simulate(settings, census, tmp_path / "again")
        seen = set()
        for name, sql in compiled_models(engine, settings, census, again, 2025).items():
            drawn = re.findall(r"\bmd5\(concat\((?:\w+\.)?random_seed, '\|(\w+)\|', ", sql)
            ids = re.findall(r"\bmd5\(concat\(people\.scenario_id,", sql)
            assert len(re.findall(r"\bmd5\(", sql)) == len(drawn) + len(ids), f"{name}: a digest without the seed"
            seen |= set(drawn)
        assert seen == set(streams)
