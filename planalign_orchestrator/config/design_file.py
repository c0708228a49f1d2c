"""Settings as a person types them into a form, and a design file with single settings changed; its comments stay."""

import datetime as dt
import io
import re
import types
from collections.abc import Iterable, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from planalign_orchestrator.config.catalogue import Leaf, plain
from planalign_orchestrator.config.commented_yaml import yaml_value
from planalign_orchestrator.errors import ConfigurationError

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
    return _NUMBER.sub(lambda found: _number(Decimal(found[0]) * 100), leaf.bounds)


def typed_text(leaf: Leaf, value: Any) -> str:
    """A value as a person types it: percent for shares, nothing for null, YAML for lists and mappings."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return _NONE if choices(leaf) else ""
    if is_structure(leaf):
        return yaml_value(plain(value)) if isinstance(value, list | dict) else str(value)
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
    if _NUMBER.fullmatch(text) and any(getattr(part, "__origin__", part) in (int, float) for part in _parts(leaf)):
        number = Decimal(text) / (100 if is_percent(leaf) else 1)
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
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 110
    try:
        tree = yaml.load(text) or CommentedMap()
        for key in dropped:
            _drop(tree, key.split("."))
        for key, value in changes.items():
            *sections, name = key.split(".")
            branch = tree
            for section in sections:
                branch = branch.setdefault(section, CommentedMap())
            branch[name] = plain(value)
    except (YAMLError, AttributeError, TypeError, RecursionError) as error:
        raise ConfigurationError("the design cannot be read as YAML", remedy="Mend it in an editor first.") from error
    written = io.StringIO()
    yaml.dump(tree, written)
    return written.getvalue() if tree else ""


def _parts(leaf: Leaf) -> tuple[Any, ...]:
    found = leaf.annotation
    return get_args(found) if get_origin(found) in (Union, types.UnionType) else (found,)


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _yaml(text: str) -> Any:
    try:
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        return text


def _drop(tree: Any, path: list[str]) -> None:
    if not isinstance(tree, dict) or path[0] not in tree:
        return
    if path[1:]:
        _drop(tree[path[0]], path[1:])
    if not path[1:] or not tree[path[0]]:
        del tree[path[0]]
