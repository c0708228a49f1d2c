"""A mapping file as a table of columns to review, and with the reviewer's choices in it; its comments stay."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from planalign_orchestrator.census.columns import MEANINGS, UNDECIDED
from planalign_orchestrator.census.mapping import IGNORE, SeveralRows, StatusWord, Unit
from planalign_orchestrator.config.yaml_file import UNLIKE_YAML, rewritten
from planalign_orchestrator.errors import ConfigurationError, instead_of

CHOICES: Mapping[str, tuple[str, ...]] = {
    "columns": (UNDECIDED, IGNORE, *MEANINGS),
    "status": (UNDECIDED, *get_args(StatusWord)),
    "several_rows": get_args(SeveralRows),
}
"""What each part of a mapping may say."""
UNITS: tuple[str, ...] = get_args(Unit)


@dataclass(frozen=True)
class Line:
    """A line of a mapping: of a column, of a status word, or one of its own.

    Args:
        part: that it stands in; a key of ``CHOICES``.
        name: heading or status word.
        held: what is proposed or was chosen.
        unit: of amounts; empty for others.
        note: why, and what the values look like.
    """

    part: str
    name: str
    held: str
    unit: str
    note: str

    @property
    def to_review(self) -> bool:
        """Whether a person must decide."""
        return self.held == UNDECIDED or "REVIEW" in self.note


def lines_of(text: str | bytes) -> list[Line]:
    """The lines of a mapping that a person decides.

    Raises:
        ConfigurationError: it is no mapping.
    """
    with instead_of(UNLIKE_YAML, ConfigurationError.told, "unreadable mapping"):
        tree = YAML().load(text)
        found = [_line("columns", name, tree["columns"]) for name in tree["columns"]]
        found += [_line("status", name, tree["status"]) for name in tree.get("status") or {}]
        return [*found, *([_line("several_rows", "several_rows", tree)] if "several_rows" in tree else [])]


def with_choices(text: str | bytes, held: Mapping[tuple[str, str], str], units: Mapping[str, str]) -> str:
    """A mapping with what a person chose.

    Args:
        text: of the file, or of the proposal.
        held: by part and name.
        units: by heading; empty for none.
    """

    def choose(tree: Any) -> None:
        for (part, name), chosen in held.items():
            if part == "several_rows":
                tree[part] = chosen
            elif name in tree[part]:
                unit = units.get(name, "") if part == "columns" else ""
                tree[part][name] = _with_unit(chosen, unit) if unit else chosen

    return rewritten(text, choose, 1 << 16)  # headings and comments stay on their line


def _with_unit(meaning: str, unit: str) -> CommentedMap:
    found = CommentedMap(meaning=meaning, unit=unit)
    found.fa.set_flow_style()
    return found


def _line(part: str, name: str, section: Any) -> Line:
    held, comment = section[name], section.ca.items.get(name)
    note = comment[2].value.splitlines()[0].lstrip("# ") if comment and comment[2] else ""
    if isinstance(held, dict):
        return Line(part, str(name), str(held["meaning"]), str(held.get("unit", "")), note)
    return Line(part, str(name), str(held), "", note)
