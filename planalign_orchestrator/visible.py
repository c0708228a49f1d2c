"""Text from files, as a terminal may show it: what steers a terminal or hides in a line is written out instead."""

import unicodedata


def visible(text: str, *, keep: str = "") -> str:
    r"""Write control characters, escape sequences and changes of writing direction as ``\x1b`` or ``\u202e``.

    Args:
        text: anything; printable text comes back as it is.
        keep: characters that are left alone, such as the line breaks of a message.
    """
    if text.isprintable():
        return text
    hidden = [c for c in set(text) if c not in keep and not c.isprintable() and unicodedata.category(c) != "Zs"]
    return text.translate({ord(c): c.encode("unicode_escape").decode("ascii") for c in hidden})
