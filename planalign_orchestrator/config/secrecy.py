"""Keeps passwords and tokens out of what is shown or written: they travel in addresses."""

from __future__ import annotations

import re
from typing import Any

_USER = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)\S*@")
"""Up to the last @: a password may itself hold one, or a slash. Rather too much is hidden than too little."""
_USER_WITHOUT_SCHEME = re.compile(r"^[^\s/\\@:]+:(?![\\/])\S*@")
_QUERY = re.compile(r"(?P<address>[A-Za-z][A-Za-z0-9+.-]*://[^?\s]*\?)\S+")


def without_secrets(value: Any) -> Any:
    """The same value with user, password and query of every address replaced by ``***``."""
    if isinstance(value, str):
        hidden = _QUERY.sub(r"\g<address>***", _USER.sub(r"\g<scheme>***@", value))
        return _USER_WITHOUT_SCHEME.sub("***@", hidden)
    if isinstance(value, list):
        return [without_secrets(element) for element in value]
    if isinstance(value, dict):
        return {key: without_secrets(element) for key, element in value.items()}
    return value
