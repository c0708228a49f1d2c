"""What the intake knows, as tables beside the code: words, rules, derivations, planted faults."""

from __future__ import annotations

from configparser import ConfigParser
from functools import cache
from importlib.resources import files


@cache
def table(name: str) -> dict[str, dict[str, str]]:
    """The sections of ``NAME.ini`` in their order, each with its texts by name; white space in them is uniform."""
    parser = ConfigParser(interpolation=None, delimiters=("=",))
    parser.read_string((files(__package__) / f"{name}.ini").read_text(encoding="utf-8"))
    return {
        section: {key: " ".join(text.split()) for key, text in parser[section].items()} for section in parser.sections()
    }
