"""The process dies at every single file operation, and the next command goes on to the equal result."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from planalign_orchestrator.run.folder import RunFolder
from tests.checkpoints.tiny_run import (
    FIRST,
    KILLED,
    LAST,
    copies_of,
    fingerprints,
    in_process,
    operations_of,
    result,
    run,
    run_killed_at,
)
from tests.checkpoints.watched_run import FAULT_POINTS

OTHER = fingerprints(rate=0.2)
SHORT = FIRST + 1
"""Two years are enough to be killed everywhere: they have a first, a later and a last year."""


def nothing(root: Path) -> None:
    """A fresh start."""


def lost_database(root: Path) -> None:
    """A run stopped in its second year whose database is gone."""
    run(root, last=FIRST)
    RunFolder(root).database.unlink()


def done(root: Path) -> None:
    """A run that has succeeded."""
    run(root, last=SHORT)


SCENARIOS: dict[str, tuple[Callable[[Path], None], dict[str, Any], dict[str, Any]]] = {
    "run": (nothing, {}, {}),
    "run compressed": (nothing, {"level": 1, "keep": 1}, {"level": 1, "keep": 1}),
    "restore": (lost_database, {"resume": True}, {}),
    "rewind": (done, {"from_year": SHORT, "now": OTHER}, {"now": OTHER}),
}
"""What is prepared, which command is killed, and with which arguments the next one resumes."""


@pytest.fixture(scope="module", params=SCENARIOS)
def scenario(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, ...]:
    prepare, killed, resumed = SCENARIOS[request.param]
    base = tmp_path_factory.mktemp("scenario")
    prepare(base / "prepared")
    start = base / "undisturbed"
    _copy(base / "prepared", start)
    operations = operations_of(start, last=SHORT, **killed)
    return base / "prepared", operations, killed, resumed, (result(start), copies_of(start))


def _copy(source: Path, target: Path) -> None:
    if source.exists():
        shutil.copytree(source, target)


@pytest.mark.slow
def test_killed_at_every_file_operation(scenario: tuple[Any, ...], tmp_path: Path) -> None:
    prepared, operations, killed, resumed, expected = scenario
    for number, (operation, name) in enumerate(operations, start=1):
        if operation == "fault_point":  # the files are as they are before the next operation
            continue
        if "level" in killed and "journal" in name:  # the plain run is killed there already
            continue
        root = tmp_path / f"at{number}"
        _copy(prepared, root)
        assert in_process(run_killed_at, number, root, last=SHORT, **killed) == KILLED
        outcome = in_process(run, root, resume=True, last=SHORT, **resumed)
        if outcome != 0 and "from_year" in killed:  # killed before it was written down that other settings count
            outcome = in_process(run, root, last=SHORT, **killed)
        assert outcome == 0, (number, operation, name)
        assert (result(root), copies_of(root)) == expected, (number, operation, name)
        shutil.rmtree(root)


@pytest.mark.parametrize("seed", range(4))
def test_killed_several_times_at_random(tmp_path: Path, undisturbed: dict[str, Any], seed: int) -> None:
    draw = random.Random(seed)
    root = tmp_path / "run"
    in_process(run_killed_at, draw.randrange(1, 110), root)
    for _ in range(4):
        in_process(run_killed_at, draw.randrange(1, 60), root, resume=True)
        if draw.random() < 0.3:
            RunFolder(root).partial_database.unlink(missing_ok=True)
    run(root, resume=True)
    assert result(root) == undisturbed


def _reached(number: int, seen: list[tuple[str, str]]) -> set[str]:
    return {name for operation, name in seen[:number] if operation == "fault_point"}


def test_every_fault_point_is_reached_by_a_scenario(tmp_path: Path) -> None:
    """A new fault point that no scenario reaches, and so no test kills at, fails here."""
    reached: set[str] = set()
    for number, (prepare, killed, _) in enumerate(SCENARIOS.values()):
        root = tmp_path / str(number)
        prepare(root)
        seen = operations_of(root, last=SHORT, **killed)
        reached |= _reached(len(seen), seen)
    assert reached == FAULT_POINTS


@pytest.mark.parametrize("point", sorted(FAULT_POINTS))
def test_killed_at_every_fault_point(tmp_path: Path, point: str) -> None:
    for name, (prepare, killed, resumed) in SCENARIOS.items():
        root = tmp_path / name.replace(" ", "_")
        prepare(root)
        _copy(root, tmp_path / "count")
        names = [found for _, found in operations_of(tmp_path / "count", last=SHORT, **killed)]
        expected = result(tmp_path / "count")
        shutil.rmtree(tmp_path / "count")
        if point not in names:
            continue
        assert in_process(run_killed_at, names.index(point) + 1, root, last=SHORT, **killed) == KILLED
        again = killed if point == "restore.before_journal" and "from_year" in killed else {"resume": True, **resumed}
        run(root, last=SHORT, **again)
        assert result(root) == expected, name
        return
    pytest.fail(f"no scenario reaches {point}")


def test_the_scenarios_are_shorter_than_the_whole_run() -> None:
    assert SHORT < LAST
