"""A real payroll of 13 800 people, with its own column names and date format, through the command line.

The file is not part of the repository; where it is absent, the tests are skipped.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

PAYROLL = Path(__file__).parents[3] / "shared" / "data" / "city_payroll_2019.csv"

pytestmark = pytest.mark.skipif(not PAYROLL.exists(), reason=f"{PAYROLL.name} is not beside the checkout")


def planalign_run(folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "planalign_orchestrator", "run", "--census", str(PAYROLL), *flags]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_rows_without_a_hire_date_are_refused_by_name(tmp_path: Path) -> None:
    refused = planalign_run(tmp_path, "--years", "2020-2024")
    assert refused.returncode == 3
    for row in (7405, 7595, 10020, 11876):
        assert f"row {row}, column HIRE_DT" in refused.stderr
    assert not (tmp_path / "runs" / "baseline" / "simulation.duckdb").exists()


@pytest.mark.slow
def test_the_payroll_is_simulated_by_the_mapping_that_was_proposed(tmp_path: Path) -> None:
    mapping = tmp_path / "city.mapping.yaml"
    propose = [sys.executable, "-m", "planalign_orchestrator", "census", "map", str(PAYROLL), "--output", str(mapping)]
    proposed = subprocess.run(propose, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "nothing is in doubt, 4 of 13,811 rows have faults" in proposed.stdout
    assert proposed.stdout.rstrip().endswith("--on-bad-rows drop")
    flags = ("--mapping", str(mapping), "--years", "2020-2024", "--on-bad-rows", "drop", "--json")
    done = planalign_run(tmp_path, *flags)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["census"]["rows_kept"] == 13807 and record["census"]["rows_dropped"] == 4
    assert [year["closing_headcount"] for year in record["summary"]] == [14221, 14648, 15087, 15540, 16006]
    with duckdb.connect(str(tmp_path / "runs" / "baseline" / "simulation.duckdb"), read_only=True) as connection:
        growth = connection.execute(
            "select min(growth_same_people), max(growth_same_people) from fct_compensation_growth"
        )
        low, high = growth.fetchall()[0]
        # The defaults promise 3 to 4% a year for those who stay; a quiet year may bring a little more or less.
        assert low > 0.03 and high < 0.045
        limits = "select max(employee_contributions - catch_up_contributions) from fct_workforce_snapshot"
        assert connection.execute(f"{limits} where simulation_year = 2020").fetchall()[0][0] <= 19500
