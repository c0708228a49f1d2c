"""``scripts/start.py`` makes an environment with nothing in it that is as old as Python."""

from __future__ import annotations

import importlib.util
import sys
import venv
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "start.py"


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("start_script", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ENVIRONMENT", tmp_path)
    monkeypatch.setattr(module, "PYTHON", tmp_path / "python")
    monkeypatch.setattr(venv, "create", lambda folder, **options: None)
    return module


def test_pip_and_setuptools_are_renewed_before_anything_is_installed_within_the_constraints(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(start, "_python", lambda arguments, folder: called.append(arguments) or 0)
    start._set_up("[keyring]")
    renewed, installed = called
    assert renewed[renewed.index("--upgrade") + 1 :] == ["pip", *(["setuptools"] if sys.version_info < (3, 12) else [])]
    assert start.CONSTRAINTS.is_file()
    assert installed[installed.index("--constraint") + 1] == str(start.CONSTRAINTS)


def test_an_installation_that_fails_is_tried_again(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "_python", lambda arguments, folder: 1)
    for _ in range(2):
        with pytest.raises(SystemExit, match="the installation failed"):
            start._set_up("[keyring]")
