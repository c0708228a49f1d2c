"""Reads a YAML file into plain values and remembers the line of each key, so that a fault can name its place."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from planalign_orchestrator.config.catalogue import Fault, KeyPath, meant
from planalign_orchestrator.config.secrecy import without_secrets

_LARGEST = 1 << 18
_MOST_VALUES = 20_000
_SHOWN = 60


@dataclass
class YamlFile:
    """What a file holds.

    Args:
        path: as the caller gave it, and as messages show it.
        data: the top-level mapping; empty when the file is empty or cannot be read.
        lines: the line of each key and list element, counted from 1.
        faults: what kept parts of the file from being read.
        values: how many have been read, one for each place that an alias stands at.
    """

    path: Path
    data: dict[Any, Any] = field(default_factory=dict)
    lines: dict[KeyPath, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    values: int = 0

    def where(self, path: KeyPath) -> str:
        """The place of a key, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        name = self.path.as_posix()
        return f"{name}:{self.lines[path]}" if path else name


UNLIKE_YAML = (YAMLError, LookupError, AttributeError, TypeError, RecursionError)
"""What reading a file by hand raises that is no YAML, or is of another shape."""


def rewritten(text: str | bytes, change: Callable[[Any], object], width: int) -> str:
    """The text of a YAML file after a change of its tree; everything else in it, comments too, stays."""
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, width
    tree = yaml.load(text) or CommentedMap()
    change(tree)
    written = io.StringIO()
    yaml.dump(tree, written)
    return written.getvalue() if tree else ""


def read_yaml_file(path: Path) -> YamlFile:
    """Read a file; what is wrong with it is in ``faults``, nothing is raised."""
    file = YamlFile(path)
    text, yaml = _text_of(file), YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(text)
        if isinstance(root, MappingNode):
            file.data = _mapping(file, yaml, root, ())
        elif root is not None and root.value != "":
            _complain(file, root, "holds a list or a single value where `section: …` is expected")
    except MarkedYAMLError as error:
        file.faults.append(_syntax_fault(path, text, error))
    except (RecursionError, OverflowError):
        file.faults.append(Fault(path.as_posix(), "refers to itself, nests too deeply or stands for too many values"))
    except YAMLError as error:
        file.faults.append(Fault(path.as_posix(), f"is not YAML: {str(error).splitlines()[0]}"))
    return file


def _text_of(file: YamlFile) -> str:
    """The text of a file; none where it cannot be read."""
    path, place = file.path, file.path.as_posix()
    try:
        with path.open("rb") as opened:
            content = opened.read(_LARGEST + 1)  # a device never ends; a pipe does
        if len(content) <= _LARGEST:
            return content.decode("utf-8-sig")
        problem = f"has more than {_LARGEST:,} bytes, which is no settings file"
    except FileNotFoundError:
        problem = _missing(path)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        place += f":{line}"
        problem = "is not UTF-8 text; save the file as UTF-8"
    except OSError as error:
        problem = "is a folder, not a file" if path.is_dir() else f"cannot be read: {error.strerror}"
    file.faults.append(Fault(place, problem))
    return ""


def _missing(path: Path) -> str:
    if not path.parent.is_dir():
        return f"does not exist, nor does the folder {path.parent.as_posix()}"
    hint = meant(path.name, [neighbour.name for neighbour in path.parent.glob("*.y*ml")])
    return f"does not exist; {hint}" if hint else "does not exist"


def _syntax_fault(path: Path, text: str, error: MarkedYAMLError) -> Fault:
    mark = error.problem_mark or error.context_mark
    number = mark.line + 1 if mark else 1
    line = "".join(text.splitlines()[number - 1 : number])
    if line.lstrip(" ").startswith("\t"):
        problem = "is indented with a tab; YAML takes spaces only"
    elif "another document" in str(error.problem):
        problem = "starts a second document (`---`); a configuration is one document"
    else:
        problem = f"is not YAML: {error.problem}" + (f" ({error.context})" if error.context else "")
    return Fault(f"{path.as_posix()}:{number}", problem)


def _value(file: YamlFile, yaml: YAML, node: Node, path: KeyPath) -> Any:
    file.values += 1
    if file.values > _MOST_VALUES:  # aliases of aliases multiply
        raise OverflowError
    if isinstance(node, MappingNode):
        return _mapping(file, yaml, node, path)
    if isinstance(node, SequenceNode):
        for index, element in enumerate(node.value):
            file.lines[(*path, index)] = element.start_mark.line + 1
        return [_value(file, yaml, element, (*path, index)) for index, element in enumerate(node.value)]
    return _scalar(file, yaml, node)


def _mapping(file: YamlFile, yaml: YAML, node: MappingNode, path: KeyPath) -> dict[Any, Any]:
    values: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, ScalarNode):
            _complain(file, key_node, "has a list or a mapping as a key; a key is a name")
            continue
        key = _scalar(file, yaml, key_node)
        place = (*path, key)
        if key in values:
            _complain(file, key_node, f"{key} stands here again; it is already on line {file.lines[place]}")
            continue
        file.lines[place] = key_node.start_mark.line + 1
        values[key] = _value(file, yaml, value_node, place)
    return values


def _scalar(file: YamlFile, yaml: YAML, node: Node) -> Any:
    try:
        value = yaml.constructor.construct_object(node)
        if isinstance(value, bytes):
            raise TypeError("no setting is made of bytes")
        return value
    except (YAMLError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
        # a date such as 2025-02-30, a tag that nobody knows, or one that does not go with the text: `!!bool maybe`
        _complain(file, node, f"{_short(node.value)} cannot be read as a value")
        return None


def _short(text: str) -> str:
    return repr(without_secrets(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def _complain(file: YamlFile, node: Node, message: str) -> None:
    file.faults.append(Fault(f"{file.path.as_posix()}:{node.start_mark.line + 1}", message))
