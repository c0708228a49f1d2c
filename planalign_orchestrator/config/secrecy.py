"""Keeps passwords and tokens out of what is shown or written: they travel in addresses."""

from __future__ import annotations

import re
from typing import Any

_USER = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)[^/?#\s]*@")
_QUERY = re.compile(r"(?P<address>[A-Za-z][A-Za-z0-9+.-]*://[^?\s]*\?)\S+")


def without_secrets(value: Any) -> Any:
    """The same value with user, password and query of every address replaced by ``***``."""
    if isinstance(value, str):
        return _QUERY.sub(r"\g<address>***", _USER.sub(r"\g<scheme>***@", value))
    if isinstance(value, list):
        return [without_secrets(element) for element in value]
    if isinstance(value, dict):
        return {key: without_secrets(element) for key, element in value.items()}
    return value
