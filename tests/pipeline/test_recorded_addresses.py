"""A run folder is copied and mailed: no password or token of an address gets into it, not even out of an older one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from planalign_orchestrator.run import inputs
from planalign_orchestrator.run.stages import STAGES
from tests.operations import observing
from tests.pipeline.recorded_addresses import ADDRESSES, files_with_secrets
from tests.pipeline.runs import orchestrator_for


def run(folder: Path, census: Path, **how: Any) -> dict[str, Any]:
    orchestrator = orchestrator_for(folder, census, flags=ADDRESSES)
    return orchestrator.execute_multi_year_simulation(2025, 2025, **how).record.to_json()


def stop(operation: str, name: str) -> None:
    if name == "checkpoint.before_copy":
        raise KeyboardInterrupt


@pytest.mark.nightly
def test_a_folder_that_an_older_version_began_goes_on_and_its_record_holds_none(
    small_census: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "recordable", dict)  # as it was once: everything, as it stands
    with pytest.raises(KeyboardInterrupt), observing(stop):
        run(tmp_path, small_census)
    monkeypatch.undo()
    assert "journal.jsonl" in files_with_secrets(tmp_path)

    record = run(tmp_path, small_census, resume=True)

    assert not any(record["changes_by_year"].values())
    assert len(record["stages"]) == len(STAGES)
    assert "run.json" not in files_with_secrets(tmp_path)
