"""What a result depends on, in a form whose differences can be named: settings, census, assumptions, model."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from planalign_orchestrator.config.result_settings import decides_result

Kind = Literal["census", "setting", "seed", "assumption table", "model", "version"]

NOTED_VERSIONS = ("python",)
"""Versions of which any change is worth a note and no more: no number of the model is computed in Python."""

FIXED_FOR_A_FOLDER = ("simulation.start_year", "simulation.scenario_id", "simulation.plan_design_id")
"""Settings that stand in every row: with another value the rows of earlier years would not fit."""


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

    @property
    def is_fixed(self) -> bool:
        """Whether it cannot change from a year on: every row of the earlier years depends on it."""
        return self.kind == "census" or self.name in FIXED_FOR_A_FOLDER

    def __str__(self) -> str:
        title = self.kind if self.name == self.kind else f"{self.kind} {self.name}"
        return f"{title}: was {self.before}, is {self.now}"


def differences(before: Fingerprints, now: Fingerprints) -> list[Difference]:
    """Everything that would change the result, named; versions of which only the patch number differs do not count."""
    return [change for change in _changes(before, now) if not _is_harmless(change)]


def version_notes(before: Fingerprints, now: Fingerprints) -> list[str]:
    """Versions that differ without changing the result, such as those that differ in the patch number only."""
    return [str(change) for change in _changes(before, now) if _is_harmless(change)]


def model_digests(folder: Path) -> dict[str, str]:
    """A digest of the text of each model and macro of a run, and of the types of its tables."""
    places = ("models/**/*.sql", "macros/*.sql", "seeds/*.yml")
    paths = [path for place in places for path in sorted(folder.glob(place))]
    texts = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}


def _changes(before: Fingerprints, now: Fingerprints) -> Iterator[Difference]:
    for (kind, facts), (_, facts_now) in zip(_facts(before), _facts(now), strict=True):
        for name in sorted(facts.keys() | facts_now.keys()):
            was, is_now = facts.get(name, "not there"), facts_now.get(name, "not there")
            if was != is_now:
                yield Difference(kind, name, was, is_now)


def _facts(made: Fingerprints) -> Iterator[tuple[Kind, Mapping[str, str]]]:
    """All that decides a result as texts to be shown, by kind and name; the seed is a kind of its own."""
    yield "census", {"census": made.census[:16]}
    deciding = {key: value for key, value in made.settings.items() if decides_result(key)}
    deciding.pop("simulation.random_seed", None)
    yield "setting", {key: value if isinstance(value, str) else _as_json(value) for key, value in deciding.items()}
    yield "seed", {"seed": str(made.seed)}
    yield "assumption table", {name: digest[:16] for name, digest in made.assumptions.items()}
    yield "model", {name: digest[:16] for name, digest in made.models.items()}
    yield "version", made.versions


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _is_harmless(change: Difference) -> bool:
    if change.kind != "version":
        return False
    if change.name in NOTED_VERSIONS:
        return True
    before, now = (re.match(r"(\d+)\.(\d+)\b", version) for version in (change.before, change.now))
    return before is not None and now is not None and before.groups() == now.groups()
