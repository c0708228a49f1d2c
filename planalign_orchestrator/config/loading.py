"""Puts the settings of one run together: flag over environment over scenario over file over policy over default.

Finds the configuration file and the scenario that a command means.
"""

import copy
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from planalign_orchestrator.config import catalogue, layers
from planalign_orchestrator.config.complaints import conflict_keys, leaf_at, place_of, sentence
from planalign_orchestrator.config.layers import Layer, Policy, SourceKind
from planalign_orchestrator.config.plan import KnownPlan, known_plan
from planalign_orchestrator.config.secrecy import without_secrets
from planalign_orchestrator.config.settings import Settings, settings_of
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.pipes import refuse_pipes
from planalign_orchestrator.resources import config_dir

REMEDY = "docs/configuration.md lists every setting; `planalign config validate FILE` checks a file."


@dataclass(frozen=True)
class Source:
    """Where a value comes from.

    Args:
        kind: default, policy, file, scenario, environment, flag or amendment.
        detail: the place: ``config/x.yaml:12``, ``DBT_THREADS``, ``--threads``; empty for a default.
    """

    kind: SourceKind
    detail: str = ""

    def __str__(self) -> str:
        return self.detail or self.kind


@dataclass(frozen=True)
class SettingInForce:
    """A setting with its value and where it comes from; the value is fit to be shown."""

    key: str
    value: Any
    source: Source
    is_default: bool


@dataclass(frozen=True)
class EffectiveSettings:
    """The settings of one run and where each of them comes from.

    Args:
        settings: typed and checked.
        layers: what they are merged of, the lowest first.
        policy: of this machine.
        amended: the same with the amendments in force, by the year from which on they are, in order.
    """

    settings: Settings
    layers: Sequence[Layer]
    policy: Policy | None = None
    amended: Mapping[int, "EffectiveSettings"] = field(default_factory=dict)

    def in_force(self, year: int) -> "EffectiveSettings":
        """The settings of a year, and where each of them comes from."""
        return next((found for first, found in reversed(list(self.amended.items())) if first <= year), self)

    def value(self, key: str) -> Any:
        """The value of a setting by its dotted key."""
        return catalogue.value_of(self.settings, key)

    def where(self, path: catalogue.KeyPath, year: int = 0) -> str:
        """The place where something inside a setting was written, or the nearest thing around it, for later faults."""
        for length in range(len(path), 0, -1):
            for layer in reversed(self.in_force(year).layers):
                if layers.lookup(layer.data, path[:length])[0]:
                    return layer.where(path[:length])
        return "defaults"

    def listing(self) -> Iterator[SettingInForce]:
        """Every setting in the order of the model, without secrets."""
        for key, leaf in catalogue.leaves().items():
            value = self.value(key)
            yield SettingInForce(key, without_secrets(catalogue.plain(value)), self.source(key), value == leaf.default)

    def source(self, key: str) -> Source:
        """Where the value of a setting comes from, by its dotted key."""
        path = tuple(key.split("."))
        giving = [
            (layer, value) for layer in self.layers for found, value in [layers.lookup(layer.data, path)] if found
        ]
        if not giving:
            return Source("default")
        last, value = giving[-1]
        if not isinstance(value, dict) and key != "amendments":
            return Source(last.kind, last.where(path))
        # Mappings are merged and amendments add up: each one that is not empty has a part in the value.
        sharing = [layer for layer, value in giving if value] or [last]
        return Source(sharing[-1].kind, " over ".join(layer.where(path) for layer in reversed(sharing)))


def find_settings(
    config: Path | None,
    scenario: str | None = None,
    flags: Mapping[str, object] = MappingProxyType({}),
    *,
    environ: Mapping[str, str] = os.environ,
) -> EffectiveSettings:
    """The settings that a command means: where it names no configuration file, the one of the working folder.

    Args:
        config: the configuration file.
        scenario: a name or a file.
        flags: values from the command line by dotted key; None counts as not given.
        environ: the environment.

    Raises:
        ConfigurationError: with every fault that there is, each with its place.
    """
    return load_settings(
        config_file=find_config_file(config), scenario_file=find_scenario_file(scenario), environ=environ, flags=flags
    )


def load_settings(
    *,
    config_file: Path | None,
    scenario_file: Path | None = None,
    environ: Mapping[str, str] = MappingProxyType({}),
    flags: Mapping[str, object] = MappingProxyType({}),
) -> EffectiveSettings:
    """Read, merge and check the settings of a run.

    Args:
        config_file: the configuration file, or None for defaults alone.
        scenario_file: a file with a few settings on top of it, or None.
        environ: the environment, usually ``os.environ``.
        flags: values from the command line by dotted key; None counts as not given.

    Raises:
        ConfigurationError: with every fault that there is, each with its place.
    """
    policy = layers.read_policy()
    stack = [policy.layer] if policy else []
    stack += [layers.file_layer(config_file, "file")] if config_file else []
    stack += [layers.file_layer(scenario_file, "scenario")] if scenario_file else []
    stack += [layers.environment_layer(environ), layers.flag_layer(flags)]
    given = list(stack)
    if scenario_file:
        stack += known_plan_layers([layer for layer in given if layer.kind != "scenario"], given)
    amendments = sorted(
        (found for layer in stack for found in layers.amendment_layers(layer)), key=lambda found: found[0]
    )
    taken_out = {path for layer in [*stack, *(above for _, above in amendments)] for path in take_out_faulty(layer)}
    stacks = {0: stack} | {
        year: [*stack, *(layer for first_year, layer in amendments if first_year <= year)] for year, _ in amendments
    }
    faults = [fault for layer in stack for fault in layer.faults]
    faults += policy.faults([*given[1:], *(above for _, above in amendments)]) if policy else []
    if all(layer.readable for layer in stack):
        faults += [fault for stack in stacks.values() for fault in _conflicts(layers.merged(stack), stack, taken_out)]
    catalogue.raise_together(faults, remedy=REMEDY)
    settings, *amended = [
        EffectiveSettings(Settings.model_validate(layers.merged(stack)), stack, policy) for stack in stacks.values()
    ]
    return replace(settings, amended=dict(zip(list(stacks)[1:], amended, strict=True)))


def known_plan_layers(known: list[Layer], whole: list[Layer]) -> list[Layer]:
    """The plan that people know where a scenario changes the match: that of the settings without it.

    Args:
        known: the settings without the scenario. Where they do not hold by themselves, there is no such plan.
        whole: the settings with it; what they say of the plan that people know stays.
    """
    trees = [layers.merged(known), layers.merged(whole)]
    before, after = map(_known_plan, trees) if trees[0] != trees[1] else (None, None)
    if before is None or before == after:
        return []
    _, said = layers.lookup(trees[1], ("plan", "behavior", "known_plan"))
    unsaid = {name: value for name, value in before.model_dump().items() if (said or {}).get(name) is None}
    data = {"plan": {"behavior": {"known_plan": unsaid}}}
    return [Layer("file", data, lambda _: "the settings without the scenario")]


def _known_plan(tree: dict[str, Any]) -> KnownPlan | None:
    with suppress(ValidationError):
        settings = Settings.model_validate(tree)
        return known_plan(settings_of(settings, settings.simulation.start_year).plan.match)
    return None


def take_out_faulty(layer: Layer) -> list[catalogue.KeyPath]:
    """Note what is wrong with single values of a layer and take these out, so that the rest can be checked further."""
    details = [error for error in _errors(layer.data) if error["type"] != "conflict"]
    places = [(place_of(error, layer.data), error) for error in details]
    removed: list[catalogue.KeyPath] = []
    told: set[catalogue.KeyPath] = set()
    for path, error in places:
        if any(other[: len(path)] == path and len(other) > len(path) for other, _ in places):
            continue  # of two readings of a value, the one that got further says what is wrong
        subject = (*path, str(error["loc"][-1])) if error["type"] == "missing" else path
        if subject not in told:
            layer.faults.append(catalogue.Fault(layer.where(path), sentence(error, path)))
        told.add(subject)
        removed.append(_setting_path(path))
    for path in removed:
        layers.remove(layer.data, path)
    return removed


def _conflicts(tree: dict[str, Any], stack: list[Layer], taken_out: set[catalogue.KeyPath]) -> list[catalogue.Fault]:
    """Faults between settings. A check that fails keeps those around it from running, so its settings are reset."""
    faults: list[catalogue.Fault] = []
    remaining = copy.deepcopy(tree)
    reset = set(taken_out)
    while errors := _errors(remaining):
        before = copy.deepcopy(remaining)
        for error in errors:
            keys = [_setting_path(path) for path in conflict_keys(error)]
            if not reset.intersection(keys):
                faults.append(_conflict_fault(error, stack))
            for path in keys:
                layers.remove(remaining, path)
                reset.add(path)
        if remaining == before:
            break
    return faults


def _conflict_fault(error: ErrorDetails, stack: list[Layer]) -> catalogue.Fault:
    section = catalogue.dotted(tuple(error["loc"]))
    message = f"{section}: {error['msg']}" if section else error["msg"]
    keys = conflict_keys(error)
    places = (layer.where(path) for layer in reversed(stack) for path in keys if layers.lookup(layer.data, path)[0])
    return catalogue.Fault(next(places, "settings"), message)


def _errors(tree: dict[str, Any]) -> list[ErrorDetails]:
    try:
        Settings.model_validate(tree)
    except ValidationError as error:
        return error.errors(include_url=False)
    return []


def _setting_path(path: catalogue.KeyPath) -> catalogue.KeyPath:
    leaf = leaf_at(path)
    return tuple(leaf.key.split(".")) if leaf else path


CONFIG_FILE = Path("config") / "simulation_config.yaml"
SCENARIO_FOLDER = Path("config") / "scenarios"
SUFFIXES = (".yaml", ".yml")
"""What a scenario file may be called at its end."""


def find_config_file(given: Path | None = None, *, folder: Path | None = None) -> Path | None:
    """The configuration file: the given one, else ``config/simulation_config.yaml`` of the working folder.

    Args:
        given: what the user asked for; it is not checked here, reading it says what is wrong with it.
        folder: the working folder; None is the current one.

    Returns:
        A path, or None when the defaults stand alone.
    """
    if given is not None:
        return given
    candidate = (folder or Path()) / CONFIG_FILE
    return candidate if candidate.is_file() else None


def find_scenario_file(name: str | None) -> Path | None:
    """The file of a scenario: a path as given, or a name among those of the working folder and the bundled ones.

    Raises:
        ConfigurationError: there is no such scenario.
    """
    if name is None:
        return None
    if name.lower().endswith(SUFFIXES) or "/" in name or "\\" in name:
        return Path(name)
    known = scenarios()
    if name in known:
        return known[name]
    hint = f"; {near}" if (near := catalogue.meant(name, known)) else ""
    raise ConfigurationError.told("no such scenario", name=name, hint=hint, names=", ".join(known) or "(none found)")


def scenarios(*, folder: Path | None = None) -> dict[str, Path]:
    """The scenarios by name; those of the working folder come before bundled ones of the same name."""
    found: dict[str, Path] = {}
    for place in ((folder or Path()) / SCENARIO_FOLDER, config_dir() / "scenarios"):
        refuse_pipes(place, 0)
        found = by_name(place.glob("*")) | found
    return dict(sorted(found.items()))


def by_name(files: Iterable[Path]) -> dict[str, Path]:
    """The scenario files among the files of a folder.

    Raises:
        ConfigurationError: two of them have one name.
    """
    found: dict[str, Path] = {}
    for path in sorted(path for path in files if path.suffix.lower() in SUFFIXES):
        if (other := found.setdefault(path.stem, path)) != path:
            told = f"{path.stem}: 2 files have this name, {other} and {path.name}"
            raise ConfigurationError(told, remedy="Rename one of them, or take it out of the folder.")
    return found
