"""The help of a group of commands says what each does in a line of a terminal of 80 columns, whole."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from planalign_orchestrator.cli import app


@pytest.mark.parametrize("group", [[], ["census"], ["checkpoints"], ["config"], ["memory"]], ids=" ".join)
def test_no_sentence_is_cut(group: list[str]) -> None:
    shown = CliRunner().invoke(app, [*group, "--help"], terminal_width=80).stdout
    commands = shown.partition("Commands:")[2].splitlines()
    assert commands and not [line for line in commands if line.rstrip().endswith(("...", "…"))]
