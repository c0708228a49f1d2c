"""Keeps passwords and tokens out of what is shown or written: they travel in addresses."""

import re
from typing import Any

_USER = r"(?:{start}|(?<=[/\\=]))[^\s/\\@:=]+:(?![\\/]){password}@"
"""As in ``//bob:password@server/share``, or in an address whose slashes somebody has forgotten."""
_USER_WITHOUT_SCHEME = re.compile(_USER.format(start="^", password=".*"), re.DOTALL)
_USER_IN_TEXT = re.compile(_USER.format(start=r"(?<![^\s(])", password=r"\S*"))
_ADDRESS_IN_TEXT = re.compile(r"[^\s(]*://\S+")


def is_address(text: str) -> bool:
    """Whether a text is an address of any kind, sound or not, and so no path."""
    return "://" in text


def shown_address(address: str) -> str:
    """A whole address as it may be shown: user, password, query and fragment are ``***``.

    User and password end at the last @, as a password may itself hold one, a slash or a blank. Rather too much is
    hidden than too little.
    """
    scheme, mark, rest = address.partition("://")
    _, at, place = rest.rpartition("@")
    path, query = re.match(r"([^?#]*)(.?)", place, re.DOTALL).groups()  # type: ignore[union-attr]
    return f"{scheme}{mark}{'***' if at else ''}{at}{path}{f'{query}***' if query else ''}"


def secrets_in(text: str) -> list[str]:
    """What ``shown_address`` hides of a text that is or holds an address, each part with the mark that sets it off."""
    user, at, place = text.partition("://")[2].rpartition("@")
    query = re.search(r"[?#].+", place, re.DOTALL)
    return [*([user + at] if user else []), *([query[0]] if query else [])]


def without_secrets(value: Any) -> Any:
    """The same value with user, password and query of every address replaced by ``***``; a text is one value."""
    if isinstance(value, str):
        if is_address(value):
            return shown_address(value)
        return _USER_WITHOUT_SCHEME.sub("***@", value)
    if isinstance(value, list):
        return [without_secrets(element) for element in value]
    if isinstance(value, dict):
        return {key: without_secrets(element) for key, element in value.items()}
    return value


def secrets_hidden(text: str) -> str:
    """Sentences with the secrets of every address in them replaced; an address in them ends at a blank."""
    return _USER_IN_TEXT.sub("***@", _ADDRESS_IN_TEXT.sub(lambda found: shown_address(found[0]), text))
