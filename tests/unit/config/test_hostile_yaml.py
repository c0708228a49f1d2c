"""Settings files that mean harm, or that a broken disk has left: refused in a sentence and at once."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from planalign_orchestrator.config.yaml_file import read_yaml_file

NINE = ",".join(["*{0}"] * 9)
BOMB = "a: &a [x]\n" + "".join(
    f"{name}: &{name} [{NINE.format(before)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE = {
    "a tag without a value": "a: !!float ''\n",
    "a tag that the text is not": "a: !!bool maybe\n",
    "a tag for a number": "a: !!int ''\n",
    "a tag for bytes": "a: !!binary aGFsbG8=\n",
    "a tag for a day": "a: !!timestamp x\n",
    "a tag of Python": "a: !!python/name:os.system\n",
    "a day that is none": "a: 2025-13-45\n",
    "an alias of itself": "a: &a [*a]\n",
    "an alias of nothing": "a: *b\n",
    "aliases of aliases": BOMB,
    "a thousand brackets": "a: " + "[" * 1000 + "]" * 1000 + "\n",
    "brackets that stay open": "[" * 1000,
    "a list for a key": "[a]: 1\n",
    "a list": "- a\n",
    "bytes that are no text": b"a: \xff\n",
    "a megabyte": "a: " + "x" * (1 << 20) + "\n",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_it_is_one_fault_with_its_place(tmp_path: Path, case: str) -> None:
    content = HOSTILE[case]
    path = tmp_path / "settings.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (fault,) = read_yaml_file(path).faults
    assert "settings.yaml" in str(fault)
    assert len(str(fault)) < 400


def test_a_password_in_a_value_that_cannot_be_read_is_not_told(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text("a: !!int https://bob:geheim@host/\n", encoding="utf-8")
    (fault,) = read_yaml_file(path).faults
    assert "geheim" not in str(fault) and "host" in str(fault)


@pytest.mark.skipif(os.name == "nt", reason="no such devices and pipes")
def test_a_device_without_end_is_refused_and_a_pipe_of_ordinary_text_read(tmp_path: Path) -> None:
    (fault,) = read_yaml_file(Path("/dev/zero")).faults
    assert "no settings file" in str(fault)
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text("a: 1\n", encoding="utf-8"))
    writer.start()
    assert read_yaml_file(pipe).data == {"a": 1}
    writer.join()
