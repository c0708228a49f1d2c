"""The keyed hash that may stand for a social security number or an id."""

import hashlib
import hmac
import re
from collections.abc import Callable
from pathlib import Path

from planalign_orchestrator.census.refusal import refused
from planalign_orchestrator.pipes import refuse_pipes

_SHORTEST_KEY = 16
_DIGITS = 20
_SEPARATORS = re.compile(r"[\s-]")
_WHOLE = re.compile(r"\d{7,9}")
"""A social security number; a spreadsheet takes the zeros away that it begins with."""


def pseudonyms(key_file: Path, secret: str | None) -> Callable[[str], str]:
    """The function that makes an id of a number: the same for the same key, whatever its dashes and spaces.

    Args:
        key_file: of the user.
        secret: the column, when it holds social security numbers.

    Raises:
        ConfigurationError: the key file cannot be read, is a pipe or a device, or is too short to keep anything secret.
    """
    refuse_pipes(key_file)
    try:
        key = key_file.read_bytes().strip()
    except OSError as error:
        raise refused("no key file", path=key_file, error=error) from error
    if len(key) < _SHORTEST_KEY:
        raise refused("short key", path=key_file, length=len(key))

    def made(number: str) -> str:
        plain = _SEPARATORS.sub("", number)
        if plain and secret is not None:
            if not _WHOLE.fullmatch(plain):
                raise refused("no whole number", column=secret)
            plain = plain.zfill(9)
        return f"K{hmac.new(key, plain.encode(), hashlib.sha256).hexdigest()[:_DIGITS]}" if plain else ""

    return made
