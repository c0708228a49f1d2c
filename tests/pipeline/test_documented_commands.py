"""Every command line of the project's document is taken as it is written there; a dry run of each finds its plan."""

from __future__ import annotations

import re
import runpy
import shlex
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
DOCUMENT = next((path for up in CHECKOUT.parents if (path := up / "shared" / "seed.md").exists()), None)

SCRIPT = "python orchestrator_dbt/run_multi_year.py"
PACKAGE = "python planalign_orchestrator run"
COMMANDS = {
    f"{SCRIPT} --years 2025 2026 --threads 1 --optimization medium": "2025-2026 (2)",
    f"{SCRIPT} --years 2025 --threads 1 --optimization medium": "2025-2025 (1)",
    f"{SCRIPT} --years 2025 2026 2027 --threads 1 --optimization medium --enable-compression": "2025-2027 (3)",
    f"{PACKAGE} --years 2025 2026 2027 --optimization medium --threads 1 --enable-compression": "2025-2027 (3)",
    f"{PACKAGE} --years 2025 2026 2027 --resume-from-checkpoint": "2025-2027 (3)",
}
"""The document's commands, continuation lines joined, and the years that each means."""

QUICK_START = {"DBT_THREADS": "1", "PW_OPT_LEVEL": "medium", "PW_MEMORY_LIMIT_GB": "4", "PW_BATCH_SIZE": "500"}


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_is_understood(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in QUICK_START.items():
        monkeypatch.setenv(name, value)
    _python, program, *arguments = shlex.split(command)
    monkeypatch.setattr(sys, "argv", [program, *arguments, "--dry-run"])
    monkeypatch.setattr(sys, "path", list(sys.path))

    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(CHECKOUT / program), run_name="__main__")

    shown = capsys.readouterr().out
    assert ended.value.code in (0, None)
    assert f"years      {COMMANDS[command]}" in shown
    assert re.search(r"batches of 500 thousand, 1 thread;", shown)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(DOCUMENT is None, reason="the document lies beside the repository, and is not there")
def test_no_command_of_the_document_is_left_out() -> None:
    assert DOCUMENT is not None
    text = DOCUMENT.read_text(encoding="utf-8").replace("\\\n", " ")
    found = {" ".join(line.split()) for line in re.findall(r"^\s*(python [^\n`]+)$", text, re.MULTILINE)}
    found |= set(re.findall(r"`(python [^`\n]+)`", text))
    assert found == set(COMMANDS)
