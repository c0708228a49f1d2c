"""What the system says, asked for real."""

from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

from planalign_orchestrator.memory.readings import GIB, MIB, ProcessTreeProbe, available_bytes, high_water_bytes


def test_no_more_is_available_than_the_machine_has() -> None:
    assert 0 < available_bytes(psutil.Process()) <= psutil.virtual_memory().total


def test_the_system_has_a_high_water_mark_on_record() -> None:
    process = psutil.Process()
    assert high_water_bytes(process) >= process.memory_info().rss * 0.9


def test_a_quick_look_agrees_with_a_full_one() -> None:
    probe = ProcessTreeProbe()
    full, quick = probe.full(), probe.quick()
    assert quick.tree_bytes == pytest.approx(full.tree_bytes, abs=5 * MIB)
    assert (quick.available_bytes, quick.processes) == (full.available_bytes, full.processes)


def test_a_process_that_has_ended_is_said_to_have_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        probe = ProcessTreeProbe(child.pid)
    with pytest.raises(psutil.NoSuchProcess):
        probe.full()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere psutil cannot ask for this limit")
def test_a_limit_on_the_address_space_counts() -> None:
    code = (
        "import psutil, resource; resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30));"
        "from planalign_orchestrator.memory.readings import available_bytes;"
        "print(available_bytes(psutil.Process()))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert 1 * GIB < int(said) < 2 * GIB
