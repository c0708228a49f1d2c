"""Whatever an address looks like, what opens it stands in no output, record, log or advice."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from planalign_orchestrator.cli.interruption import command_to_resume
from planalign_orchestrator.doctor.report import without
from tests.security.conftest import Said

pytestmark = pytest.mark.slow
SECRET = "hunter2"
ADDRESSES = (
    f"ftp://bob:{SECRET}@host.invalid/people.csv",
    f"s3://bob:{SECRET}@bucket/people.csv?token={SECRET}",
    f"http://bob:{SECRET}@host.invalid/people.csv",
    f"https://bob:{SECRET} x@host.invalid:0/people.csv",
    f"https://bob:12/{SECRET}@host.invalid:0/people.csv",
    f"https://host.invalid:0/people.csv?a b={SECRET} {SECRET}",
    f"https://[x/{SECRET}@y?{SECRET}",
    f"https://ab..cd/?{SECRET}",
    f"://bob:{SECRET}@host.invalid/people.csv",
    f"ht tp://bob:{SECRET} x@host.invalid/people.csv",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_command_tells_it(
    address: str, command: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planalign_orchestrator.network.download.random.uniform", lambda low, high: 0)
    config = tmp_path / "config.yaml"
    config.write_text(f"census:\n  path: '{address}'\n", encoding="utf-8")
    runs = tmp_path / "runs"
    said = [
        command("run", "--census", address, "--output", runs),
        command("run", "--config", config, "--output", runs),
        command("config", "show", "--config", config),
        command("config", "show", "--config", config, "--json"),
        command("census", "validate", address),
        command("doctor", "--offline", "--config", config, "--export", tmp_path / "doctor.txt"),
    ]
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path != config]
    told = [one.everything for one in said] + [path.read_text(encoding="utf-8", errors="replace") for path in files]
    assert [text for text in told if SECRET in text] == []
    assert "Traceback" not in "".join(told)
    assert [one.code for one in said[:2]] == [7, 7], said[0].everything


def test_the_advice_how_to_go_on_leaves_it_out() -> None:
    advice = command_to_resume(["run", "--census", ADDRESSES[3], f"--census={ADDRESSES[0]}"])
    assert SECRET not in advice and "host.invalid" in advice


def test_sentences_of_a_diagnosis_keep_their_words() -> None:
    text = without(f"https://bob:{SECRET}@host/x?sig={SECRET} answers in 0.1 s; mail bob@example.com", {})
    assert text == "https://***@host/x?*** answers in 0.1 s; mail bob@example.com"


@pytest.mark.parametrize(
    "arguments",
    [("run", ADDRESSES[1]), ("report", ADDRESSES[0]), ("compare", ADDRESSES[1], ADDRESSES[7])],
)
def test_an_address_in_the_wrong_place_is_told_without_it(arguments: tuple[str, ...], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "planalign_orchestrator", *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert SECRET not in done.stdout + done.stderr and "***" in done.stdout + done.stderr


@pytest.mark.parametrize("written", ["//bob:{}@host/p.csv", "https:/bob:{}@host/p.csv", "bob:{}@host:p.csv"])
def test_what_is_almost_an_address_is_told_without_it(
    written: str, command: Callable[..., Said], tmp_path: Path
) -> None:
    said = command("run", "--census", written.format(SECRET), "--output", tmp_path / "runs")
    assert said.code == 3
    assert SECRET not in said.everything and "***@host" in said.err


@pytest.mark.parametrize("words", ["run --census people.csv --years 2025", "fit people.csv", "sweep small.yaml"])
def test_nothing_is_written_into_an_address(
    words: str, command: Callable[..., Said], small_census: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("people.csv").write_bytes(small_census.read_bytes())
    Path("small.yaml").write_text("set: {census.path: people.csv, simulation.end_year: 2025}\nseeds: 2\n", "utf-8")
    said = command(*words.split(), "--output", f"ftp://bob:{SECRET}@host/runs")
    assert said.code == 2
    assert "is an address" in said.err and SECRET not in said.everything
    assert not Path("ftp:").exists()
