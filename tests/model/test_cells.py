"""Many futures in one pass: each is its own ordinary run, whatever stands beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from planalign_orchestrator.census.intake import read_census
from planalign_orchestrator.census.synthetic import generate_census
from planalign_orchestrator.config.assumptions import effective_assumptions
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.model.build import ModelBuilder
from planalign_orchestrator.model.cells import Cell
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.sweep.store import BrokenCell, simulate_pack
from planalign_orchestrator.warehouse import PUBLIC_TABLES, DatabaseLimits
from tests.engine import Engine, settings_with
from tests.model.people import census_of
from tests.model.worlds import WORLDS

YEARS = range(2025, 2028)
HEADCOUNTS = (1, 2, 3, 7, 16, 40, 120, 200)
OWN = ("cell", "person_key")
"""Columns that number cells and people within a database."""


@dataclass(frozen=True)
class Future:
    """A future to simulate: alone, and in a pack."""

    settings: Settings
    census: Path


def futures(number: int, folder: Path, seed: int) -> list[Future]:
    """Designs of the worlds, with censuses, growth and seeds of their own, over the same years."""
    random = Random(seed)
    designs = [world.changes for world in WORLDS if not any(key.startswith("assumptions") for key in world.changes)]
    return [Future(_settings(random, random.choice(designs)), _census(folder, random)) for _ in range(number)]


def _settings(random: Random, design: dict[str, Any]) -> Settings:
    changes: dict[str, Any] = {
        **design,
        "simulation__start_year": YEARS.start,
        "simulation__end_year": YEARS.stop - 1,
        "simulation__random_seed": random.randrange(10**6),
        "workforce__target_growth_rate": random.choice((-0.05, 0, 0.03, 0.1, 0.2)),
    }
    return settings_with(**changes)


def _census(folder: Path, random: Random) -> Path:
    return census_of(folder, random.choice(HEADCOUNTS), YEARS.start)


class Pack:
    """Futures simulated in one pass, in a database of its own."""

    def __init__(self, cells: list[Future], folder: Path) -> None:
        folder.mkdir()
        self.database = folder / "pack.duckdb"
        limits = DatabaseLimits("1GiB", 1, folder / "spill", "2GiB")
        builder = ModelBuilder(dbt_project_dir(), self.database, limits, folder / "sql")
        paths = sorted({future.census for future in cells})
        self.broken: list[BrokenCell] = simulate_pack(
            builder,
            [Cell(n, future.settings, paths.index(future.census)) for n, future in enumerate(cells)],
            dict(enumerate(paths)),
            effective_assumptions(cells[0].settings, dbt_project_dir() / "seeds"),
            YEARS,
        )
        builder.close()


def differences(alone: Path, pack: Path, cell: int) -> Iterator[str]:
    """Public tables in which a cell of a pack is not the run that it is alone."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{alone.as_posix()}' as alone (read_only)")
        connection.execute(f"attach '{pack.as_posix()}' as pack (read_only)")
        for table in PUBLIC_TABLES:
            names = [row[0] for row in connection.execute(f"describe alone.{table}").fetchall()]
            columns = ", ".join(name for name in names if name not in OWN)
            one, other = (
                f"select {columns} from alone.{table}",
                f"select {columns} from pack.{table} where cell = {cell}",
            )
            found = connection.execute(
                f"select count(*) from (({one} except all {other}) union all ({other} except all {one}))"
            ).fetchone()
            if found is None or found[0]:
                yield f"cell {cell}, {table}: {found}"


def check_equality(engine: Engine, folder: Path, cells: list[Future], every: int = 1) -> None:
    """Hold cells to their own runs, in a pack and in one in which they stand in another order."""
    order = list(range(len(cells)))
    Random(1).shuffle(order)
    packs = [Pack(cells, folder / "pack"), Pack([cells[n] for n in order], folder / "permuted")]
    assert not packs[0].broken and not packs[1].broken
    found = []
    for number, future in list(enumerate(cells))[::every]:
        alone = engine.simulate(future.settings, future.census, folder / "alone")
        found += differences(alone, packs[0].database, number)
        found += differences(alone, packs[1].database, order.index(number))
    assert not found, "\n".join(found)


def test_cells_of_a_pack_are_their_own_runs(engine: Engine, tmp_path: Path) -> None:
    check_equality(engine, tmp_path, futures(24, tmp_path, seed=5), every=4)


@pytest.mark.nightly
def test_two_hundred_cells_are_their_own_runs(engine: Engine, tmp_path: Path) -> None:
    check_equality(engine, tmp_path, futures(200, tmp_path, seed=6))


def test_a_cell_whose_law_breaks_is_named_and_the_others_finish(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = futures(4, tmp_path, seed=7)
    build = ModelBuilder.build

    def with_a_fault(self: ModelBuilder, stage: Any, variables: Any, **more: Any) -> dict[str, float]:
        if stage.name == "VALIDATION" and variables["simulation_year"] == 2026:
            with self.cursor() as cursor:
                cursor.execute("update fct_workforce_snapshot set deferral_rate = 0.7501 where cell = 2")
        return build(self, stage, variables, **more)

    monkeypatch.setattr(ModelBuilder, "build", with_a_fault)
    pack = Pack(cells, tmp_path / "pack")
    monkeypatch.undo()
    assert [(one.cell, one.year) for one in pack.broken] == [(2, 2026)]
    assert "law_07_deferrals" in pack.broken[0].laws
    alone = engine.simulate(cells[3].settings, cells[3].census, tmp_path / "alone")
    assert not list(differences(alone, pack.database, 3))
    with duckdb.connect(str(pack.database), read_only=True) as connection:
        years = connection.execute("select cell, max(simulation_year) from fct_yearly_summary group by 1 order by 1")
        assert dict(years.fetchall()) == {0: 2027, 1: 2027, 2: 2025, 3: 2027}


WORKFORCE_TABLES = (
    "int_baseline_workforce", "int_opening_workforce", "int_workforce_needs",
    "int_hiring_events", "int_termination_events", "int_new_hire_termination_events", "int_promotion_events",
    "int_merit_events", "int_compensation_events", "int_workforce_of_year",
)  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [{"plan__eligibility__minimum_age": 18}, {"plan__eligibility__waiting_period_days": 365}],
    ids=["minimum age", "waiting period"],
)
def test_entry_rules_leave_every_workforce_table_as_it_is(
    engine: Engine, tmp_path: Path, changes: dict[str, Any]
) -> None:
    census = tmp_path / "census.parquet"
    as_of = dt.date(2024, 12, 31)
    generate_census(tmp_path / "census.csv", employees=150, seed=3, as_of=as_of)
    read_census(tmp_path / "census.csv", as_of=as_of, output=census)
    years = {"simulation__start_year": 2025, "simulation__end_year": 2026}
    one = engine.simulate(settings_with(**years), census, tmp_path / "one")
    other = engine.simulate(settings_with(**years, **changes), census, tmp_path / "other")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one.as_posix()}' as one (read_only)")
        connection.execute(f"attach '{other.as_posix()}' as other (read_only)")
        for table in WORKFORCE_TABLES:
            here, there = f"from one.{table}", f"from other.{table}"
            found = connection.execute(
                f"select count(*) from (({here} except all {there}) union all ({there} except all {here}))"
            ).fetchone()
            assert found == (0,), table
        plan = "from {}.int_plan_state_of_year"
        moved = connection.execute(
            f"select count(*) from ({plan.format('one')} except {plan.format('other')})"
        ).fetchone()
        assert moved is not None and moved[0] > 0
