"""Law 13 for the machine: limits as a stage had them, files as a finished run left them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from planalign_orchestrator import stage_builder
from planalign_orchestrator.config.hardware import Machine, resolve_limits
from planalign_orchestrator.model.build import ModelBuilder
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.pipeline import PipelineOrchestrator, StageContext
from planalign_orchestrator.storage.journal import digest_of
from planalign_orchestrator.storage.year_copy import list_copies
from planalign_orchestrator.warehouse import PUBLIC_TABLES
from tests.pipeline.runs import orchestrator_for
from tests.settings_effects.changes import Change
from tests.settings_effects.machine_changes import FILE_CHANGES, LIMIT_CHANGES
from tools.effects import effect_of

ROOMY = Machine(total_gib=32, available_gib=24, cores=4, free_disk_gib=500)
"""A machine that lowers nothing, whatever machine the test runs on."""


class SeenEnoughError(Exception):
    """Ends a run after its first stage."""


class Runs:
    """Runs of which those with equal settings are one."""

    def __init__(self, folder: Path, census: Path) -> None:
        self._folder, self._census = folder, census
        self._limits: dict[str, dict[str, Any]] = {}
        self._finished: dict[str, RunFolder] = {}

    def limits(self, flags: dict[str, Any]) -> dict[str, Any]:
        """What was in force when the first stage had been built."""
        if (name := repr(sorted(flags.items()))) not in self._limits:
            orchestrator = self._orchestrator(flags, f"limits_{len(self._limits)}")
            seen: dict[str, Any] = {}
            builders: list[ModelBuilder] = []

            class Remembered(ModelBuilder):
                def __init__(self, *arguments: Any, **named: Any) -> None:
                    super().__init__(*arguments, **named)
                    builders.append(self)

            def look(context: StageContext) -> None:
                assert context.record is not None
                seen.update(_in_force(orchestrator, builders[0]), batch_size=context.record.batch_size)
                raise SeenEnoughError

            orchestrator.add_stage_hook("post_stage", look)
            with pytest.MonkeyPatch.context() as patch, pytest.raises(SeenEnoughError):
                patch.setattr(stage_builder, "ModelBuilder", Remembered)
                orchestrator.execute_multi_year_simulation(2025, 2025)
            self._limits[name] = seen
        return self._limits[name]

    def finished(self, flags: dict[str, Any]) -> RunFolder:
        """The folder of a finished run; a second year goes on from a copy of the first."""
        if (name := repr(sorted(flags.items()))) not in self._finished:
            last = flags["simulation.end_year"]
            begun = self.finished({"simulation.end_year": 2025}) if last > 2025 else None
            orchestrator = self._orchestrator(flags, f"files_{len(self._finished)}")
            if begun is not None:
                shutil.copytree(begun.root, orchestrator.folder.root)
            orchestrator.execute_multi_year_simulation(2025, last, resume=begun is not None)
            self._finished[name] = orchestrator.folder
        return self._finished[name]

    def _orchestrator(self, flags: dict[str, Any], name: str) -> PipelineOrchestrator:
        probe = orchestrator_for(self._folder, self._census, flags=flags, name=name)
        limits = resolve_limits(probe.settings.multi_year.optimization, ROOMY)
        return orchestrator_for(self._folder, self._census, flags=flags, name=name, limits=limits)


def _in_force(orchestrator: PipelineOrchestrator, builder: ModelBuilder) -> dict[str, Any]:
    """The limits that DuckDB itself reports, and how many models are built at a time."""
    with orchestrator.database.open() as connection:
        row = connection.execute("select current_setting('memory_limit'), current_setting('threads')").fetchone()
    assert row is not None
    return {
        "memory_limit_gb": row[0],
        "duckdb_threads": row[1],
        "dbt_threads": builder.threads,
        "threads": (row[1], builder.threads),
    }


def _checkpoints(folder: RunFolder) -> Any:
    return [
        (copy.year, copy.path.name, copy.manifest.compression_level if copy.manifest else None, copy.checked().fault)
        for copy in list_copies(folder)
    ]


def _snapshots(folder: RunFolder) -> Any:
    return [
        (path.name, duckdb.execute(f"select count(*) from '{path.as_posix()}'").fetchone())
        for path in sorted(folder.snapshots.glob("*"))
    ]


def _tables(folder: RunFolder) -> Any:
    with duckdb.connect(str(folder.database), read_only=True) as connection:
        return connection.execute("select table_name from duckdb_tables() order by 1").fetchall()


def _history(folder: RunFolder) -> Any:
    return [result.root.name for result in folder.earlier_results()]


FILES: dict[str, Callable[[RunFolder], Any]] = {
    "file:checkpoints": _checkpoints,
    "file:snapshots": _snapshots,
    "file:simulation.duckdb": _tables,
    "file:history": _history,
}
"""What the effect of a setting means, read off a run folder."""


@pytest.fixture(scope="module")
def runs(small_census: Path, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    return Runs(tmp_path_factory.mktemp("machine"), small_census)


@pytest.mark.parametrize("key", LIMIT_CHANGES)
def test_limit_is_in_force(runs: Runs, key: str) -> None:
    change = LIMIT_CHANGES[key]
    kind, _, name = effect_of(key).partition(":")
    assert kind == "limit"
    assert runs.limits(change.around)[name] != runs.limits({**change.around, key: change.value})[name]


@pytest.mark.slow
def test_where_intermediate_states_are_kept_every_checkpoint_is(runs: Runs) -> None:
    state = {"multi_year.state.checkpoints_kept": 1, "multi_year.state.preserve_intermediate_states": True}
    assert [year for year, *_ in _checkpoints(runs.finished({"simulation.end_year": 2026, **state}))] == [2026, 2025]


@pytest.mark.slow
@pytest.mark.parametrize("key", FILE_CHANGES)
def test_file_is_left(runs: Runs, key: str) -> None:
    before, after = _around(FILE_CHANGES[key], key)
    look = FILES[effect_of(key)]
    assert look(runs.finished(before)) != look(runs.finished(after)), f"{key} does not change {effect_of(key)}"


@pytest.mark.slow
def test_no_setting_of_the_machine_changes_a_result(runs: Runs) -> None:
    contents = set()
    for key, change in FILE_CHANGES.items():
        if change.years == 1:
            with duckdb.connect(str(runs.finished(_around(change, key)[1]).database), read_only=True) as connection:
                contents.add(str([digest_of(connection, table) for table in PUBLIC_TABLES]))
    assert len(contents) == 1


def _around(change: Change, key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    before = {"simulation.end_year": 2025 + change.years - 1, **change.around}
    return before, {**before, key: change.value}
