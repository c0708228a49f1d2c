"""Which limits a run gets on which machine: what is asked for, as far as the machine can give it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from planalign_orchestrator.config.hardware import (
    LARGEST_SHARE_OF_TOTAL,
    LEVELS,
    SMALLEST_LIMIT_GB,
    Machine,
    recommended_settings,
    resolve_limits,
)
from planalign_orchestrator.config.settings import Optimization, Settings


def machine(total: float = 15.6, available: float = 9.0, **more: Any) -> Machine:
    return Machine(**{"total_gib": total, "available_gib": available, "cores": 4, "free_disk_gib": 200.0, **more})


def test_the_levels_are_those_of_the_document() -> None:
    """But that the largest batch is what is worth its memory."""
    assert {name: (level.memory_limit_gb, level.batch_size) for name, level in LEVELS.items()} == {
        "fallback": (1, 100),
        "low": (2, 250),
        "medium": (4, 500),
        "high": (6, 500),
    }


@pytest.mark.parametrize(
    ("total", "available", "level"),
    [
        (31.0, 20.0, "high"),
        (15.6, 9.0, "high"),
        (15.6, 5.0, "medium"),
        (11.7, 9.0, "medium"),
        (7.7, 4.5, "medium"),
        (7.7, 3.9, "low"),
        (3.8, 2.2, "low"),
        (3.8, 1.4, "fallback"),
        (1.9, 1.5, "fallback"),
    ],
)
def test_auto_chooses_by_total_and_free_memory(total: float, available: float, level: str) -> None:
    limits = resolve_limits(Optimization(level="auto"), machine(total, available))

    assert limits.level == level
    assert limits.batch_size == LEVELS[limits.level].batch_size
    assert limits.reason.startswith(f"{level} (chosen): ")
    assert "\n" not in limits.reason


@pytest.mark.parametrize("level", ["low", "medium", "high"])
def test_a_level_that_fits_is_taken_as_it_is(level: Any) -> None:
    limits = resolve_limits(Optimization(level=level), machine())

    assert (limits.level, limits.memory_limit_gb, limits.batch_size) == (
        level,
        LEVELS[limits.level].memory_limit_gb,
        LEVELS[limits.level].batch_size,
    )
    assert limits.messages == ()
    assert "(as set)" in limits.reason


@pytest.mark.parametrize(
    ("total", "available", "level", "memory"),
    [
        (7.7, 5.9, "medium", 4),  # 75% of the memory is less than high needs
        (15.6, 4.2, "medium", 4),  # others use the rest
        (15.6, 1.6, "fallback", 1.6),
        (0.9, 0.4, "fallback", SMALLEST_LIMIT_GB),
    ],
)
def test_a_level_too_high_for_the_machine_is_lowered_with_a_message(
    total: float, available: float, level: str, memory: float
) -> None:
    limits = resolve_limits(Optimization(level="high"), machine(total, available))

    assert (limits.level, limits.memory_limit_gb) == (level, memory)
    assert f"level high needs 6 GiB and is lowered to {level}: this machine has {total:.1f} GiB" in limits.messages[0]


def test_a_memory_limit_overrides_the_level_and_is_lowered_if_need_be() -> None:
    as_asked = resolve_limits(Optimization(level="medium", memory_limit_gb=3), machine())
    lowered = resolve_limits(Optimization(level="medium", memory_limit_gb=12), machine(available=7.5))

    assert (as_asked.level, as_asked.memory_limit_gb, as_asked.batch_size, as_asked.messages) == ("medium", 3, 500, ())
    assert lowered.memory_limit_gb == 7.5
    assert "the memory limit of 12 GiB is lowered to 7.5 GiB" in lowered.messages[0]


def test_with_a_memory_limit_auto_chooses_the_batch_that_suits_it() -> None:
    limits = resolve_limits(Optimization(memory_limit_gb=2.5), machine())

    assert (limits.level, limits.memory_limit_gb, limits.batch_size) == ("low", 2.5, 250)


def test_a_batch_size_is_taken_as_set_even_on_a_slow_disk() -> None:
    assert resolve_limits(Optimization(batch_size=42), machine(sync_seconds=1.0)).batch_size == 42


@pytest.mark.parametrize(
    "disk",
    [{"sync_seconds": 0.2}, {"synchronized_by": "OneDrive"}, {"free_disk_gib": 3.0}],
    ids=lambda disk: next(iter(disk)),
)
def test_a_disk_that_is_slow_copied_or_full_makes_batches_one_step_smaller(disk: dict[str, Any]) -> None:
    limits = resolve_limits(Optimization(level="medium"), machine(**disk))

    assert (limits.memory_limit_gb, limits.batch_size) == (4, 250)
    assert "batches of 250 instead of 500 thousand people" in limits.messages[0]


def test_a_synchronized_folder_and_little_disk_are_told_with_what_to_do() -> None:
    limits = resolve_limits(Optimization(), machine(synchronized_by="Dropbox", free_disk_gib=1.5))

    assert any("copied by Dropbox" in message and "--output" in message for message in limits.messages)
    assert "only 1.5 GiB of disk are free; a large run needs more" in limits.messages
    assert "copied by Dropbox" in limits.reason


def test_threads_are_lowered_to_the_cores() -> None:
    limits = resolve_limits(Optimization(max_workers=8), machine(cores=2))

    assert limits.threads == 2
    assert limits.messages == ("max_workers 8 is lowered to 2: this process may use 2 cores",)
    assert resolve_limits(Optimization(), machine()).threads == 1


def test_a_container_is_called_by_its_name() -> None:
    assert "the container has 3.0 GiB" in resolve_limits(Optimization(), machine(3.0, 2.5, in_container=True)).reason


@pytest.mark.slow
@given(
    optimization=st.builds(
        Optimization,
        level=st.sampled_from(["auto", "low", "medium", "high"]),
        max_workers=st.integers(1, 64),
        batch_size=st.none() | st.integers(1, 100_000),
        memory_limit_gb=st.none() | st.floats(0.5, 1024),
    ),
    total=st.floats(0.1, 2048),
    free_share=st.floats(0, 1),
    cores=st.integers(1, 256),
    disk=st.floats(0, 10_000),
    sync=st.none() | st.floats(0, 10),
)
def test_no_machine_is_asked_for_more_than_it_has(
    optimization: Optimization, total: float, free_share: float, cores: int, disk: float, sync: float | None
) -> None:
    available = total * free_share
    limits = resolve_limits(optimization, Machine(total, available, cores, disk, sync_seconds=sync))

    assert limits.memory_limit_gb <= max(SMALLEST_LIMIT_GB, min(available, total * LARGEST_SHARE_OF_TOTAL))
    assert limits.memory_limit_gb >= SMALLEST_LIMIT_GB
    assert 1 <= limits.threads <= cores
    assert limits.batch_size >= 1
    wanted = optimization.memory_limit_gb or LEVELS.get(optimization.level, LEVELS["fallback"]).memory_limit_gb
    if optimization.level != "auto" and limits.memory_limit_gb < wanted:
        assert any("lowered" in message for message in limits.messages)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (machine(7.7, 4.5), ("medium", None, None)),
        (machine(7.7, 4.5, sync_seconds=0.3), ("medium", 250, None)),
        (machine(3.8, 1.4), ("low", 100, 1.4)),
    ],
)
def test_a_recommendation_written_down_gives_the_same_limits_again(
    where: Machine, expected: tuple[str, int | None, float | None]
) -> None:
    limits = resolve_limits(Optimization(), where)
    written = recommended_settings(Settings(), limits).multi_year.optimization

    assert (written.level, written.batch_size, written.memory_limit_gb) == expected
    again = resolve_limits(written, where)
    assert (again.memory_limit_gb, again.batch_size, again.threads) == (
        limits.memory_limit_gb,
        limits.batch_size,
        limits.threads,
    )
