"""What nobody has foreseen: a sentence without data, the code that goes with it, and a log for its owner."""

from __future__ import annotations

import errno
import io
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from planalign_orchestrator.child_process import isolated
from planalign_orchestrator.cli.last_resort import foreseen
from planalign_orchestrator.cli.streams import Outlet, say
from planalign_orchestrator.errors import ModelError

SECRET = "https://bob:hunter2@host/x?hunter2"


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (MemoryError(), 5, "memory ran out"),
        (ImportError("x.so: failed to map segment: Cannot allocate memory"), 5, "memory ran out"),
        (RuntimeError("can't start new thread"), 5, "memory ran out"),
        (OSError(errno.ENOSPC, "No space left", "file"), 5, "file could not be written"),
        (OSError(errno.EMFILE, "Too many open files", "file"), 5, "a limit of the system is reached: Too many open"),
        (OSError(errno.EFBIG, "File too large", "file"), 5, "file could not be written"),
        (OSError(errno.ELOOP, "Too many links", "file"), 2, "file cannot be used: Too many links"),
        (OSError(errno.ENAMETOOLONG, "Too long", "file"), 2, "file cannot be used"),
        (RuntimeError("Symlink loop from 'x'"), 2, "a path leads in a circle"),
        (ValueError("embedded null byte"), 2, "is none"),
        (UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed"), 2, r"'\udcff'"),
        (ModelError("a model"), 1, "a model"),
    ],
)
def test_what_can_be_told_apart_is(error: Exception, code: int, words: str) -> None:
    told = foreseen(raised(error))
    assert told.exit_code == code
    assert words in told.message


def test_the_rest_goes_into_a_log_without_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    told = foreseen(raised(KeyError(f"71123.57 of 219-09-9999 at {SECRET}")))
    assert told.exit_code == 1
    assert re.fullmatch(r".* KeyError in test_last_resort\.py, line \d+", told.message)
    (log,) = tmp_path.iterdir()
    assert str(log) in (told.remedy or "")
    text = log.read_text(encoding="utf-8")
    assert "raise error" in text and "KeyError: '#####.## of ###-##-#### at https://***@host/x?***" in text
    if os.name != "nt":
        assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_without_room_for_the_log_the_sentence_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    assert "Send" not in (foreseen(raised(KeyError("x"))).remedy or "")


class _Gone(io.RawIOBase):
    def write(self, data: object) -> int:
        raise BrokenPipeError(errno.EPIPE, "gone")


def test_an_outlet_takes_everything() -> None:
    outlet = Outlet(_Gone())
    assert [outlet.write(b"abc"), outlet.write(b"d")] == [3, 1]
    assert outlet.error is not None and outlet.error.errno == errno.EPIPE


def test_what_would_steer_the_terminal_is_written_out(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\x1b[31mb\nc\u202ed")
    assert capsys.readouterr().out == "a\\x1b[31mb\nc\\u202ed\n"


@pytest.mark.parametrize(
    "path", sorted((Path(sys.modules["planalign_orchestrator"].__path__[0]) / "cli").glob("*.py")), ids=lambda p: p.name
)
def test_commands_print_only_by_that(path: Path) -> None:
    left = {"streams.py": 1, "__init__.py": 1}  # the version
    assert path.read_text(encoding="utf-8").count("typer.echo(") == left.get(path.name, 0)


def command(folder: Path, *words: str, **streams: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        isolated("planalign_orchestrator", *words), cwd=folder, text=True, check=False, **streams
    )


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no /dev/full, and no folder can be deleted while it is in use")
def test_a_run_goes_on_without_its_output(tmp_path: Path, small_census: Path) -> None:
    words = ("run", "--census", str(small_census), "--years", "2025", "--threads", "1")
    page = tmp_path / "runs" / "baseline" / "reports" / "report.html"
    reader, writer = os.pipe()
    os.close(reader)
    assert command(tmp_path, *words, stdout=writer, stderr=writer).returncode == 0
    assert page.exists()
    page.unlink()
    with Path("/dev/full").open("w") as full:
        done = command(tmp_path, *words, stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, page.exists()) == (5, True)
    assert "the output could not be written" in done.stderr and "Traceback" not in done.stderr
    closed = f"exec {' '.join(map(_quoted, isolated('planalign_orchestrator', *words)))} >&- 2>&-"
    assert subprocess.run(["sh", "-c", closed], cwd=tmp_path, check=False).returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="no folder can be deleted while it is in use")
def test_a_deleted_working_folder_is_told(tmp_path: Path) -> None:
    script = f"mkdir gone; cd gone; rmdir ../gone; {' '.join(map(_quoted, isolated('planalign_orchestrator')))} status"
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "the working folder has been deleted" in done.stderr) == (2, True), done.stderr


def _quoted(word: str) -> str:
    import shlex

    return shlex.quote(word)
