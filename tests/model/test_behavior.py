"""People answer a new match as the table says, by as much as its sources found, and not where they are told not to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from planalign_orchestrator.model.cells import Cell
from tests.engine import Engine, rows_of, settings_with
from tests.model.people import census_of

SIMPLE = {"match_ceiling": 0.06, "match_rate": 0.5}
"""The match of the defaults, half of 6% of pay, as what people know."""

DESIGNS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "safe harbor, unanswered": {"plan__match__formula": "safe_harbor_basic", "plan__behavior__responds": False},
    "safe harbor": {"plan__match__formula": "safe_harbor_basic", "plan__behavior__known_plan": SIMPLE},
    "stretched": {"plan__match__formula": "stretch", "plan__behavior__known_plan": SIMPLE},
    "stretched, unanswered": {
        "plan__match__formula": "stretch",
        "plan__behavior": {"known_plan": SIMPLE, "responds": False},
    },
    "stretched, known": {"plan__match__formula": "stretch"},
}
CELLS = {name: number for number, name in enumerate(DESIGNS, 1)}


@pytest.fixture(scope="module")
def database(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year of every design."""
    folder = tmp_path_factory.mktemp("behavior")
    cells = [
        Cell(CELLS[name], settings_with(simulation__end_year=2025, **changes)) for name, changes in DESIGNS.items()
    ]
    return engine.simulate_cells(cells, census_of(folder, 1_500, 2025), folder / "run")


def people(database: Path, name: str) -> dict[str, dict[str, Any]]:
    """The snapshot of a design by employee id, each with the rate of the census and whether they answered."""
    query = (
        "select people.*, before.deferral_rate as rate_before, coalesce(answers.n, 0) > 0 as answers"
        " from fct_workforce_snapshot as people"
        " left join int_baseline_workforce as before on people.person_key = before.person_key"
        " left join (select person_key, count(*) as n from fct_yearly_events where event_type = 'deferral_change'"
        " and event_category = 'match_response' group by 1) as answers on people.person_key = answers.person_key"
        f" where people.cell = {CELLS[name]}"
    )
    return {row["employee_id"]: row for row in rows_of(database, query)}


def participation(database: Path, name: str) -> float:
    (row,) = rows_of(database, f"select participation_rate as share from fct_yearly_summary where cell = {CELLS[name]}")
    return float(row["share"])


@pytest.mark.slow
def test_a_better_match_raises_participation_by_what_was_published(database: Path) -> None:
    """Engelhardt and Kumar (2007): 3.75 to 6 points for 25 cents a dollar. The safe harbor pays 4 on the first 6% of
    pay instead of 3, which is 16.7 cents a dollar more, so 2.5 to 4 points."""
    found = participation(database, "safe harbor") - participation(database, "safe harbor, unanswered")
    assert 0.0375 / 0.25 / 6 <= found <= 0.06 / 0.25 / 6


@pytest.mark.slow
def test_participants_at_the_old_ceiling_follow_a_stretched_match_by_the_table(database: Path) -> None:
    stretched = [row for row in people(database, "stretched").values() if row["termination_date"] is None]
    at_ceiling = [row for row in stretched if row["rate_before"] is not None and float(row["rate_before"]) == 0.06]
    chances = {"low": 0.2, "moderate": 0.3, "high": 0.4, "executive": 0.5}
    segments = (("low", 0, 50_000), ("moderate", 50_000, 100_000), ("high", 100_000, 200_000), ("executive", 2e5, 1e12))
    expected = sum(
        chances[name]
        for name, low, high in segments
        for row in at_ceiling
        if low <= float(row["opening_compensation"]) < high
    )
    moved = [row for row in at_ceiling if row["answers"]]
    spread = 3 * len(at_ceiling) ** 0.5 / 2
    assert len(at_ceiling) > 50 and abs(len(moved) - expected) < spread
    assert {float(row["deferral_rate"]) for row in moved} == {0.12}
    assert not [row for row in stretched if row["answers"] and row["rate_before"] > 0.12]


@pytest.mark.slow
@pytest.mark.parametrize("table", ["fct_yearly_events", "fct_workforce_snapshot", "fct_yearly_summary"])
def test_without_answers_a_new_match_is_as_one_that_people_know(database: Path, table: str) -> None:
    numbers = (CELLS["stretched, unanswered"], CELLS["stretched, known"])
    keys = "cell" if table == "fct_yearly_summary" else "cell, person_key"
    one, other = (f"select * exclude ({keys}) from {table} where cell = {number}" for number in numbers)
    assert rows_of(database, f"select count(*) as n from ({one} except all {other})") == [{"n": 0}]


@pytest.mark.slow
def test_people_change_their_minds_as_often_as_the_table_says(database: Path) -> None:
    (found,) = rows_of(
        database,
        "with participants as (select person_key from int_baseline_workforce where deferral_rate > 0 and cell = 1)"
        " select (select count(*) from participants) as people,"
        " count(*) filter (where event_category = 'raised') as raised,"
        " count(*) filter (where event_category = 'lowered') as lowered,"
        " count(*) filter (where event_category = 'stopped') as stopped"
        " from fct_yearly_events where cell = 1 and event_type = 'deferral_change'",
    )
    # Half of the leavers are gone before their day, and who defers 1% has nothing to lower.
    for kind, low, high in (("raised", 0.12, 0.17), ("lowered", 0.06, 0.10), ("stopped", 0.01, 0.035)):
        assert low < found[kind] / found["people"] < high, kind
