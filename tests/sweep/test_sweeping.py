"""Cells of a sweep: every combination once, bad plans named, what is done left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from planalign_orchestrator.errors import ConfigurationError, OutOfResourcesError, ResultsError
from planalign_orchestrator.storage import durable
from planalign_orchestrator.sweep import store, sweeping, work
from planalign_orchestrator.sweep.designs import Failure, designs_of
from planalign_orchestrator.sweep.file import SweepFile
from planalign_orchestrator.sweep.statistics import find
from planalign_orchestrator.sweep.store import BrokenCell, SweepFolder, simulate_pack
from planalign_orchestrator.sweep.sweeping import Sweep
from planalign_orchestrator.sweep.workers import Alone
from tests.sweep.books import MIB, YEARS, book, census, results, sweep_of

pytestmark = pytest.mark.slow


def test_plans_scenarios_grid_and_seeds_are_combined_and_equal_cells_simulated_once(tmp_path: Path) -> None:
    grid = {"plan.match.max_match_percentage": [0.03, 0.04]}
    file = SweepFile(set=YEARS, seeds=2, plans=book(tmp_path / "book", [5, 8]), grid=grid)
    sweep = sweep_of(tmp_path, file)
    assert not sweep.failures
    assert results(sweep, "select count(*), count(distinct (plan, alternative, seed)) from results") == [(16, 8)]
    assert results(sweep, "select distinct simulation_year from results order by 1") == [(2025,), (2026,)]
    again = sweep_of(tmp_path, file)
    assert (again.made, results(again)) == (0, results(sweep))


def test_a_bad_plan_is_named_and_the_others_are_simulated(tmp_path: Path) -> None:
    plans = book(tmp_path / "book", [5, 6, 7])
    (plans / "plan2" / "census.csv").write_text("employee_id\nE1\n")
    (plans / "plan4").mkdir()
    (plans / "plan3" / "scenario.yaml").write_text("plan:\n  match:\n    max_match_percentage: 7\n")
    sweep = sweep_of(tmp_path, SweepFile(set=YEARS, plans=plans))
    assert {(failure.title, failure.exit_code) for failure in sweep.failures} == {
        ("plan2", 3),
        ("plan3", 2),
        ("plan4", 3),
    }
    assert results(sweep, "select distinct plan from results") == [("plan1",)]
    census(plans / "plan2" / "census.csv", 6)
    mended = sweep_of(tmp_path, SweepFile(set=YEARS, plans=plans))
    assert mended.made == 1
    assert results(mended, "select distinct plan from results order by 1") == [("plan1",), ("plan2",)]


def test_a_sweep_that_was_stopped_goes_on_without_doing_anything_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = SweepFile(set=YEARS, seeds=3, plans=book(tmp_path / "book", [5, 6]))
    whole = sweep_of(tmp_path / "whole", file)
    simulated: list[str] = []
    simulate = work.simulate

    def stops(task: work.PackTask) -> Any:
        if len(simulated) == 1:
            raise KeyboardInterrupt
        simulated.extend(task.part(store.SUMMARY).name for _ in [0])
        return simulate(task)

    monkeypatch.setattr(sweeping, "simulate", stops)
    small = sweeping.OWN_MIB  # every cell is a pack
    with pytest.raises(KeyboardInterrupt):
        sweep_of(tmp_path / "stopped", file, mib=small)
    monkeypatch.undo()
    resumed = sweep_of(tmp_path / "stopped", file, mib=small)
    assert resumed.made == 5
    assert results(resumed) == results(whole)


def test_a_pack_that_fails_is_halved_until_the_cell_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = SweepFile(set=YEARS, seeds=[1, 2, 3, 4], plans=book(tmp_path / "book", [5]))
    simulate = work.simulate

    def fails(task: work.PackTask) -> Any:
        if any(cell.seed == 3 for cell in task.cells):
            return Failure("", "out of memory", 5)
        return simulate(task)

    monkeypatch.setattr(sweeping, "simulate", fails)
    sweep = sweep_of(tmp_path, file)
    assert [(one.title, one.exit_code) for one in sweep.failures] == [("plan1, seed 3", 5)]
    assert results(sweep, "select distinct seed from results order by 1") == [(1,), (2,), (4,)]


def test_people_are_shared_out_so_that_no_worker_is_idle_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = SweepFile(set=YEARS, plans=book(tmp_path / "book", [6, 6, 6, 6]))
    for smallest, packs in ((13, 1), (12, 2)):
        monkeypatch.setattr(sweeping, "SMALLEST_PACK", smallest)
        sweep = Sweep(SweepFolder(tmp_path / str(packs)), (), MIB, Alone(), lambda standing: None, workers=2)
        found = sweep.pack(designs_of(file, tmp_path, {}), file.seeds_from)
        assert [pack.people for pack in found] == [24 // packs] * packs


def test_a_full_disk_ends_the_sweep_and_what_was_done_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = SweepFile(set={**YEARS, "simulation.end_year": 2025}, seeds=[1, 2], plans=book(tmp_path / "book", [5]))
    small = sweeping.OWN_MIB  # every cell is a pack
    parts: list[Path] = []
    copy = durable.copy_synced

    def full(source: Path, target: Path) -> None:
        if "parts" in target.parts:
            if parts:
                raise OutOfResourcesError(f"the disk is full: {target} could not be written", remedy="…")
            parts.append(target)
        copy(source, target)

    monkeypatch.setattr(durable, "copy_synced", full)
    with pytest.raises(OutOfResourcesError, match="the disk is full") as raised:
        sweep_of(tmp_path, file, mib=small)
    assert raised.value.remedy is not None and "repeat the command" in raised.value.remedy
    assert [path for path in (tmp_path / "sweep" / "parts").rglob("*") if path.is_file()] == parts
    monkeypatch.undo()
    assert sweep_of(tmp_path, file, mib=small).made == 1


def test_a_worker_with_other_versions_refuses_to_work(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="the sweep was started with"):
        work.simulate(work.PackTask((), {}, tmp_path, (), 100, {"duckdb": "0.1"}))


def test_a_cell_that_breaks_a_law_is_named_and_not_simulated_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = SweepFile(set=YEARS, seeds=[1, 2], plans=book(tmp_path / "book", [5]))
    monkeypatch.setattr(
        store, "simulate_pack", lambda *given: [*simulate_pack(*given), BrokenCell(1, 2026, ("law_9",))]
    )
    sweep = sweep_of(tmp_path, file)
    broken = ("plan1, seed 2", "2026 breaks law_9", 4)
    assert [(one.title, one.reason, one.exit_code) for one in sweep.failures] == [broken]
    assert find(sweep.folder.results(), ["as configured"], None).totals["as configured"].number == 1
    again = sweep_of(tmp_path, file)
    assert (again.made, [one.title for one in again.failures]) == (0, ["plan1, seed 2"])


def test_the_tables_that_were_asked_for_are_kept_too(tmp_path: Path) -> None:
    file, folder = SweepFile(set=YEARS, plans=book(tmp_path / "book", [5])), tmp_path / "a pattern[1]"
    sweep_of(folder, file)
    sweep = sweep_of(folder, file, tables=("fct_plan_by_group",))
    assert sweep.made == 1 and sweep.folder.results("fct_plan_by_group").exists()
    assert sweep_of(folder, file, tables=("fct_plan_by_group",)).made == 0
    assert results(sweep, "select count(*) from results") == [(2,)]


@pytest.mark.parametrize("place", ["parts/fct_yearly_summary", "work/censuses"])
def test_a_damaged_file_of_a_sweep_is_named_and_nothing_of_it_told(tmp_path: Path, place: str) -> None:
    folder = SweepFolder(tmp_path)
    (tmp_path / place).mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(f"copy (select 71123.57 as pay) to '{(tmp_path / place).as_posix()}/cell.parquet'")
    damaged = tmp_path / place / "cell.parquet"
    damaged.write_bytes(damaged.read_bytes()[:-9] + b"71123.57")
    with pytest.raises(ResultsError) as raised:
        folder.known_keys(())
        folder.checked_censuses()
    assert raised.value.message == f"{damaged} is damaged"
