"""The worked changes of docs/architecture.md, read from the page and made in a copy of the checkout."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
PAGE = CHECKOUT / "docs" / "architecture.md"
COPIED = (
    "config", "dbt", "docs", "planalign_orchestrator", "tests", "tools",
    "pyproject.toml", "README.md", "CONTRIBUTING.md",
)  # fmt: skip


@dataclass(frozen=True)
class Edit:
    """One block of the page: a file, and for each place what stands there and what is to stand there.

    A new file has a single place, where nothing stands.
    """

    file: str
    places: tuple[tuple[str, str], ...]


def sections() -> dict[str, str]:
    """The text of each worked change by its heading."""
    _, _, changes = PAGE.read_text(encoding="utf-8").partition("\n## Worked changes\n")
    parts = re.split(r"^### (.+)\n", changes, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def edits(section: str) -> list[Edit]:
    """The edits of a section, in their order."""
    return [_edit(block) for block in _blocks("diff", section)]


def settings_of(section: str) -> str:
    """The settings that a section shows, as YAML."""
    (block,) = _blocks("yaml", section)
    return block


def copy_checkout(folder: Path) -> Path:
    """What the changes are made in, without what was built from it."""
    leave_out = shutil.ignore_patterns("__pycache__", "target", "logs", "*.duckdb")
    for name in COPIED:
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=leave_out)
        else:
            shutil.copyfile(source, folder / name)
    return folder


def make(changes: Iterable[Edit], checkout: Path) -> None:
    """Make changes; each place must be there, once."""
    for edit in changes:
        path = checkout / edit.file
        is_new = edit.places[0][0] == ""
        assert path.exists() != is_new, f"{edit.file} is {'already' if is_new else 'not'} there"
        text = "" if is_new else path.read_text(encoding="utf-8")
        for before, after in edit.places:
            assert is_new or text.count(before) == 1, f"{edit.file} has {text.count(before)} times:\n{before}"
            text = text.replace(before, after) if before else after
        path.write_text(text, encoding="utf-8", newline="\n")


def _blocks(language: str, section: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)


def _edit(block: str) -> Edit:
    head, _, body = block.partition("\n")
    places = [_place(part.splitlines()) for part in re.split(r"^@@\n", body, flags=re.MULTILINE)]
    assert head.startswith(("--- ", "+++ ")), head
    assert all(after != before and (before == "") == head.startswith("+++ ") for before, after in places), block
    return Edit(head[4:], tuple(places))


def _place(lines: list[str]) -> tuple[str, str]:
    assert all(line[:1] in " +-" for line in lines), lines
    before, after = (
        "".join(f"{line[1:]}\n" for line in lines if line[:1] in kept or not line) for kept in ((" ", "-"), (" ", "+"))
    )
    return before, after
