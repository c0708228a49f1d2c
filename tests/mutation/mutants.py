"""Small wrong changes to the text of the models, one at a time: comparisons, arithmetic, constants, logic, functions.

The text is changed before Jinja sees it, so every branch, macro and setting that the project can render is within
reach. Comments, quoted SQL names and words, types, file names of ``ref`` and ``draw`` streams are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SWAPS = {
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "=": "<>",
    "<>": "=",
    "==": "!=",
    "!=": "==",
    "+": "-",
    "-": "+",
    "*": "/",
    "/": "*",
    "//": "*",
    "and": "or",
    "or": "and",
    "true": "false",
    "false": "true",
    "is null": "is not null",
    "is not null": "is null",
    "is distinct from": "is not distinct from",
    "is not distinct from": "is distinct from",
    "between": "not between",
    "not in": "in",
    "not": "",
    "in": "not in",
    "least": "greatest",
    "greatest": "least",
    "min": "max",
    "max": "min",
    "arg_max": "arg_min",
    "bool_or": "bool_and",
    "floor": "ceil",
    "ceil": "floor",
    "lag": "lead",
    "lead": "lag",
    "desc": "asc",
    "nulls last": "nulls first",
    "inner join": "left join",
    "left join": "inner join",
    "full outer join": "inner join",
    "asof left join": "left join",
}

CALLED = {"least", "greatest", "min", "max", "arg_max", "bool_or", "floor", "ceil", "lag", "lead"}
"""Words that stand for a function and are changed only where one is called."""

_TOKEN = re.compile(
    r"""
    (?P<skip>--[^\n]*|\{\#.*?\#\}                                  # comments
        |(?:::)?\bdecimal\(\d+,\s*\d+\)|::\w+                        # types
        |\*(?=\s*(?:,|from\b|exclude\b|replace\b|$|\n))            # every column
        |\bset\s+\w+\s*=(?!=)                                      # naming, in Jinja
        |\{\{\s*config\(.*?\)\s*\}\}                               # how a model is stored
        |\{\{-?\s*(?:ref|source)\(.*?\)\s*-?\}\}
        |\{%-?\s*(?:macro|endmacro|for|endfor|else|endif|endset)\b.*?%\}
        |\{%-?|-?%\}|\{\{-?|-?\}\}                                 # Jinja brackets
        |\brows\ between\ unbounded\ preceding\ and\ (?:1\ preceding|current\ row)
        |\|\||->|%0\d*d|"[^"]*")
    |(?P<words>\bis\ not\ distinct\ from\b|\bis\ distinct\ from\b|\bis\ not\ null\b|\bis\ null\b|\bnot\ in\b
        |\bnulls\ last\b|\bfull\ outer\ join\b|\basof\ left\ join\b|\binner\ join\b|\bleft\ join\b)
    |(?P<number>(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.]))
    |(?P<name>[A-Za-z_]\w*)
    |(?P<operator><>|<=|>=|==|!=|//|[<>=+\-*/])
    |(?P<quote>')
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Mutant:
    """One change.

    Args:
        path: of the file, relative to the dbt project.
        start: where the changed part begins.
        old: what stood there.
        new: what stands there now.
        text: the whole changed text.
        line: number of the line.
    """

    path: str
    start: int
    old: str
    new: str
    text: str
    line: int

    @property
    def key(self) -> str:
        """Names the mutant by what its line says, so that it keeps its name when other lines come and go."""
        begin = self.text.rfind("\n", 0, self.start) + 1
        end = self.text.find("\n", self.start + len(self.new))
        changed = self.text[begin : end if end >= 0 else None]
        position = self.start - begin
        marked = f"{changed[:position]}[{self.old} → {self.new}]{changed[position + len(self.new) :]}"
        return f"{self.path}: {marked.strip()}"

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.key.partition(': ')[2]}"


def mutants_of(path: str, text: str) -> Iterator[Mutant]:
    """Every mutant of a file."""
    for start, old, new in _changes(text):
        changed = text[:start] + new + text[start + len(old) :]
        yield Mutant(path, start, old, new, changed, text.count("\n", 0, start) + 1)


def _changes(text: str) -> Iterator[tuple[int, str, str]]:
    quoted_until = closing = -1
    betweens = 0
    for token in _TOKEN.finditer(text):
        kind, old, start = token.lastgroup, token.group(), token.start()
        if start < quoted_until or start == closing or kind == "skip":
            continue
        if kind == "quote":
            # SQL words in quotes stay; a quoted formula that a macro is handed does not.
            end = _end_of_quote(text, start)
            if _is_formula(text, start, end):
                closing = end
            else:
                quoted_until = end + 1
        elif kind == "number":
            yield start, old, _other_number(old)
        elif old == "and" and betweens:
            betweens -= 1
        elif old.lower() in SWAPS and (old not in CALLED or text[token.end() : token.end() + 1] == "("):
            betweens += old == "between"
            yield start, old, SWAPS[old.lower()]


def _end_of_quote(text: str, start: int) -> int:
    """The closing quote; quotes inside Jinja braces within a quoted word do not count."""
    inside = _inside_jinja(text, start)
    end = start + 1
    while end < len(text) and text[end] != "'":
        end = text.find("}}", end) + 2 if not inside and text.startswith("{{", end) else end + 1
    return end


def _inside_jinja(text: str, position: int) -> bool:
    return any(
        text.rfind(left, 0, position) > text.rfind(right, 0, position) for left, right in (("{{", "}}"), ("{%", "%}"))
    )


def _is_formula(text: str, start: int, end: int) -> bool:
    """Whether a quoted part is SQL for a macro: inside Jinja braces, with an operator between names."""
    return _inside_jinja(text, start) and bool(re.search(r"\w\s+[-+*/<>=]|^\s*[-+*/]|case |//", text[start + 1 : end]))


def _other_number(old: str) -> str:
    if "." in old or "e" in old:
        return repr(float(old) * 2)
    return str(int(old) + 1)
