"""Social security numbers: what they look like, and the keyed hash that may stand for them."""

import hashlib
import hmac
import re
from collections.abc import Callable
from pathlib import Path

from planalign_orchestrator.errors import ConfigurationError

SOCIAL_SECURITY = r"\d{3}-\d{2}-\d{4}"
"""What a social security number looks like."""

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
        raise ConfigurationError(
            f"{key_file}: the key file of census.pseudonym cannot be read ({error.strerror or error})",
            remedy="Write 32 or more random characters into a file that stays with you, and name it in "
            "census.pseudonym_key; the same key gives the same ids next year.",
        ) from error
    if len(key) < _SHORTEST_KEY:
        raise ConfigurationError(
            f"{key_file}: a key of {len(key)} characters is too short", remedy="Write 32 or more random characters."
        )

    def made(number: str) -> str:
        plain = _SEPARATORS.sub("", number)
        return f"K{hmac.new(key, plain.encode(), hashlib.sha256).hexdigest()[:_DIGITS]}" if plain else ""

    return made
