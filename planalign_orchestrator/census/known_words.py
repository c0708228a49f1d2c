"""The words that the intake knows, as data: headings by meaning, status words by state."""

from __future__ import annotations

from configparser import ConfigParser
from importlib.resources import files


def known_words(section: str) -> dict[str, str]:
    """A section of ``known_words.ini``: text by name."""
    parser = ConfigParser(interpolation=None, delimiters=("=",))
    parser.read_string((files(__package__) / "known_words.ini").read_text(encoding="utf-8"))
    return dict(parser[section])
