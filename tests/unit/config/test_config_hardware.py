"""What the machine is found to have: container limits, disk, cloud folders."""

from __future__ import annotations

import os
from collections.abc import Mapping
from math import inf
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from planalign_orchestrator.config import hardware
from planalign_orchestrator.config.hardware import (
    GIB,
    ContainerLimits,
    container_limits,
    free_disk_gib,
    inspect_machine,
    sync_seconds,
    synchronized_by,
)


def control_groups(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n", encoding="ascii")
    return root / "cgroup"


def own_groups(root: Path, text: str) -> Path:
    path = root / "own"
    path.write_text(text, encoding="ascii")
    return path


def test_without_control_groups_there_are_no_limits(tmp_path: Path) -> None:
    assert container_limits(tmp_path / "none", tmp_path / "none") == ContainerLimits()


def test_version_2_limits_count_and_pages_that_can_be_dropped_are_free(tmp_path: Path) -> None:
    root = control_groups(
        tmp_path,
        {
            "memory.max": str(4 * GIB),
            "memory.current": str(3 * GIB),
            "memory.stat": f"anon {GIB}\ninactive_file {GIB}\nactive_file {GIB}",
            "cpu.max": "150000 100000",
        },
    )

    assert container_limits(root, own_groups(tmp_path, "0::/\n")) == ContainerLimits(4.0, 3.0, 2)


def test_the_tightest_limit_on_the_way_to_the_top_counts(tmp_path: Path) -> None:
    root = control_groups(
        tmp_path,
        {
            "memory.max": "max",
            "cpu.max": "max 100000",
            "user/memory.max": str(2 * GIB),
            "user/memory.current": str(GIB),
            "user/app/memory.max": str(8 * GIB),
            "user/app/cpu.max": "100000 100000",
        },
    )

    assert container_limits(root, own_groups(tmp_path, "0::/user/app\n")) == ContainerLimits(2.0, 1.0, 1)


def test_version_1_has_a_tree_for_each_controller(tmp_path: Path) -> None:
    root = control_groups(
        tmp_path,
        {
            "memory/memory.limit_in_bytes": "9223372036854771712",
            "memory/app/memory.limit_in_bytes": str(2 * GIB),
            "memory/app/memory.usage_in_bytes": str(GIB),
            "memory/app/memory.stat": f"inactive_file 0\ntotal_inactive_file {GIB // 4}\ntotal_active_file {GIB // 4}",
            "cpu,cpuacct/app/cpu.cfs_quota_us": "250000",
            "cpu,cpuacct/app/cpu.cfs_period_us": "100000",
        },
    )
    own = own_groups(tmp_path, "5:memory:/app\n4:cpu,cpuacct:/app\n1:name=systemd:/\n")

    assert container_limits(root, own) == ContainerLimits(2.0, 1.5, 3)


def test_a_path_of_the_host_that_the_container_does_not_see_means_the_top(tmp_path: Path) -> None:
    root = control_groups(tmp_path, {"memory/memory.limit_in_bytes": str(GIB)})

    assert container_limits(root, own_groups(tmp_path, "4:memory:/docker/abc\n")).memory_gib == 1.0


@pytest.mark.parametrize("quota", ["-1", "0", "junk"])
def test_a_quota_that_is_none_sets_no_cores(tmp_path: Path, quota: str) -> None:
    root = control_groups(tmp_path, {"cpu/cpu.cfs_quota_us": quota, "cpu/cpu.cfs_period_us": "0"})

    assert container_limits(root, own_groups(tmp_path, "4:cpu:/\n")).cores == inf


@pytest.mark.parametrize(
    ("folder", "service"),
    [
        ("/home/anna/OneDrive - Contoso/runs", "OneDrive"),
        ("/Users/anna/Library/CloudStorage/OneDrive-Contoso/runs", "OneDrive"),
        ("/home/anna/Dropbox/runs", "Dropbox"),
        ("/home/anna/Dropbox (Contoso)/runs", "Dropbox"),
        ("/Users/anna/Library/Mobile Documents/com~apple~CloudDocs/runs", "iCloud"),
        ("/home/anna/iCloudDrive/runs", "iCloud"),
        ("/Users/anna/Library/CloudStorage/GoogleDrive-anna@example.com/My Drive/runs", "Google Drive"),
        ("/home/anna/Google Drive/runs", "Google Drive"),
        ("/home/anna/Box Sync/runs", "Box"),
        ("/home/anna/projects/runs", None),
        ("/home/anna/mailbox/dropboxes/onedrives/runs", None),
    ],
)
def test_cloud_folders_are_known_by_their_names(folder: str, service: str | None) -> None:
    assert synchronized_by(Path(folder), {}) == service


def test_the_environment_of_windows_names_a_cloud_folder_that_was_moved(tmp_path: Path) -> None:
    environ = {"OneDriveCommercial": str(tmp_path / "work")}

    assert synchronized_by(tmp_path / "work" / "runs", environ) == "OneDrive"
    assert synchronized_by(tmp_path / "work", environ) == "OneDrive"
    assert synchronized_by(tmp_path / "other", environ) is None


def test_timing_the_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    seconds = sync_seconds(tmp_path / "not" / "there" / "yet")

    assert seconds is not None
    assert seconds > 0
    assert list(tmp_path.iterdir()) == []
    assert free_disk_gib(tmp_path / "not" / "there" / "yet") > 0


@pytest.mark.skipif(os.name == "nt", reason="Windows deletes the file when the process ends")
def test_a_kill_while_the_disk_is_timed_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def looked_at(handle: int, written: bytes) -> float:
        assert list(tmp_path.iterdir()) == []
        return 0.1

    monkeypatch.setattr(hardware, "timed_sync", looked_at)
    assert sync_seconds(tmp_path) == 0.1


def test_a_folder_that_cannot_be_written_is_not_timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(hardware.tempfile, "TemporaryFile", refuse)

    assert sync_seconds(tmp_path) is None


@pytest.fixture
def sixteen_gib(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = SimpleNamespace(total=16 * GIB, available=10 * GIB)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    monkeypatch.setattr(hardware, "_cores_of_process", lambda: 8)
    monkeypatch.setattr(hardware, "sync_seconds", lambda folder: 0.01)
    monkeypatch.setattr(hardware, "synchronized_by", lambda folder: None)


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        (ContainerLimits(), (16, 10, 8, False)),
        (ContainerLimits(4, 1.5, 2), (4, 1.5, 2, True)),
        (ContainerLimits(12, 11), (12, 10, 8, True)),
        (ContainerLimits(64, 60, 32), (16, 10, 8, False)),
    ],
)
@pytest.mark.usefixtures("sixteen_gib")
def test_a_container_takes_away_but_never_gives(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limits: ContainerLimits, found: tuple[float, float, int, bool]
) -> None:
    monkeypatch.setattr(hardware, "container_limits", lambda: limits)

    machine = inspect_machine(tmp_path)

    assert (machine.total_gib, machine.available_gib, machine.cores, machine.in_container) == found
    assert not machine.has_slow_disk


@pytest.mark.usefixtures("sixteen_gib")
def test_a_slow_or_copied_disk_is_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(hardware, "container_limits", ContainerLimits)
    monkeypatch.setattr(hardware, "sync_seconds", lambda folder: 0.3)
    slow = inspect_machine(tmp_path)
    monkeypatch.setattr(hardware, "synchronized_by", lambda folder: "OneDrive")
    copied = inspect_machine(tmp_path)

    assert slow.has_slow_disk
    assert copied.has_slow_disk
    assert copied.sync_seconds is None, "timing would make the service copy the file"


def test_this_machine_can_be_looked_at(tmp_path: Path) -> None:
    machine = inspect_machine(tmp_path)

    assert 0 < machine.available_gib <= machine.total_gib
    assert machine.cores >= 1
