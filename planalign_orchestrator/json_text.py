"""JSON: from files that may be damaged or come from somebody else, and of values that it does not know."""

import json
from typing import Any


def parsed(text: str | bytes) -> Any:
    """What a JSON document holds.

    Raises:
        ValueError: it is none, or nests so deeply that it cannot be one of ours.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it nests too deeply") from error


def plain(value: Any) -> Any:
    """A value as JSON has it: exact numbers, dates and paths as text."""
    return json.loads(json.dumps(value, default=str))
