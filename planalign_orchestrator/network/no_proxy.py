"""Which hosts are reached without a proxy, by the rules that curl documents, with ports as curl's manual shows them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

_WITH_PORT = re.compile(r"(?P<host>\[[^\]]+\]|[^:]+):(?P<port>\d{1,5})")


def split_no_proxy(text: str) -> list[str]:
    """The entries of a ``NO_PROXY`` variable: separated by commas or blanks."""
    return [entry for entry in re.split(r"[,\s]+", text) if entry]


def matching_entry(host: str, port: int, entries: Iterable[str]) -> str | None:
    """The entry that exempts a host from the proxy, or None.

    ``*`` exempts everything. ``example.com`` and ``.example.com`` exempt the domain and all hosts in it, but not
    ``notexample.com``. An address exempts itself, ``10.0.0.0/8`` a block; names are not resolved. An entry with a port
    holds for that port alone.
    """
    for entry in entries:
        if _matches(host.lower().rstrip("."), port, entry.strip().lower()):
            return entry
    return None


def _matches(host: str, port: int, entry: str) -> bool:
    if entry == "*":
        return True
    with_port = _WITH_PORT.fullmatch(entry)
    if with_port is not None:
        if int(with_port["port"]) != port:
            return False
        entry = with_port["host"]
    entry = entry.strip("[]")
    address = _address(host)
    if address is not None:
        return _in_block(address, entry)
    name = entry.strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None


def _in_block(address: ipaddress.IPv4Address | ipaddress.IPv6Address, entry: str) -> bool:
    try:
        return address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False
