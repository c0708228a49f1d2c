"""The names of the rules in the SQL of a law."""

from __future__ import annotations

from collections.abc import Iterator

import sqlglot
from sqlglot import exp


def rules_of(sql: str) -> set[str]:
    """Every value that the column ``rule`` can have, in the second column of a law's SELECTs or worked out before."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    assert isinstance(tree, exp.Expression)
    found: set[str] = set()
    for expression in _rule_columns(tree):
        found |= _values(expression)
    return found


def _rule_columns(tree: exp.Expression) -> Iterator[exp.Expression]:
    for alias in tree.find_all(exp.Alias):
        if alias.alias == "rule":
            yield alias.this
    # Later parts of a UNION need not name the column again.
    for union in tree.find_all(exp.Union):
        last = union.expression
        if isinstance(last, exp.Select):
            yield last.expressions[1].unalias()


def _values(expression: exp.Expression) -> set[str]:
    if isinstance(expression, exp.Literal):
        return {expression.this}
    if isinstance(expression, exp.Case):
        branches = [branch.args["true"] for branch in expression.args["ifs"]]
        default = expression.args.get("default")
        return set().union(*(_values(branch) for branch in [*branches, *([default] if default else [])]))
    if isinstance(expression, exp.DPipe):
        column, suffix = expression.left, expression.right
        assert isinstance(column, exp.Column) and isinstance(suffix, exp.Literal), expression.sql()
        return {value + suffix.this for value in _listed(expression, column.name)}
    if isinstance(expression, exp.Column):
        return set()
    raise AssertionError(f"the name of a rule is worked out in a way that this test does not know: {expression.sql()}")


def _listed(expression: exp.Expression, column: str) -> set[str]:
    """What an ``in (…)`` of the same SQL allows for a column."""
    return {
        value.this
        for test in expression.root().find_all(exp.In)
        if isinstance(test.this, exp.Column) and test.this.name == column
        for value in test.expressions
    }
