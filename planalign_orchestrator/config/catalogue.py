"""All settings as a flat list, read off the model, and as a YAML file with comments; faults in them, told together."""

import ast
import datetime as dt
import inspect
import json
import re
import sys
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from itertools import chain, pairwise
from operator import attrgetter
from textwrap import wrap
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from planalign_orchestrator.config.fields import Section
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.tables import rendered, table

plain = to_jsonable_python
"""A setting's value as JSON knows it: dates as text, keys as text, sections as mappings."""


@dataclass
class Leaf:
    """One setting: what it is called, takes and means; ``model`` is the section that declares it."""

    key: str
    model: type[Section]
    annotation: Any
    default: Any
    unit: str
    takes: str
    bounds: str

    def __post_init__(self) -> None:
        self.section, _, self.name = self.key.rpartition(".")
        self.allowed = f"{self.takes}, {self.bounds}" if self.bounds else self.takes
        """What values it takes, in words."""

    @property
    def why(self) -> str:
        """What it does and why its default is what it is, without a full stop."""
        parts = [part for part in self.model.__mro__ if issubclass(part, Section)]
        sentences = (_reasons(part.__module__).get((part.__name__, self.name)) for part in parts)
        told = next(filter(None, sentences), self.model.model_fields[self.name].description or "")
        return f"{told[:1].upper()}{told[1:]}"


@cache
def leaves() -> Mapping[str, Leaf]:
    """Every setting by its dotted key, in the order of the model."""
    return {key: _leaf(key, model, field) for key, model, field, inner in _fields_of(Settings) if inner is None}


@cache
def sections() -> Mapping[str, type[Section]]:
    """Every section by its dotted key, the whole one under the empty key, in the order of the model."""
    return {"": Settings, **{key: inner for key, _, _, inner in _fields_of(Settings) if inner is not None}}


def section_type(annotation: Any) -> type[Section] | None:
    """The section that a field holds, or None for a plain setting."""
    return annotation if isinstance(annotation, type) and issubclass(annotation, Section) else None


def element_type(annotation: Any) -> type[Section] | None:
    """The section that the elements of a list setting are, such as a match tier, or None."""
    inner = get_args(annotation)
    return section_type(inner[0]) if get_origin(annotation) is list and inner else None


def element_leaves(key: str, annotation: Any) -> list[Leaf]:
    """What an element of a list setting holds, one by one; those of a list in it last."""
    element = element_type(annotation)
    if element is None:
        return []
    fields = {f"{key}.{name}": field for name, field in element.model_fields.items()}
    found = [element_leaves(name, field.annotation) or [_leaf(name, element, field)] for name, field in fields.items()]
    return [*chain.from_iterable(found)]


def value_of(settings: BaseModel, key: str) -> Any:
    """The value of a setting by its dotted key."""
    return attrgetter(key)(settings)


def nearest(word: str, candidates: list[str]) -> str | None:
    """The candidate that looks most like a word, or None when none does."""
    by_lower = {candidate.lower(): candidate for candidate in candidates}
    found = get_close_matches(word.lower().replace("-", "_"), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def meant(word: str, candidates: Iterable[str], otherwise: str = "") -> str:
    """The question whether the nearest candidate was meant, or what is said where none is near."""
    similar = nearest(word, list(candidates))
    return f"did you mean {similar}?" if similar else otherwise


def suggestion(section: str, word: str) -> str:
    """What to write in place of a key that a section does not have."""
    if replaced := table(__package__, "complaints")["replaced"].get(f"{section}.{word}"):
        return replaced
    anywhere = {key.rpartition(".")[2]: key for key in reversed([*leaves(), *sections()])}
    siblings = list(sections()[section].model_fields)
    if word not in anywhere and (sibling := meant(word, siblings)):
        return sibling
    near = nearest(word, [*anywhere])
    return f"did you mean {anywhere[near]}?" if near else f"{section or 'the file'} knows {', '.join(siblings)}"


def _fields_of(
    model: type[Section], prefix: str = ""
) -> Iterator[tuple[str, type[Section], FieldInfo, type[Section] | None]]:
    """Every field by its dotted key, with the section that declares it and the one it is; that before what it holds."""
    for name, field in model.model_fields.items():
        inner = section_type(field.annotation)
        yield f"{prefix}{name}", model, field, inner
        if inner is not None:
            yield from _fields_of(inner, f"{prefix}{name}.")


@cache
def _reasons(module: str) -> Mapping[tuple[str, str], str]:
    """The sentence under each field of a module's sections; from its source, as only pages and files need them."""
    return {
        (section.name, ast.unparse(field.target)): " ".join(ast.literal_eval(below.value).split()).removesuffix(".")
        for section in ast.parse(inspect.getsource(sys.modules[module])).body
        if isinstance(section, ast.ClassDef)
        for field, below in pairwise(section.body)
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr)
    }


def _leaf(key: str, model: type[Section], field: FieldInfo) -> Leaf:
    extra: Any = field.json_schema_extra or {}
    unit, default = str(extra.get("unit", field.description or "")), field.get_default(call_default_factory=True)
    return Leaf(key, model, field.annotation, default, unit, _in_words(field.annotation), _bounds(field))


def _in_words(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _in_words(get_args(annotation)[0])
    if origin is Literal:
        choices = [str(choice) for choice in get_args(annotation)]
        return ", ".join(choices[:-1]) + " or " * (len(choices) > 1) + choices[-1]
    if origin in (Union, types.UnionType):
        return " or ".join(_in_words(part) for part in get_args(annotation))
    if origin is list:
        element = get_args(annotation)[0]
        fields = element_type(annotation)
        names = [field.alias or name for name, field in fields.model_fields.items()] if fields else []
        return f"list of {{{', '.join(names)}}}" if names else f"list of {_in_words(element)}"
    if origin is dict:
        return "mapping"
    return table(__package__, "complaints")["types"].get(getattr(annotation, "__name__", "").lower(), str(annotation))


def _bounds(field: FieldInfo) -> str:
    words = {"ge": "{}", "gt": "above {}", "le": "to {}", "lt": "to below {}"}
    found = [
        text.format(getattr(constraint, name))
        for name, text in words.items()
        for constraint in field.metadata
        if getattr(constraint, name, None) is not None
    ]
    return " ".join(found if not found or found[-1].startswith("to ") else [*found, "or more"])


KeyPath = tuple[str | int, ...]
"""Where a value stands: keys of mappings and positions in lists, from the top."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, and where.

    Args:
        where: a place a person can go to, such as ``config/x.yaml:12`` or ``DBT_THREADS``.
        message: what is wrong there and how to mend it.
    """

    where: str
    message: str

    def __str__(self) -> str:
        # What comes from no file is its key, which the message begins with.
        return self.message if self.message.startswith(f"{self.where} ") else f"{self.where}: {self.message}"


def dotted(path: KeyPath) -> str:
    """A path as people write it: ``plan.match.tiers[0].rate``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def raise_together(faults: Iterable[Fault], *, remedy: str) -> None:
    """Raise one error that lists every fault once, in the order of the lines; without faults do nothing.

    Raises:
        ConfigurationError: there is at least one fault.
    """
    places = {fault: _file_and_line(fault) for fault in faults}
    files = list(dict.fromkeys(file for file, _ in places.values()))
    told = [str(fault) for fault in sorted(places, key=lambda fault: (files.index(places[fault][0]), places[fault][1]))]
    if len(told) == 1:
        raise ConfigurationError(told[0], remedy=remedy)
    if told:
        lines = "\n".join(f"  {line}" for line in told)
        raise ConfigurationError(f"{len(told)} faults in the configuration\n{lines}", remedy=remedy)


def _file_and_line(fault: Fault) -> tuple[str, int]:
    name, _, line = fault.where.rpartition(":")
    return (name, int(line)) if name and line.isdigit() else (fault.where, 0)


SCHEMA_FILE = "simulation_config.schema.json"
_WIDTH = 110
_PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NOT_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def commented_yaml(settings: Settings, *, preface: str = "", schema: str | None = SCHEMA_FILE) -> str:
    """Settings as the text of a configuration file.

    Args:
        settings: the values to write.
        preface: a sentence to put at the top.
        schema: path or address of the JSON schema, for editors, or None.
    """
    lead = "".join(f"{line}\n" for line in [*_comment(preface, ""), *(["#"] if preface else [])])
    body = "\n".join(_section_lines(settings, Settings, "", 0))
    return rendered(__package__, "configuration.jinja", lead=lead, schema=schema, body=body) + "\n"


def yaml_value(value: Any) -> str:
    """A value on one line of YAML, read back as the same value by version 1.1 and 1.2 readers."""
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, BaseModel):
        return yaml_value(value.model_dump(by_alias=True))
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
