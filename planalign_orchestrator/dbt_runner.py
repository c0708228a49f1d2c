"""The dbt project in this process: dbt parses it once, then every stage is built from the plan that came of it.

Importing dbt costs seconds and a hundred megabytes, so it happens only when a project has to be parsed.
"""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from planalign_orchestrator.database_errors import meaning, says_disk_is_full, says_interrupted, says_memory_is_out
from planalign_orchestrator.errors import (
    LawBrokenError,
    ModelError,
    OutOfResourcesError,
    PlanAlignError,
    RunLockedError,
)
from planalign_orchestrator.macros_in_use import with_macros_in_use
from planalign_orchestrator.model_plan import SET_BY_A_RUN, ModelPlan
from planalign_orchestrator.model_session import Built, ModelSession
from planalign_orchestrator.parsed_models import parsed_models
from planalign_orchestrator.run.stages import Stage
from planalign_orchestrator.warehouse import DatabaseLimits


@dataclass(frozen=True)
class NodeResult:
    """One model or test that dbt has built.

    Args:
        name: of the model or test.
        kind: ``model`` or ``test``.
        seconds: from start to end, compiling included.
    """

    name: str
    kind: str
    seconds: float


_WHILE_PARSING = DatabaseLimits("1GiB", 1, Path("tmp"), "1GiB")
"""Stands in the profile while the project is parsed; nothing is opened with it."""

NodeListener = Callable[[str, str], None]
"""Called with the name of a node and ``started`` or ``finished``."""

Reader = Callable[[duckdb.DuckDBPyConnection, Mapping[str, str]], None]
"""Called with the database and the tables that were built, each with its materialization, while what was written is
still in memory."""


class DbtRunner:
    """Builds stages of the dbt project in a database file.

    Args:
        project: the folder of the dbt project; only read.
        database: the DuckDB file to build in.
        limits: what DuckDB may use.
        work_folder: where dbt writes compiled SQL.
        parse_cache: where the parsed project is kept for the next run.
        threads: models built at a time.
    """

    def __init__(
        self,
        project: Path,
        database: Path,
        limits: DatabaseLimits,
        work_folder: Path,
        parse_cache: Path,
        threads: int = 1,
    ) -> None:
        self.project = project
        self.threads = threads
        self._work_folder = work_folder
        catalog = database.name.partition(".")[0]
        with _without_garbage_collection():
            self.plan = parsed_models(project, catalog, parse_cache, lambda: self._parse(catalog))
        gc.freeze()  # never looked through again: modules and plan stay
        self._session = ModelSession(self.plan, work_folder)
        self.use(database, limits)

    @property
    def is_open(self) -> bool:
        """Whether the database is open, from a stage that was built to the next ``close``."""
        return self._session.is_open

    @property
    def compiled(self) -> dict[str, str]:
        """The SQL that each model was last compiled to, by name; of ephemeral ones too."""
        return self._session.compiled

    def use(self, database: Path, limits: DatabaseLimits) -> None:
        """Point the next stages at a database and its limits, which the start hooks read from the environment."""
        self._database = database
        self._set_environment(database, limits)
        self._session.use(database, limits)

    def _set_environment(self, database: Path, limits: DatabaseLimits) -> None:
        values = (
            database, self.threads, limits.memory_limit, limits.threads, limits.temp_directory, limits.temp_limit
        )  # fmt: skip
        os.environ.update(zip(SET_BY_A_RUN, map(str, values), strict=True))

    def build(
        self,
        stage: Stage,
        variables: dict[str, Any],
        listener: NodeListener | None = None,
        reader: Reader | None = None,
    ) -> list[NodeResult]:
        """Build the models of a stage in dependency order, and run its tests if it has any.

        The database stays open for the next stage, its write-ahead log merged; after a failure it is closed.

        Args:
            stage: what to build.
            variables: for the models. Those that ask for one again while they are built (the batch size, between two
                slices) see what it has become.
            listener: is told of each node.
            reader: reads what was built, unless something failed.

        Raises:
            LawBrokenError: a test of the stage failed.
            OutOfResourcesError: memory or disk ran out.
            ModelError: a model failed for another reason.
        """
        done = False
        try:
            with _without_garbage_collection():
                nodes = self._session.build(stage, variables, self.threads, listener or (lambda name, state: None))
            if not _has_failed(nodes):
                with self._session.connection() as connection:
                    if reader is not None:
                        reader(connection, {b.node.name: b.node.materialized for b in nodes if _is_table(b)})
                    connection.execute("checkpoint")  # closing would do it too, but could not tell of a full disk
                done = True
        except PlanAlignError:
            raise
        except Exception as error:
            _raise_if_interrupted(str(error))
            if isinstance(error, duckdb.Error) and isinstance(known := meaning(error, self._database), RunLockedError):
                raise known from error
            raise _error_of(stage, None, error) from error
        finally:
            if not done:
                self.close()
        if _has_failed(nodes):
            failed = nodes[-1]
            _raise_if_interrupted(str(failed.error))
            if isinstance(failed.error, PlanAlignError):
                raise failed.error
            raise _error_of(stage, failed, failed.error) from failed.error
        return [NodeResult(built.node.name, built.node.kind, built.seconds) for built in nodes]

    def models(self, stage: Stage) -> list[str]:
        """A stage's models in the order of building (ephemeral ones are not built; they are part of others)."""
        return [node.name for node in self.plan.models_in_order() if stage.folder in node.folders[:1]]

    def column_types(self, seed: str) -> dict[str, str]:
        """The DuckDB type of each column of an assumption table, as the project declares it."""
        node = next(node for node in self.plan.of_kind("seed").values() if node.name == seed)
        return dict(node.settings["column_types"])

    def close(self) -> None:
        """Close the database, so that the file can be copied or opened with other limits."""
        self._session.close()

    def _parse(self, catalog: str) -> ModelPlan:
        """Have dbt read the project. It writes the database's name into the SQL, so database files must have it too."""
        _let_classes_wait()
        from dbt.cli.main import dbtRunner
        from dbt.config.project import load_raw_project
        from dbt.config.runtime import load_profile, load_project

        self._set_environment(Path(f"{catalog}.duckdb"), _WHILE_PARSING)
        parsed = dbtRunner().invoke(["parse", "--no-partial-parse", *self._options(self._work_folder)])
        if isinstance(parsed.exception, KeyboardInterrupt):
            raise KeyboardInterrupt from parsed.exception
        if not parsed.success:
            raise ModelError(
                f"the dbt project in {self.project} cannot be read: {parsed.exception}",
                remedy="Reinstall planalign-engine, or undo the change to the project's files.",
            )
        root = str(self.project)
        description = load_raw_project(root)
        if description.get("dispatch"):
            raise ModelError(
                f"{self.project / 'dbt_project.yml'}: `dispatch` is not offered to a run, which knows no packages",
                remedy="Remove it: the project's own variants of a macro go before dbt's.",
            )
        asked = load_project(root, False, load_profile(root, {}), {}).project_env_vars
        return with_macros_in_use(ModelPlan.of(parsed.result, catalog, root, description.get("vars") or {}, asked))

    def _options(self, target: Path) -> list[str]:
        return [
            "--project-dir", str(self.project), "--profiles-dir", str(self.project),
            "--target-path", str(target), "--log-path", str(target), "--no-write-json", "--no-version-check",
            "--log-level", "none", "--log-level-file", "none", "--no-send-anonymous-usage-stats", "--quiet",
        ]  # fmt: skip


_VALUE = re.compile(r"""\b(value|string)s? (?:"[^"]*"|'[^']*'|[-+]?\d[\d.,]*)""", re.IGNORECASE)
"""How the database quotes a value that it could not convert: it may be somebody's pay."""


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Do not look for garbage while what comes into being stays, or is soon let go of without being looked for."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _let_classes_wait() -> None:
    """Have dbt's 340 classes write the code that converts them when it is called, not at import."""
    from dbt_common.dataclass_schema import dbtMashConfig

    dbtMashConfig.lazy_compilation = True


def _has_failed(nodes: Sequence[Built]) -> bool:
    return bool(nodes) and nodes[-1].has_failed


def _is_table(built: Built) -> bool:
    return built.node.kind == "model" and built.node.materialized != "view"


def _raise_if_interrupted(words: str) -> None:
    """Ctrl-C while a statement runs comes as an error of the database."""
    if says_interrupted(words):
        raise KeyboardInterrupt


def _error_of(stage: Stage, failed: Built | None, exception: Exception | None) -> PlanAlignError:
    """The error that a failed stage means, with the model's name and the database's own words."""
    if failed is not None and exception is None:
        return LawBrokenError(f"{stage.name}: test {failed.node.name} found {failed.failures} rows that break it")
    words = str(exception).strip()
    where = f"{stage.name}: model {failed.node.name}" if failed is not None else stage.name
    if says_memory_is_out(words) or isinstance(exception, MemoryError):
        # What DuckDB advises here (less threads, no order) is for people who write SQL.
        return OutOfMemoryInStage(f"{where} ran out of memory: {words.partition('Possible solutions')[0].strip()}")
    if says_disk_is_full(words):
        return OutOfResourcesError(
            f"{where} ran out of disk: {words}",
            remedy="Free disk space, or choose a folder on a larger disk with --output, and run again with "
            "--resume-from-checkpoint.",
        )
    return ModelError(
        f"{where} failed: {_without_values(words)}",
        remedy="If you changed an assumption table or a model, undo the change; the last good result is untouched. "
        "The compiled SQL is in the run folder under logs/dbt.",
    )


def _without_values(words: str) -> str:
    return _VALUE.sub(r"\1 (not shown)", words)


class OutOfMemoryInStage(OutOfResourcesError):
    """DuckDB ran out of memory in a stage; the stage can be repeated with a smaller batch."""
