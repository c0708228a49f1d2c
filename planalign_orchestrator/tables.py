"""What stands beside the code as a table or a template: words, rules, sentences, queries, pictures."""

from __future__ import annotations

from configparser import ConfigParser
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Template


@cache
def table(package: str, name: str) -> dict[str, dict[str, str]]:
    """The sections of a package's ``NAME.ini`` in their order, each with its texts by name; white space is uniform."""
    parser = ConfigParser(interpolation=None, delimiters=("=",))
    parser.read_string((files(package) / f"{name}.ini").read_text(encoding="utf-8"))
    return {
        section: {key: " ".join(text.split()) for key, text in parser[section].items()} for section in parser.sections()
    }


def said(package: str, name: str, kind: str, /, **words: object) -> dict[str, str]:
    """A section of a package's ``NAME.ini``, with words put in for those in braces."""
    return {key: text.format(**words) for key, text in table(package, name)[kind].items()}


def rendered(package: str, name: str, **words: object) -> str:
    """A package's template with words put in; a picture's are escaped."""
    return _template(package, name).render(**words)


@cache
def _template(package: str, name: str) -> Template:
    from jinja2 import Environment, StrictUndefined

    language = Environment(
        autoescape=".svg" in name, undefined=StrictUndefined, trim_blocks=".sql" in name, lstrip_blocks=".sql" in name
    )
    return language.from_string((files(package) / name).read_text(encoding="utf-8"))
