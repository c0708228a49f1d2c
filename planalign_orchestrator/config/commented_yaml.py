"""Writes settings as a YAML file that explains itself: reason, unit, range and default above every key."""

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any

from pydantic import BaseModel

from planalign_orchestrator.config.catalogue import Leaf, leaves, section_type, sections, value_of
from planalign_orchestrator.config.fields import Section
from planalign_orchestrator.config.settings import Settings

SCHEMA_FILE = "simulation_config.schema.json"
_WIDTH = 110
_PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NOT_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})

_HEADER = """\
# The settings of a simulation. Every key is here with its reason, unit, range and default; without this file, and for
# keys taken out of it, the defaults hold. An unknown key is an error.
#
# A flag beats an environment variable, which beats a scenario file, which beats this file, which beats the policy of
# the machine. `planalign config show` shows each value in force and where it comes from, `planalign config validate
# FILE` finds all faults of a file at once.
# Shares are fractions: 3% is 0.03. Paths are relative to this file.
"""


def commented_yaml(settings: Settings, *, preface: str = "", schema: str | None = SCHEMA_FILE) -> str:
    """Settings as the text of a configuration file.

    Args:
        settings: the values to write.
        preface: a sentence to put at the top.
        schema: path or address of the JSON schema, for editors, or None.
    """
    lead = "".join(f"{line}\n" for line in [*_comment(preface, ""), *(["#"] if preface else [])])
    hint = f"#\n# yaml-language-server: $schema={schema}\n" if schema else ""
    body = "\n".join(_section_lines(settings, Settings, "", 0))
    return f"{lead}{_HEADER}{hint}{body}\n"


def yaml_value(value: Any) -> str:
    """A value on one line of YAML, read back as the same value by version 1.1 and 1.2 readers."""
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, BaseModel):
        fields = type(value).model_fields.items()
        return yaml_value({field.alias or name: getattr(value, name) for name, field in fields})
    if isinstance(value, dict):
        return "{" + ", ".join(f"{yaml_value(key)}: {yaml_value(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(yaml_value(inner) for inner in value) + "]"
    if isinstance(value, dt.date):
        return value.isoformat()
    text = str(value)
    is_plain = _PLAIN_WORD.fullmatch(text) and text.lower() not in _NOT_WORDS
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def yaml_of(tree: Mapping[str, Any], *comments: str) -> str:
    """Nested settings as the text of a scenario, a line a section, below comments."""
    lines = [*(f"# {comment}" for comment in comments), *(f"{name}: {yaml_value(tree[name])}" for name in sorted(tree))]
    return "".join(f"{line}\n" for line in lines)


def _section_lines(settings: Settings, model: type[Section], section: str, depth: int) -> Iterator[str]:
    indent = "  " * depth
    for name, field in model.model_fields.items():
        key = f"{section}.{name}".lstrip(".")
        inner = section_type(field.annotation)
        if inner is None:
            reason, form = explanation(leaves()[key])
            yield from _comment(reason, indent)
            yield from _comment(form, indent)
            yield f"{indent}{name}: {yaml_value(value_of(settings, key))}"
            continue
        yield ""
        yield from _comment(section_summary(key), indent)
        yield f"{indent}{name}:"
        yield from _section_lines(settings, inner, key, depth + 1)


def explanation(leaf: Leaf) -> tuple[str, str]:
    """What the comment of a key says: its reason; and its unit, what it takes and its default."""
    parts = [leaf.unit, leaf.bounds or leaf.takes, f"default {yaml_value(leaf.default)}"]
    said = leaf.takes in ("text", "true or false", "text or null", "mapping") or leaf.takes == leaf.unit
    if said and not leaf.bounds:
        parts.pop(1)
    return f"{leaf.why}.", f"[{'; '.join(parts)}]"


def section_summary(section: str) -> str:
    """What a section is about, in one line."""
    return (sections()[section].__doc__ or "").strip().splitlines()[0]


def _comment(text: str, indent: str) -> list[str]:
    return [f"{indent}# {line}" for line in wrap(text, _WIDTH - len(indent))]
