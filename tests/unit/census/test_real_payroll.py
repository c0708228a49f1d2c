"""A real payroll, as its source wrote it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from planalign_orchestrator.census.intake import read_census
from planalign_orchestrator.census.refusal import CensusRefusedError

PAYROLL = Path(__file__).parents[4] / "shared" / "data" / "city_payroll_2019.csv"
AS_OF = dt.date(2019, 12, 31)

pytestmark = pytest.mark.skipif(not PAYROLL.exists(), reason="the city payroll is not part of the repository")


def test_rows_without_a_hire_date_refuse_the_payroll(tmp_path: Path) -> None:
    with pytest.raises(CensusRefusedError) as caught:
        read_census(PAYROLL, as_of=AS_OF, output=tmp_path / "census.parquet")
    faults = [fault for fault in caught.value.findings.faults if fault.severity == "error"]
    assert sorted({fault.row for fault in faults if fault.row}) == [7405, 7595, 10020, 11876]
    assert {fault.column for fault in faults} == {"HIRE_DT", "DOB"}


def test_the_others_are_read_without_being_told_what_is_what(tmp_path: Path) -> None:
    intake = read_census(PAYROLL, as_of=AS_OF, output=tmp_path / "census.parquet", on_bad_rows="drop")
    assert (intake.rows_read, intake.rows_kept, intake.rows_dropped) == (13_811, 13_807, 4)
    assert intake.columns == {
        "employee_id": "EMP_ID", "birth_date": "DOB", "hire_date": "HIRE_DT", "annual_compensation": "ANNUAL_RT",
        "paid_compensation": "GROSS",
    }  # fmt: skip
    assert intake.ignored_columns == ()
    assert "Columns that were understood and are not needed: JOBTITLE, DEPTID." in intake.notes
