"""Whom a TLS connection trusts: the system's authorities, extra ones, or one pinned certificate; and what is shown."""

import hashlib
import hmac
import ipaddress
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from planalign_orchestrator.config.network import Network
from planalign_orchestrator.errors import ConfigurationError, instead_of
from planalign_orchestrator.pipes import refuse_pipes

BUNDLE_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Variables that companies set for other tools; what they name is trusted here as well."""

_unusable = partial(ConfigurationError.told, "unusable certificates")
_SUFFIXES = frozenset({".pem", ".crt", ".cer", ".der"})
_PEM_MARK = b"-----BEGIN"


class PinMismatchError(ssl.SSLCertVerificationError):
    """The server showed another certificate than the pinned one."""

    def __init__(self, expected: str, seen: str) -> None:
        super().__init__(f"the certificate has the SHA-256 fingerprint {seen}, pinned is {expected}")


def trust_context(settings: Network, environment: Mapping[str, str], host: str, port: int) -> ssl.SSLContext:
    """The TLS settings for a server: its pinned certificate if there is one, else the trusted authorities.

    Raises:
        ConfigurationError: a certificate file that the settings name cannot be used.
    """
    pin = pinned_fingerprint(settings, host, port)
    return pinned_context(pin) if pin else authorities_context(settings, environment)


def pinned_fingerprint(settings: Network, host: str, port: int) -> str | None:
    """The fingerprint that a server's certificate must have, or None."""
    pins = {name.lower(): pin for name, pin in settings.pinned_certificates.items()}
    return pins.get(f"{host.lower()}:{port}") or pins.get(host.lower())


def authorities_context(settings: Network, environment: Mapping[str, str]) -> ssl.SSLContext:
    """TLS settings that trust the system's authorities, those of the settings, and those of well-known variables."""
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    for path, origin in dict(_extra_files(settings, environment)).items():
        _load(context, path, origin)
    return context


def pinned_context(fingerprint: str) -> ssl.SSLContext:
    """TLS settings that accept the one certificate with this SHA-256 and nothing else.

    The certificate is compared before anything is sent. That is stricter than any chain of authorities, so chain and
    name are not looked at: a self-signed certificate has no chain, and often no proper name.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the comparison in the handshake below takes its place

    def compare(connection: ssl.SSLSocket | ssl.SSLObject) -> None:
        seen = hashlib.sha256(connection.getpeercert(binary_form=True) or b"").hexdigest()
        if not hmac.compare_digest(seen, fingerprint):
            raise PinMismatchError(fingerprint, seen)

    return judged(context, compare)


def _extra_files(settings: Network, environment: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    for name in BUNDLE_VARIABLES:
        path = Path(environment.get(name, ""))
        if path.is_file():
            yield path, name
    if settings.certificates_directory is not None:
        yield from ((path, "network.certificates_directory") for path in _files_in(settings.certificates_directory))
    if settings.ca_bundle is not None:
        yield Path(settings.ca_bundle).expanduser(), "network.ca_bundle"


def _files_in(folder: str) -> Iterable[Path]:
    with instead_of(OSError, ConfigurationError.told, "unreadable certificates", folder=folder):
        found = sorted(path for path in Path(folder).expanduser().iterdir() if path.suffix.lower() in _SUFFIXES)
    if not found:
        raise ConfigurationError.told("no certificates", folder=folder, suffixes=", ".join(sorted(_SUFFIXES)))
    return found


def _load(context: Any, path: Path, origin: str) -> None:
    refuse_pipes(path)
    try:
        data = path.read_bytes()
        context.load_verify_locations(cadata=data.decode("ascii", "ignore") if _PEM_MARK in data else data)
    except (ssl.SSLError, ValueError) as error:  # an empty file gives the second
        raise _unusable(origin=origin, path=path, reason="it holds no certificate") from error
    except OSError as error:
        raise _unusable(origin=origin, path=path, reason=error.strerror or error) from error


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


def _show_chain(connection: Any) -> None:
    # Python has no public way before 3.13, and none that decodes an unverified certificate even then.
    chain = [_read(certificate) for certificate in connection._sslobj.get_unverified_chain() or []]
    if isinstance(connection, ssl.SSLSocket):
        connection.close()
    raise ChainSeenError(chain)


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
    with suppress(ValueError):  # one of them is a name
        return ipaddress.ip_address(name) == ipaddress.ip_address(host)
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:] and bool(name[2:])
    return name == host


def _day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))
