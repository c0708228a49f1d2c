"""The doctor's findings about this computer: each can say that all is well, and each can find something."""

from __future__ import annotations

import datetime as dt
import sys
from importlib.metadata import PathDistribution
from pathlib import Path
from types import SimpleNamespace

import pytest

from planalign_orchestrator.config.hardware import Machine
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.doctor import folders, inputs, packages
from planalign_orchestrator.errors import PlanAlignError


def _distribution(folder: Path, name: str, version: str) -> PathDistribution:
    place = folder / f"{name}-{version}.dist-info"
    place.mkdir(parents=True)
    (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    return PathDistribution(place)


def test_packages_are_those_that_are_declared(monkeypatch):
    assert packages.versions_check().status == "ok"
    monkeypatch.setattr(
        packages, "requires", lambda _name: ["duckdb>=99", "no-such-thing", 'x; extra == "dev"', "typer"]
    )
    check = packages.versions_check()
    assert check.status == "fault"
    assert (
        "needed is >=99" in check.finding
        and "no-such-thing is missing" in check.finding
        and "x" not in check.finding.split()
    )


def test_a_second_copy_is_found(tmp_path):
    one, other = _distribution(tmp_path / "a", "duckdb", "1.5.6"), _distribution(tmp_path / "b", "duckdb", "2.0.0")
    assert packages.copies_check(lambda name: [one]).status == "ok"
    check = packages.copies_check(lambda name: [one, other])
    assert check.status == "fault"
    assert "duckdb: 1.5.6 in" in check.finding and "2.0.0 in" in check.finding


def test_all_folder_checks_work_here_and_leave_nothing(tmp_path):
    found = {check.name: check for check in folders.folder_checks(tmp_path / "runs")}
    assert {"run folder", "disk space", "disk speed", "small files", "file locking", "long paths"} <= set(found)
    assert found["file locking"].status == "ok"
    assert "MB/s" in found["disk speed"].finding
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path):
    check = folders.writable_check("run folder", tmp_path / "absent")
    assert check.status == "fault"
    assert "--output" in check.remedy


@pytest.mark.parametrize(("free", "status"), [(10.0, "ok"), (1.0, "warning"), (0.1, "fault")])
def test_disk_space(free, status, tmp_path):
    assert folders.room_check(free, tmp_path).status == status


def test_a_synchronized_folder(tmp_path):
    assert folders.synchronized_check(tmp_path / "runs").status == "ok"
    check = folders.synchronized_check(tmp_path / "OneDrive - Corp" / "runs")
    assert check.status == "warning" and "OneDrive" in check.finding


@pytest.mark.parametrize(
    ("platform", "enabled", "depth", "status"),
    [
        ("linux", None, 40, "ok"),
        ("win32", True, 40, "ok"),
        ("win32", False, 1, "ok"),
        ("win32", False, 40, "warning"),
        ("win32", None, 40, "warning"),
    ],
)
def test_long_paths(platform, enabled, depth, status):
    assert folders.long_path_check(Path("/", *["folder"] * depth), platform, enabled).status == status


def test_a_slow_disk_and_a_scanner_are_noticed(tmp_path, monkeypatch):
    ticks = iter(range(0, 1000, 2))
    monkeypatch.setattr(folders.time, "perf_counter", lambda: next(ticks))
    assert folders.speed_check(tmp_path).status == "warning"
    check = folders.small_files_check(tmp_path)
    assert check.status == "warning" and "virus scanner" in check.finding


def test_a_file_system_that_does_not_lock_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr("planalign_orchestrator.run.folder._take", lambda _handle: True)
    check = folders.locking_check(tmp_path)
    assert check.status == "fault" and "two processes" in check.finding


@pytest.mark.parametrize(("available", "status"), [(8.0, "ok"), (1.5, "warning"), (0.5, "fault")])
def test_memory(available, status):
    check = folders.memory_check(Machine(16, available, 4, 100, in_container=True))
    assert check.status == status
    assert "limited by a container" in check.finding


def test_the_clock():
    assert folders.clock_check(dt.datetime(2027, 1, 1, tzinfo=dt.timezone.utc)).status == "ok"
    assert folders.clock_check(dt.datetime(2001, 1, 1, tzinfo=dt.timezone.utc)).status == "fault"
    assert folders.clock_against("server", 5).status == "ok"
    assert folders.clock_against("server", -600).finding.startswith("-600 s")
    assert all(check.status == "ok" for check in folders.machine_checks(Path()) if check.name == "clock")


def test_duckdb_runs_a_query(tmp_path, monkeypatch):
    assert inputs.duckdb_check(tmp_path).status == "ok"
    monkeypatch.setattr(inputs, "_MEMORY", "1KiB")
    assert inputs.duckdb_check(tmp_path / "absent").status == "fault"


@pytest.mark.slow
def test_the_models_are_read(tmp_path, monkeypatch):
    assert inputs.model_check().status == "ok"
    monkeypatch.setattr(inputs, "dbt_project_dir", lambda: tmp_path)
    check = inputs.model_check()
    assert check.status == "fault" and "dbt_project.yml" in check.finding


def test_an_incomplete_installation_is_told(monkeypatch):
    def missing():
        raise PlanAlignError("dbt_project.yml is missing", remedy="install again")

    monkeypatch.setattr(inputs, "dbt_project_dir", missing)
    assert inputs.model_check().remedy == "install again"


def test_what_a_run_would_open(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings, check = inputs.load(None)
    assert check.status == "ok" and settings is not None
    assert [check.status for check in inputs.input_checks(settings)] == ["ok", "ok"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("yaml", "name"),
    [
        ("simulation: {start_yaer: 2025}", "settings"),
        ("census: {path: absent.csv}", "census"),
        ("assumptions: {directory: absent}", "assumption tables"),
    ],
)
def test_what_a_run_could_not_open(tmp_path, yaml, name):
    (tmp_path / "config.yaml").write_text(yaml)
    settings, check = inputs.load(tmp_path / "config.yaml")
    found = [check, *(inputs.input_checks(settings) if settings else [])]
    assert [check.name for check in found if check.status == "fault"] == [name]
    assert all(check.remedy for check in found if check.status == "fault")


def test_a_census_at_an_address_is_left_to_the_network_checks():
    settings = Settings(census={"path": "https://files.example/census.csv"})
    assert "network checks" in inputs.census_check(settings).finding


def test_long_paths_are_read_from_the_registry(monkeypatch, tmp_path):
    class Key:
        def __enter__(self):
            return self

        def __exit__(self, *_error):
            return None

    registry = SimpleNamespace(
        HKEY_LOCAL_MACHINE="machine", OpenKey=lambda *_place: Key(), QueryValueEx=lambda _key, _name: (1, 4)
    )
    monkeypatch.setattr(folders.sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "winreg", registry)
    assert {check.name: check.finding for check in folders.folder_checks(tmp_path)}["long paths"] == "switched on"


def test_an_assumption_table_at_an_address_is_no_fault_and_its_server_is_looked_at():
    address = "https://files.example/levels.csv?sig=TOKEN"
    sound = Settings(census={"path": "census.csv"}, assumptions={"tables": {"levels": address}})
    check = inputs.assumptions_check(sound)
    assert check.status == "ok" and "1 at https addresses" in check.finding
    assert inputs.addresses_in(sound) == [address]
    unknown = inputs.assumptions_check(Settings(assumptions={"tables": {"level": address}}))
    assert unknown.status == "fault" and "did you mean levels" in unknown.finding
