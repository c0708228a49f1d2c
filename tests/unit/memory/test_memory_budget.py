import pytest

from planalign_orchestrator.memory.batches import (
    OVERSHOOT,
    SMALLEST_DUCKDB_BYTES,
    divide_budget,
    next_budget_gib,
    slice_need,
)
from planalign_orchestrator.memory.readings import GIB, MIB
from tests.unit.memory.scripted import Run


@pytest.mark.parametrize("budget", [1 * GIB, 2 * GIB, 4 * GIB, 6 * GIB])
def test_the_shares_are_the_budget(budget: int) -> None:
    shares = divide_budget(budget, 200 * MIB)
    assert shares.python + shares.duckdb + shares.reserve == budget
    assert shares.python == 200 * MIB


@pytest.mark.parametrize("budget", [1 * GIB, 2 * GIB, 4 * GIB, 6 * GIB])
def test_a_database_that_exceeds_its_limit_by_half_stays_within_the_budget(budget: int) -> None:
    shares = divide_budget(budget, 200 * MIB)
    assert shares.python + shares.duckdb * (1 + OVERSHOOT) <= budget


@pytest.mark.parametrize("budget", [2 * GIB, 4 * GIB, 6 * GIB])
def test_a_database_that_fills_its_limit_does_not_raise_an_alarm(budget: int) -> None:
    shares = divide_budget(budget, 200 * MIB)
    assert (shares.python + shares.duckdb) / budget < 0.75


def test_the_database_has_what_it_needs_to_spill_even_when_the_budget_is_gone() -> None:
    assert divide_budget(100 * MIB, 200 * MIB).duckdb == SMALLEST_DUCKDB_BYTES
    assert divide_budget(100 * MIB, 200 * MIB).reserve == 0


def test_what_the_first_stage_leaves_in_use_is_what_python_needs() -> None:
    run = Run()
    run.memory.mark("START", 2025)
    run.probe.says(340)
    run.memory.mark("INITIALIZATION", 2025)
    run.probe.says(900)
    run.memory.mark("FOUNDATION", 2025)
    assert run.memory.shares.python == 340 * MIB
    assert run.memory.shares.duckdb == divide_budget(4 * GIB, 340 * MIB).duckdb


def test_the_database_gets_less_when_the_machine_cannot_give_the_budget() -> None:
    run = Run(budget_gb=4)
    whole = run.memory.shares.duckdb
    run.sees(0.05, available_mb=1000)
    assert run.memory.duckdb_memory_limit_bytes == run.memory.shares.duckdb < whole / 2
    run.sees(0.05, available_mb=60_000)
    assert run.memory.shares.duckdb == whole


def test_the_database_gets_what_a_slice_needs_and_not_its_whole_share() -> None:
    limits = [Run(budget_gb=6, batch_size=size).memory.duckdb_memory_limit_bytes for size in (100, 250, 500, 1000)]
    assert limits == [slice_need(size) for size in (100, 250, 500, 1000)] == sorted(limits)
    assert limits[-1] < Run(budget_gb=6).memory.shares.duckdb


def test_the_database_gets_less_by_what_was_drawn_beyond_the_fallback_line() -> None:
    run = Run(budget_gb=4)
    whole = run.memory.shares.duckdb
    run.sees(0.95)
    assert run.memory.shares.duckdb == pytest.approx(whole - 0.15 * 4 * GIB / 1.5, abs=4)


def test_pressure_counts_against_what_the_machine_can_give() -> None:
    run = Run(budget_gb=4)
    run.sees(0.25, available_mb=100)
    assert run.memory.sample().level.name == "CRITICAL"


@pytest.mark.parametrize("failed_with", [128 * MIB, 379 * MIB, 1200 * MIB])
def test_the_needed_budget_gives_the_database_twice_what_was_not_enough(failed_with: int) -> None:
    needed = next_budget_gib(failed_with, 200 * MIB)
    assert divide_budget(int(needed * GIB), 200 * MIB).duckdb >= 2 * failed_with
    assert divide_budget(int((needed - 0.1) * GIB), 200 * MIB).duckdb < 2 * failed_with
