"""What a run tells at its end about the plan in its years."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import duckdb

from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.pipeline import _result


def test_tests_that_fail_and_partial_terminations_are_told_with_their_years(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute("""
            create table fct_yearly_summary as
            from (values (2025, false), (2026, true)) as rows(simulation_year, is_partial_termination);
            create table fct_year_notes as from (values (2026, 1, 'a note')) as rows(simulation_year, position, note);
            create table fct_ndt_test as from (
                values
                (2026, 'adp', 'fail'), (2025, 'adp', 'corrected'),
                (2025, 'acp', 'pass'), (2025, 'coverage_match', 'fail')
            ) as rows(simulation_year, test, result)
        """)
        result = _result(RunFolder(tmp_path), connection, cast(Any, None))
    assert result.years == [2025, 2026]
    assert result.notes == [
        "2026: a note",
        "2025: coverage match test fails; planalign test shows what passing would cost",
        "2025, 2026: ADP test fails; planalign test shows what passing would cost",
        "2026: a partial termination of the plan is presumed: whoever left is fully vested",
    ]
