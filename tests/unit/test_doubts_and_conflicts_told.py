"""Every conflict of settings and doubt about a census that the code names is told by a table, with the words it has."""

from __future__ import annotations

import ast
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest

from planalign_orchestrator.tables import table


@pytest.mark.parametrize(
    ("call", "package", "name", "own"),
    [("told_conflict", "config", "conflicts", {"keys"}), ("doubt", "census", "doubts", {"of", "broken"})],
)
def test_each_has_a_row_and_its_words(call: str, package: str, name: str, own: set[str]) -> None:
    found: dict[str, set[str | None]] = {}
    for path in Path(str(files("planalign_orchestrator"))).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == call:
                found[ast.literal_eval(node.args[0])] = {one.arg for one in node.keywords} - own
    assert found == {
        kind: {
            field.partition(".")[0]
            for _, field, _, _ in Formatter().parse(f"{row['says']} {row.get('remedy', '')}")
            if field
        }
        for kind, row in table(f"planalign_orchestrator.{package}", name).items()
    }


def test_each_refusal_of_a_value_is_told() -> None:
    calls = (
        node
        for path in Path(str(files("planalign_orchestrator.config"))).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("only", "refusal")
    )
    named = {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}
    assert named == {*table("planalign_orchestrator.config", "complaints")["values"]}


def test_no_note_about_a_census_is_left_over() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in Path(str(files("planalign_orchestrator.census"))).glob("*.py")
    )
    named = (name for name in table("planalign_orchestrator.census", "notes") if not name.startswith("ones of "))
    assert [name for name in named if f'"{name}"' not in code] == []
