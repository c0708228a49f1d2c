"""Law 13: every setting changes what its own description says it changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from planalign_orchestrator.config import Settings
from planalign_orchestrator.config.catalogue import leaves
from tests.engine import Engine
from tests.settings_effects.changes import CHANGES, Change

MODEL_KEYS = [key for key, leaf in leaves().items() if leaf.effect.startswith(("fct_", "int_"))]
ELSEWHERE = {"assumptions.directory": "tests/unit/config/test_config_assumptions.py"}
"""Settings of the model whose effect another test shows."""

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


def test_every_setting_of_the_model_has_a_change() -> None:
    assert sorted(set(MODEL_KEYS) - set(ELSEWHERE)) == sorted(CHANGES)


@pytest.mark.slow
@pytest.mark.parametrize("key", sorted(CHANGES))
def test_setting_changes_what_it_says(effects: Effects, key: str) -> None:
    change: Change = CHANGES[key]
    start = change.around.get("simulation.start_year", 2025)
    before = {"simulation.end_year": start + change.years - 1, **change.around}
    after = {**before, key: change.value}
    effect = leaves()[key].effect
    assert effects.content(before, effect) != effects.content(after, effect), f"{key} does not change {effect}"


def test_the_comparison_can_fail(effects: Effects) -> None:
    # A setting that does nothing would give equal contents: the same run twice stands for it.
    same = {"simulation.end_year": 2025}
    assert effects.content(same, "fct_yearly_events.amount") == effects.content(dict(same), "fct_yearly_events.amount")
