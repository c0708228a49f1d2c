"""A census in figures, checked by hand."""

from __future__ import annotations

import json
from pathlib import Path

from census_files import AS_OF, read_rows

from planalign_orchestrator.census.describe import describe_census


def test_figures_of_four_people(tmp_path: Path) -> None:
    intake, _ = read_rows(
        tmp_path,
        {"birth_date": "2000-01-01", "hire_date": "2024-01-01", "annual_compensation": "60000", "job_level": "1"},
        {"birth_date": "1960-01-01", "hire_date": "2004-12-31", "annual_compensation": "100000", "job_level": "2",
         "deferral_rate": "0.06", "owner": "yes", "employer_balance": "5000"},
        {"birth_date": "1989-12-31", "hire_date": "2015-01-01", "annual_compensation": "80000", "deferral_rate": "0.04",
         "plan_eligible": ""},
        {"hire_date": "2010-01-01", "annual_compensation": "900000", "termination_date": "2024-12-31"},
    )  # fmt: skip
    found = describe_census(intake.output, AS_OF)
    assert (found["people"], found["employed"], found["payroll"]) == (4, 3, 240_000)
    assert (found["participants"], found["owners"], found["never_eligible"]) == (2, 1, 0)
    spreads = {spread["measure"]: spread for spread in found["spreads"]}
    assert spreads["age"]["quantiles"] == [24, 24, 24, 35, 64, 64, 64]
    assert spreads["service, years"]["quantiles"][3:] == [9, 20, 20, 20]
    assert (spreads["participants' rate"]["people"], spreads["participants' rate"]["mean"]) == (2, 0.05)
    assert spreads["annual pay"]["mean"] == 80_000
    levels = found["groups"]["job level"]
    assert [(group["name"], group["people"], group["participants"]) for group in levels] == [
        ("1", 1, 0), ("2", 1, 1), ("not given", 1, 1),
    ]  # fmt: skip
    assert levels[0]["mean_deferral"] is None
    assert [group["name"] for group in found["groups"]["age"]] == ["<25", "35-44", "55-64"]
    assert [group["name"] for group in found["groups"]["service, years"]] == ["<2", "5-9", "20+"]
    assert json.loads(json.dumps(found))["employed"] == 3


def test_a_census_of_nobody_employed(tmp_path: Path) -> None:
    intake, _ = read_rows(tmp_path, {"termination_date": "2020-01-01"})
    found = describe_census(intake.output, AS_OF)
    assert (found["people"], found["employed"], found["payroll"]) == (1, 0, 0)
    assert all(spread["mean"] is None for spread in found["spreads"])
