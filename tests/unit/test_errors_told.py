"""Every error that the code names stands in ``errors.ini``, is given the words it speaks of, and none is left over."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest

from planalign_orchestrator.errors import ResultsError
from planalign_orchestrator.tables import table

_PRODUCT = Path(str(files("planalign_orchestrator")))
_ROWS = table("planalign_orchestrator", "errors")


def _told() -> Iterator[tuple[str, set[str] | None]]:
    """The name of each error that is raised, and its words; None where more are given later or by a mapping."""
    for path in _PRODUCT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            others = {"partial": node.args[:1], "instead_of": node.args[1:2]}.get(ast.unparse(node.func), [])
            called = [node.func, *others]
            if not any(
                isinstance(of, ast.Attribute) and of.attr == "told" and "Error" in ast.unparse(of) for of in called
            ):
                continue
            words = (
                None
                if len(called) > 1 or any(one.arg is None for one in node.keywords)
                else {str(one.arg) for one in node.keywords}
            )
            names = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and one.value in _ROWS]
            assert names or isinstance(node.args[0], ast.Name), ast.unparse(node)
            yield from ((name, words) for name in names)


def _fields(row: dict[str, str]) -> set[str]:
    parsed = Formatter().parse(f"{row['says']} {row['remedy']}")
    return {field.partition(".")[0].partition("[")[0] for _, field, _, _ in parsed if field}


def test_each_error_is_given_the_words_that_its_row_speaks_of() -> None:
    found = list(_told())
    assert len(found) > 50
    for name, words in found:
        assert words is None or _fields(_ROWS[name]) <= words, name


def test_no_row_is_left_over() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in _PRODUCT.rglob("*.py"))
    assert [name for name in _ROWS if f'"{name}"' not in code] == []


def test_words_are_put_in_as_they_are() -> None:
    error = ResultsError.told("no such test", name="{x}", tests="a, b")
    assert (error.message, error.remedy) == ("--passes: there is no test '{x}'", "Choose among a, b.")


def test_an_error_that_nobody_wrote_down_is_a_fault_of_the_program() -> None:
    with pytest.raises(KeyError):
        ResultsError.told("no such error")
