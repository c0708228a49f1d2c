"""The keyed hash that may stand for a social security number or an id."""

import hashlib
import hmac
import re
from collections.abc import Callable
from pathlib import Path

from planalign_orchestrator.census.refusal import refused

_SHORTEST_KEY = 16
_DIGITS = 20
_SEPARATORS = re.compile(r"[\s-]")


def pseudonyms(key_file: Path) -> Callable[[str], str]:
    """The function that makes an id of a number: the same for the same key, whatever its dashes and spaces.

    Raises:
        ConfigurationError: the key file cannot be read, or is too short to keep anything secret.
    """
    try:
        key = key_file.read_bytes().strip()
    except OSError as error:
        raise refused("no key file", path=key_file, error=error) from error
    if len(key) < _SHORTEST_KEY:
        raise refused("short key", path=key_file, length=len(key))

    def made(number: str) -> str:
        plain = _SEPARATORS.sub("", number)
        return f"K{hmac.new(key, plain.encode(), hashlib.sha256).hexdigest()[:_DIGITS]}" if plain else ""

    return made
