"""Templates are compiled once for all programs, and again when their text changes or nothing may be kept."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2.bccache import bc_magic

from planalign_orchestrator import tables


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder in which compiled modules and templates are kept."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(tables, "cache_from_source", lambda path: str(tmp_path / "kept" / "tables.pyc"))
    tables.compiled_templates.cache_clear()
    yield tmp_path / "kept"
    tables.compiled_templates.cache_clear()


def said(folder: Path, text: str) -> str:
    folder.joinpath("one.txt").write_text(text, encoding="utf-8")
    return tables.language(folder).get_template("one.txt").render(name="Ada")


def test_a_template_is_kept_and_follows_its_text(tmp_path: Path, place: Path) -> None:
    place.mkdir()
    assert said(tmp_path, "Hello {{ name }}") == "Hello Ada"
    [kept] = place.iterdir()
    before = kept.read_bytes()
    assert said(tmp_path, "Hello {{ name }}") == "Hello Ada"
    assert kept.read_bytes() == before
    assert said(tmp_path, "Bye {{ name }}") == "Bye Ada"
    assert [kept] == list(place.iterdir()) and kept.read_bytes() != before


@pytest.mark.parametrize("left", [0, len(bc_magic), len(bc_magic) + 3, -9])
def test_a_damaged_copy_is_compiled_anew(tmp_path: Path, place: Path, left: int) -> None:
    place.mkdir()
    said(tmp_path, "Hello {{ name }}")
    [kept] = place.iterdir()
    kept.write_bytes(kept.read_bytes()[:left])
    assert said(tmp_path, "Hello {{ name }}") == "Hello Ada"


def test_where_nothing_can_be_written_templates_still_work(tmp_path: Path, place: Path) -> None:
    assert said(tmp_path, "Hello {{ name }}") == "Hello Ada"
    assert not place.exists()


def test_nothing_is_kept_where_python_keeps_nothing(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.mkdir()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert said(tmp_path, "Hello {{ name }}") == "Hello Ada"
    assert not list(place.iterdir())
