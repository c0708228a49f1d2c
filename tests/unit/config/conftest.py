"""Files in one word, for the tests of the configuration."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tests.unit.config.settings_files import Write


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a file into an empty working folder and gives its relative path, as a user would."""
    monkeypatch.chdir(tmp_path)

    def write_file(name: str, text: str) -> Path:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    return write_file
