"""What must not change a result, does not: row order, slices, threads, later years. What must, does: seed, hazards."""

from __future__ import annotations

import csv
import datetime as dt
import random
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from planalign_orchestrator.census.intake import read_census
from planalign_orchestrator.census.synthetic import generate_census
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.run.stages import STAGES
from planalign_orchestrator.storage.journal import TableDigest, digest_of
from planalign_orchestrator.warehouse import relations_of
from tests.engine import DATABASE, Engine, rows_of, settings_with
from tests.model.people import census_of

AS_OF = dt.date(2024, 12, 31)
TWO_YEARS = settings_with(
    simulation__end_year=2026,
    workforce__total_termination_rate=0.2,
    plan__core__type="flat",
    plan__enrollment__opt_out_rate_multiplier=4,
    compensation__merit_budget=0.04,
    plan__compliance__top_paid_group_election=True,
)
"""Two years with a bit of everything that is worked out over the whole population."""


def result_digests(database: Path, year: int | None = None) -> dict[str, TableDigest]:
    """The digests of all result tables."""
    with duckdb.connect(str(database), read_only=True) as connection:
        names = [name for name in relations_of(connection) if name.startswith("fct_")]
        assert len(names) >= 9
        by_year = {name for name in names if "simulation_year" in connection.table(name).columns}
        return {name: digest_of(connection, name, year if name in by_year else None) for name in names}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for censuses and databases."""
    return tmp_path_factory.mktemp("order")


@pytest.fixture(scope="module")
def census(folder: Path) -> Path:
    """350 people, the odd ones first."""
    return census_of(folder, 350, 2025)


@pytest.fixture(scope="module")
def baseline(engine: Engine, folder: Path, census: Path) -> Path:
    """The result that others are compared with: one thread, one slice."""
    return engine.simulate(TWO_YEARS, census, folder / "baseline")


class TestWhatChangesNothing:
    def test_the_same_inputs_give_the_same_tables(
        self, engine: Engine, baseline: Path, census: Path, tmp_path: Path
    ) -> None:
        assert result_digests(engine.simulate(TWO_YEARS, census, tmp_path)) == result_digests(baseline)

    def test_slices_of_the_population(self, engine: Engine, baseline: Path, census: Path, tmp_path: Path) -> None:
        sliced = engine.simulate(TWO_YEARS, census, tmp_path, batch_size=0.1)
        assert result_digests(sliced) == result_digests(baseline)

    def test_row_order_and_unknown_columns_of_the_census(self, engine: Engine, tmp_path: Path) -> None:
        digests = []
        generate_census(tmp_path / "plain.csv", employees=200, seed=3, as_of=AS_OF)
        with (tmp_path / "plain.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        shuffled = [{"Cost centre": f"C{n % 7}", **row} for n, row in enumerate(rows)]
        random.Random(5).shuffle(shuffled)
        assert shuffled[0]["employee_id"] != rows[0]["employee_id"]
        with (tmp_path / "shuffled.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(shuffled[0]))
            writer.writeheader()
            writer.writerows(shuffled)
        one_year = settings_with(simulation__end_year=2025, plan__core__type="flat")
        for name in ("plain", "shuffled"):
            read_census(tmp_path / f"{name}.csv", as_of=AS_OF, output=tmp_path / f"{name}.parquet")
            digests.append(result_digests(engine.simulate(one_year, tmp_path / f"{name}.parquet", tmp_path / name)))
        assert digests[0] == digests[1]

    def test_threads_of_the_builder_and_of_duckdb(
        self, engine: Engine, baseline: Path, census: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(engine.builder, "threads", 2)
        monkeypatch.setattr(engine, "_limits", replace(engine._limits, threads=2))
        assert result_digests(engine.simulate(TWO_YEARS, census, tmp_path)) == result_digests(baseline)

    @pytest.mark.nightly
    def test_threads_where_the_work_is_divided(
        self, engine: Engine, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # DuckDB gives a thread at least a row group of 122 880 rows, so only a large census is worked on by two.
        large = census_of(folder, 300_000, 2025)
        one_year = settings_with(simulation__end_year=2025, plan__core__type="flat", compensation__merit_budget=0.04)
        alone = result_digests(engine.simulate(one_year, large, tmp_path / "alone"))
        monkeypatch.setattr(engine, "_limits", replace(engine._limits, threads=2))
        assert result_digests(engine.simulate(one_year, large, tmp_path / "together")) == alone
        assert result_digests(engine.simulate(one_year, large, tmp_path / "sliced", batch_size=100)) == alone

    def test_a_later_year_leaves_the_earlier_ones(
        self, engine: Engine, baseline: Path, census: Path, tmp_path: Path
    ) -> None:
        shorter = TWO_YEARS.model_copy(
            update={"simulation": TWO_YEARS.simulation.model_copy(update={"end_year": 2025})}
        )
        first = result_digests(engine.simulate(shorter, census, tmp_path))
        assert result_digests(baseline, 2025) == first

    def test_a_repeated_year_replaces_itself_and_nothing_else(
        self, engine: Engine, baseline: Path, census: Path, tmp_path: Path
    ) -> None:
        database = tmp_path / DATABASE
        shutil.copyfile(baseline, database)
        for stage in STAGES:
            engine.run_stage(stage, TWO_YEARS, census, database, 2026)
        assert result_digests(database) == result_digests(baseline)


def test_a_repeated_year_keeps_no_row_that_it_no_longer_makes(engine: Engine, census: Path, tmp_path: Path) -> None:
    many = settings_with(simulation__end_year=2025, workforce__total_termination_rate=0.3, plan__core__type="flat")
    few = settings_with(
        simulation__end_year=2025, workforce__total_termination_rate=0.05, workforce__target_growth_rate=-0.1,
        compensation__promotion__base_rate=0, plan__escalation__enabled=False,
        plan__enrollment={"auto_enrollment": {"enabled": False}, "conversion_rate_multiplier": 0},
    )  # fmt: skip
    database = engine.simulate(many, census, tmp_path / "twice")
    before = result_digests(database)
    for stage in STAGES:
        engine.run_stage(stage, few, census, database, 2025)
    fresh = result_digests(engine.simulate(few, census, tmp_path / "fresh"))
    assert result_digests(database) == fresh
    for table in ("fct_yearly_events", "fct_workforce_snapshot", "fct_employer_match"):
        assert fresh[table].rows < before[table].rows


def workforce_events(database: Path) -> list[dict[str, Any]]:
    """What happens to the workforce, without the plan."""
    return rows_of(
        database,
        "select employee_id, simulation_year, event_type, event_category, effective_date, compensation_before,"
        " compensation_after, level_before, level_after, reason, employee_age, employee_tenure from fct_yearly_events"
        " where event_type in ('hire', 'termination', 'promotion', 'raise') order by all",
    )


def test_another_plan_leaves_workforce_events(engine: Engine, baseline: Path, census: Path, tmp_path: Path) -> None:
    plan = {
        "eligibility": {"waiting_period_days": 365, "entry_dates": "quarterly", "new_hire_ineligible_rate": 0.3},
        "enrollment": {"auto_enrollment": {"scope": "all_eligible_employees", "default_deferral_rate": 0.06}},
        "escalation": {"enabled": False},
        "deferral": {"maximum_rate": 0.1},
        "match": {"formula": "safe_harbor_enhanced"},
        "core": {"type": "none"},
        "vesting": {"match_schedule": "immediate"},
    }
    other = TWO_YEARS.model_copy(update={"plan": settings_with(plan=plan).plan})
    database = engine.simulate(other, census, tmp_path)
    expected = workforce_events(baseline)
    assert {row["event_type"] for row in expected} == {"hire", "termination", "promotion", "raise"}
    assert workforce_events(database) == expected
    assert result_digests(database) != result_digests(baseline)


CENSUS_EXITS = (
    "from fct_workforce_snapshot where detailed_status_code = 'experienced_termination' and simulation_year = 2025"
)
HIRES = "from int_hiring_events"
PROMOTED = "from fct_yearly_events where event_type = 'promotion' and simulation_year = 2025"
VOLUNTARY = "from fct_yearly_events where event_category = 'voluntary'"
CONVERTED = "from fct_yearly_events where event_category = 'conversion'"
CHANGED = "from fct_yearly_events where event_category in ('raised', 'lowered', 'stopped')"
RAISED = "from fct_yearly_events where event_category = 'raised'"
ANSWERED = "from fct_yearly_events where event_category = 'match_response' and event_type = 'deferral_change'"
OPTED_OUT = "from fct_yearly_events where event_type = 'opt_out'"
PAID_ABOVE_THE_MIDDLE = f"annual_compensation > (select median(annual_compensation) {HIRES})"
AFTER_ELIGIBILITY = (
    "effective_date - (select eligibility_date from fct_workforce_snapshot as person"
    " where person.employee_id = fct_yearly_events.employee_id)"
)
STREAMS = {
    "termination": f"select employee_id {CENSUS_EXITS}",
    "termination_date": f"select employee_id, termination_date {CENSUS_EXITS}",
    "termination_reason": f"select employee_id, termination_reason {CENSUS_EXITS} and age < 55",
    "exit_cause": f"select employee_id, termination_reason = 'retirement' {CENSUS_EXITS} and age >= 55",
    "hire_date": f"select employee_id, hire_date {HIRES}",
    "hire_age": f"select employee_id, date_diff('year', birth_date, hire_date) // 2 {HIRES}",
    "birthday": f"select employee_id, dayofyear(birth_date) {HIRES}",
    "hire_pay_radius": f"select employee_id, annual_compensation {HIRES}",
    "hire_pay_angle": f"select employee_id, {PAID_ABOVE_THE_MIDDLE} {HIRES}",
    "eligibility_exclusion": f"select employee_id, eligibility_date is null {HIRES} inner join int_plan_state_of_year"
    " using (person_key)",
    "raise_month": "select employee_id, effective_date from int_merit_events"
    " inner join int_opening_workforce using (person_key)",
    "promotion": f"select employee_id {PROMOTED}",
    "promotion_raise": f"select employee_id, round(compensation_after / compensation_before, 6) {PROMOTED}",
    "voluntary_enrollment": f"select employee_id {VOLUNTARY}",
    "voluntary_enrollment_date": f"select employee_id, {AFTER_ELIGIBILITY} {VOLUNTARY}",
    "conversion": f"select employee_id {CONVERTED}",
    "conversion_date": f"select employee_id, effective_date {CONVERTED}",
    "deferral_change": f"select employee_id, event_category {CHANGED}",
    "deferral_change_date": f"select employee_id, effective_date {CHANGED}",
    "deferral_change_points": f"select employee_id, deferral_rate_after - deferral_rate_before {RAISED}",
    "match_response": f"select employee_id {ANSWERED}",
    "match_response_date": f"select employee_id, effective_date {ANSWERED}",
    "match_magnet": f"select employee_id, deferral_rate_after {VOLUNTARY}",
    "elected_rate": f"select employee_id, deferral_rate_after > 0.1 {VOLUNTARY}",
    "opt_out": f"select employee_id {OPTED_OUT}",
    "opt_out_date": f"select employee_id, effective_date {OPTED_OUT}",
}
"""What each stream decides, looked at where little else decides it: a person, and perhaps what the person drew."""

FOLLOWED = [
    {"parameter": "move_up", "income_segment": segment, "value": 0.6}
    for segment in ("low", "moderate", "high", "executive")
]
"""Many people answer a raised match, so that two seeds have enough of them in common."""

OTHER_SETTINGS = {"promotion_raise_radius", "promotion_raise_angle", "hire_colleague"}
"""Streams of raises with a normal distribution and of groups; ``test_draws`` sees that their SQL has the seed."""


@pytest.fixture(scope="module")
def seeds(engine: Engine, folder: Path, census: Path) -> tuple[Path, Path]:
    """The same settings with two seeds; workforce changes are large, so that both have much in common."""
    databases = []
    for seed in (1, 2):
        settings = settings_with(
            simulation__end_year=2025, simulation__random_seed=seed,
            workforce__total_termination_rate=0.5, workforce__target_growth_rate=0.5,
            compensation__promotion__promotion_rate_multiplier=10,
            plan__eligibility__new_hire_ineligible_rate=0.3,
            plan__enrollment__opt_out_rate_multiplier=8, plan__enrollment__conversion_rate_multiplier=8,
            plan__enrollment__auto_enrollment__window_days=20,
            plan__behavior={"known_plan": {"match_ceiling": 0.03}, "deferral_change_multiplier": 3},
            assumptions__overrides={"match_response": FOLLOWED},
        )  # fmt: skip
        databases.append(engine.simulate(settings, census, folder / f"seed{seed}"))
    return databases[0], databases[1]


class TestSeed:
    """Another seed changes every stream."""

    def test_every_stream_is_looked_at(self) -> None:
        text = "\n".join(path.read_text(encoding="utf-8") for path in dbt_project_dir().rglob("*.sql"))
        found = set(re.findall(r"[^_]draw\('(\w+)'", text))
        found |= {name + part for name in re.findall(r"normal_draw\('(\w+)'", text) for part in ("_radius", "_angle")}
        assert found == set(STREAMS) | OTHER_SETTINGS

    @pytest.mark.parametrize("stream", STREAMS)
    def test_another_seed_changes_the_stream(self, seeds: tuple[Path, Path], stream: str) -> None:
        first, second = ({tuple(row.values()) for row in rows_of(db, STREAMS[stream])} for db in seeds)
        assert len(first) > 5 and len(second) > 5
        common = {row[0] for row in first} & {row[0] for row in second}
        width = len(next(iter(first)))
        if width == 1:
            assert first != second
        else:
            # What a person draws, for those whom both seeds let draw at all.
            assert len(common) > 5
            assert {row for row in first if row[0] in common} != {row for row in second if row[0] in common}

    def test_who_leaves_by_two_seeds_overlaps_as_chance_would_have_it(self, seeds: tuple[Path, Path]) -> None:
        first, second = ({row["employee_id"] for row in rows_of(db, STREAMS["termination"])} for db in seeds)
        assert len(first) == len(second) == 175
        # Half of 350 people leave: half of them would do so with the other seed too, and more where hazards are high.
        assert 80 <= len(first & second) <= 130


class TestHazards:
    """Law 11: the multipliers decide who leaves."""

    def exits(self, engine: Engine, census: Path, folder: Path, overrides: dict[str, Any]) -> dict[str, int]:
        settings = settings_with(
            simulation__end_year=2025, workforce__total_termination_rate=0.2, assumptions__overrides=overrides
        )
        database = engine.simulate(settings, census, folder)
        rows = rows_of(
            database,
            "select bands.age_band as band, count(leavers.person_key) as exits from int_opening_workforce as opening"
            " inner join age_bands as bands on opening_age >= min_age and opening_age < max_age"
            " left join int_termination_events as leavers using (person_key) group by 1 order by 1",
        )
        return {row["band"]: row["exits"] for row in rows}

    def test_a_doubled_exit_multiplier_raises_that_band_and_lowers_the_others(
        self, engine: Engine, folder: Path, tmp_path: Path
    ) -> None:
        census = census_of(folder, 1_000, 2025)
        before = self.exits(engine, census, tmp_path / "before", {})
        after = self.exits(
            engine, census, tmp_path / "after", {"age_bands": [{"age_band": "35-44", "exit_multiplier": 2.0}]}
        )
        assert sum(before.values()) == sum(after.values()) == 200
        assert after["35-44"] > 1.3 * before["35-44"]
        others = [band for band in before if band != "35-44"]
        # Draws are shared, so nobody else leaves who stayed before.
        assert all(after[band] <= before[band] for band in others)
        assert sum(after[band] < before[band] for band in others) >= 4


def test_the_published_headcount_example(engine: Engine, folder: Path, tmp_path: Path) -> None:
    settings = settings_with(
        simulation__end_year=2025, workforce__target_growth_rate=0.03, workforce__total_termination_rate=0.12,
        workforce__new_hire_termination_rate=0.25,
    )  # fmt: skip
    database = engine.simulate(settings, census_of(folder, 1_000, 2025), tmp_path)
    counts = (
        "opening_headcount", "target_headcount", "experienced_exits", "hires", "new_hire_exits", "closing_headcount"
    )  # fmt: skip
    assert rows_of(database, f"select {', '.join(counts)} from fct_yearly_summary") == [
        dict(zip(counts, (1000, 1030, 120, 173, 23, 1030), strict=True))
    ]
