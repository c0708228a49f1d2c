"""The examples in docs/architecture.md run as they stand there."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
from pathlib import Path

import pyarrow
import pytest

import planalign_orchestrator
from planalign_orchestrator import ResultsError, open_run, simulate
from planalign_orchestrator.census.synthetic import generate_census

DOCUMENT = Path(__file__).parents[2] / "docs" / "architecture.md"


def run_example(number: int, folder: Path) -> str:
    """What an example prints."""
    example = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)[number]
    done = subprocess.run([sys.executable, "-c", example], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_five_lines_lead_from_a_census_to_a_table(tmp_path: Path) -> None:
    costs, people = re.fullmatch(r"\[(.*)\] (\d+)\n", run_example(0, tmp_path)).groups()  # type: ignore[union-attr]
    assert costs.count("Decimal") == 2 and int(people) > 100
    assert (tmp_path / "runs" / "baseline" / "reports" / "report.html").exists()


@pytest.mark.slow
def test_the_orchestrator_runs_hooks(tmp_path: Path) -> None:
    printed = run_example(1, tmp_path)
    assert "[2025] 5150" in printed
    assert "2025 REPORTING" in printed
    assert (tmp_path / "runs" / "from_python" / "simulation.duckdb").exists()


@pytest.mark.slow
def test_a_run_is_opened_and_shown_in_a_notebook(tmp_path: Path) -> None:
    census = tmp_path / "census.csv"
    generate_census(census, employees=40, seed=2, as_of=dt.date(2024, 12, 31))
    simulate(census, years=range(2025, 2026), output=tmp_path / "runs", reports=False).close()
    with open_run(tmp_path) as run:
        assert run.years == (2025,)
        snapshot = run.table("fct_workforce_snapshot")
        active = snapshot.where("employment_status = 'active'")
        assert 0 < len(active) < len(snapshot) == len(snapshot.rows()) == pyarrow.table(snapshot).num_rows
        assert (
            "<th>employee_id</th>" in snapshot._repr_html_()
            and f"{len(snapshot) - 10:,} more rows" in snapshot._repr_html_()
        )
        assert "Baseline" in repr(run) and "<table>" in run._repr_html_()
        with pytest.raises(ResultsError, match="there is no table 'people'"):
            run.table("people")


def test_the_public_face_hands_out_what_it_names() -> None:
    assert {name for name in planalign_orchestrator.__all__ if getattr(planalign_orchestrator, name) is None} == set()
    errors = {name for name, value in vars(planalign_orchestrator.errors).items() if isinstance(value, type)}
    assert errors <= set(planalign_orchestrator.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        planalign_orchestrator.nothing  # noqa: B018
