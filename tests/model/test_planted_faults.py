"""Every rule of every law notices the fault that it is there for: a rule that cannot fail protects nobody."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.errors import LawBrokenError
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.run.stages import STAGES, VALIDATION
from tests.engine import DATABASE, Engine, rows_of, settings_with
from tests.model.law_rules import rules_of
from tests.model.people import census_of
from tests.model.planted_faults import MANY, SETTINGS, SHOWN, Fault, number_of
from tests.model.planted_money_faults import FAULTS

FIRST_YEAR = 2025
LAST_YEAR = 2026
A_QUARTER = 0.1
"""Thousand people a slice, of about 400."""


@dataclass(frozen=True)
class Finished:
    """Lawful databases: after the first year, and after the last."""

    settings: Settings
    census: Path
    first: Path
    last: Path
    laws: dict[str, str]


@pytest.fixture(scope="module")
def finished(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """A run in which every kind of event happens, and the SQL of the laws."""
    settings = settings_with(simulation__start_year=FIRST_YEAR, simulation__end_year=FIRST_YEAR, **SETTINGS)
    folder = tmp_path_factory.mktemp("lawful")
    census = census_of(folder, 400, FIRST_YEAR)
    database = engine.simulate(settings, census, folder / "run")
    first = folder / "first.duckdb"
    shutil.copyfile(database, first)
    laws: dict[str, str] = {}
    for stage in STAGES:
        engine.run_stage(stage, settings, census, database, LAST_YEAR)
        if stage is VALIDATION:
            laws = {name: sql for name, sql in engine.builder.compiled.items() if name.startswith("law_")}
    return Finished(settings, census, first, database, laws)


PLANTED = [(law, fault, None) for law, faults in FAULTS.items() for fault in faults]
IN_SLICES = [(law, faults[-1], A_QUARTER) for law, faults in FAULTS.items()]
"""One fault a law is enough to see that it looks at every slice."""


@pytest.mark.parametrize(
    ("law", "fault", "batch_size"),
    [
        pytest.param(law, fault, size, id=f"{law}-{fault.rule}-{'in slices' if size else 'together'}")
        for law, fault, size in (*PLANTED, *IN_SLICES)
    ],
)
def test_a_planted_fault_is_found_and_named(
    engine: Engine, finished: Finished, tmp_path: Path, law: str, fault: Fault, batch_size: float | None
) -> None:
    year = FIRST_YEAR if fault.first_year else LAST_YEAR
    database = tmp_path / DATABASE
    shutil.copyfile(finished.first if fault.first_year else finished.last, database)
    with duckdb.connect(str(database)) as connection:
        whose = fault.plant(connection, year)

    settings = fault.believed(simulation__start_year=FIRST_YEAR, simulation__end_year=FIRST_YEAR)
    with pytest.raises(LawBrokenError):
        engine.run_stage(VALIDATION, settings, finished.census, database, year, batch_size=batch_size)

    broken = rows_of(
        database,
        f"select law, violations, examples from fct_law_checks where simulation_year = {year} and law_name = '{law}'",
    )
    assert broken[0]["law"] == number_of(law)
    assert broken[0]["violations"] > 0
    examples = broken[0]["examples"] or ""
    assert f"{fault.rule} {whose}" in examples and whose + fault.detail in examples


def test_of_many_violations_the_first_are_shown(engine: Engine, finished: Finished, tmp_path: Path) -> None:
    database = tmp_path / DATABASE
    shutil.copyfile(finished.last, database)
    with duckdb.connect(str(database)) as connection:
        connection.execute(MANY.sql)
    with pytest.raises(LawBrokenError):
        engine.run_stage(VALIDATION, finished.settings, finished.census, database, LAST_YEAR)
    query = f"select violations, examples from fct_law_checks where simulation_year = {LAST_YEAR} and law = 5"
    (broken,) = rows_of(database, query)
    assert broken["violations"] > SHOWN == broken["examples"].count(f"{MANY.rule} ")


def test_every_rule_has_a_planted_fault(finished: Finished) -> None:
    written = {(law, rule) for law, sql in finished.laws.items() for rule in rules_of(sql)}
    planted = {(law, fault.rule) for law, faults in FAULTS.items() for fault in faults}
    assert set(finished.laws) == {path.stem for path in (dbt_project_dir() / "models" / "validation").glob("law_*.sql")}
    assert written - planted == set(), "rules without a planted fault"
    assert planted - written == set(), "faults for rules that no law has"
