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
    return text.translate({ord(c): _written_out(ord(c)) for c in hidden})


def _written_out(code: int) -> str:
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
