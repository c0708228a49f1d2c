"""A program that starts a run reads each step as a line of JSON, and nothing else."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from planalign_orchestrator.census.synthetic import generate_census
from planalign_orchestrator.cli import main


@pytest.mark.slow
def test_each_step_is_a_line_of_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    census = tmp_path / "staff.csv"
    generate_census(census, employees=50, seed=3, as_of=dt.date(2024, 12, 31))
    with pytest.raises(SystemExit) as ended:
        main(["run", "--census", str(census), "--years", "2025", "--output", str(tmp_path), "--progress", "jsonl"])
    first, *_, last = lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert not ended.value.code and (first["state"], first["done"]) == ("started", 0)
    assert (last["kind"], last["state"], last["done"]) == ("run", "finished", last["of"])
    assert [line["done"] for line in lines] == sorted(line["done"] for line in lines) and last["of"] == 7
    assert {line["run_id"] for line in lines} == {first["run_id"]}
