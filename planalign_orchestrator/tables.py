"""What stands beside the code as a table or a template: words, rules, sentences, queries, pictures."""

import sys
from configparser import ConfigParser
from contextlib import suppress
from functools import cache
from importlib.resources import files
from importlib.util import cache_from_source
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import BytecodeCache, Environment
    from jinja2.bccache import Bucket


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
    is_sql = ".sql" in name
    options = {"autoescape": ".svg" in name, "trim_blocks": is_sql, "lstrip_blocks": is_sql}
    return _language(package, **options).get_template(name).render(**words)


def language(*folders: Path, **options: Any) -> "Environment":
    """Jinja for the templates in folders; a name that a template is not given is an error.

    Args:
        folders: where templates are looked for, in turn.
        options: of Jinja.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(folders)
    return Environment(loader=loader, undefined=StrictUndefined, bytecode_cache=compiled_templates(), **options)


@cache
def compiled_templates() -> "BytecodeCache":
    """What templates compile to, kept where Python keeps its modules: nothing compiles the same text twice."""
    from jinja2 import FileSystemBytecodeCache

    class Kept(FileSystemBytecodeCache):
        def load_bytecode(self, bucket: "Bucket") -> None:
            with suppress(EOFError, UnpicklingError):  # a file that a power cut left short
                super().load_bytecode(bucket)

        def dump_bytecode(self, bucket: "Bucket") -> None:
            if not sys.dont_write_bytecode:
                with suppress(OSError):  # where nobody may write, each program compiles for itself, as it does modules
                    super().dump_bytecode(bucket)

    return Kept(str(Path(cache_from_source(__file__)).parent))


@cache
def _language(package: str, **options: bool) -> "Environment":
    return language(Path(str(files(package))), **options)
