"""Every conflict that the settings name stands in ``conflicts.ini`` and is given the words it speaks of."""

from __future__ import annotations

import ast
from importlib.resources import files
from pathlib import Path
from string import Formatter

from planalign_orchestrator.tables import table

_ROWS = table("planalign_orchestrator.config", "conflicts")


def test_each_conflict_has_a_row_and_its_words() -> None:
    found = {}
    for path in Path(str(files("planalign_orchestrator"))).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "told_conflict":
                found[ast.literal_eval(node.args[0])] = {one.arg for one in node.keywords}
    parsed = {kind: Formatter().parse(row["says"]) for kind, row in _ROWS.items()}
    assert found == {kind: {name.partition(".")[0] for _, name, _, _ in of if name} for kind, of in parsed.items()}
