"""A broken law names people and rules; what they earn or get stands in a file for the owner of the run folder alone."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest

from planalign_orchestrator.errors import LawBrokenError
from planalign_orchestrator.run.record import StageContext, run_log
from planalign_orchestrator.run.stages import VALIDATION
from planalign_orchestrator.stage_builder import DETAILS
from planalign_orchestrator.warehouse import open_database
from tests.pipeline.runs import orchestrator_for

pytestmark = pytest.mark.slow
AMOUNT = re.compile(r"\d{3,}\.\d{2}")
PLANTED = {
    4: "update int_events set compensation_before = 76543.21 where event_type = 'raise'",
    8: "update fct_workforce_snapshot set employer_match = 98765.43 where employment_status = 'active'",
    10: "update fct_workforce_snapshot set forfeiture_amount = 87654.32",
}


def test_no_amount_is_told(small_census: Path, tmp_path: Path) -> None:
    orchestrator = orchestrator_for(tmp_path, small_census)
    folder = orchestrator.folder

    def plant(context: StageContext) -> None:
        if context.stage == VALIDATION.name:
            with open_database(folder.partial_database) as connection:
                for statement in PLANTED.values():
                    connection.execute(statement)

    orchestrator.add_stage_hook("pre_stage", plant)
    with run_log(folder.logs, orchestrator.run_id), pytest.raises(LawBrokenError) as broken:
        orchestrator.execute_multi_year_simulation(2025, 2025)

    message, remedy = broken.value.message, broken.value.remedy or ""
    assert all(re.search(rf"^law {law} \(.+\): \d+ times, first: \w+ \w+; ", message, re.MULTILINE) for law in PLANTED)
    told = [message, remedy, *(path.read_text(encoding="utf-8") for path in folder.logs.glob("run.*"))]
    told.append(folder.partial_record.read_text(encoding="utf-8").partition('"error"')[2].splitlines()[0])
    details = folder.root / DETAILS
    assert str(details) in remedy
    text = details.read_text(encoding="utf-8")
    assert all(amount in text for amount in ("76543.21", "98765.43", "87654.32"))
    amounts = set(AMOUNT.findall(text))
    assert len(amounts) > 50
    assert [amount for text in told for amount in amounts if amount in text] == []
    if os.name != "nt":
        assert stat.S_IMODE(details.stat().st_mode) == 0o600

    orchestrator_for(tmp_path, small_census).execute_multi_year_simulation(2025, 2025)
    assert not details.exists()
