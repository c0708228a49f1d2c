"""Opening a run folder: what it gives, and what it says when there is nothing to give."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from planalign_orchestrator.errors import ResultsError, RunLockedError
from planalign_orchestrator.reports.comparison import differences
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.results import RunResults, made_anew, open_results
from planalign_orchestrator.reports.sections.run_facts import run_facts
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.record import SCHEMA_VERSION, sealed

HOLD_DATABASE = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"


@pytest.fixture
def results(two_years: RunFolder) -> Iterator[RunResults]:
    with open_results(two_years.root) as opened:
        yield opened


@pytest.fixture
def copied(two_years: RunFolder, tmp_path: Path) -> RunFolder:
    shutil.copytree(two_years.root, tmp_path / "run")
    return RunFolder(tmp_path / "run")


def refusal(root: Path) -> str:
    with pytest.raises(ResultsError) as refused, open_results(root):
        pass
    return f"{refused.value.message}\n{refused.value.remedy}"


def change_record(folder: RunFolder, **changes: object) -> None:
    record = json.loads(folder.run_record.read_text(encoding="utf-8"))
    folder.run_record.write_text(json.dumps(sealed({**record, **changes})), encoding="utf-8")


def test_years_and_names_come_from_the_database(results: RunResults) -> None:
    assert results.years == (2025, 2026)
    assert (results.name, results.plan_design, results.period, results.seed) == (
        "baseline", "current_plan", "2025-2026", 42,
    )  # fmt: skip
    assert [row["simulation_year"] for row in results.summary] == [2025, 2026]
    assert results.record["fingerprints"]["versions"]["duckdb"] == "1.5.6"


def test_settings_that_differ_from_the_defaults(results: RunResults) -> None:
    changed = {one["key"]: (one["value"], one["default"]) for one in results.settings if not one["is_default"]}
    assert changed == {
        "simulation.end_year": (2026, 2029),
        "plan.core.type": ("flat", "none"),
        "plan.core.rate": (0.02, 0.03),
    }
    assert results.settings_of(2026)["plan.core.rate"] == 0.02


def test_every_note_of_the_years_is_listed(copied: RunFolder) -> None:
    change_record(copied, notes=["2025: nobody was hired", "2026: nobody left"])
    with open_results(copied.root) as opened:
        rows = run_facts(Marts(opened)).exhibits[0].table.rows
    assert [row.cells[0].text for row in rows if row.label == "Note"] == ["2025: nobody was hired", "2026: nobody left"]


def test_rows_of_a_mart_in_a_fixed_order(results: RunResults) -> None:
    groups = results.rows("fct_plan_by_group")
    keys = [(row["simulation_year"], row["group_type"], row["group_name"]) for row in groups]
    assert keys == sorted(keys)
    assert results.columns("fct_plan_by_group")["payroll"] == "DECIMAL(18,2)"
    with pytest.raises(ResultsError, match="has no table fct_nothing"):
        results.rows("fct_nothing")


def test_streaming_gives_every_row_once_while_other_queries_run(results: RunResults) -> None:
    seen = 0
    for _ in results.stream("select employee_id from fct_workforce_snapshot"):
        seen += results.query("select 1 as one")[0]["one"]
    assert seen == results.query("select count(*) as n from fct_workforce_snapshot")[0]["n"] > 400


def test_nothing_can_be_written(results: RunResults) -> None:
    with pytest.raises(duckdb.InvalidInputException, match="read-only"):
        results.connection.execute("delete from fct_yearly_summary")


def test_warnings_name_census_rows_left_out_and_settings_changed_midway(copied: RunFolder) -> None:
    record = json.loads(copied.run_record.read_text(encoding="utf-8"))
    record["settings_by_year"]["2026"]["plan.core.rate"] = 0.05
    change_record(
        copied,
        warnings=["a warning of the run"],
        data_quality=[
            {"kind": "left out", "text": "3 rows left out.", "column": None, "people": 3, "row": None},
            {"kind": "warning", "text": "is odd.", "column": "Pay", "people": 104, "row": 7},
        ],
        settings_by_year=record["settings_by_year"],
        changes_by_year={"2026": ["setting plan.core.rate: was 0.03, is 0.05"]},
    )
    with open_results(copied.root) as results:
        assert results.warnings == [
            "a warning of the run",
            "census: Pay: is odd. (104 rows, such as row 7)",
            "census: 1 item left out; see data quality",
            "changed from 2026 on: setting plan.core.rate: was 0.03, is 0.05",
        ]
        assert results.settings_of(2026)["plan.core.rate"] == 0.05


def test_a_folder_that_is_not_there_or_holds_no_result(two_years: RunFolder, tmp_path: Path) -> None:
    assert "there is no run folder" in refusal(tmp_path / "nothing")
    assert "planalign run" in refusal(tmp_path)
    assert str(two_years.root) in refusal(two_years.root.parent)


def test_an_unfinished_run_says_how_to_finish_it(copied: RunFolder) -> None:
    copied.work.mkdir(exist_ok=True)
    copied.database.rename(copied.partial_database)
    assert "is not finished" in refusal(copied.root) and "--resume-from-checkpoint" in refusal(copied.root)


def test_the_last_good_result_can_be_read_beside_an_unfinished_run(copied: RunFolder) -> None:
    copied.work.mkdir(exist_ok=True)
    copied.partial_database.touch()
    with open_results(copied.root) as results:
        assert results.years == (2025, 2026)
        assert any("a later run in this folder is not finished" in warning for warning in results.warnings)


@pytest.mark.parametrize(("version", "word"), [(SCHEMA_VERSION - 1, "older"), (SCHEMA_VERSION + 1, "newer")])
def test_another_version_of_the_record_is_refused(copied: RunFolder, version: int, word: str) -> None:
    change_record(copied, schema_version=version)
    assert f"written by a{'n' if word == 'older' else ''} {word} planalign" in refusal(copied.root)


def test_a_record_of_another_run_or_none_is_refused(copied: RunFolder) -> None:
    record = json.loads(copied.run_record.read_text(encoding="utf-8"))
    record["summary"][0]["payroll"] += 1
    change_record(copied, summary=record["summary"])
    assert "of different runs" in refusal(copied.root)
    copied.run_record.write_text("{", encoding="utf-8")
    assert "cannot be read" in refusal(copied.root)
    copied.run_record.unlink()
    assert "no run.json" in refusal(copied.root)


def test_a_database_that_is_not_a_result_is_refused(copied: RunFolder) -> None:
    with duckdb.connect(str(copied.database)) as connection:
        connection.execute("drop table fct_plan_by_group")
    assert "lacks fct_plan_by_group" in refusal(copied.root)
    copied.database.write_bytes(b"not a database" * 1000)
    assert "cannot be read" in refusal(copied.root)


def test_of_two_databases_that_are_read_together_neither_is_blamed_for_the_other(
    two_years: RunFolder, copied: RunFolder
) -> None:
    with duckdb.connect(str(copied.database)) as connection:
        connection.execute("alter table fct_workforce_snapshot alter opening_compensation type varchar")
    with pytest.raises(ResultsError) as refused:
        differences(copied.database, two_years.database, (2025, 2026), made_anew)
    assert f"{copied.database} or {two_years.database} cannot be read" in refused.value.message


def test_a_program_that_writes_to_the_database_is_named_with_its_process(copied: RunFolder) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_DATABASE, str(copied.database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        try:
            assert holder.stdout is not None and holder.stdout.readline() == "open\n"
            with pytest.raises(RunLockedError) as refused, open_results(copied.root):
                pass
        finally:
            holder.communicate("")
    assert re.search(rf"process {holder.pid}\b", refused.value.message)
