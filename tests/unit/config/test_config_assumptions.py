"""Assumption tables: bundled, replaced, changed row by row, and checked before anything runs."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import pytest

from planalign_orchestrator.config.assumptions import (
    AssumptionTable,
    assumption_fingerprints,
    effective_assumptions,
)
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.resources import dbt_project_dir
from tests.unit.config.settings_files import Write, load

SEEDS = dbt_project_dir() / "seeds"
TABLES = sorted(path.stem for path in SEEDS.glob("*.csv"))

Overrides = dict[str, list[dict[str, Any]]]


def with_overrides(overrides: Overrides, **flags: object) -> Settings:
    return load(flags={"assumptions.overrides": overrides, **flags}).settings


def tables(overrides: Overrides | None = None, **flags: object) -> dict[str, AssumptionTable]:
    return effective_assumptions(with_overrides(overrides or {}, **flags), SEEDS)


def cell(table: AssumptionTable, key: str, column: str) -> str:
    (row,) = [row for row in table.rows if row[0] == key]
    return row[table.columns.index(column)]


def faults(overrides: Overrides | None = None, **flags: object) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        tables(overrides, **flags)
    lines = caught.value.message.splitlines()
    return [line.strip() for line in lines[1:]] if len(lines) > 1 else lines


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of replacements, empty."""
    path = tmp_path / "tables"
    path.mkdir()
    return path


def test_without_changes_the_tables_are_the_bundled_ones() -> None:
    found = tables()

    assert sorted(found) == TABLES
    assert {table.source for table in found.values()} == {"bundled"}
    for name, table in found.items():
        with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert [table.columns, *table.rows] == [tuple(row) for row in csv.reader(file)]


def test_every_bundled_table_declares_a_key() -> None:
    from planalign_orchestrator.config.assumption_files import table_forms

    forms = table_forms(SEEDS)

    assert sorted(forms) == TABLES
    assert all(form.key and set(form.key) < set(form.columns) for form in forms.values())


def test_an_override_changes_the_named_cells_of_the_named_row() -> None:
    before, after = tables(), tables({"levels": [{"level_id": 2, "merit_rate": 0.045}]})

    assert cell(after["levels"], "2", "merit_rate") == "0.045"
    assert cell(after["levels"], "2", "market_factor") == cell(before["levels"], "2", "market_factor")
    changed = [(old, new) for old, new in zip(before["levels"].rows, after["levels"].rows, strict=True) if old != new]
    assert len(changed) == 1
    assert after["levels"].source == "bundled, 1 row changed by assumptions.overrides.levels"
    assert after["age_bands"] == before["age_bands"]


@pytest.mark.parametrize("key", [2, "2", 2.0])
def test_a_key_is_found_however_it_is_written(key: object) -> None:
    assert cell(tables({"levels": [{"level_id": key, "market_factor": 2}]})["levels"], "2", "market_factor") == "2"


def test_a_key_of_several_columns_says_which_row() -> None:
    change = {"income_segment": "low", "age_segment": "senior", "deferral_rate": 0.07}
    rows = tables({"elected_deferral_rates": [change]})["elected_deferral_rates"].rows

    assert ("low", "senior", "0.07") in rows
    assert ("low", "mature", "0.05") in rows


def test_a_row_with_a_new_key_is_added_when_it_is_complete() -> None:
    rows = tables({"new_hire_ages": [{"age": 60, "weight": 0.01}]})["new_hire_ages"].rows

    assert rows[-1] == ("60", "0.01")


def test_a_table_of_the_folder_replaces_the_bundled_one_and_can_be_changed_on(folder: Path) -> None:
    (folder / "raise_months.csv").write_text("weight,month\r\n1,1\r\n3,7\r\n", encoding="utf-8-sig")

    found = tables({"raise_months": [{"month": 7, "weight": 2}]}, **{"assumptions.directory": str(folder)})

    assert found["raise_months"].columns == ("month", "weight")
    assert found["raise_months"].rows == (("1", "1"), ("7", "2"))
    assert found["raise_months"].source.startswith((folder / "raise_months.csv").as_posix())


@pytest.mark.parametrize(
    ("overrides", "fault"),
    [
        ({"levls": []}, "overrides.levls is not an assumption table; did you mean levels?"),
        (
            {"levels": [{"level_id": 1, "merit": 0.1}]},
            "levels[0] has merit, which levels does not know; did you mean merit_rate?",
        ),
        ({"levels": [{"merit_rate": 0.1}]}, "levels[0] lacks level_id, which says what row is meant"),
        ({"levels": [{"level_id": 1}]}, "levels[0] changes nothing; give one of level_name, min_pay, "),
        (
            {"age_bands": [{"age_band": "25-35", "exit_multiplier": 1}]},
            "age_bands[0] means age_band 25-35, which age_bands does not have; did you mean 25-34? A new row",
        ),
        ({"levels": [{"level_id": 1, "merit_rate": "4%"}]}, "levels[0] has '4%' in merit_rate, which takes a number"),
        ({"levels": [{"level_id": 1, "merit_rate": True}]}, "levels[0] has 'True' in merit_rate, which takes a number"),
        ({"levels": [{"level_id": 1, "merit_rate": None}]}, "levels[0] has no value in merit_rate"),
        (
            {"levels": [{"level_id": 1, "merit_rate": 0.1}, {"level_id": 1, "merit_rate": 0.2}]},
            "levels[1] changes the same row as element 0",
        ),
    ],
)
def test_an_override_that_cannot_be_meant_is_refused(overrides: Overrides, fault: str) -> None:
    (told,) = faults(overrides)

    assert fault in told


@pytest.mark.parametrize(
    ("overrides", "fault"),
    [
        (
            {"age_bands": [{"age_band": "<25", "max_age": 24}]},
            "age_bands: there is a gap between <25, which ends at 24, and 25-34, which starts at 25",
        ),
        (
            {"levels": [{"level_id": 1, "level_name": "=1+1"}]},
            "levels: '=1+1' starts like a formula; begin the name with a letter, a digit or <",
        ),
        (
            {"tenure_bands": [{"tenure_band": "2-4", "max_years": 6}]},
            "tenure_bands: there is an overlap between 2-4, which ends at 6, and 5-9, which starts at 5",
        ),
        (
            {"age_bands": [{"age_band": "<25", "min_age": 1}]},
            "age_bands: the first band starts at 1; it must start at 0",
        ),
        ({"age_bands": [{"age_band": "65+", "max_age": 70}]}, "age_bands: the last band ends at 70; it must reach 201"),
        (
            {"age_bands": [{"age_band": "65+", "max_age": 200}]},
            "age_bands: the last band ends at 200; it must reach 201",
        ),
        (
            {"participation_by_income": [{"income_segment": "executive", "max_pay": 999_999_999_999}]},
            "participation_by_income: the last band ends at 999999999999; it must reach 1000000000000",
        ),
        ({"levels": [{"level_id": 5, "max_pay": 200000}]}, "levels: the band 5 from 275000 to 200000 is empty"),
        ({"levels": [{"level_id": 1, "merit_rate": 0.6}]}, "levels: merit_rate is 0.6; it must be between 0 and 0.5"),
        (
            {"levels": [{"level_id": 1, "market_factor": 0}]},
            "levels: market_factor is 0; it must be above 0 and at most",
        ),
        ({"raise_months": [{"month": 13, "weight": 1}]}, "raise_months: month is 13; it must be between 1 and 12"),
        ({"raise_months": [{"month": 1, "weight": -1}]}, "raise_months: weight is -1; a weight is not negative"),
        (
            {"new_hire_ages": [{"age": age, "weight": 0} for age in (22, 25, 28, 32, 35, 40, 45, 50)]},
            "new_hire_ages: every weight is 0; at least one must be positive",
        ),
        (
            {
                "age_bands": [
                    {"age_band": b, "exit_multiplier": 0} for b in ("<25", "25-34", "35-44", "45-54", "55-64", "65+")
                ]
            },
            "age_bands: every exit_multiplier is 0, so nobody could be drawn",
        ),
        (
            {"participation_by_age": [{"age_segment": "young", "opt_out_rate": 1.1}]},
            "participation_by_age: opt_out_rate is 1.1; it must be between 0 and 1",
        ),
        (
            {"elected_deferral_rates": [{"income_segment": "low", "age_segment": "young", "deferral_rate": 0}]},
            "elected_deferral_rates: deferral_rate is 0; it must be above 0 and at most 0.75",
        ),
        (
            {"elected_rate_tails": [{"income_segment": "low", "deferral_rate": 0.2, "share": 0.95}]},
            "elected_rate_tails: the shares of low add up to 1.02; they must not exceed 1",
        ),
        (
            {"elected_rate_tails": [{"income_segment": "lowest", "deferral_rate": 0.2, "share": 0.1}]},
            "elected_rate_tails: lowest is not among the participation segments",
        ),
        (
            {"vesting_schedules": [{"schedule": "graded_3", "years_of_service": 2, "vested_percentage": 0.1}]},
            "vesting_schedules: graded_3 falls with service; a vested share never falls",
        ),
        (
            {"vesting_schedules": [{"schedule": "cliff_2", "years_of_service": 2, "vested_percentage": 0.9}]},
            "vesting_schedules: cliff_2 ends at 0.9; it must reach 1",
        ),
        (
            {"vesting_schedules": [{"schedule": "mine", "years_of_service": 1, "vested_percentage": 1}]},
            "vesting_schedules: mine starts at 1 years; its first step is at 0",
        ),
    ],
)
def test_a_rule_that_does_not_hold_is_told_with_the_table(overrides: Overrides, fault: str) -> None:
    assert any(fault in told for told in faults(overrides))


def test_rules_between_tables_and_settings(folder: Path) -> None:
    (folder / "irs_limits.csv").write_text(
        "\n".join(
            line
            for line in (SEEDS / "irs_limits.csv").read_text(encoding="utf-8").splitlines()
            if not line[:4] < "2025"
        ),
        encoding="utf-8",
    )
    (folder / "elected_deferral_rates.csv").write_text(
        "income_segment,age_segment,deferral_rate\nlow,young,0.03\nlow,baby,0.03\n", encoding="utf-8"
    )
    told = faults(
        None,
        **{
            "assumptions.directory": str(folder),
            "workforce.new_hires.level_mix": {1: 0.5, 9: 0.5},
            "compensation.promotion.raise_mean_by_level": {7: 0.1},
        },
    )

    assert any("irs_limits starts at 2025; who is highly compensated in 2025 depends on 2024" in line for line in told)
    assert any("there is no row for executive mature" in line for line in told)
    assert any("low baby is not among the participation segments" in line for line in told)
    assert any("level_mix: there is no level 9; levels has 1 to 5" in line for line in told)
    assert any("raise_mean_by_level: there is no level 7; levels has 1 to 5" in line for line in told)


def test_a_schedule_in_use_must_have_rows(folder: Path) -> None:
    (folder / "vesting_schedules.csv").write_text(
        "schedule,years_of_service,vested_percentage\nimmediate,0,1\n", encoding="utf-8"
    )

    told = faults(None, **{"assumptions.directory": str(folder), "plan.vesting.core_schedule": "immediate"})

    assert told == [
        "plan.vesting.match_schedule: plan.vesting.match_schedule: vesting_schedules has no rows for graded_2_6"
    ]


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("raise_month.csv", "month,weight\n1,1\n", "is not an assumption table; did you mean raise_months?"),
        (
            "raise_months.csv",
            "month,wheight\n1,1\n",
            ":1: the header must be month,weight: 'wheight' is unknown (did you",
        ),
        ("raise_months.csv", "month;weight\n1;1\n", ":1: the header must be month,weight: 'month;weight' is unknown"),
        (
            "raise_months.csv",
            "month,weight,weight\n1,1,1\n",
            ":1: the header must be month,weight: a column stands there tw",
        ),
        ("raise_months.csv", "", ":1: the header must be month,weight: month, weight is missing"),
        ("raise_months.csv", "month,weight\n", "has no rows"),
        ("raise_months.csv", "month,weight\n1,1\n1.5,1\n", ":3: has '1.5' in month, which takes a whole number"),
        ("raise_months.csv", "month,weight\n1,x\n", ":2: has 'x' in weight, which takes a number"),
        ("raise_months.csv", "month,weight\n1,nan\n", ":2: has 'nan' in weight, which takes a number"),
        ("raise_months.csv", "month,weight\n1,1\n01,1\n", ":3: is the same month as line 2"),
        ("raise_months.csv", "month,weight\n1,1,1\n2,1\n", ":2: has 3 cells, the header has 2"),
        ("raise_months.csv", "month,weight\n1,\n2,1\n", ":2: has no value in weight"),
    ],
)
def test_a_faulty_replacement_is_told_with_file_and_line(folder: Path, name: str, text: str, fault: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")

    (told,) = faults(None, **{"assumptions.directory": str(folder)})

    assert told.startswith((folder / name).as_posix())
    assert fault in told


def test_faults_of_several_tables_come_at_once(folder: Path) -> None:
    (folder / "raise_months.csv").write_text("month\n1\n", encoding="utf-8")
    (folder / "new_hire_ages.csv").write_text("age,weight\nx,1\n", encoding="utf-8")

    told = faults({"levels": [{"level_id": 1, "merit_rate": 0.6}], "age": []}, **{"assumptions.directory": str(folder)})

    assert len(told) == 4


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    (told,) = faults(None, **{"assumptions.directory": str(tmp_path / "nothing")})

    assert told.endswith("is not a folder")


def test_faults_name_the_line_of_the_configuration(write: Write) -> None:
    config = write(
        "c.yaml",
        """\
        assumptions:
          overrides:
            age_bands:
              - {age_band: "<25", exit_multiplier: 2}
              - {age_band: "<25", exit_multiplier: 3}
            levels:
              - {level_id: 1, merit_rate: 0.6}
        """,
    )
    effective = load(config)

    with pytest.raises(ConfigurationError) as caught:
        effective_assumptions(effective.settings, SEEDS, where=effective.where)

    assert [line.strip() for line in caught.value.message.splitlines()[1:]] == [
        "c.yaml:5: assumptions.overrides.age_bands[1] changes the same row as element 0",
        "c.yaml:6: levels: merit_rate is 0.6; it must be between 0 and 0.5",
    ]


def test_the_fingerprint_follows_the_content_alone(folder: Path) -> None:
    bundled = assumption_fingerprints(tables())
    lines = (SEEDS / "levels.csv").read_text(encoding="utf-8").splitlines()
    (folder / "levels.csv").write_text(
        "\n".join([lines[0], *reversed(lines[1:])]).replace("0.035", "0.0350"), encoding="utf-8"
    )

    copied = assumption_fingerprints(tables(None, **{"assumptions.directory": str(folder)}))
    changed = assumption_fingerprints(tables({"levels": [{"level_id": 1, "merit_rate": 0.0351}]}))

    assert copied == bundled
    assert {name for name in bundled if changed[name] != bundled[name]} == {"levels"}


def test_another_table_folder_is_read_whatever_its_name(tmp_path: Path) -> None:
    copy = shutil.copytree(SEEDS, tmp_path / "my seeds (2)")

    assert effective_assumptions(Settings(), copy) == tables()
