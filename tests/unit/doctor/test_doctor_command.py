"""The doctor's command: lines, JSON, a report fit for mail, and its exit code."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import typer
from typer.testing import CliRunner

from planalign_orchestrator.cli import app
from planalign_orchestrator.doctor import examination, inputs
from planalign_orchestrator.doctor.report import Check, ok, without
from planalign_orchestrator.errors import ConfigurationError

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "network_diagnostics.py"


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    """Leave out what takes long or depends on this machine's network; both have tests of their own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(inputs, "model_check", lambda: ok("models", "not asked"))
    monkeypatch.setattr(examination, "_network_checks", lambda *_what: iter([ok("way to x", "directly")]))


def _invoke(*arguments: str):
    return CliRunner().invoke(app, ["doctor", *arguments])


def test_a_line_a_check_and_zero_without_faults():
    result = _invoke("--offline")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0, result.output
    assert lines[0].startswith("ok       Python")
    assert lines[-1].startswith("0 faults")
    assert not any("way to" in line for line in lines)


@pytest.mark.slow
def test_the_network_is_part_of_it_by_default():
    assert "way to x" in _invoke().stdout


@pytest.mark.slow
def test_a_fault_gives_its_remedy_and_a_code(monkeypatch):
    monkeypatch.setattr(inputs, "model_check", lambda: Check("models", "fault", "is broken", "mend it"))
    result = _invoke("--offline")
    assert result.exit_code == 1
    assert "fault    models" in result.stdout and "-> mend it" in result.stdout


@pytest.mark.slow
def test_a_warning_is_no_fault(monkeypatch):
    monkeypatch.setattr(inputs, "model_check", lambda: Check("models", "warning", "is slow", "wait"))
    assert _invoke("--offline").exit_code == 0


@pytest.mark.slow
def test_a_check_that_breaks_is_a_finding_and_not_a_traceback(monkeypatch):
    def breaks():
        raise RuntimeError("surprise")

    monkeypatch.setattr(inputs, "model_check", breaks)
    result = _invoke("--offline")
    assert result.exit_code == 1
    assert "broke off with RuntimeError: surprise" in result.stdout


@pytest.mark.slow
def test_json(monkeypatch):
    monkeypatch.setattr(inputs, "model_check", lambda: Check("models", "fault", "is broken", "mend it"))
    result = _invoke("--offline", "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert found["summary"]["fault"] == 1
    assert {"name": "models", "status": "fault", "finding": "is broken", "remedy": "mend it"} in found["checks"]
    schema = json.loads((Path(__file__).parents[3] / "docs" / "doctor.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(found, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**found, "checks": [{"name": "models", "status": "odd"}]}, schema)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["report.txt", "report.json"])
def test_the_report_for_mail_holds_no_secrets(monkeypatch, tmp_path, name):
    home = str(Path.home())
    monkeypatch.setenv("HTTPS_PROXY", "http://CORP\\alice:p@ss/w@proxy:8080")
    monkeypatch.setenv("PLANALIGN_PROXY_PASSWORD", "geheim#1")
    told = f"{home}/runs https://me:token@host/a?sig=1 CORP\\alice p@ss/w geheim#1 C:\\Users\\Bob\\x /home/carol/y"
    monkeypatch.setattr(inputs, "model_check", lambda: Check("models", "fault", told, told))

    _invoke("--offline", "--export", str(tmp_path / name))

    text = (tmp_path / name).read_text()
    for secret in (home + "/", "token", "sig=1", "alice", "p@ss/w", "geheim#1", "Bob", "carol"):
        assert secret not in text
    assert "~/runs" in text


@pytest.mark.parametrize(
    ("name", "flags", "words"),
    [
        ("report.txt", [], "report.txt: the file is already there"),
        ("c.yaml", ["--overwrite"], "c.yaml: the command reads this file"),
        ("people.csv", ["--overwrite"], "people.csv: the command reads this file"),
    ],
)
def test_the_report_takes_the_place_of_no_other_file(tmp_path, name, flags, words):
    (tmp_path / "c.yaml").write_text("census: {path: people.csv}")
    for other in ("people.csv", "report.txt"):
        (tmp_path / other).touch()
    before = (tmp_path / name).read_bytes()
    result = _invoke("--offline", "--config", "c.yaml", "--export", name, *flags)
    assert isinstance(result.exception, ConfigurationError) and words in result.exception.message
    assert (tmp_path / name).read_bytes() == before
    assert result.stdout == "", "looked at everything first"


def test_words_that_only_contain_a_user_name_stay():
    assert without("ali met alice, al and vali", {"ali": "<user>", "al": "<user>"}) == "<user> met alice, al and vali"


@pytest.mark.slow
def test_the_proxy_user_of_the_settings_is_taken_out(tmp_path, monkeypatch):
    (tmp_path / "c.yaml").write_text("network: {proxy_username: mallory}")
    monkeypatch.setattr(inputs, "model_check", lambda: ok("models", "for mallory"))
    _invoke("--offline", "--config", "c.yaml", "--export", "report.txt")
    assert "for <user>" in (tmp_path / "report.txt").read_text()


def test_offline_and_a_host_contradict_each_other():
    result = _invoke("--offline", "--host", "x")
    assert isinstance(result.exception, ConfigurationError)


def test_wrong_settings_are_a_finding(tmp_path):
    (tmp_path / "c.yaml").write_text("network: {verify: false}")
    result = _invoke("--offline", "--config", "c.yaml")
    assert result.exit_code == 1
    assert "network.verify is unknown" in result.stdout


def test_the_network_part_alone():
    alone = typer.Typer()
    alone.command()(runpy.run_path(str(SCRIPT))["network_diagnostics"])
    result = CliRunner().invoke(alone, [])
    assert result.exit_code == 0, result.output
    assert [line.split()[1] for line in result.stdout.splitlines()[:-1]] == ["settings", "way"]


def test_the_script_runs_from_anywhere(tmp_path):
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--help"], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "--host" in done.stdout
