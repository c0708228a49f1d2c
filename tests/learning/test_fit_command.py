"""`planalign fit`: the folder it leaves can be simulated with, tells everything it used, and nothing about persons."""

from __future__ import annotations

import csv
import datetime as dt
import errno
import json
import shutil
from pathlib import Path

import pytest

from planalign_orchestrator.config.assumptions import effective_assumptions
from planalign_orchestrator.config.loading import load_settings
from planalign_orchestrator.resources import dbt_project_dir
from tests.learning import histories
from tests.operations import observing
from tests.security.conftest import Said, say

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> histories.Past:
    return histories.make(tmp_path_factory.mktemp("past"), people=150, files=3, seed=3)


@pytest.fixture(scope="module")
def fitted(past: histories.Past, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fitted")
    said = say("fit", *reversed(past.files), "--output", folder)
    assert said.code == 0, said.everything
    assert "fitted.yaml" in said.out and "Exits in all" in said.out
    return folder


def record_of(folder: Path) -> dict[str, object]:
    return dict(json.loads((folder / "experience.json").read_text(encoding="utf-8")))


def test_the_scenario_uses_the_tables_beside_it(fitted: Path) -> None:
    loaded = load_settings(config_file=None, scenario_file=fitted / "fitted.yaml", environ={}, flags={})
    tables = effective_assumptions(loaded.settings, dbt_project_dir() / "seeds")
    assert Path(tables["age_bands"].source).parent == fitted.resolve()
    assert loaded.settings.simulation.start_year == 2022
    bundled = effective_assumptions(
        load_settings(config_file=None, scenario_file=None, environ={}, flags={}).settings, dbt_project_dir() / "seeds"
    )
    changed = {name for name in tables if tables[name].rows != bundled[name].rows}
    assert {"age_bands", "tenure_bands", "levels", "retirement_rates", "new_hire_ages"} == changed


def test_the_scenario_keeps_the_employers_own_tables(past: histories.Past, tmp_path: Path) -> None:
    seeds, folder, config = dbt_project_dir() / "seeds", tmp_path / "fitted", tmp_path / "config.yaml"
    own = (seeds / "vesting_schedules.csv").read_text(encoding="utf-8").replace("cliff_2,2,1", "cliff_2,1,1")
    (tmp_path / "vesting_schedules.csv").write_text(own, encoding="utf-8")
    rows = "{levels: [{level_id: 1, merit_rate: 0.09}], irs_limits: [{limit_year: 2025, catch_up_limit: 7000}]}"
    config.write_text(f"assumptions: {{directory: ., overrides: {rows}}}", encoding="utf-8")
    assert say("fit", *past.files, "--config", config, "--output", folder).code == 0
    before, after = (
        effective_assumptions(load_settings(config_file=config, scenario_file=scenario).settings, seeds)
        for scenario in (None, folder / "fitted.yaml")
    )
    for name in ("vesting_schedules", "irs_limits"):
        assert after[name].rows == before[name].rows, name
    rates = record_of(folder)["rates"]
    [raised] = [r["fitted"] for r in rates if (r["topic"], r["name"]) == ("Yearly raise by level", "1")]  # type: ignore[attr-defined]
    cost_of_living = 0.003  # is in the raise, and not in the table
    assert float(after["levels"].column("merit_rate")[0]) == pytest.approx(raised - cost_of_living, abs=1e-6)


def test_a_table_at_an_address_that_would_replace_a_fitted_one_is_refused(past: histories.Past, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("assumptions: {tables: {levels: https://example.com/levels.csv}}", encoding="utf-8")
    said = wrong(*past.files, "--config", config, "--output", tmp_path / "x")
    assert said.code == 2 and "assumptions.tables: levels" in said.err and "assumptions.directory" in said.err


def test_files_are_put_in_order_and_named_with_their_hash(fitted: Path, past: histories.Past) -> None:
    days = [one["day"] for one in record_of(fitted)["files"]]  # type: ignore[attr-defined]
    assert days == ["2019-12-31", "2020-12-31", "2021-12-31"]


def test_nothing_is_about_persons(fitted: Path, past: histories.Past) -> None:
    with past.files[-1].open(encoding="utf-8") as file:
        people = list(csv.DictReader(file))
    written = "".join(path.read_text(encoding="utf-8") for path in fitted.iterdir())
    shown = [one for one in people if one["employee_id"] in written or one["annual_compensation"] in written]
    assert shown == []


def test_few_people_are_told_and_not_used(fitted: Path) -> None:
    rates = record_of(fitted)["rates"]
    few = [rate for rate in rates if rate["people"] < 5]  # type: ignore[attr-defined]
    assert few
    for rate in few:
        assert "fewer than 5 people" in rate["note"] and rate["actual"] is rate["events"] is rate["interval"] is None
    assert "fewer than 5 people" in (fitted / "experience.html").read_text(encoding="utf-8")


def test_the_same_files_give_the_same_bytes(fitted: Path, past: histories.Past, tmp_path: Path) -> None:
    assert say("fit", *past.files, "--output", tmp_path / "again", "--json").code == 0
    names = {path.name for path in fitted.iterdir()}
    assert {path.name for path in (tmp_path / "again").iterdir()} == names
    assert all((tmp_path / "again" / name).read_bytes() == (fitted / name).read_bytes() for name in names)


def test_one_file_gives_hires_bands_and_participation(past: histories.Past, tmp_path: Path) -> None:
    said = say("fit", past.files[-1], "--output", tmp_path, "--json")
    assert said.code == 0, said.everything
    found = {rate["topic"] for rate in json.loads(said.out)["rates"]}
    assert "Hires by age" in found and "Exits in all" not in found


def wrong(*arguments: str | Path) -> Said:
    said = say("fit", *arguments)
    assert said.code, said.out
    return said


def test_two_files_of_one_day_are_refused(past: histories.Past, tmp_path: Path) -> None:
    said = wrong(past.files[0], past.files[0], "--output", tmp_path / "x")
    assert said.code == 3 and "2019-12-31" in said.err and "--as-of" in said.err


def test_days_are_as_many_as_files(past: histories.Past, tmp_path: Path) -> None:
    said = wrong(*past.files, "--as-of", dt.date(2019, 12, 31).isoformat(), "--output", tmp_path / "x")
    assert said.code == 2 and "--as-of: 1 for 3 files" in said.err


def test_a_bad_row_is_named_and_listed_in_the_folder(past: histories.Past, tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    lines = past.files[0].read_text(encoding="utf-8").splitlines()
    broken.write_text("\n".join([*lines, "E99999,1980-01-01,1979-01-01,50000,1,"]), encoding="utf-8")
    said = wrong(broken, past.files[1], "--output", tmp_path / "x")
    assert said.code == 3 and f"row {len(lines) + 1}" in said.everything.lower()
    assert (tmp_path / "x" / "rejects" / "1_broken_rejects.csv").exists()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name", ["vesting_schedules.csv", "levels.csv", "fitted.yaml"])
def test_a_folder_with_files_of_the_users_own_is_refused(past: histories.Past, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine", encoding="utf-8")
    (tmp_path / "experience.json").write_text("{", encoding="utf-8")
    before = contents(tmp_path)
    said = wrong(*past.files, "--output", tmp_path)
    assert said.code == 2 and f"no fit has written: {name}" in said.err and "--output" in said.err
    assert contents(tmp_path) == before


def test_a_fit_replaces_an_earlier_one_and_nothing_else(past: histories.Past, fitted: Path, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    shutil.copytree(fitted, folder)
    record = record_of(folder)
    record["tables"] = [*record["tables"], "irs_limits", "../mine"]  # type: ignore[misc]
    (folder / "experience.json").write_text(json.dumps(record), encoding="utf-8")
    for path in (folder / "irs_limits.csv", folder / "notes.csv", tmp_path / "mine.csv"):
        path.touch()
    assert say("fit", *past.files, "--output", folder).code == 0
    assert contents(folder) == {**contents(fitted), "notes.csv": b""} and (tmp_path / "mine.csv").exists()


def test_the_scenario_is_there_only_with_all_that_it_uses(past: histories.Past, fitted: Path, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    shutil.copytree(fitted, folder)

    def fail(operation: str, name: str) -> None:
        if operation == "write" and "levels.csv" in name:
            raise OSError(errno.ENOSPC, "No space left")

    with observing(fail):
        said = wrong(*past.files, "--output", folder)
    assert said.code == 5 and "and repeat the command." in said.err and "checkpoint" not in said.err
    assert not (folder / "fitted.yaml").exists()
    assert say("fit", *past.files, "--output", folder).code == 0
    assert contents(folder) == contents(fitted)


def test_files_of_one_name_are_told_apart(past: histories.Past, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("census: {on_bad_rows: drop}\n", encoding="utf-8")
    copies = [tmp_path / f"{year}" / "census.csv" for year in (2021, 2019, 2020)]
    for copied, file in zip(copies, (past.files[2], past.files[0], past.files[1]), strict=True):
        copied.parent.mkdir()
        text = file.read_text(encoding="utf-8")
        copied.write_text(f"{text.rstrip()}\nE99999,1980-01-01,1979-01-01,50000,1,\n", encoding="utf-8")
    said = say("fit", *reversed(copies), "--config", config, "--output", tmp_path / "x")
    assert said.code == 0, said.everything
    then = f"then: planalign run --census {copies[0]} --config {config} --scenario {tmp_path / 'x' / 'fitted.yaml'}"
    assert then in said.out
    rejects = sorted(path.name for path in (tmp_path / "x" / "rejects").iterdir())
    assert rejects == [f"{number}_census_rejects.csv" for number in (1, 2, 3)]
