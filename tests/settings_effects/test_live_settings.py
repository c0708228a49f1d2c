"""Law 13: every setting changes what its own description says it changes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from planalign_orchestrator.config.catalogue import leaves
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.resources import dbt_project_dir
from tests.engine import Engine
from tests.model.people import census_of
from tests.network.test_assumption_tables import KEY as FETCHED_TABLES
from tests.network.test_network_settings import PROOFS as NETWORK_PROOFS
from tests.reports.test_html_report import REPORT_FORMATS
from tests.settings_effects.changes import CHANGES, Change
from tests.settings_effects.machine_changes import FILE_CHANGES, LIMIT_CHANGES
from tests.settings_effects.test_census_settings import CHANGES as CENSUS_CHANGES
from tools.effects import effect_of

Fingerprint = tuple[tuple[Any, ...], ...]


def settings_of(values: dict[str, Any]) -> Settings:
    tree: dict[str, Any] = {}
    for key, value in values.items():
        *sections, name = key.split(".")
        place = tree
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    return Settings.model_validate(tree)


class Effects:
    """Runs variants and remembers what a column held, so that settings with equal surroundings share a run."""

    def __init__(self, engine: Engine, census: Path, folder: Path) -> None:
        self._engine, self._census, self._folder = engine, census, folder
        self._databases: dict[str, Path] = {}

    def content(self, values: dict[str, Any], effect: str) -> Fingerprint:
        """What the column of an effect held after a run, as an ordered list of distinct values with counts."""
        chosen = settings_of(values)
        name = chosen.model_dump_json()
        if name not in self._databases:
            folder = self._folder / str(len(self._databases))
            self._databases[name] = self._engine.simulate(chosen, self._census, folder)
        table, column = effect.split(".")
        with duckdb.connect(str(self._databases[name]), read_only=True) as connection:
            return tuple(
                connection.execute(
                    f"select {column}, count(*) from {table} group by 1 order by 1 nulls first"
                ).fetchall()
            )


@pytest.fixture(scope="module")
def effects(engine: Engine, small_census: Path, tmp_path_factory: pytest.TempPathFactory) -> Effects:
    return Effects(engine, small_census, tmp_path_factory.mktemp("effects"))


UNITS = [{"value": "Sales", "target_growth_rate": 0.3, "total_termination_rate": 0.9}]
STEERED = {
    "census.groups": ["Department", "Location"],
    "workforce.steered_by": "Department",
    "workforce.steered": UNITS,
    "plan.core.type": "flat",
    "plan.core.rate": 0.03,
}
STEERING = {
    "workforce.steered_by": "Location",
    "workforce.steered": [{"value": "IT", "target_growth_rate": -0.5}],
    **{
        f"plan.{entry}.excluded_groups": [{"group": "Location", "value": "Reno"}]
        for entry in ("eligibility", "match.entry", "core.entry")
    },
}
"""Changes that need people in departments."""

TABLES = "assumptions.directory"
"""The one setting of the model whose change needs files; it has a test of its own."""


def test_every_documented_setting_is_changed_by_a_test() -> None:
    network = {f"network.{key}" for key in NETWORK_PROOFS}
    walks = [
        set(CHANGES),
        {TABLES},
        {FETCHED_TABLES},
        set(STEERING),
        {REPORT_FORMATS},
        set(CENSUS_CHANGES),
        set(LIMIT_CHANGES),
        set(FILE_CHANGES),
        network,
    ]
    assert sorted(key for walk in walks for key in walk) == sorted(leaves())


@pytest.mark.slow
@pytest.mark.parametrize("key", sorted(CHANGES))
def test_setting_changes_what_it_says(effects: Effects, key: str) -> None:
    change: Change = CHANGES[key]
    start = change.around.get("simulation.start_year", 2025)
    before = {"simulation.end_year": start + change.years - 1, **change.around}
    after = {**before, key: change.value}
    effect = effect_of(key)
    assert effects.content(before, effect) != effects.content(after, effect), f"{key} does not change {effect}"


@pytest.mark.slow
@pytest.mark.parametrize("key", STEERING)
def test_what_steers_changes_what_it_says(engine: Engine, tmp_path: Path, key: str) -> None:
    effects = Effects(engine, census_of(tmp_path, 90, 2025, in_departments=True), tmp_path)
    before = {"simulation.end_year": 2025, **STEERED}
    effect = effect_of(key)
    assert effects.content(before, effect) != effects.content({**before, key: STEERING[key]}, effect)


def test_the_comparison_can_fail(effects: Effects) -> None:
    # A setting that does nothing would give equal contents: the same run twice stands for it.
    same = {"simulation.end_year": 2025}
    assert effects.content(same, "fct_yearly_events.amount") == effects.content(dict(same), "fct_yearly_events.amount")


@pytest.mark.slow
def test_a_folder_of_tables_changes_what_it_says(effects: Effects, tmp_path: Path) -> None:
    shutil.copy(dbt_project_dir() / "seeds" / "levels.csv", tmp_path)
    path = tmp_path / "levels.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    column = header.split(",").index("merit_rate")
    changed = [",".join("0.08" if at == column else cell for at, cell in enumerate(row.split(","))) for row in rows]
    path.write_text("\n".join([header, *changed, ""]), encoding="utf-8")
    effect, years = effect_of(TABLES), {"simulation.end_year": 2025}
    assert effects.content(years, effect) != effects.content({**years, TABLES: str(tmp_path)}, effect)
