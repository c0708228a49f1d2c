"""What stands as a table beside the code: words, rules, sentences."""

from __future__ import annotations

from configparser import ConfigParser
from functools import cache
from importlib.resources import files


@cache
def table(package: str, name: str) -> dict[str, dict[str, str]]:
    """The sections of a package's ``NAME.ini`` in their order, each with its texts by name; white space is uniform."""
    parser = ConfigParser(interpolation=None, delimiters=("=",))
    parser.read_string((files(package) / f"{name}.ini").read_text(encoding="utf-8"))
    return {
        section: {key: " ".join(text.split()) for key, text in parser[section].items()} for section in parser.sections()
    }
