"""Real children that take time, memory and disk, watched from outside."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import psutil
import pytest

from planalign_orchestrator.measurement import outside
from planalign_orchestrator.measurement.outside import GroupUnavailableError, MemoryGroup, Observation, observe
from planalign_orchestrator.memory.readings import MIB

TAKE = "kept = bytearray({mb} << 20)\nfor i in range(0, len(kept), 4096): kept[i] = 1\n"


def watched(folder: Path, code: str, **options: int) -> Observation:
    return observe([sys.executable, "-c", code], folder, interval=0.02, **options)


def _groups_can_be_made() -> bool:
    try:
        MemoryGroup().remove()
    except GroupUnavailableError:
        return False
    return True


needs_groups = pytest.mark.skipif(not _groups_can_be_made(), reason="no control group can be made here")


@pytest.fixture
def no_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system without control groups."""

    def none(limit: int | None) -> MemoryGroup:
        raise GroupUnavailableError("none here")

    monkeypatch.setattr(outside, "MemoryGroup", none)


def test_memory_disk_and_exit_code_are_seen(tmp_path: Path, no_groups: None) -> None:
    code = TAKE.format(mb=90) + "open('file', 'wb').write(kept[:7 << 20])\nimport time; time.sleep(0.3); exit(3)"
    seen = watched(tmp_path, code)
    assert (seen.exit_code, seen.judge, seen.group_peak_mb, seen.kills) == (3, "process tree", None, 0)
    assert 90 < seen.peak_mb < 140
    assert seen.disk_mb == pytest.approx(7, abs=0.2)


@pytest.mark.slow
def test_the_processor_time_is_that_of_the_child_and_its_children(tmp_path: Path, no_groups: None) -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    seen = watched(tmp_path, f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {burn!r}])\n{burn}")
    assert 0.6 <= seen.cpu_seconds < 3


def test_a_run_is_stopped_before_the_disk_is_full(
    tmp_path: Path, no_groups: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "LEAST_FREE_DISK", 1 << 60)
    seen = watched(tmp_path, "import time; time.sleep(60)")
    assert "MiB of disk were left" in seen.stopped
    assert seen.exit_code != 0


@needs_groups
def test_the_kernel_counts_what_no_look_would_see(tmp_path: Path) -> None:
    seen = watched(tmp_path, TAKE.format(mb=80))
    assert seen.judge == "control group"
    assert seen.group_peak_mb is not None and seen.group_peak_mb > 80
    assert not list(Path("/sys/fs/cgroup").rglob(f"planalign-{os.getpid()}-*"))


@needs_groups
def test_the_kernel_ends_what_takes_more_than_its_limit(tmp_path: Path) -> None:
    seen = watched(tmp_path, TAKE.format(mb=200), memory_limit_bytes=100 * MIB)
    assert seen.kills >= 1 and seen.exit_code != 0
    assert seen.group_peak_mb is not None and seen.group_peak_mb <= 100


@needs_groups
def test_what_fits_into_its_limit_ends_well(tmp_path: Path) -> None:
    seen = watched(tmp_path, TAKE.format(mb=60), memory_limit_bytes=100 * MIB)
    assert (seen.exit_code, seen.kills) == (0, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of address space")
def test_without_groups_the_address_space_is_limited(tmp_path: Path, no_groups: None) -> None:
    seen = watched(tmp_path, TAKE.format(mb=400), memory_limit_bytes=300 * MIB)
    assert seen.judge == "address space"
    assert seen.exit_code != 0 and "MemoryError" in seen.said


def test_nothing_is_left_running_when_the_watch_is_interrupted(
    tmp_path: Path, no_groups: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(folder: Path) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(outside, "size_of", interrupt)
    with pytest.raises(KeyboardInterrupt):
        watched(tmp_path, "import time; time.sleep(60)")
    assert not [child for child in psutil.Process().children() if "sleep(60)" in " ".join(child.cmdline())]


class TestVersionsOfControlGroups:
    """On a made-up file system: only one version is mounted on any machine."""

    @staticmethod
    def group(tmp_path: Path, own: str, files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> MemoryGroup:
        root, own_groups = tmp_path / "cgroup", tmp_path / "own"
        own_groups.write_text(own, encoding="ascii")
        (root / "memory" / "a").mkdir(parents=True)
        (root / "b").mkdir()
        make = Path.mkdir

        def mkdir(path: Path) -> None:  # as the kernel does: a new group has its files at once
            make(path)
            for name, content in files.items():
                (path / name).write_text(content, encoding="ascii")

        monkeypatch.setattr(Path, "mkdir", mkdir)
        monkeypatch.setattr(Path, "rmdir", shutil.rmtree)  # and they go with it
        return MemoryGroup(64 * MIB, root, own_groups)

    def test_version_1(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        files = {
            "memory.max_usage_in_bytes": str(40 * MIB),
            "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
            "memory.memsw.limit_in_bytes": "",
        }
        group = self.group(tmp_path, "4:memory:/a\n0::/\n", files, monkeypatch)
        assert group.folder.parent == tmp_path / "cgroup" / "memory" / "a"
        assert (group.folder / "memory.limit_in_bytes").read_text() == str(64 * MIB)
        assert (group.folder / "memory.memsw.limit_in_bytes").read_text() == str(64 * MIB)
        assert (group.peak_mb, group.kills) == (40, 2)

    def test_version_2(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        files = {
            "memory.peak": str(40 * MIB),
            "memory.events": "low 0\noom 1\noom_kill 2\n",
            "memory.swap.max": "max",
        }
        group = self.group(tmp_path, "0::/b\n", files, monkeypatch)
        assert group.folder.parent == tmp_path / "cgroup" / "b"
        assert (group.folder / "memory.max").read_text() == str(64 * MIB)
        assert (group.folder / "memory.swap.max").read_text() == "0"
        assert (group.peak_mb, group.kills) == (40, 2)

    def test_a_kernel_that_keeps_no_peak_has_no_group(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(GroupUnavailableError, match="cannot be used"):
            self.group(tmp_path, "0::/b\n", {"memory.events": ""}, monkeypatch)
