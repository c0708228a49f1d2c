"""What pip says is read, whatever bytes it is made of."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from planalign_orchestrator.doctor.packages import PUBLIC_INDEX, package_index, run_pip
from planalign_orchestrator.errors import NetworkError
from tools.wheelhouse.pip_calls import build_wheel

SPEAKING = """\
import sys
sys.stdout.buffer.write({stdout!r})
sys.stderr.buffer.write({stderr!r})
sys.exit({code})
"""
NOT_UTF_8 = "Größe ž".encode("cp1252")


@pytest.fixture
def speaking_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pip of our own, found before the real one; the tests write what it does."""
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "__init__.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    return tmp_path / "pip" / "__main__.py"


def test_bytes_that_are_not_utf_8_are_replaced(speaking_pip: Path) -> None:
    speaking_pip.write_text(SPEAKING.format(stdout=NOT_UTF_8, stderr=b"\xff\xfe\x00", code=3), encoding="utf-8")
    done = run_pip(["list"])
    assert (done.returncode, done.stdout) == (3, "Gr\ufffd\ufffde \ufffd")
    assert done.stderr.startswith("\ufffd\ufffd")


def test_pip_writes_utf_8_whatever_the_console_would_take(speaking_pip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    speaking_pip.write_text("print('C:/Users/Žofia – Büro')", encoding="utf-8")
    assert run_pip(["list"]).stdout == "C:/Users/Žofia – Büro\n"


def test_the_index_is_found_beside_bytes_that_are_not_utf_8(speaking_pip: Path) -> None:
    told = b"global.cert='C:\\Gr\xf6\xdfe'\nglobal.index-url='https://index.example/simple'\n"
    speaking_pip.write_text(SPEAKING.format(stdout=told, stderr=b"", code=0), encoding="utf-8")
    assert package_index() == "https://index.example/simple"


def test_without_a_setting_it_is_the_public_index(speaking_pip: Path) -> None:
    speaking_pip.write_text(SPEAKING.format(stdout=b"\x80\x81", stderr=b"", code=0), encoding="utf-8")
    assert package_index() == PUBLIC_INDEX


def test_an_error_of_pip_is_passed_on(speaking_pip: Path, tmp_path: Path) -> None:
    speaking_pip.write_text(SPEAKING.format(stdout=b"", stderr=b"ERROR: Gr\xf6\xdfe\n", code=1), encoding="utf-8")
    with pytest.raises(NetworkError, match="pip wheel failed: ERROR: Gr\ufffd\ufffde"):
        build_wheel(tmp_path, tmp_path)
