"""Simulates in a changed copy of the checkout, as a process of its own with the copy first on the path.

    python -m tests.worked_changes.simulate FOLDER

Reads ``FOLDER/family.yaml``, writes two databases below ``FOLDER``, and prints what it found as one line of JSON.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import duckdb
from ruamel.yaml import YAML

from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.errors import LawBrokenError
from planalign_orchestrator.reports.definitions import public_tables
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.run.stages import VALIDATION
from tests.engine import DATABASE, Engine, rows_of, settings_with
from tests.model.people import census_of
from tests.model.planted_money_faults import FAULTS
from tests.oracle.comparison import FinishedRun
from tests.oracle.event_log import compare_events
from tools.documentation import main as write_generated_files

FIRST, LAST = 2025, 2026
NEW_LAW = "law_12_pay_never_falls"


def main(folder: Path) -> dict[str, Any]:
    """Run a plan with the new family for two years, one with the new formula for a year, and plant a fault."""
    write_generated_files()
    engine = Engine(folder / "engine")
    census = census_of(folder, 150, FIRST)
    tree = YAML(typ="safe").load((folder / "family.yaml").read_text(encoding="utf-8"))
    family = Settings.model_validate({"simulation": {"start_year": FIRST, "end_year": LAST}, **tree})
    formula = settings_with(
        simulation__start_year=FIRST, simulation__end_year=FIRST, plan__match__formula="full_to_six"
    )
    disagreements = []
    for name, settings in (("family", family), ("formula", formula)):
        database = engine.simulate(settings, census, folder / name)
        run = FinishedRun(database, settings, census, dbt_project_dir() / "seeds")
        disagreements += [*run.compare(), *compare_events(database, settings, census)]
    return {
        "package": str(Path(sys.modules["planalign_orchestrator"].__file__ or "").parent),
        "disagreements": [str(found) for found in disagreements],
        "snapshot columns": list(public_tables()["fct_workforce_snapshot"].columns),
        "violations": _plant(engine, family, census, folder),
    }


def _plant(engine: Engine, settings: Settings, census: Path, folder: Path) -> list[dict[str, Any]]:
    """What the laws say of a year with the fault that the new law is there for."""
    (folder / "planted").mkdir()
    database = shutil.copyfile(folder / "family" / DATABASE, folder / "planted" / DATABASE)
    (fault,) = FAULTS[NEW_LAW]
    with duckdb.connect(str(database)) as connection:
        connection.execute(fault.sql.format(y=LAST, before=FIRST))
    try:
        engine.run_stage(VALIDATION, settings, census, database, LAST)
    except LawBrokenError:
        return rows_of(database, "select law, law_name, violations, examples from fct_law_checks where violations > 0")
    return []


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
