"""A run that the studio starts is a process of its own: it is seen, stopped, gone on with, and outlives the studio."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest

from planalign_orchestrator.census.synthetic import generate_census
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.record import sealed
from tests.studio.conftest import Studio, until

pytestmark = pytest.mark.slow
SLOW = 8_000
"""People of a run that can be caught at work."""


def prepared(studio: Studio, people: int) -> None:
    """A census and a design."""
    census = studio.workspace.census_folder / "staff.csv"
    generate_census(census, employees=people, seed=3, as_of=dt.date(2024, 12, 31))
    studio.post("/designs", {"name": "plan"})


def test_a_run_is_started_seen_and_read(studio: Studio) -> None:
    prepared(studio, 50)
    answer = studio.post("/runs", {"design": "plan", "census": "staff.csv", "years": "2025-2026"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs/plan/live")
    assert studio.get("/runs/plan/live").status_code == 200
    until(lambda: "plan" in studio.workspace.results() and studio.json("/runs/plan/live")[0]["state"] == "finished")
    assert studio.json("/runs/plan")["years"] == [2025, 2026]
    assert "event: ended" in studio.get("/runs/plan/live/stream").text


def test_a_run_that_does_not_start_says_why(studio: Studio) -> None:
    prepared(studio, 50)
    (studio.workspace.census_folder / "staff.csv").write_text("a,b\n1,2\n")
    studio.post("/runs", {"design": "plan", "census": "staff.csv"})
    until(lambda: studio.get("/runs/plan/live").text.count("error:") > 0)


def test_it_outlives_the_studio_is_stopped_and_goes_on(studio: Studio) -> None:
    prepared(studio, SLOW)
    code = (
        "import sys; from pathlib import Path; from planalign_orchestrator.studio.workspace import Jobs;"
        "from planalign_orchestrator.studio.workspace import Workspace;"
        "Jobs(Workspace(Path(sys.argv[1]))).start('plan', ['run', '--scenario', 'scenarios/plan.yaml', '--census',"
        " 'census/staff.csv', '--years', '2025-2027'])"
    )
    subprocess.run([sys.executable, "-c", code, str(studio.workspace.root)], check=True)  # this studio is gone now
    folder = RunFolder(Path(studio.workspace.runs_folder / "plan"))
    until(lambda: folder.holder() is not None and bool(studio.json("/runs/plan/live")[0]["progress"]))
    shown = studio.json("/runs/plan/live")[0]
    assert (shown["state"], studio.get("/").text.count("is running")) == ("running", 1)
    refused = studio.post("/runs", {"design": "plan"})
    assert refused.status_code == 400 and "still running" in refused.text
    until(lambda: (studio.json("/runs/plan/live")[0]["progress"] or {}).get("done", 0) > 0)
    assert studio.post("/runs/plan/stop").status_code == 303
    until(lambda: folder.holder() is None)
    assert studio.json("/runs/plan/live")[0]["state"] == "interrupted"
    assert "Resume" in studio.get("/runs/plan/live").text
    assert studio.post("/runs/plan/resume").status_code == 303
    until(lambda: "plan" in studio.workspace.results() and studio.json("/runs/plan/live")[0]["state"] == "finished")
    assert studio.json("/runs/plan")["years"] == [2025, 2026, 2027]


def test_many_futures_are_started_and_read(studio: Studio) -> None:
    prepared(studio, 50)
    (studio.workspace.designs_folder / "plan.yaml").write_text("simulation: {end_year: 2025}\n")
    answer = studio.post("/runs", {"design": "plan", "census": "staff.csv", "seeds": "3"})
    assert answer.headers["location"] == "/runs/plan_seeds/live"
    until(lambda: studio.get("/runs/plan_seeds/live").headers.get("location") == "/sweeps/plan_seeds")
    assert studio.json("/sweeps/plan_seeds")["alternatives"]["plan"]["total"]["futures"] == 3


def test_a_run_of_a_census_elsewhere_goes_on_at_the_command_line_only(studio: Studio) -> None:
    prepared(studio, 50)
    folder = RunFolder(studio.workspace.runs_folder / "plan")
    folder.create()
    settings = {"census.path": {"value": "/etc/passwd", "source": "--census"}}
    folder.partial_record.write_text(json.dumps(sealed({"schema_version": 1, "settings": settings})))
    assert studio.post("/runs/plan/resume").status_code == 404


def test_nothing_to_stop_is_said(studio: Studio) -> None:
    assert studio.post("/runs/plan/stop").status_code == 400
