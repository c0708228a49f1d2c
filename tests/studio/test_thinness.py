"""The studio computes nothing: no SQL, no arithmetic, no number formats, in its code or in its templates."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

import planalign_orchestrator.studio
from planalign_orchestrator.studio.app import STATIC

FOLDER = Path(planalign_orchestrator.studio.__file__).parent
MODULES = sorted(FOLDER.rglob("*.py"))
TEMPLATES = sorted(FOLDER.rglob("*.j2"))
MOST_LINES = 2_320
CALLS = {"sum", "round", "format", "divmod", "pow", "mean", "median", "Decimal", "Fraction", "execute", "query"}
SQL = re.compile(r"(?is)\bselect\b.+\bfrom\b|\binsert\s+into\b|\bcreate\s+(table|view)\b")
FILTERS = {"sum", "round", "format", "int", "float", "abs", "filesizeformat"}
ARITHMETIC = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow, nodes.Neg)


def faults_of(source: str) -> Iterator[str]:
    """What a module does that is not the studio's to do."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.BinOp | ast.AugAssign) and not isinstance(node.op, ast.BitOr):
            yield f"line {node.lineno}: {type(node.op).__name__}"
        elif isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            yield f"line {node.lineno}: a number format"
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in CALLS:
                yield f"line {node.lineno}: {name}()"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
            yield f"line {node.lineno}: SQL"


def faults_in_template(source: str) -> Iterator[str]:
    """What a template works out."""
    tree = jinja2.Environment().parse(source)
    yield from (f"line {node.lineno}: {type(node).__name__}" for node in tree.find_all(ARITHMETIC))
    yield from (f"line {node.lineno}: {node.name}" for node in tree.find_all(nodes.Filter) if node.name in FILTERS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_computes_nothing(path: Path) -> None:
    assert list(faults_of(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_computes_nothing(path: Path) -> None:
    assert list(faults_in_template(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("source", ["a - b", "a * 100", "a / b", "f'{a:,.2f}'", "round(a)", "sum(a)", "a += 1", "a + b",
                                    "c.execute(q)", "'select x from y'", "format(a, ',d')", "a % b"])  # fmt: skip
def test_the_lint_sees(source: str) -> None:
    assert list(faults_of(source))


@pytest.mark.parametrize("source", ["{{ a + b }}", "{{ a * 100 }}", "{{ a | round(2) }}", "{% set x = -a %}"])
def test_the_lint_sees_templates(source: str) -> None:
    assert list(faults_in_template(source))


def test_it_stays_small() -> None:
    ours = [
        *MODULES,
        *TEMPLATES,
        *(path for name, path in STATIC.items() if path.parent.name == "static" and "min" not in name),
    ]
    lines = [line for path in ours for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(lines) <= MOST_LINES
