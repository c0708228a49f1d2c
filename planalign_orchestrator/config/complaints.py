"""Turns what pydantic says about a value into a sentence for the person who wrote it."""

from contextlib import suppress
from typing import Any, Literal, cast, get_args, get_origin

from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType

from planalign_orchestrator.config import catalogue
from planalign_orchestrator.config.catalogue import KeyPath, Leaf, dotted
from planalign_orchestrator.config.fields import Section
from planalign_orchestrator.config.layers import lookup
from planalign_orchestrator.config.secrecy import without_secrets
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.tables import table

_WORDS = table(__package__, "complaints")
_PYDANTIC_KINDS = frozenset(get_args(ErrorType))


def place_of(error: ErrorDetails, data: dict[str, Any]) -> KeyPath:
    """Where the value stands that an error is about; pydantic also puts the names of alternatives into its path."""
    path: KeyPath = ()
    for part in (*error["loc"][:-1], error["input"]) if error["type"] == "invalid_key" else error["loc"]:
        _, here = lookup(data, path)
        keys = here if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else ()
        path += tuple(key for key in keys if str(key) == str(part))
    return path


def leaf_at(path: KeyPath) -> Leaf | None:
    """The setting to which a path leads, or into which it leads."""
    around = (catalogue.leaves().get(dotted(path[:length])) for length in range(len(path), 0, -1))
    return next(filter(None, around), None)


def sentence(error: ErrorDetails, path: KeyPath) -> str:
    """What is wrong with the value at a path."""
    name, kind, value = dotted(path), error["type"], error["input"]
    leaf = leaf_at(path)
    if kind == "missing":
        return f"{name} lacks {error['loc'][-1]}"
    if kind in ("extra_forbidden", "invalid_key"):
        return f"{dotted((*path[:-1], str(path[-1])))} is unknown; {_instead(path)}"
    if kind == "model_type" and name in catalogue.sections():
        return f"{name} is a section; it holds {', '.join(catalogue.sections()[name].model_fields)}"
    if value is None:
        return f"{name} has no value; give {_needed(kind, leaf)}, or leave the key out for the default"
    if word := _WORDS["bounds"].get(kind):
        [limit] = error.get("ctx", {}).values()
        bound = limit if isinstance(limit, int) else f"{limit:g}"
        return f"{name} is {_shown(value)}; it must be {word} {bound}{_percent_hint(value, leaf)}"
    if kind == "literal_error" and leaf is not None:
        return f"{name} is {_shown(value)}; it must be {leaf.allowed}{_choice_hint(value, leaf)}"
    if kind == "truth_value":
        inside = leaf is not None and len(path) > leaf.key.count(".") + 1
        return f"{name} {error['msg']}; give {'a number' if inside else _needed(kind, leaf)}"
    if kind not in _PYDANTIC_KINDS:  # a check of the settings model speaks for itself
        return f"{name} {error['msg']}"  # without the value: it may hold a password
    if kind == "string_type":
        return f"{name} is {_shown(value)}, which YAML does not read as text; put it in quotes"
    return f"{name} is {_shown(value)}; it must be {_needed(kind, leaf)}{_percent_hint(value, leaf)}"


def _needed(kind: str, leaf: Leaf | None) -> str:
    by_kind = _WORDS["needs"].get(kind.split("_")[0], "")
    if by_kind and not kind.startswith("string_"):
        return by_kind
    if leaf is None:
        return by_kind or "another value"
    return _WORDS["text forms"].get(leaf.unit.lower(), f"{leaf.allowed} ({leaf.unit})")


def _shown(value: Any) -> str:
    value = without_secrets(value)
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _percent_hint(value: Any, leaf: Leaf | None) -> str:
    """People write 3 or '3%' where a share is meant."""
    if leaf is None or "share" not in leaf.unit:
        return ""
    text = str(value).strip()
    with suppress(ValueError):
        percent = float(text.removesuffix("%"))
        if text.endswith("%") or 1 <= abs(percent) <= 100:
            return f"; {percent:g}% is written {percent / 100:.6g}"
    return ""


def _choice_hint(value: Any, leaf: Leaf) -> str:
    choices = [str(choice) for choice in get_args(leaf.annotation)] if get_origin(leaf.annotation) is Literal else []
    hint = catalogue.meant(str(value), choices)
    return f"; {hint}" if hint else ""


def _instead(path: KeyPath) -> str:
    """What to write in place of the key that a section, or an element of a list such as a match tier, does not have."""
    around, word = dotted(path[:-1]), str(path[-1])
    if around in catalogue.sections():
        return catalogue.suggestion(around, word)
    model: type[Section] = Settings
    for part in path[:-1]:
        if isinstance(part, str):
            annotation = model.model_fields[part].annotation
            model = catalogue.section_type(annotation) or catalogue.element_type(annotation) or model
    return catalogue.meant(word, model.model_fields, f"{around} knows {', '.join(model.model_fields)}")


def conflict_keys(error: ErrorDetails) -> tuple[KeyPath, ...]:
    """The settings that a check over several of them is about, as paths from the top."""
    section = error["loc"]
    keys = cast("tuple[str, ...]", error.get("ctx", {}).get("keys", ()))
    return tuple((*section, *key.split(".")) for key in keys)
