"""The plan of the dbt project, kept between runs: dbt takes four seconds to be imported and to parse the project.

dbt's own partial parsing reads and compares every file of the project and of dbt's packages each time, and is put off
by another profile or folder. Here one digest over the files, the versions and the place decides: the same, or parsed
again. So it is when an environment variable that the project asked for has another value.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

from planalign_orchestrator.errors import PlanAlignError
from planalign_orchestrator.model_plan import ModelPlan, environment_now
from planalign_orchestrator.storage.durable import atomic_write_bytes

KEPT = 4
"""Plans in the folder; of older ones the file is deleted."""

_PACKAGES = ("dbt-core", "dbt-adapters", "dbt-common", "dbt-duckdb", "dbt-semantic-interfaces", "mashumaro")
_SOURCES = ("*.sql", "*.yml", "*.yaml", "*.csv", "*.md", "*.py")
_LEFT_BEHIND = ("target", "logs", "tmp", "dbt_packages")
_TAKEN_BY = ("dbt_runner.py", "macros_in_use.py", "model_plan.py", "model_templates.py")
"""What decides which part of a parsed project is in a plan."""

_DIGEST_BYTES = hashlib.sha256().digest_size
log = logging.getLogger(__name__)


def parsed_models(project: Path, catalog: str, folder: Path, parse: Callable[[], ModelPlan]) -> ModelPlan:
    """The plan of a project, from ``folder`` when it was parsed before.

    Args:
        project: the folder of the dbt project.
        catalog: the name of the database in the SQL.
        folder: where plans are kept; a folder that cannot be written only costs time.
        parse: has dbt parse the project.
    """
    path = folder / f"models_{_digest(project, catalog)}.json"
    plan = _read(path)
    if plan is None or plan.environment != environment_now(plan.environment):
        content = parse().to_json()
        _keep(path, content)
        plan = ModelPlan.from_json(content)  # as the next run will see it
    return plan


def _digest(project: Path, catalog: str) -> str:
    """Of everything that a parse depends on."""
    versions = {name: version(name) for name in _PACKAGES}
    found = hashlib.sha256(json.dumps([str(project), catalog, versions, _layout()]).encode())
    for path in _sources(project):
        content = path.read_bytes()
        found.update(f"{path.relative_to(project).as_posix()} {len(content)}\n".encode())
        found.update(content)
    return found.hexdigest()[:32]


def _layout() -> str:
    """Changes with what a plan takes from a manifest."""
    return hashlib.sha256(b"".join(Path(__file__).with_name(name).read_bytes() for name in _TAKEN_BY)).hexdigest()


def _sources(project: Path) -> Iterator[Path]:
    for path in sorted({path for pattern in _SOURCES for path in project.rglob(pattern)}):
        if path.relative_to(project).parts[0] not in _LEFT_BEHIND:
            yield path


def _read(path: Path) -> ModelPlan | None:
    """The plan in a file; None when there is none, when it is not what was written, or when somebody else wrote it.

    What a plan holds is run, so one that another user has put into a shared folder is not taken.
    """
    try:
        if not _is_own(path):
            return None
        stored = path.read_bytes()
    except OSError:
        return None
    content = stored[_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != stored[:_DIGEST_BYTES]:
        return None
    with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):  # it is none
        return ModelPlan.from_json(content)
    return None


def _is_own(path: Path) -> bool:
    # On Windows files have no number of an owner to compare; the folder's rights have to do.
    return not hasattr(os, "getuid") or path.stat().st_uid == os.getuid()


def _keep(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        atomic_write_bytes(path, hashlib.sha256(content).digest() + content)
    except (OSError, PlanAlignError) as error:
        log.info("the parsed models are not kept for the next run: %s", error)
        return
    for old in sorted(path.parent.glob("models_*.json"), key=_written)[:-KEPT]:
        with contextlib.suppress(OSError):  # another run has deleted it, or reads it on Windows
            old.unlink()


def _written(path: Path) -> float:
    """When a file was written; long ago if another run has deleted it meanwhile."""
    with contextlib.suppress(OSError):
        return path.stat().st_mtime
    return 0.0
