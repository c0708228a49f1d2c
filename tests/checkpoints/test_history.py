"""Earlier results are kept whole, and an exchange of results that is cut off anywhere leaves one of two states."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from planalign_orchestrator.errors import CheckpointError, RunLockedError
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.history import mark_reported, publish, reported_run, settle
from planalign_orchestrator.storage import durable
from tests.operations import Observer, observing

PARTS = ("simulation.duckdb", "run.json", "census.parquet", "snapshots/workforce_2025.parquet")


class Killed(BaseException):
    """The end of a process."""


def work_on(folder: RunFolder, run: str) -> None:
    """Leave in ``work`` what a run that has succeeded leaves there."""
    folder.create()
    for name in PARTS:
        durable.make_private_folder((folder.work / name).parent)
        (folder.work / name).write_text(run)


def report(folder: RunFolder, run: str) -> None:
    """Write a report of the result."""
    (folder.reports / "report.html").write_text(run)
    mark_reported(folder, run, [folder.reports / "report.html"])


def result(folder: RunFolder) -> set[str]:
    """The runs of which the parts of a result are; a whole one is of one run."""
    return {(folder.root / name).read_text() for name in PARTS}


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run folder with a result and its report, and a second run that is about to become the result."""
    folder = RunFolder(tmp_path / "run")
    work_on(folder, "first")
    publish(folder, keep=3)
    report(folder, "first")
    work_on(folder, "second")
    return folder


def operations(folder: RunFolder, copy: Path) -> Iterator[tuple[int, str]]:
    """The file operations of publishing, each with its number."""
    shutil.copytree(folder.root, copy)
    seen: list[str] = []
    with observing(lambda operation, name: seen.append(operation)):
        publish(RunFolder(copy), keep=3)
    return enumerate(seen, start=1)


def kill_at(number: int) -> Observer:
    """Ends the process before the file operation of this number."""
    seen = 0

    def count(operation: str, name: str) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            raise Killed

    return count


def test_the_result_before_is_kept_with_its_reports(folder: RunFolder) -> None:
    publish(folder, keep=3)
    (earlier,) = folder.earlier_results()
    assert result(folder) == {"second"} and result(earlier) == {"first"}
    assert (reported_run(folder), reported_run(earlier)) == (None, "first")
    assert (earlier.reports / "report.html").read_text() == "first"
    assert not list(folder.reports.iterdir())
    assert not list(folder.work.iterdir())


def test_killed_at_every_step_the_next_command_sees_one_of_two_states(folder: RunFolder, tmp_path: Path) -> None:
    seen = set()
    for number, operation in operations(folder, tmp_path / "counted"):
        copy = RunFolder(Path(shutil.copytree(folder.root, tmp_path / f"at {number}")))
        with pytest.raises(Killed), observing(kill_at(number)):
            publish(copy, keep=3)
        settle(copy)
        (run,) = result(copy)
        earlier = [result(found) for found in copy.earlier_results()]
        assert earlier == ([] if run == "first" else [{"first"}]), (number, operation)
        assert reported_run(copy) == ("first" if run == "first" else None)
        if run == "first":  # what the run has made is still there, and a resume publishes it
            publish(copy, keep=3)
            assert result(copy) == {"second"}
        seen.add(run)
    assert seen == {"first", "second"}


def test_killed_while_settling_it_settles_later(folder: RunFolder, tmp_path: Path) -> None:
    shutil.copytree(folder.root, tmp_path / "names")
    announced: list[str] = []
    with observing(lambda operation, name: announced.append(operation)):
        publish(RunFolder(tmp_path / "names"), keep=3)
    with pytest.raises(Killed), observing(kill_at(announced.index("rename") + 3)):
        publish(folder, keep=3)
    for number in range(1, 40):
        try:
            with observing(kill_at(number)):
                settle(folder)
        except Killed:
            continue
        break
    assert result(folder) == {"second"} and [result(found) for found in folder.earlier_results()] == [{"first"}]


def test_what_a_comparison_found_of_a_result_goes_where_it_goes(folder: RunFolder) -> None:
    folder.answers.write_text("first")
    publish(folder, keep=3)
    (earlier,) = folder.earlier_results()
    assert earlier.answers.read_text() == "first" and not folder.answers.exists()
    work_on(folder, "third")
    publish(folder, keep=1)
    assert not earlier.root.exists()


@pytest.mark.parametrize("keep", [0, 1, 2])
def test_as_many_earlier_results_stay_as_are_kept(folder: RunFolder, keep: int) -> None:
    for run in ("second", "third", "fourth"):
        work_on(folder, run)
        publish(folder, keep)
        report(folder, run)
    assert [result(found) for found in folder.earlier_results()] == [{"third"}, {"second"}][:keep]
    assert len(list(folder.history.iterdir())) == keep


def test_files_of_others_stay_when_an_earlier_result_goes(folder: RunFolder) -> None:
    (folder.reports / "ours.xlsx").write_text("ours")
    publish(folder, keep=0)
    assert [path.name for path in folder.history.rglob("*.*")] == ["ours.xlsx"]
    assert folder.earlier_results() == []


def test_a_link_among_earlier_results_has_nobody_elses_result_deleted(folder: RunFolder, tmp_path: Path) -> None:
    other = RunFolder(tmp_path / "other")
    work_on(other, "precious")
    publish(other, keep=3)
    folder.history.mkdir(exist_ok=True)
    try:
        (folder.history / "1").symlink_to(other.root, target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no links")
    publish(folder, keep=0)
    assert result(other) == {"precious"} and result(folder) == {"second"}


def test_a_list_of_reports_from_elsewhere_deletes_nothing_outside(folder: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    listed = {"run_id": "first", "files": ["../../../../precious", "../../../run.lock", str(tmp_path / "precious")]}
    (folder.reports / "made_from.json").write_text(json.dumps(listed))
    publish(folder, keep=0)
    assert (tmp_path / "precious").read_text() == "precious"


def test_reports_of_another_run_are_not_taken_for_those_of_this_one(folder: RunFolder) -> None:
    publish(folder, keep=3)
    shutil.copytree(folder.history / "1" / "reports", folder.reports, dirs_exist_ok=True)
    assert reported_run(folder) == "first"


def test_a_list_of_reports_that_cannot_be_read_is_written_anew(folder: RunFolder) -> None:
    (folder.reports / "made_from.json").write_text("[" * 5_000)
    assert reported_run(folder) is None
    mark_reported(folder, "second", [])
    assert reported_run(folder) == "second"


def test_reports_written_later_are_listed_with_those_before(folder: RunFolder) -> None:
    mark_reported(folder, "first", [folder.reports / "tables" / "fct_yearly_summary.csv"])
    assert json.loads((folder.reports / "made_from.json").read_text())["files"] == [
        "report.html",
        "tables/fct_yearly_summary.csv",
    ]


def test_a_damaged_announcement_is_said(folder: RunFolder) -> None:
    (folder.work / "publish.json").write_text("{")
    with pytest.raises(CheckpointError, match="damaged"):
        settle(folder)


def test_a_log_that_is_not_merged_is_not_published(folder: RunFolder) -> None:
    (folder.work / "simulation.duckdb.wal").write_text("rows")
    with pytest.raises(CheckpointError, match="not merged"):
        publish(folder, keep=3)
    assert result(folder) == {"first"}


def test_publishing_waits_for_reports_but_not_for_ever(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planalign_orchestrator.run.folder._PATIENCE_FOR_REPORTS", 0.1)
    with folder.lock_result("planalign report"), pytest.raises(RunLockedError, match="planalign report"):
        publish(folder, keep=3)
    assert result(folder) == {"first"}
