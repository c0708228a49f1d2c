"""What a result depends on, in a form whose differences can be named: settings, census, assumptions, model."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from planalign_orchestrator.config.result_settings import decides_result

Kind = Literal["census", "setting", "seed", "assumption table", "model", "version"]

NOTED_VERSIONS = ("python",)
"""Versions of which any change is worth a note and no more: no number of the model is computed in Python."""

FIXED_FOR_A_FOLDER = ("simulation.start_year", "simulation.scenario_id", "simulation.plan_design_id")
"""Settings that stand in every row: with another value the rows of earlier years would not fit."""

_QUOTED_OR_COMMENT = re.compile(
    r"""(?P<quoted>'(?:[^']|'')*'|"(?:[^"]|"")*")|\{\#.*?\#\}|--[^\n]*|/\*.*?\*/""", re.DOTALL
)


@dataclass(frozen=True)
class Fingerprints:
    """Everything that decides a result.

    Args:
        settings: effective settings by dotted name.
        census: SHA-256 of the census file's bytes.
        assumptions: a digest by assumption table.
        models: a digest by model or macro, without comments and spacing.
        versions: of this program, Python, DuckDB and Jinja.
        seed: of the random draws.
    """

    settings: Mapping[str, Any]
    census: str
    assumptions: Mapping[str, str]
    models: Mapping[str, str]
    versions: Mapping[str, str]
    seed: int


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was."""

    kind: Kind
    name: str
    before: str
    now: str

    def __str__(self) -> str:
        title = self.kind if self.name == self.kind else f"{self.kind} {self.name}"
        return f"{title}: was {self.before}, is {self.now}"


def differences(before: Fingerprints, now: Fingerprints) -> list[Difference]:
    """Everything that would change the result, named; versions of which only the patch number differs do not count."""
    found = [*_changed("census", {"census": _short(before.census)}, {"census": _short(now.census)})]
    found += _changed("setting", _deciding(before.settings), _deciding(now.settings))
    found += _changed("seed", {"seed": before.seed}, {"seed": now.seed})
    found += _changed("assumption table", _shortened(before.assumptions), _shortened(now.assumptions))
    found += _changed("model", _shortened(before.models), _shortened(now.models))
    found += [change for change in _changed("version", before.versions, now.versions) if not _is_harmless(change)]
    return found


def version_notes(before: Fingerprints, now: Fingerprints) -> list[str]:
    """Versions that differ without changing the result, such as those that differ in the patch number only."""
    return [str(change) for change in _changed("version", before.versions, now.versions) if _is_harmless(change)]


def model_digests(folder: Path) -> dict[str, str]:
    """A digest of each model and macro of a run, and of the types of its tables; comments do not count."""
    found = {}
    for pattern, digest in (
        ("models/**/*.sql", sql_digest),
        ("macros/*.sql", sql_digest),
        ("seeds/*.yml", yaml_digest),
    ):
        for path in sorted(folder.glob(pattern)):
            found[path.relative_to(folder).as_posix()] = digest(path.read_text(encoding="utf-8"))
    return found


def sql_digest(text: str) -> str:
    """A digest of SQL that comments and spacing outside quotes do not change."""
    quoted: list[str] = []

    def put_aside(match: re.Match[str]) -> str:
        if match.group("quoted") is None:
            return " "
        quoted.append(match.group("quoted"))
        return "\0"

    code = re.sub(r"\s+", " ", _QUOTED_OR_COMMENT.sub(put_aside, text)).strip()
    return hashlib.sha256(json.dumps([code, quoted]).encode()).hexdigest()


def yaml_digest(text: str) -> str:
    """A digest of YAML that empty lines and lines of comment do not change."""
    lines = [line.rstrip() for line in text.splitlines() if not line.lstrip().startswith("#")]
    return hashlib.sha256("\n".join(filter(None, lines)).encode()).hexdigest()


def _deciding(settings: Mapping[str, Any]) -> dict[str, Any]:
    # The seed is named on its own.
    return {key: value for key, value in settings.items() if decides_result(key) and key != "simulation.random_seed"}


def _changed(kind: Kind, before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
    return [
        Difference(kind, name, _shown(before, name), _shown(now, name))
        for name in sorted(before.keys() | now.keys())
        if _shown(before, name) != _shown(now, name)
    ]


def _shown(values: Mapping[str, Any], name: str) -> str:
    if name not in values:
        return "not there"
    value = values[name]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _is_harmless(change: Difference) -> bool:
    if change.name in NOTED_VERSIONS:
        return True
    before, now = (re.match(r"(\d+)\.(\d+)\b", version) for version in (change.before, change.now))
    return before is not None and now is not None and before.groups() == now.groups()


def _shortened(digests: Mapping[str, str]) -> dict[str, str]:
    return {name: _short(digest) for name, digest in digests.items()}


def _short(digest: str) -> str:
    return digest[:16]
