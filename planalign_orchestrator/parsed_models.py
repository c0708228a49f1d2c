"""The parsed dbt project, kept between runs: parsing takes seconds, reading what came of it tenths of one.

dbt's own partial parsing reads and compares every file of the project and of dbt's packages each time, and is put off
by another profile or folder. Here one digest over the files, the versions and the place decides: the same, or parsed
again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import re
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from planalign_orchestrator.durable import atomic_write_bytes
from planalign_orchestrator.errors import PlanAlignError

KEPT = 4
"""Parsed projects in the folder; of older ones the file is deleted."""

_PACKAGES = ("dbt-core", "dbt-adapters", "dbt-common", "dbt-duckdb", "dbt-semantic-interfaces", "mashumaro")
_SOURCES = ("*.sql", "*.yml", "*.yaml", "*.csv", "*.md", "*.py")
_LEFT_BEHIND = frozenset({"target", "logs", "tmp", "dbt_packages"})
_DIGEST_BYTES = hashlib.sha256().digest_size
_NAMES = re.compile(r"[A-Za-z_]\w*")
_CALLED_BY_THE_ADAPTER = ("get_columns_in_relation", "get_test_sql", "statement")
"""Macros that dbt's Python code calls by name while it builds models and tests."""

log = logging.getLogger(__name__)


def parsed_models(project: Path, catalog: str, folder: Path, parse: Callable[[], Any]) -> Any:
    """The manifest of a project, from ``folder`` when it was parsed before.

    Args:
        project: the folder of the dbt project.
        catalog: the name of the database in the SQL.
        folder: where parsed projects are kept; a folder that cannot be written only costs time.
        parse: has dbt parse the project.
    """
    path = folder / f"models_{_digest(project, catalog)}.msgpack"
    manifest = _read(path)
    if manifest is None:
        manifest = parse()
        _leave_out_schema_tests(manifest)
        _leave_out_unreachable_macros(manifest)
        _keep(path, manifest)
    return manifest


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
    """Changes with what this module leaves out of a manifest."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


def _sources(project: Path) -> Iterator[Path]:
    for path in sorted({path for pattern in _SOURCES for path in project.rglob(pattern)}):
        if not _LEFT_BEHIND & set(path.relative_to(project).parts):
            yield path


def _read(path: Path) -> Any:
    """The manifest in a file; None when there is none, or when it is not what was written."""
    from dbt.contracts.graph.manifest import Manifest

    try:
        stored = path.read_bytes()
    except OSError:
        return None
    content = stored[_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != stored[:_DIGEST_BYTES]:
        return None
    return Manifest.from_msgpack(content)


def _keep(path: Path, manifest: Any) -> None:
    content = manifest.to_msgpack()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        atomic_write_bytes(path, hashlib.sha256(content).digest() + content)
    except (OSError, PlanAlignError) as error:
        log.info("the parsed models are not kept for the next run: %s", error)
        return
    for old in sorted(path.parent.glob("models_*.msgpack"), key=lambda file: file.stat().st_mtime)[:-KEPT]:
        with contextlib.suppress(OSError):  # another run has deleted it, or reads it on Windows
            old.unlink()


def _leave_out_schema_tests(manifest: Any) -> None:
    # The tests that describe columns are for `dbt build` by hand. The laws check more, and they stay.
    for key, node in list(manifest.nodes.items()):
        if node.resource_type == "test" and "law" not in node.tags:
            del manifest.nodes[key]
    manifest.files = {}  # what partial parsing would compare


def _leave_out_unreachable_macros(manifest: Any) -> None:
    """Keep the macros whose names occur in what is kept: dbt puts every macro into the context of every node, twice."""
    by_name: dict[str, list[Any]] = {}
    for macro in manifest.macros.values():
        by_name.setdefault(_plain_name(macro.name), []).append(macro)
    kept = {macro.unique_id: macro for macro in _materializations(manifest)}
    kept |= {macro.unique_id: macro for name in _CALLED_BY_THE_ADAPTER for macro in by_name[name]}
    texts = [node.raw_code for node in manifest.nodes.values()] + [macro.macro_sql for macro in kept.values()]
    while texts:
        names = {name for text in texts for name in _NAMES.findall(text)}
        found = [macro for name in names & by_name.keys() for macro in by_name[name] if macro.unique_id not in kept]
        kept |= {macro.unique_id: macro for macro in found}
        texts = [macro.macro_sql for macro in found]
    for key in manifest.macros.keys() - kept.keys():
        del manifest.macros[key]


def _plain_name(name: str) -> str:
    """The name that a macro is called by: adapters' variants have a prefix before it."""
    return name.rpartition("__")[2]


def _materializations(manifest: Any) -> Iterator[Any]:
    built = [node for node in manifest.nodes.values() if node.resource_type in ("model", "test")]
    for kind in {node.get_materialization() for node in built} - {"ephemeral"}:
        yield manifest.find_materialization_macro_by_name(built[0].package_name, kind, "duckdb")
