"""Settings in a form, as a person types them, and a design file with single settings changed; its comments stay.

Lists stand in rows: tiers, bands and classes a row each, amendments a row for each setting.
"""

import datetime as dt
import re
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, zip_longest
from typing import Any, Literal, Union, get_args, get_origin

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from planalign_orchestrator.config import catalogue
from planalign_orchestrator.config.amendments import AMENDABLE, flat
from planalign_orchestrator.config.catalogue import Leaf, leaves, plain
from planalign_orchestrator.config.layers import nested
from planalign_orchestrator.config.loading import EffectiveSettings
from planalign_orchestrator.config.yaml_file import UNLIKE_YAML, rewritten
from planalign_orchestrator.errors import ConfigurationError, instead_of

AMENDMENTS = "amendments"
_AMENDED = ("from", "note", "setting", "value")
Rows = list[list[str]]


@dataclass(frozen=True)
class Typed:
    """A cell of a row.

    Args:
        name: of its field in the form.
        text: as it is typed.
        choices: what it may be; empty where it is typed.
        unit: what the typed number is counted in.
        is_fixed: whether it only says what the row is about.
    """

    name: str
    text: str
    choices: Sequence[str] = ()
    unit: str = ""
    is_fixed: bool = False

    @property
    def title(self) -> str:
        """What its column is called."""
        return self.name.rpartition("/")[2].replace("_", " ").capitalize()


class Entry:
    """A setting as a form shows it.

    Args:
        leaf: the setting.
        effective: the settings of the design.
        base: those that it changes.
        typed: what a person has typed, if that was sent.
        rows: those of the form that was sent, of a list.
    """

    def __init__(
        self, leaf: Leaf, effective: EffectiveSettings, base: EffectiveSettings, typed: str | None, rows: Rows | None
    ) -> None:
        value = effective.value(leaf.key)
        self.leaf = leaf
        self.text = shown_text(leaf, value) if typed is None else typed
        self.base, self.default = shown_text(leaf, base.value(leaf.key)), shown_text(leaf, leaf.default)
        """The value of the base and the default, as they are typed."""
        self.choices, self.unit, self.bounds = choices(leaf), typed_unit(leaf), typed_bounds(leaf)
        self.is_long = is_structure(leaf)
        """Whether it is typed over several lines."""
        self.rows = cells_of(leaf, rows_of(leaf, value) if rows is None else rows) if columns_of(leaf) else None
        """Of a list that is typed in rows; None where none is."""


def columns_of(leaf: Leaf) -> dict[str, Leaf | None]:
    """The columns of a setting that is typed in rows, with what stands in each, if it is the same in all rows."""
    if leaf.key == AMENDMENTS:
        return dict.fromkeys(_AMENDED)
    return {one.key: one for one in catalogue.element_leaves(leaf.key, leaf.annotation)}


def amendable() -> list[str]:
    """The settings that an amendment may change."""
    *sections, _ = AMENDABLE
    return [key for key in leaves() if key.partition(".")[0] in sections or key == "assumptions.overrides"]


def rows_of(leaf: Leaf, value: Any) -> Rows:
    """A value as rows."""
    if leaf.key == AMENDMENTS:
        return [row for amendment in plain(value) for row in _amended(amendment)]
    cells = catalogue.element_leaves(leaf.key, leaf.annotation)
    return [
        [typed_text(cell, one) for cell, one in zip_longest(cells, row)] for row in _flat(leaf.annotation, plain(value))
    ]


def rows_of_form(form: Mapping[str, Sequence[str]]) -> dict[str, Rows]:
    """The rows of a form by setting, after what its button asks: to add one to a setting, or to take one out.

    Args:
        form: by field; each column is one, as often as there are rows. ``rows`` is the button, as in
            ``plan.match.tiers add`` or ``plan.match.tiers 2``, and ``amended`` the setting of a new row of amendments.

    Raises:
        ConfigurationError: it is no such form.
    """
    with instead_of((LookupError, ValueError), ConfigurationError.told, "unreadable rows"):
        rows = {key: _typed(leaf, form) for key, leaf in leaves().items() if key in form and columns_of(leaf)}
        if "rows" in form:
            key, what = form["rows"][-1].split()
            if what == "add":
                rows[key].append(_new_row(key, rows[key], form))
            else:
                rows[key].pop(int(what))
    return rows


def _typed(leaf: Leaf, form: Mapping[str, Sequence[str]]) -> Rows:
    return [list(row) for row in zip(*(form.get(_field(leaf, name), ()) for name in columns_of(leaf)), strict=True)]


def _new_row(key: str, rows: Rows, form: Mapping[str, Sequence[str]]) -> list[str]:
    if key != AMENDMENTS:
        return [""] * len(columns_of(leaves()[key]))
    setting = leaves()[form["amended"][-1]]
    return [rows[-1][0] if rows else "", "", setting.key, typed_text(setting, setting.default)]


def rows_text(leaf: Leaf, rows: Rows) -> str:
    """Rows as a line of YAML, none as nothing; rows without a word are left out."""
    said = [row for row in rows if any(cell.strip() for cell in row)]
    if not said:
        return ""
    if leaf.key == AMENDMENTS:
        return catalogue.yaml_value([*_amendments(said)])
    cells = catalogue.element_leaves(leaf.key, leaf.annotation)
    values = [[typed_value(cell, text) for cell, text in zip(cells, row, strict=True)] for row in said]
    return catalogue.yaml_value(_nested(leaf.annotation, values))


def shown_text(leaf: Leaf, value: Any) -> str:
    """A value as it is typed, and one in rows as their line of YAML."""
    return rows_text(leaf, rows_of(leaf, value)) if columns_of(leaf) else typed_text(leaf, value)


def cells_of(leaf: Leaf, rows: Rows) -> list[list[Typed]]:
    """The cells of rows, as a form shows them."""
    return [[_cell(leaf, name, row, text) for name, text in zip(columns_of(leaf), row, strict=True)] for row in rows]


def _cell(leaf: Leaf, name: str, row: Sequence[str], text: str) -> Typed:
    is_amended = leaf.key == AMENDMENTS and name == "value"
    held = leaves().get(row[2]) if is_amended else columns_of(leaf)[name]
    if held is None:
        return Typed(_field(leaf, name), text, is_fixed=name == "setting")
    return Typed(_field(leaf, name), text, choices(held), typed_unit(held))


def _field(leaf: Leaf, column: str) -> str:
    return f"{leaf.key}/{column.rpartition('.')[2]}"


def _amended(amendment: Mapping[str, Any]) -> Rows:
    """A row for each setting that an amendment changes; its note stands in the first."""
    changes = flat({section: amendment.get(section) or {} for section in AMENDABLE})
    rows = [
        ["", "", key, typed_text(leaves()[key], value) if key in leaves() else catalogue.yaml_value(value)]
        for key, value in changes.items()
    ] or [[""] * len(_AMENDED)]
    rows[0][1] = amendment.get("note") or ""
    return [[str(amendment["from"]), *rest] for _, *rest in rows]


def _amendments(rows: Rows) -> Iterator[dict[str, Any]]:
    """The rows of each year together."""
    by_year: dict[str, Rows] = {}
    for first, *rest in rows:
        by_year.setdefault(first.strip(), []).append(rest)
    for year, of_year in by_year.items():
        note = next((note for note, _, _ in of_year if note), "")
        # What is no setting of its own, such as the rows of a table, is typed as YAML.
        changes = {key: typed_value(leaves().get(key, leaves()[AMENDMENTS]), text) for _, key, text in of_year if key}
        head = {"from": int(year) if year.isdecimal() else year, **({"note": note} if note else {})}
        yield {**head, **nested(changes)}


def _flat(annotation: Any, value: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """Elements as rows; one with elements of its own has a row for each of them."""
    rows = []
    for one in value:
        own, inner = _own_and_inner(annotation)
        start = [one.get(name) for name in own]
        rows += [[*start, *rest] for rest in _flat(inner[1], one[inner[0]]) or [[]]] if inner else [start]
    return rows


def _nested(annotation: Any, rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    own, inner = _own_and_inner(annotation)
    if not inner:
        return [dict(zip(own, row, strict=True)) for row in rows]
    return [
        {
            **dict(zip(own, start, strict=True)),
            inner[0]: _nested(inner[1], [row[len(own) :] for row in group if set(row[len(own) :]) != {""}]),
        }
        for start, group in groupby(rows, key=lambda row: tuple(row[: len(own)]))
    ]


def _own_and_inner(annotation: Any) -> tuple[list[str], tuple[str, Any] | None]:
    """The plain fields of an element, and the one that is a list of elements in turn."""
    element = catalogue.element_type(annotation)
    fields = {name: one.annotation for name, one in element.model_fields.items()} if element else {}
    inner = {name: kind for name, kind in fields.items() if catalogue.element_type(kind)}
    return [name for name in fields if name not in inner], next(iter(inner.items()), None)


_NUMBER = re.compile(r"[-+]?\d{1,30}(?:\.\d{1,30})?")
_NONE = "not set"


def is_percent(leaf: Leaf) -> bool:
    """Whether a person types a setting as percent: a share that is kept as a fraction."""
    return leaf.unit.startswith("share ") and not choices(leaf) and not is_structure(leaf)


def is_structure(leaf: Leaf) -> bool:
    """Whether a setting is a list or a mapping, which is typed as YAML."""
    return any(get_origin(part) in (list, dict) for part in _parts(leaf))


def choices(leaf: Leaf) -> list[str]:
    """What a setting may be, where that is a list; nothing for one that is typed."""
    parts = _parts(leaf)
    if bool in parts:
        return ["yes", "no"]
    words = [str(word) for part in parts if get_origin(part) is Literal for word in get_args(part)]
    typed = [part for part in parts if part is not types.NoneType and get_origin(part) is not Literal]
    return [*words, *([_NONE] if types.NoneType in parts else [])] if words and not typed else []


def typed_unit(leaf: Leaf) -> str:
    """What a typed number is counted in; nothing for a choice or a structure."""
    if choices(leaf) or is_structure(leaf):
        return ""
    unit = leaf.unit.removesuffix(", or null")
    return f"% {unit.removeprefix('share ')}".removesuffix(" of 1") if is_percent(leaf) else unit


def typed_bounds(leaf: Leaf) -> str:
    """What a setting may be at least and at most, as it is typed."""
    if not is_percent(leaf):
        return leaf.bounds
    return _in_percent(leaf.bounds)


_FRACTION_HINT = re.compile(r"; \S+% is written \S+$", re.MULTILINE)
_OUT_OF_BOUNDS = re.compile(r"([\w.]+)( is [-\d.]+; it must be [a-z ]+ [-\d.]+)$", re.MULTILINE)


def typed_faults(message: str) -> str:
    """Faults of a design as a person meets them who types percent: nothing in them is to be typed as a fraction."""

    def told(found: re.Match[str]) -> str:
        leaf = leaves().get(found[1])
        return found[1] + _in_percent(found[2], "%") if leaf and is_percent(leaf) else found[0]

    return _OUT_OF_BOUNDS.sub(told, _FRACTION_HINT.sub("", message))


def typed_text(leaf: Leaf, value: Any) -> str:
    """A value as a person types it: percent for shares, nothing for null, YAML for lists and mappings."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return _NONE if choices(leaf) else ""
    if is_structure(leaf):
        return catalogue.yaml_value(plain(value)) if isinstance(value, list | dict) else str(value)
    if is_percent(leaf):
        return _number(Decimal(repr(value)) * 100)
    return _number(Decimal(repr(value))) if isinstance(value, float) else str(value)


def typed_value(leaf: Leaf, text: str) -> Any:
    """The value that a person has typed; what is none comes back as text, for the check of the settings to refuse."""
    text = text.strip()
    if choices(leaf):
        return {"yes": True, "no": False, _NONE: None}.get(text, text)
    if text == "" and types.NoneType in _parts(leaf):
        return None
    if is_structure(leaf):
        return _yaml(text) if text else type(leaf.default)()
    digits = text.removesuffix("%").rstrip() if is_percent(leaf) else text
    if _NUMBER.fullmatch(digits) and any(getattr(part, "__origin__", part) in (int, float) for part in _parts(leaf)):
        number = Decimal(digits) / (100 if is_percent(leaf) else 1)
        return int(number) if number == int(number) else float(number)
    with suppress(ValueError):  # not every text that is written like a day is one
        return dt.date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text
    return text


def with_changes(text: str | bytes, changes: Mapping[str, Any], dropped: Iterable[str] = ()) -> str:
    """A design file with settings changed and others taken out; everything else in it, comments too, stays.

    Args:
        text: of the file; empty for a new one.
        changes: values by dotted key.
        dropped: keys whose value the base decides again.
    """

    def change(tree: Any) -> None:
        for key in dropped:
            _drop(tree, key.split("."))
        for key, value in changes.items():
            *sections, name = key.split(".")
            branch = tree
            for section in sections:
                branch = branch.setdefault(section, CommentedMap())
            branch[name] = plain(value)

    with instead_of(UNLIKE_YAML, ConfigurationError.told, "unreadable design"):
        return rewritten(text, change, 110)


def _parts(leaf: Leaf) -> tuple[Any, ...]:
    found = leaf.annotation
    return get_args(found) if get_origin(found) in (Union, types.UnionType) else (found,)


def _in_percent(text: str, sign: str = "") -> str:
    return _NUMBER.sub(lambda found: f"{_number(Decimal(found[0]) * 100)}{sign}", text)


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _yaml(text: str) -> Any:
    with suppress(YAMLError):
        return YAML(typ="safe", pure=True).load(text)
    return text


def _drop(tree: Any, path: list[str]) -> None:
    if not isinstance(tree, dict) or path[0] not in tree:
        return
    if path[1:]:
        _drop(tree[path[0]], path[1:])
    if not path[1:] or not tree[path[0]]:
        del tree[path[0]]
