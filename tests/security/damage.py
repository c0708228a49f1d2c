"""Damage to files: bytes, values of JSON, lines of settings and cells of a census that become others."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

SECRET = "hunter2"
VALUES: tuple[Any, ...] = (None, [], {}, "", "x", -1, 0, 10**30, 1.5, True, [[]], {"a": None}, "\x1b[31m", "\ud800")
SCALARS = (
    "!!float ''", "!!bool maybe", "!!int ''", "!!binary '*'", "!!timestamp x", "!!set {a, b}", "&a [*a]", "*nope", "[",
    "{", "'", '"\\0"', '"\\e[31m"', "~", "1e999", "0x", "-1", "99999999999999999999", ".nan", "2025-02-30", "true",
    "[1, 2]", "{a: 1}", "- x", "\ta", "x" * 5000, "%", "@", "`", "|", ">", "!x y", "? a", "é", "\u2028",
    f"https://bob:{SECRET}@host.invalid/x?{SECRET}", f"ftp://bob:{SECRET} x@h/", "../..", "/dev/zero/x", "*/[a]?",
)  # fmt: skip
CELLS = (
    "", "x", "-1", "1e400", "99/99/9999", "2025-02-30", "1.234.567", "(12)", "$", "=1+1", "\x00", "\x1b[2J", "é", '"',
    "x" * 9999, "#REF!", "219-09-9999", "1899-12-31", "9999-12-31", "\u202e", "employee_id", ",", "nan", "inf", "true",
)  # fmt: skip


def _cut(chance: random.Random, path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: chance.randrange(len(data) + 1)])


def _flip(chance: random.Random, path: Path) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(chance.choice((1, 1, 5, 100)) if data else 0):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def _swap_values(chance: random.Random, path: Path) -> None:
    """Another value at one place of a JSON document; of other files a flipped bit."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.suffix == ".jsonl" else [path.read_text("utf-8")]
        number = chance.randrange(len(lines))
        tree = json.loads(lines[number])
    except (ValueError, IndexError):
        _flip(chance, path)
        return
    node = tree
    while isinstance(node, dict | list) and node:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = chance.choice(keys)
        if chance.random() < 0.4 or not (isinstance(node[key], dict | list) and node[key]):
            if chance.random() < 0.2 and isinstance(node, dict):
                del node[key]
            else:
                node[key] = chance.choice(VALUES)
            break
        node = node[key]
    lines[number] = json.dumps(tree)
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))


def _to_folder(chance: random.Random, path: Path) -> None:
    path.unlink()
    path.mkdir()


def _to_link(chance: random.Random, path: Path) -> None:
    path.unlink()
    path.symlink_to(chance.choice([path.name, "nowhere", "/", f"{path.name}/x", "/dev/zero"]))


def _to_pipe(chance: random.Random, path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


_DAMAGES: dict[str, Callable[[random.Random, Path], object]] = {
    "cut": _cut,
    "flipped": _flip,
    "with another value": _swap_values,
    "emptied": lambda chance, path: path.write_bytes(b""),
    "made a folder": _to_folder,
    "made a link": _to_link,
    "made a pipe": _to_pipe,
    "null": lambda chance, path: path.write_bytes(b"null"),
    "a list": lambda chance, path: path.write_bytes(b"[]"),
    "a mapping": lambda chance, path: path.write_bytes(b"{}"),
    "brackets": lambda chance, path: path.write_bytes(b"[" * chance.choice((1000, 100_000))),
    "gone": lambda chance, path: path.unlink(),
}


def damage(chance: random.Random, path: Path) -> str:
    """Damage a file in one way; returns how."""
    kind = chance.choice(list(_DAMAGES))
    if os.name == "nt" and kind in ("made a link", "made a pipe"):
        kind = "cut"
    _DAMAGES[kind](chance, path)
    return kind


def other_lines(chance: random.Random, before: Sequence[str]) -> str:
    """A settings file in which one to four lines have become others."""
    lines = list(before)
    for _ in range(chance.randint(1, 4)):
        number = chance.choice(
            [number for number, line in enumerate(lines) if line.strip() and line.lstrip()[0] != "#"]
        )
        key, colon, _ = lines[number].partition(":")
        change = chance.choice(("value", "value", "value", "double", "drop", "indent", "list"))
        if change == "value" and colon:
            lines[number] = f"{key}: {chance.choice(SCALARS)}"
        elif change == "double":
            lines.insert(number, lines[number])
        elif change == "drop" and len(lines) > 4:
            del lines[number]
        else:
            lines[number] = f"{'- ' if change == 'list' else ' ' * chance.randint(1, 3)}{lines[number]}"
    return "\n".join(lines)


def other_cells(chance: random.Random, text: str) -> str:
    """A census as CSV in which some cells, or its shape, have become others."""
    rows = [line.split(",") for line in text.splitlines()]
    for _ in range(chance.randint(1, 4)):
        row = chance.choice(rows)
        change = chance.choice(("cell", "cell", "cell", "double", "drop", "more", "less"))
        if change == "cell":
            row[chance.randrange(len(row))] = chance.choice(CELLS)
        elif change == "double":
            rows.append(list(row))
        elif change == "drop" and len(rows) > 1:
            rows.remove(row)
        elif change == "more":
            row.append(chance.choice(CELLS))
        elif len(row) > 1:
            row.pop()
    return "\n".join(",".join(row) for row in rows)
