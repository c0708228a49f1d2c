"""Text files of which no row needs a look of its own: their quotes, cells and lines are as every reader reads them."""

import re
from pathlib import Path

_BLOCK = 1 << 20
_SPACES = b"\t\v\f\x1c\x1d\x1e\x1f"
_WIDE_SPACE = re.compile(rb"\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80")
"""Those that are trimmed from cells, in UTF-8."""


def rows_of_plain_text(path: Path, delimiter: str, columns: int, above: int) -> int | None:
    """How many rows stand under the headings of a file, where every line is a row of as many cells as headings.

    Args:
        path: the file, in UTF-8.
        delimiter: between its cells.
        columns: how many it has.
        above: how many lines stand before the first row.

    Returns:
        None where a line is blank, a cell begins or ends with a space, or a quote encloses a line break or a quote:
        then Python reads the file row by row, and tells what is wrong.
    """
    sign = delimiter.encode()
    spaces = _SPACES.replace(sign, b"")
    uniform = bytes.maketrans(spaces, b" " * len(spaces))
    edge = re.escape(sign) + rb"\n"
    quoted = re.compile(rb'(?<=[%b])"(?:[^" \n](?:[^"\n]*[^" \n])?)?"(?=[%b])' % (edge, edge))
    spaced = b" \n", b"\n ", b" " + sign, sign + b" "
    rows = delimiters = 0
    with path.open("rb") as file:
        if any(b'"' in file.readline(_BLOCK) for _ in range(above)):
            return None
        while block := file.read(_BLOCK) + file.readline(_BLOCK):
            text = b"\n" + block.translate(uniform).replace(b"\r\n", b"\n").removesuffix(b"\n") + b"\n"
            if b"\0" in text or b"\r" in text or not (text.isascii() or _WIDE_SPACE.search(text) is None):
                return None
            text = quoted.sub(b"", text) if b'"' in text else text
            if b'"' in text or b"\n\n" in text or (b" " in text and any(map(text.__contains__, spaced))):
                return None
            rows += text.count(b"\n") - 1
            delimiters += text.count(sign)
    return rows if delimiters == rows * (columns - 1) else None
