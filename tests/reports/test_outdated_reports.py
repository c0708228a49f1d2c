"""What an earlier result has left in the folder of reports goes; what somebody else has put there stays."""

from __future__ import annotations

from pathlib import Path

from planalign_orchestrator.reports.rebuilding import remove_outdated


def test_only_what_the_program_writes_and_has_not_written_now_is_removed(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    outdated = ["report.html", "results_with_people.xlsx", "multi_year_summary_2020_2021.csv"]
    outdated += ["tables/fct_yearly_events.parquet", "tables/fct_yearly_summary.csv"]
    kept = [
        "results.xlsx",
        "multi_year_summary_2025_2026.csv",
        "results of ours.xlsx",
        "tables/ours.csv",
        "report2.html",
    ]
    for name in outdated + kept:
        (tmp_path / name).touch()
    written = [tmp_path / "results.xlsx", tmp_path / "multi_year_summary_2025_2026.csv"]
    assert remove_outdated(tmp_path, written) == sorted(tmp_path / name for name in outdated)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")} == set(kept)
