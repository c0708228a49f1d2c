"""Addresses of servers and proxies, taken apart without losing a character, and shown without secrets."""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from planalign_orchestrator.config.secrecy import shown_address, without_secrets
from planalign_orchestrator.errors import NetworkError, instead_of
from planalign_orchestrator.tables import said

HTTPS_PORT = 443
_DEFAULT_PORTS = {"http": 80, "https": HTTPS_PORT}

# The user part is greedy: a password may hold @, : and /, a host none of them.
_PROXY = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?(?:(?P<user>.*)@)?"
    r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\s/@:\[\]]+)(?::(?P<port>\d{1,5}))?/?"
)


@dataclass
class ProxyAddress:
    """Where a proxy is and who signs on to it.

    Attributes:
        place: host and port.
        url: the address without user and password.
        shown: the address as messages show it: with the user, without the password.
    """

    scheme: str
    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        host = f"[{self.host}]" if ":" in self.host else self.host
        self.place = f"{host}:{self.port}"
        self.url = f"{self.scheme}://{self.place}"
        hidden = ":***" if self.password is not None else ""
        self.shown = self.url if self.username is None else f"{self.scheme}://{self.username}{hidden}@{self.place}"


def parse_proxy(text: str, source: str) -> ProxyAddress:
    """Take a proxy address apart.

    User and password may be percent-encoded or raw; the last ``@`` ends them. A ``%`` counts as an escape when two
    hexadecimal digits follow.

    Args:
        text: ``[http://][user:password@]host[:port]``.
        source: where it comes from, for the message.

    Raises:
        NetworkError: it is no address of an HTTP proxy.
    """
    match = _PROXY.fullmatch(text.strip())
    if match is None:
        raise failure("unclear proxy", source=source)
    scheme = (match["scheme"] or "http").lower()
    if scheme not in _DEFAULT_PORTS:
        raise failure("unsupported proxy", source=source, scheme=scheme)
    name, colon, secret = (match["user"] or "").partition(":")
    return ProxyAddress(
        scheme=scheme,
        host=match["host"].strip("[]"),
        port=int(match["port"] or _DEFAULT_PORTS[scheme]),
        username=unquote(name) if match["user"] is not None else None,
        password=unquote(secret) if colon else None,
    )


@dataclass(frozen=True)
class Target:
    """An ``https://`` address to fetch."""

    url: str = field(repr=False)
    host: str
    port: int
    origin: str
    """Scheme, host and port."""

    @property
    def shown(self) -> str:
        """The address without user, password and query: those may be secrets."""
        return shown_address(self.url)


def parse_target(url: str) -> Target:
    """Take an address apart and refuse what would travel unprotected.

    Raises:
        NetworkError: it is not an ``https://`` address.
    """
    import httpx

    # Its own words may quote a password in which there is a slash.
    with instead_of((ValueError, httpx.InvalidURL), failure, "unclear address", address=without_secrets(url)):
        parts, place = urlsplit(url.strip()), httpx.URL(url.strip()).netloc.decode("ascii")
        target = Target(url, parts.hostname or "", parts.port or HTTPS_PORT, f"https://{place}")
        target.host.encode("idna")  # what the system's look-up of names would stumble over
    if parts.scheme.lower() != "https" or not target.host:
        raise failure("unprotected", address=without_secrets(url))
    return target


class Failure(NetworkError):
    """One attempt failed."""

    may_pass = False
    """Whether another attempt makes sense."""
    retry_after: float | None = None
    """Seconds that the server asked to wait."""
    no_connection = False
    """Whether another way out may work where this one did not."""


def failure(kind: str, **words: object) -> Failure:
    """A failure as ``failures.ini`` tells it."""
    row = said(__package__, "failures", kind, **words)
    told = Failure(row["came_back"], remedy=row["ask"])
    told.may_pass, told.no_connection = "may_pass" in row, "no_connection" in row
    return told
