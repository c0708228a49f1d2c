"""Whom a TLS connection trusts: the system's authorities, extra ones, or exactly one pinned certificate."""

import hashlib
import hmac
import ssl
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from planalign_orchestrator.config.network import Network
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.network.chain import judged
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
        self.expected, self.seen = expected, seen


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
    try:
        found = sorted(path for path in Path(folder).expanduser().iterdir() if path.suffix.lower() in _SUFFIXES)
    except OSError as error:
        raise ConfigurationError.told("unreadable certificates", folder=folder, error=error) from error
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
