"""The policy of a machine: below the user's file, above the defaults; what it locks is an error to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from planalign_orchestrator.config import layers
from planalign_orchestrator.config.layers import policy_file, read_policy
from tests.unit.config.settings_files import Write, faults_of, load

POLICY = """
multi_year: {optimization: {memory_limit_gb: 3.0, max_workers: 1}}
reporting: {formats: [csv]}
locked: [multi_year.optimization.memory_limit_gb, network, reporting.formats]
"""


@pytest.fixture
def machine(write: Write, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = write("etc/policy.yaml", POLICY)
    monkeypatch.setattr(layers, "policy_file", lambda: path)
    return path


def test_it_ranks_between_defaults_and_the_users_file(machine: Path, write: Write) -> None:
    alone = load()
    assert alone.settings.reporting.formats == ["csv"] and str(alone.source("reporting.formats")).endswith(
        "policy.yaml:3"
    )
    own = write("mine.yaml", "multi_year: {optimization: {max_workers: 2, memory_limit_gb: 3}}")
    found = load(own)
    assert found.settings.multi_year.optimization.max_workers == 2
    assert found.settings.multi_year.optimization.memory_limit_gb == 3.0
    assert found.policy is not None and len(found.policy.locked) > 5


@pytest.mark.parametrize("source", ["file", "scenario", "environment", "flag"])
def test_changing_what_is_locked_is_an_error_that_names_the_policy(machine: Path, write: Write, source: str) -> None:
    own = write("mine.yaml", "multi_year:\n  optimization:\n    memory_limit_gb: 8.0\n")
    (told,) = faults_of(
        own if source == "file" else None,
        own if source == "scenario" else None,
        {"PW_MEMORY_LIMIT_GB": "8"} if source == "environment" else {},
        {"multi_year.optimization.memory_limit_gb": 8.0} if source == "flag" else {},
    )
    place = {"environment": "PW_MEMORY_LIMIT_GB", "flag": "--memory-limit-gb"}.get(source, f"{own.as_posix()}:3")
    assert told.startswith(
        f"{place}: multi_year.optimization.memory_limit_gb is locked by the policy of this machine, "
    )
    assert f"{machine}: it is 3.0" in told


def test_a_locked_section_holds_the_defaults_of_what_the_policy_does_not_set(machine: Path, write: Write) -> None:
    (told,) = faults_of(write("mine.yaml", "network: {proxy: 'http://proxy.example:8080'}"))
    assert "network.proxy is locked" in told and "proxy.example" not in told
    assert load(write("same.yaml", "network: {proxy: auto}")).settings.network.proxy == "auto"


def test_what_is_wrong_with_the_policy_is_told_with_its_line(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("etc/policy.yaml", "reporting: {formatz: [csv]}\nlocked:\n  - nobody\n")
    monkeypatch.setattr(layers, "policy_file", lambda: path)
    unknown, locked = faults_of()
    assert unknown.startswith(f"{path.as_posix()}:1: reporting.formatz is unknown")
    assert locked == f"{path.as_posix()}:3: locked: nobody is neither a setting nor a section"


def test_a_machine_without_a_policy_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "_ELSEWHERE", tmp_path / "none.yaml")
    assert policy_file() == tmp_path / "none.yaml" and read_policy() is None and load().policy is None


def test_the_record_names_what_held(machine: Path) -> None:
    held = read_policy()
    assert held is not None
    found = held.to_json()
    assert found["file"] == str(machine) and len(found["sha256"]) == 64
    assert "network.proxy" in found["locked"]
