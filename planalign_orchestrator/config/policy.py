"""The policy of a machine: settings for everybody who uses it, of which some are locked.

``%ProgramData%\\PlanAlign\\policy.yaml`` on Windows, ``/etc/planalign/policy.yaml`` elsewhere. It holds settings as a
configuration file does, below which it ranks, and ``locked``, a list of settings and sections that nothing may change.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planalign_orchestrator.config.catalogue import leaves, plain
from planalign_orchestrator.config.faults import Fault
from planalign_orchestrator.config.layers import Layer, layer_of, lookup
from planalign_orchestrator.config.secrecy import without_secrets
from planalign_orchestrator.config.yaml_file import read_yaml_file

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
