"""Which certificates a server shows, trusted or not: what an error message and a diagnosis need to name the fault."""

import hashlib
import ipaddress
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ORGANISATION_PARTS = ("commonName", "organizationName", "organizationalUnitName")


@dataclass(frozen=True)
class Certificate:
    """One certificate of a chain.

    Args:
        subject: whom it is for.
        issuer: who signed it.
        names: hosts and addresses that it is valid for.
        not_before: start of validity, in seconds since 1970.
        not_after: end of validity.
        sha256: fingerprint.
    """

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: float
    not_after: float
    sha256: str

    def covers(self, host: str) -> bool:
        """Whether it is valid for a host name or address."""
        return any(_covers(name.lower(), host.lower().rstrip(".")) for name in self.names)

    def validity_fault(self, now: float) -> str | None:
        """``expired on …`` or ``not valid before …``, or None."""
        if now > self.not_after:
            return f"expired on {_day(self.not_after)}"
        return f"is not valid before {_day(self.not_before)}" if now < self.not_before else None


class ChainSeenError(Exception):
    """Ends a handshake once the certificates are known, so that nothing is ever sent over it."""

    def __init__(self, chain: list[Certificate]) -> None:
        super().__init__("the certificates have been read")
        self.chain = chain


def onlooker_context(authorities: Path | None = None) -> ssl.SSLContext:
    """TLS settings for a handshake that reads the certificates and then always fails with ``ChainSeenError``.

    Args:
        authorities: a file of the only authorities that are trusted; None takes any certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if authorities is not None:
        context.load_verify_locations(authorities)
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # safe here: the handshake below never lets a connection come about

    return judged(context, _show_chain)


def judged(context: ssl.SSLContext, judge: Callable[[Any], None]) -> ssl.SSLContext:
    """Have every handshake of a context judged before anything is sent over it: what ``judge`` raises ends it."""

    class JudgedSocket(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            super().do_handshake(block)
            judge(self)

    class JudgedObject(ssl.SSLObject):  # what is inside another TLS connection, such as that to a proxy
        def do_handshake(self) -> None:
            super().do_handshake()
            judge(self)

    context.sslsocket_class, context.sslobject_class = JudgedSocket, JudgedObject
    return context


def _show_chain(connection: ssl.SSLSocket | ssl.SSLObject) -> None:
    chain = chain_of(connection)
    if isinstance(connection, ssl.SSLSocket):
        connection.close()
    raise ChainSeenError(chain)


def chain_of(connection: Any) -> list[Certificate]:
    """The certificates that the server of a connection has shown, its own first."""
    # Python has no public way before 3.13, and none that decodes an unverified certificate even then.
    shown = connection._sslobj.get_unverified_chain() or []
    return [_read(certificate) for certificate in shown]


def _read(certificate: Any) -> Certificate:
    info = certificate.get_info()
    der = ssl.PEM_cert_to_DER_cert(certificate.public_bytes())
    return Certificate(
        subject=_name(info.get("subject", ())),
        issuer=_name(info.get("issuer", ())),
        names=tuple(value for kind, value in info.get("subjectAltName", ()) if kind in ("DNS", "IP Address")),
        not_before=ssl.cert_time_to_seconds(info["notBefore"]),
        not_after=ssl.cert_time_to_seconds(info["notAfter"]),
        sha256=hashlib.sha256(der).hexdigest(),
    )


def _name(parts: Any) -> str:
    values = {key: value for part in parts for key, value in part}
    chosen = [values[key] for key in _ORGANISATION_PARTS if key in values]
    return ", ".join(dict.fromkeys(chosen)) or "(no name)"


def _covers(name: str, host: str) -> bool:
    try:
        return ipaddress.ip_address(name) == ipaddress.ip_address(host)
    except ValueError:
        pass  # one of them is a name
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:] and bool(name[2:])
    return name == host


def _day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))
