"""The comparison of event logs can fail: surplus, missing and altered events are each found."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest

from planalign_orchestrator.config.settings import Settings
from tests.engine import Engine, settings_with, write_census
from tests.oracle import enrollment, reporting, workforce
from tests.oracle.event_log import compare_events, differences
from tests.oracle.forecast import Foretold
from tests.oracle.own_tables import tables_of

RAISE = Foretold("E1", 2025, "raise", "merit_and_cola", dt.date(2025, 4, 1), (Decimal(50_000), Decimal(53_000)), (1, 1))  # type: ignore[arg-type]


def row(**changes: Any) -> dict[str, Any]:
    return {
        "employee_id": "E1",
        "simulation_year": 2025,
        "event_type": "raise",
        "event_category": "merit_and_cola",
        "effective_date": dt.date(2025, 4, 1),
        "compensation_before": Decimal("50000.00"),
        "compensation_after": Decimal("53000.00"),
        "level_before": 1,
        "level_after": 1,
        "deferral_rate_before": None,
        "deferral_rate_after": None,
        "reason": None,
        **changes,
    }


def test_the_same_event_is_no_difference() -> None:
    assert differences([RAISE], [row()]) == []


@pytest.mark.parametrize(
    "change",
    [
        {"employee_id": "E2"},
        {"event_category": "merit"},
        {"effective_date": dt.date(2025, 4, 2)},
        {"compensation_before": Decimal("50000.01")},
        {"compensation_after": Decimal("53000.01")},
        {"level_after": 2},
        {"reason": "voluntary"},
    ],
)
def test_an_altered_event_is_missing_and_surplus(change: dict[str, Any]) -> None:
    assert len(differences([RAISE], [row(**change)])) == 2


def test_a_missing_a_surplus_and_a_repeated_event() -> None:
    assert len(differences([RAISE], [])) == 1
    assert len(differences([], [row()])) == 1
    assert len(differences([RAISE], [row(), row()])) == 1


def test_forfeitures_are_left_to_the_money() -> None:
    assert differences([RAISE], [row(), row(event_type="forfeiture")]) == []


@pytest.fixture(scope="module")
def run(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Settings, Path]:
    """A small year."""
    folder = tmp_path_factory.mktemp("foretold")
    people = [
        {
            "employee_id": f"E{n}",
            "birth_date": dt.date(1960 + n, 5, 5),
            "hire_date": dt.date(2010 + n % 14, 2, 2),
            "annual_compensation": 60_000 + 1_000 * n,
            "deferral_rate": 0.05 * (n % 2),
        }
        for n in range(20)
    ]
    settings = settings_with(simulation__end_year=2025)
    census = write_census(folder / "census.parquet", people)
    return engine.simulate(settings, census, folder), settings, census


def test_a_run_is_as_foretold(run: tuple[Path, Settings, Path]) -> None:
    assert compare_events(*run) == []


@pytest.mark.parametrize(
    ("fault", "column"),
    [
        (
            "update fct_yearly_events set event_sequence = event_sequence + 1 where event_type = 'hire'",
            "event_sequence",
        ),
        ("update fct_yearly_events set event_id = uuid() where event_type = 'hire'", "event_id"),
        ("update fct_yearly_events set employee_age = employee_age + 1 where event_type = 'raise'", "employee_age"),
        ("update fct_yearly_events set employee_tenure = 0 where event_type = 'raise'", "employee_tenure"),
        ("update fct_yearly_events set amount = amount + 0.01 where event_type = 'raise'", "amount"),
        ("update fct_yearly_events set amount = 1 where event_type = 'hire'", "amount"),
        ("update fct_yearly_events set effective_date = effective_date + 1 where event_type = 'raise'", "event"),
        ("update fct_workforce_snapshot set enrollment_source = 'auto' where enrollment_source = 'census'", "_source"),
        ("update fct_workforce_snapshot set birth_date = birth_date + 1", "birth_date"),
        ("update fct_workforce_snapshot set person_key = person_key + 1", "person_key"),
        ("update fct_workforce_snapshot set pending_opt_out_date = date '2026-01-02'", "pending_opt_out_date"),
    ],
)
def test_a_planted_fault_is_found(run: tuple[Path, Settings, Path], tmp_path: Path, fault: str, column: str) -> None:
    database, settings, census = run
    altered = tmp_path / "altered.duckdb"
    altered.write_bytes(database.read_bytes())
    with duckdb.connect(str(altered)) as connection:
        if "fct_yearly_events" in fault:  # a view, which cannot be written to
            connection.execute("create table altered as from fct_yearly_events")
            connection.execute("drop view fct_yearly_events; alter table altered rename to fct_yearly_events")
        connection.execute(fault)
    assert any(difference.column.endswith(column) for difference in compare_events(altered, settings, census))


@pytest.mark.parametrize(
    "overrides",
    [
        {"age_bands": [{"age_band": "35-44", "exit_multiplier": 2.0}]},
        {"levels": [{"level_id": 1, "exit_multiplier": 2.0}]},
    ],
)
def test_tables_that_the_oracle_cannot_change_are_refused(overrides: dict[str, list[dict[str, Any]]]) -> None:
    with pytest.raises(ValueError, match="foretold"), tables_of(settings_with(assumptions__overrides=overrides)):
        pass


def test_tables_are_those_of_the_run_only_while_it_is_recomputed() -> None:
    new_year = {"tenure_band": "1", "min_years": 1, "max_years": 2, "exit_multiplier": 3, "promotion_multiplier": 1}
    bands = [
        {**new_year, "tenure_band": "<2", "min_years": 0, "max_years": 1, "conversion_multiplier": 0.5},
        {**new_year, "conversion_multiplier": 0.25},
    ]
    before = workforce.exit_hazard(40, 1, 1)
    with tables_of(settings_with(assumptions__overrides={"tenure_bands": bands})):
        assert workforce.exit_hazard(40, 1, 1) == 3
        assert [band.factor for band in enrollment.TENURE_CONVERSION] == [0.5, 0.25, 1, Fraction("1.1")]
        assert reporting.TENURE_BANDS[:3] == ((0, "<2"), (1, "1"), (2, "2-4"))
    assert workforce.exit_hazard(40, 1, 1) == before == Fraction("1.8")
