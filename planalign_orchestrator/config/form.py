"""Settings in a form; lists in rows: tiers, bands and classes a row each, amendments a row for each setting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest
from typing import Any

from planalign_orchestrator.config.amendments import AMENDABLE, flat
from planalign_orchestrator.config.catalogue import Leaf, element_leaves, element_type, leaves, plain, value_of
from planalign_orchestrator.config.commented_yaml import yaml_value
from planalign_orchestrator.config.design_file import (
    choices,
    is_structure,
    typed_bounds,
    typed_text,
    typed_unit,
    typed_value,
)
from planalign_orchestrator.config.layers import nested
from planalign_orchestrator.config.loading import EffectiveSettings
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.errors import ConfigurationError

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


@dataclass(frozen=True)
class Entry:
    """A setting in a form.

    Args:
        leaf: what it is.
        text: its value as it is typed.
        base: the value of the base in the same way.
        default: the default in the same way.
        choices: what it may be; empty where it is typed.
        unit: what the typed number is counted in.
        bounds: of the typed number.
        is_long: whether it is typed over several lines.
        rows: of a list that is typed in rows; None where none is.
    """

    leaf: Leaf
    text: str
    base: str
    default: str
    choices: Sequence[str]
    unit: str
    bounds: str
    is_long: bool
    rows: list[list[Typed]] | None


def entry_of(
    leaf: Leaf, effective: EffectiveSettings, base: EffectiveSettings, typed: str | None, rows: Rows | None
) -> Entry:
    """A setting as a form shows it.

    Args:
        leaf: the setting.
        effective: the settings of the design.
        base: those that it changes.
        typed: what a person has typed, if that was sent.
        rows: those of the form that was sent, of a list.
    """
    value = effective.value(leaf.key)
    return Entry(
        leaf, shown_text(leaf, value) if typed is None else typed,
        shown_text(leaf, base.value(leaf.key)), shown_text(leaf, leaf.default),
        choices(leaf), typed_unit(leaf), typed_bounds(leaf), is_structure(leaf),
        cells_of(leaf, rows_of(leaf, value) if rows is None else rows) if columns_of(leaf) else None,
    )  # fmt: skip


def columns_of(leaf: Leaf) -> tuple[str, ...]:
    """The columns of a setting that is typed in rows; none of any other."""
    return _AMENDED if leaf.key == AMENDMENTS else tuple(one.key for one in element_leaves(leaf.key, leaf.annotation))


def amendable() -> list[str]:
    """The settings that an amendment may change."""
    *sections, _ = AMENDABLE
    return [
        key for key in leaves() if key.startswith((*(f"{section}." for section in sections), "assumptions.overrides"))
    ]


def rows_of(leaf: Leaf, value: Any) -> Rows:
    """A value as rows."""
    if leaf.key == AMENDMENTS:
        return [row for amendment in plain(value) for row in _amended(amendment)]
    cells = element_leaves(leaf.key, leaf.annotation)
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
    try:
        rows = {key: _typed(leaf, form) for key, leaf in leaves().items() if key in form and columns_of(leaf)}
        if "rows" in form:
            key, what = form["rows"][-1].split()
            if what == "add":
                rows[key].append(_new_row(key, rows[key], form))
            else:
                rows[key].pop(int(what))
    except (LookupError, ValueError) as error:
        raise ConfigurationError("the form cannot be read", remedy="Open the page again.") from error
    return rows


def _typed(leaf: Leaf, form: Mapping[str, Sequence[str]]) -> Rows:
    return [list(row) for row in zip(*(form.get(_field(leaf, name), ()) for name in columns_of(leaf)), strict=True)]


def _new_row(key: str, rows: Rows, form: Mapping[str, Sequence[str]]) -> list[str]:
    if key != AMENDMENTS:
        return [""] * len(columns_of(leaves()[key]))
    setting = form["amended"][-1]
    return [rows[-1][0] if rows else "", "", setting, typed_text(leaves()[setting], value_of(Settings(), setting))]


def rows_text(leaf: Leaf, rows: Rows) -> str:
    """Rows as a line of YAML, none as nothing; rows without a word are left out."""
    said = [row for row in rows if any(cell.strip() for cell in row)]
    if not said:
        return ""
    if leaf.key == AMENDMENTS:
        return yaml_value(_amendments(said))
    cells = element_leaves(leaf.key, leaf.annotation)
    values = [[typed_value(cell, text) for cell, text in zip(cells, row, strict=True)] for row in said]
    return yaml_value(_nested(leaf.annotation, values))


def shown_text(leaf: Leaf, value: Any) -> str:
    """A value as it is typed, and one in rows as their line of YAML."""
    return rows_text(leaf, rows_of(leaf, value)) if columns_of(leaf) else typed_text(leaf, value)


def cells_of(leaf: Leaf, rows: Rows) -> list[list[Typed]]:
    """The cells of rows, as a form shows them."""
    return [[_cell(leaf, name, row, text) for name, text in zip(columns_of(leaf), row, strict=True)] for row in rows]


def _cell(leaf: Leaf, name: str, row: Sequence[str], text: str) -> Typed:
    field = _field(leaf, name)
    if leaf.key != AMENDMENTS:
        own = next(one for one in element_leaves(leaf.key, leaf.annotation) if one.key == name)
        return Typed(field, text, choices(own), typed_unit(own))
    amended = leaves().get(row[2])
    if name == "value" and amended is not None:
        return Typed(field, text, choices(amended), typed_unit(amended))
    return Typed(field, text, is_fixed=name == "setting")


def _field(leaf: Leaf, column: str) -> str:
    return f"{leaf.key}/{column.rpartition('.')[2]}"


def _amended(amendment: Mapping[str, Any]) -> Rows:
    """A row for each setting that an amendment changes; its note stands in the first."""
    changes = flat({section: amendment.get(section) or {} for section in AMENDABLE})
    rows = [
        ["", "", key, typed_text(leaves()[key], value) if key in leaves() else yaml_value(value)]
        for key, value in changes.items()
    ] or [[""] * len(_AMENDED)]
    rows[0][1] = amendment.get("note") or ""
    return [[str(amendment["from"]), *rest] for _, *rest in rows]


def _amendments(rows: Rows) -> list[dict[str, Any]]:
    """The rows of each year together."""
    by_year: dict[str, Rows] = {}
    for first, *rest in rows:
        by_year.setdefault(first.strip(), []).append(rest)
    found = []
    for year, of_year in by_year.items():
        note = next((note for note, _, _ in of_year if note), "")
        # What is no setting of its own, such as the rows of a table, is typed as YAML.
        changes = {key: typed_value(leaves().get(key, leaves()[AMENDMENTS]), text) for _, key, text in of_year if key}
        head = {"from": int(year) if year.isdecimal() else year, **({"note": note} if note else {})}
        found.append({**head, **nested(changes)})
    return found


def _flat(annotation: Any, value: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """Elements as rows; one with elements of its own has a row for each of them."""
    rows = []
    for one in value:
        own, inner = _parts(annotation)
        start = [one.get(name) for name in own]
        rows += [[*start, *rest] for rest in _flat(inner[1], one[inner[0]]) or [[]]] if inner else [start]
    return rows


def _nested(annotation: Any, rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    own, inner = _parts(annotation)
    if not inner:
        return [dict(zip(own, row, strict=True)) for row in rows]
    return [
        {
            **dict(zip(own, start, strict=True)),
            inner[0]: _nested(inner[1], [row[len(own) :] for row in group if set(row[len(own) :]) != {""}]),
        }
        for start, group in groupby(rows, key=lambda row: tuple(row[: len(own)]))
    ]


def _parts(annotation: Any) -> tuple[list[str], tuple[str, Any] | None]:
    """The plain fields of an element, and the one that is a list of elements in turn."""
    element = element_type(annotation)
    fields = element.model_fields if element else {}
    inner = next(((name, one.annotation) for name, one in fields.items() if element_type(one.annotation)), None)
    return [name for name, one in fields.items() if not element_type(one.annotation)], inner
