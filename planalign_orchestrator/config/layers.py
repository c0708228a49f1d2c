"""Where settings come from: policy, configuration file, scenario, environment, flags; each a layer over the others.

A policy of the machine is ``%ProgramData%\\PlanAlign\\policy.yaml`` on Windows, else ``/etc/planalign/policy.yaml``.
It holds settings as a configuration file does, and ``locked``, a list of settings and sections that nothing may change.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, reduce
from pathlib import Path
from typing import Any, Literal

from planalign_orchestrator.config.amendments import AMENDABLE, overlaid
from planalign_orchestrator.config.catalogue import Fault, KeyPath, dotted, leaves, plain
from planalign_orchestrator.config.secrecy import is_address, without_secrets
from planalign_orchestrator.config.yaml_file import YamlFile, read_yaml_file
from planalign_orchestrator.tables import table

SourceKind = Literal["default", "policy", "file", "scenario", "environment", "flag", "amendment"]

ENVIRONMENT: Mapping[str, str] = table(__package__, "sources")["environment"]
"""The environment variables that set something, by the setting that they set."""

FLAGS: Mapping[str, str] = table(__package__, "sources")["flags"]
"""How the flags are called on the command line, by the setting that they set."""

_AMENDABLE = "an amendment has from and note, and changes workforce, compensation, plan and assumptions.overrides"


@dataclass
class Layer:
    """The settings that one source gives, as far as they can be understood.

    Args:
        kind: of the source.
        data: nested values; a check takes unknown and faulty ones out.
        where: tells the place of a key in this source.
        faults: what is wrong in this source.
        readable: whether the whole source could be read; if not, checks over several settings would mislead.
    """

    kind: SourceKind
    data: dict[str, Any]
    where: Callable[[KeyPath], str]
    faults: list[Fault] = field(default_factory=list)
    readable: bool = True


def file_layer(path: Path, kind: Literal["file", "scenario"]) -> Layer:
    """The settings of a YAML file."""
    return layer_of(read_yaml_file(path), kind)


def layer_of(file: YamlFile, kind: Literal["policy", "file", "scenario"]) -> Layer:
    """The settings of a YAML file that has been read."""
    layer = Layer(kind, file.data, file.where, file.faults, readable=not file.faults)
    resolve_paths(layer.data, file.path.parent)
    if kind == "scenario" and layer.readable:  # so that two that do not name themselves do not share a run folder
        layer.data = overlaid({"simulation": {"scenario_id": file.path.stem}}, layer.data)
    return layer


def amendment_layers(layer: Layer) -> list[tuple[int, Layer]]:
    """The amendments that a source gives, each with its first year as a layer over it.

    What may not be amended is told and taken out; what is no amendment at all is left to the check of the source.
    """
    given = layer.data.get("amendments")
    return [
        (entry["from"], _amendment_layer(layer, at, entry))
        for at, entry in enumerate(given if isinstance(given, list) else [])
        if isinstance(entry, dict) and type(entry.get("from")) is int
    ]


def environment_layer(environ: Mapping[str, str]) -> Layer:
    """The settings of the environment; an empty variable counts as not set."""
    given = {key: environ[name].strip() for key, name in ENVIRONMENT.items() if environ.get(name, "").strip()}
    if level := given.get("multi_year.optimization.level"):
        given["multi_year.optimization.level"] = level.lower()
    return Layer("environment", nested(given), lambda path: ENVIRONMENT.get(dotted(path), "the environment"))


def flag_layer(flags: Mapping[str, object]) -> Layer:
    """The settings of the command line, by dotted key; None counts as not given."""
    given = {key: value for key, value in flags.items() if value is not None}
    return Layer("flag", nested(given), lambda path: FLAGS.get(dotted(path), dotted(path)))


def resolve_paths(data: dict[str, Any], base: Path) -> None:
    """Make paths among nested values absolute; they are relative to ``base``, addresses stay."""
    for key in path_settings():
        *parents, name = key.split(".")
        found, section = lookup(data, tuple(parents))
        value = section.get(name) if found and isinstance(section, dict) else None
        if isinstance(value, str) and value.strip() and not is_address(value):
            section[name] = str((base / os.path.expanduser(value)).resolve())  # noqa: PTH111 - Path's raises


@cache
def path_settings() -> list[str]:
    """The settings that hold a path, as their unit says; in a file they are relative to that file."""
    return [key for key, leaf in leaves().items() if {"file", "folder"} & set(leaf.unit.split())]


def nested(flat: Mapping[str, object]) -> dict[str, Any]:
    """Values by dotted key as a tree of mappings."""
    tree: dict[str, Any] = {}
    for key, value in flat.items():
        *parents, name = key.split(".")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
        branch[name] = value
    return tree


def merged(layers: list[Layer]) -> dict[str, Any]:
    """All layers as one tree, later over earlier, as ``overlaid`` says; the amendments of all of them add up."""
    tree: dict[str, Any] = reduce(overlaid, (layer.data for layer in layers), {})
    amendments = [amendment for layer in layers for amendment in layer.data.get("amendments", [])]
    return tree | ({"amendments": amendments} if amendments else {})


def lookup(tree: Any, path: KeyPath) -> tuple[bool, Any]:
    """Whether a tree holds something at a path, and what."""
    for part in path:
        in_mapping = isinstance(tree, dict) and part in tree
        in_list = isinstance(tree, list) and isinstance(part, int) and 0 <= part < len(tree)
        if not (in_mapping or in_list):
            return False, None
        tree = tree[part]
    return True, tree


def remove(tree: dict[str, Any], path: KeyPath) -> None:
    """Take a value out of a tree, if it is there."""
    found, parent = lookup(tree, path[:-1])
    if found and isinstance(parent, dict):
        parent.pop(path[-1], None)


def _amendment_layer(source: Layer, at: int, entry: dict[Any, Any]) -> Layer:
    def where(path: KeyPath) -> str:
        return source.where(("amendments", at, *path))

    amended = {name: entry[name] for name in AMENDABLE if isinstance(entry.get(name), dict)}
    layer = Layer("amendment", amended, where, source.faults)
    fixed: list[tuple[str, ...]] = [(name,) for name in entry if name not in ("from", "note", *AMENDABLE)]
    fixed += [("assumptions", name) for name in layer.data.get("assumptions", {}) if name != "overrides"]
    for path in fixed:
        layer.faults.append(Fault(where(path), f"{dotted(path)} may not be amended; {_AMENDABLE}"))
        remove(entry, path)
        remove(layer.data, path)
    return layer


_ELSEWHERE = Path("/etc/planalign/policy.yaml")


@dataclass(frozen=True)
class Policy:
    """The policy in force.

    Args:
        path: of its file.
        layer: its settings.
        locked: the dotted keys of the settings that nothing may change.
    """

    path: Path
    layer: Layer
    locked: Sequence[str]

    def to_json(self) -> dict[str, Any]:
        """Which policy it is: its file, what that holds as a hash, and what it locks."""
        digest = hashlib.sha256(self.path.read_bytes()).hexdigest()
        return {"file": str(self.path), "sha256": digest, "locked": list(self.locked)}

    def faults(self, layers: Sequence[Layer]) -> Iterator[Fault]:
        """What other sources change although it is locked."""
        for layer in layers:
            for key in self.locked:
                path = tuple(key.split("."))
                held, value = lookup(self.layer.data, path)
                value = value if held else plain(leaves()[key].default)
                given, other = lookup(layer.data, path)
                if given and other != value and str(other) != str(value):  # variables of the environment are text
                    told = f"{key} is locked by the policy of this machine, {self.path}: it is {without_secrets(value)}"
                    yield Fault(layer.where(path), f"{told}; take it out here, or ask whoever keeps the policy")


def policy_file() -> Path:
    """Where the policy of this machine is, if it has one."""
    shared = os.environ.get("PROGRAMDATA")
    return Path(shared) / "PlanAlign" / "policy.yaml" if os.name == "nt" and shared else _ELSEWHERE


def read_policy() -> Policy | None:
    """The policy of this machine; what is wrong with it is among the faults of its layer."""
    path = policy_file()
    if not path.exists():
        return None
    file = read_yaml_file(path)
    names = file.data.pop("locked", [])
    layer = layer_of(file, "policy")
    locked: list[str] = []
    for at, name in enumerate(names if isinstance(names, list) else [names]):
        found = [key for key in leaves() if key == name or key.startswith(f"{name}.")]
        locked += found
        if not found:
            layer.faults.append(Fault(file.where(("locked", at)), f"locked: {name} is neither a setting nor a section"))
    return Policy(path, layer, tuple(dict.fromkeys(locked)))
