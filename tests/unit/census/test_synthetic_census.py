"""Made-up people: the same on any machine, plausible, with faults where they were planted."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import get_args

import duckdb
import pytest
from census_files import AS_OF, canonical, read, write_excel

from planalign_orchestrator.census.describe import describe_census
from planalign_orchestrator.census.synthetic import ShapeName, generate_census, planted_kinds
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.tables import table
from planalign_orchestrator.warehouse import fetch_dicts

GOLDEN = "a8769b1f5ef13e7df361556322250edf2ee8e106386e72d066ea6f21d6d3e84a"
BUNDLED = Path(__file__).parents[3] / "config" / "census" / "bundled_census.csv"


def generated(path: Path, employees: int = 500, shape: ShapeName = "balanced", seed: int = 7, faults: int = 0) -> Path:
    made = path.with_suffix(".parquet") if path.suffix == ".xlsx" else path
    generate_census(made, employees=employees, seed=seed, as_of=AS_OF, shape=shape, faults=faults)
    if made != path:
        with duckdb.connect() as connection:
            write_excel(path, fetch_dicts(connection, f"from '{made}'"))
    return path


def test_the_bundled_census_is_made_again_byte_for_byte(tmp_path: Path) -> None:
    made = generated(tmp_path / "census.csv", employees=5000, seed=2025)
    assert made.read_bytes() == BUNDLED.read_bytes()


def test_the_bundled_census_needs_no_parsing(tmp_path: Path) -> None:
    intake = read(_copied(BUNDLED, tmp_path))
    assert (intake.rows_kept, intake.faults, intake.notes, intake.ignored_columns) == (5000, (), (), ())
    names = list(intake.columns)
    assert list(intake.columns.values()) == names
    with duckdb.connect() as connection:
        types = {name: kind for name, kind, *_ in connection.execute(
            f"DESCRIBE SELECT * FROM read_parquet('{intake.output}')").fetchall()}  # fmt: skip
        casts = ", ".join(f"{name}::{types[name]}" for name in names)
        differing = connection.execute(
            f"SELECT {casts} FROM read_csv('{BUNDLED}', all_varchar = true) EXCEPT ALL "
            f"SELECT {', '.join(names)} FROM read_parquet('{intake.output}')"
        ).fetchall()
    assert differing == []


def _copied(path: Path, folder: Path) -> Path:
    copy = folder / path.name
    copy.write_bytes(path.read_bytes())
    return copy


def test_golden_people(tmp_path: Path) -> None:
    content = generated(tmp_path / "census.csv", employees=50, shape="highly_paid", seed=1).read_bytes()
    assert hashlib.sha256(content).hexdigest() == GOLDEN


def test_another_seed_gives_other_people(tmp_path: Path) -> None:
    assert generated(tmp_path / "a.csv").read_bytes() == generated(tmp_path / "b.csv").read_bytes()
    assert generated(tmp_path / "a.csv").read_bytes() != generated(tmp_path / "c.csv", seed=8).read_bytes()


def test_a_larger_census_begins_with_the_smaller_one(tmp_path: Path) -> None:
    small, large = generated(tmp_path / "s.csv", 50).read_bytes(), generated(tmp_path / "l.csv", 60).read_bytes()
    assert large.startswith(small)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["csv", "parquet", "xlsx"])
def test_formats_hold_the_same_people(tmp_path: Path, suffix: str) -> None:
    folder = tmp_path / suffix
    folder.mkdir()
    first = read(generated(tmp_path / "people.csv", 120)).output.read_bytes()
    assert read(generated(folder / f"people.{suffix}", 120)).output.read_bytes() == first


@pytest.mark.slow
@pytest.mark.parametrize("shape", get_args(ShapeName))
def test_people_of_every_shape_pass_the_intake_without_a_word(tmp_path: Path, shape: ShapeName) -> None:
    intake = read(generated(tmp_path / "people.csv", 4000, shape))
    assert (intake.rows_kept, intake.faults, intake.notes) == (4000, (), ())
    described = describe_census(intake.output, AS_OF)
    assert described["employed"] == 4000
    levels = {group["name"]: group for group in described["groups"]["job level"]}
    up_to = 0.0
    for step in table("planalign_orchestrator.census", "shapes")[shape]["level"].split(", "):
        share, level = step.split(": ")
        assert levels[level]["people"] / 4000 == pytest.approx(float(share) - up_to, abs=0.025)
        up_to = float(share)
    pay = [levels[str(level)]["mean_pay"] for level in range(1, 6)]
    assert pay == sorted(pay)


@pytest.mark.slow
def test_balanced_people_are_plausible(tmp_path: Path) -> None:
    intake = read(generated(tmp_path / "people.csv", 20_000))
    described = describe_census(intake.output, AS_OF)
    spreads = {spread["measure"]: spread for spread in described["spreads"]}
    assert described["participants"] / 20_000 == pytest.approx(0.70, abs=0.03)
    assert spreads["age"]["mean"] == pytest.approx(41.5, abs=1.5)
    service = spreads["service, years"]
    assert service["quantiles"][3] is not None and service["mean"] is not None
    assert service["quantiles"][3] < 4 < service["mean"] < 6 < (service["quantiles"][-1] or 0)
    assert [group["name"] for group in described["groups"]["service, years"]] == ["<2", "2-4", "5-9", "10-19", "20+"]
    rates = {row["deferral_rate"] for row in canonical(intake.output)}
    assert len(rates) >= 12


def test_balances_grow_with_service_and_pay(tmp_path: Path) -> None:
    path = generated(tmp_path / "people.parquet", 5000)
    with duckdb.connect() as connection:
        found = connection.execute(
            f"""SELECT corr(employer_account_balance::DOUBLE, date_diff('day', hire_date, DATE '2024-12-31')),
                       corr(employer_account_balance::DOUBLE, annual_compensation::DOUBLE)
                FROM read_parquet('{path}') WHERE deferral_rate > 0"""
        ).fetchone()
    assert found is not None and found[0] > 0.6 and found[1] > 0.15


@pytest.mark.slow
def test_shapes_differ_as_their_names_say(tmp_path: Path) -> None:
    described = {
        shape: describe_census(read(generated(tmp_path / "people.csv", 3000, shape)).output, AS_OF)
        for shape in get_args(ShapeName)
    }

    def mean(shape: ShapeName, measure: str) -> float:
        return next(spread["mean"] or 0 for spread in described[shape]["spreads"] if spread["measure"] == measure)

    assert mean("young_retailer", "age") < 33 < 47 < mean("ageing_manufacturer", "age")
    assert mean("high_turnover", "service, years") < 2.5 < 9 < mean("ageing_manufacturer", "service, years")
    assert mean("highly_paid", "annual pay") > 1.3 * mean("balanced", "annual pay")
    assert mean("young_retailer", "weekly hours") < 36


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["csv", "parquet", "xlsx"])
def test_every_planted_fault_is_found_where_it_was_planted(tmp_path: Path, suffix: str) -> None:
    kinds = planted_kinds(AS_OF)
    path = generated(tmp_path / f"people.{suffix}", 40 * len(kinds), faults=2 * len(kinds))
    intake = read(path, on_bad_rows="drop")
    warnings = 2 * sum(name.startswith("warning:") for name in kinds)
    errors = 2 * len(kinds) - warnings
    twins = 2
    assert intake.errors == intake.rows_dropped == errors + twins
    assert intake.warnings == warnings
    assert len({fault.row for fault in intake.faults}) == len(intake.faults)
    for name, cells in kinds.items():
        assert any(fault.column in cells for fault in intake.faults), name


def test_as_many_faults_as_people(tmp_path: Path) -> None:
    intake = read(generated(tmp_path / "people.csv", 64, faults=64), on_bad_rows="drop")
    assert len({fault.row for fault in intake.faults}) == 64


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be written"):
        generated(tmp_path / "people.txt")
    with pytest.raises(ConfigurationError, match="is none"):
        generated(tmp_path / "people.csv", 0)
    with pytest.raises(ConfigurationError, match="do not fit"):
        generated(tmp_path / "people.csv", 10, faults=11)
    with pytest.raises(ConfigurationError, match="no shape"):
        generated(tmp_path / "people.csv", shape="round")  # type: ignore[arg-type]


def test_a_place_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        generated(tmp_path / "file" / "people.csv")
    (tmp_path / "people.csv").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be written"):
        generated(tmp_path / "people.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "people.csv"]


@pytest.mark.slow
def test_nobody_is_hired_after_the_as_of_date_or_before_18(tmp_path: Path) -> None:
    as_of = dt.date(2024, 2, 29)
    generate_census(tmp_path / "people.csv", employees=3000, seed=5, as_of=as_of, shape="young_retailer")
    rows = canonical(read(tmp_path / "people.csv", as_of=as_of).output)
    assert max(row["hire_date"] for row in rows) <= as_of
    assert all((row["hire_date"].year - row["birth_date"].year) >= 18 for row in rows)
