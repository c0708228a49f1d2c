"""The plan of the dbt project, kept between runs: dbt takes four seconds to be imported and to parse the project.

dbt's own partial parsing reads and compares every file of the project and of dbt's packages each time, and is put off
by another profile or folder. Here one digest over the files, the versions and the place decides: the same, or parsed
again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

from planalign_orchestrator import model_plan
from planalign_orchestrator.durable import atomic_write_bytes
from planalign_orchestrator.errors import PlanAlignError
from planalign_orchestrator.model_plan import ModelPlan

KEPT = 4
"""Plans in the folder; of older ones the file is deleted."""

_PACKAGES = ("dbt-core", "dbt-adapters", "dbt-common", "dbt-duckdb", "dbt-semantic-interfaces", "mashumaro")
_SOURCES = ("*.sql", "*.yml", "*.yaml", "*.csv", "*.md", "*.py")
_LEFT_BEHIND = frozenset({"target", "logs", "tmp", "dbt_packages"})
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
    if plan is None:
        plan = parse()
        _keep(path, plan)
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
    return hashlib.sha256(Path(model_plan.__file__).read_bytes()).hexdigest()


def _sources(project: Path) -> Iterator[Path]:
    for path in sorted({path for pattern in _SOURCES for path in project.rglob(pattern)}):
        if not _LEFT_BEHIND & set(path.relative_to(project).parts):
            yield path


def _read(path: Path) -> ModelPlan | None:
    """The plan in a file; None when there is none, or when it is not what was written."""
    try:
        stored = path.read_bytes()
    except OSError:
        return None
    content = stored[_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != stored[:_DIGEST_BYTES]:
        return None
    return ModelPlan.from_json(content)


def _keep(path: Path, plan: ModelPlan) -> None:
    content = plan.to_json()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        atomic_write_bytes(path, hashlib.sha256(content).digest() + content)
    except (OSError, PlanAlignError) as error:
        log.info("the parsed models are not kept for the next run: %s", error)
        return
    for old in sorted(path.parent.glob("models_*.json"), key=lambda file: file.stat().st_mtime)[:-KEPT]:
        with contextlib.suppress(OSError):  # another run has deleted it, or reads it on Windows
            old.unlink()
