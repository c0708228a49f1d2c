"""What a page shows, read back from its HTML."""

from __future__ import annotations

import re
from decimal import Decimal
from html.parser import HTMLParser


class Page(HTMLParser):
    """The figures of a page: exact value and shown text by exhibit, row label and column; tags but our one script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.figures: dict[tuple[str, str, int], tuple[Decimal, str]] = {}
        self.headlines: dict[str, Decimal] = {}
        self.titles: list[str] = []
        self.targets: list[tuple[str, str]] = []
        self.tags: set[str] = set()
        self._exhibit = self._row = self._headline = self._taking = ""
        self._column = 0
        self._has_ours = False
        self._value: Decimal | None = None
        self.feed(text.replace("&NoBreak;", ""))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag != "script" or self._has_ours:
            self.tags.add(tag)
        self._has_ours |= tag == "script"
        self.targets += [(name, given[name]) for name in ("src", "href", "action", "srcset", "data") if name in given]
        if tag == "figure":
            self._exhibit = given["id"]
        elif tag == "li" and given.get("id", "").startswith("headline-"):
            self._headline = given["id"].removeprefix("headline-")
        elif tag == "data":
            self.headlines[self._headline] = Decimal(given["value"])
        elif tag == "th" and given.get("scope") == "row":
            self._row, self._column, self._taking = "", 0, "row"
        elif tag == "td":
            self._value = Decimal(given["data-value"]) if "data-value" in given else None
            self._taking = "cell"
        elif tag == "sup":  # marks a group of few people
            self._taking = ""
        elif tag == "h3":
            self._taking = "title"
            self.titles.append("")

    def handle_data(self, data: str) -> None:
        if self._taking == "row":
            self._row += data
        elif self._taking == "title":
            self.titles[-1] += data
        elif self._taking == "cell" and self._value is not None:
            self.figures[self._exhibit, self._row, self._column] = self._value, data

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":
            self._column += 1
        self._taking = ""


def words_of(text: str) -> str:
    """What a reader reads of a page, without what is set as code."""
    body = re.sub(r"<(style|script|code|svg|head)\b.*?</\1>", "", text, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", " ", body)
