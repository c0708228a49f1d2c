"""Settings of the network: way out, certificates, patience. Only downloads and ``planalign doctor`` use them."""

import re
from typing import Annotated

from pydantic import AfterValidator

from planalign_orchestrator.config.fields import Section, conflict, only, setting

_PROXY = re.compile(r"(?:https?://)?(?:\[[0-9A-Fa-f:.]+\]|[^\s/@:\[\]]+)(?::\d{1,5})?/?", re.IGNORECASE)
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


def _digits(fingerprint: str) -> str:
    return fingerprint.lower().removeprefix("sha256:").replace(":", "").strip()


HttpsAddress = Annotated[str, only("not_https", lambda address: address.lower().startswith("https://"))]
"""Where a file is fetched from, readable by nobody on the way."""

Proxy = Annotated[str, only("password_in_file", lambda value: "@" not in value), only("not_a_proxy", _PROXY.fullmatch)]
"""``auto``, ``none`` or the address of a proxy; without user and password, as a file is copied and mailed."""

Fingerprint = Annotated[str, AfterValidator(_digits), only("not_a_fingerprint", _FINGERPRINT.fullmatch)]
"""The SHA-256 of a certificate in hexadecimal digits; colons are allowed."""


class Network(Section):
    """How to reach an https address from inside a company."""

    proxy: Proxy = setting("auto", "auto, none or http://host:port")
    """The way out; auto takes HTTPS_PROXY or ALL_PROXY, then what the system is set to."""
    pac: str | None = setting(None, "address or file")
    """A proxy auto-configuration file that decides the way out by host; needs the extra 'pac'."""
    proxy_username: str | None = setting(None, "name")
    """The user a proxy asks for; the password comes from PLANALIGN_PROXY_PASSWORD or the system keyring."""
    no_proxy: list[str] | None = setting(None, "hosts, domains, host:port, addresses, CIDR blocks")
    """What is reached without a proxy; null takes NO_PROXY, then what the system is set to."""
    ca_bundle: str | None = setting(None, "file")
    """Certificates of authorities (PEM or DER) that are trusted besides the system's."""
    certificates_directory: str | None = setting(None, "folder")
    """Every .pem, .crt, .cer and .der file in it is trusted besides the system's authorities."""
    pinned_certificates: dict[str, Fingerprint] = setting({}, "SHA-256 fingerprint by host or host:port")
    """The one certificate a self-signed server must show."""
    connect_timeout_seconds: float = setting(10.0, "seconds", gt=0, le=600)
    """How long to wait for a connection."""
    read_timeout_seconds: float = setting(30.0, "seconds", gt=0, le=3600)
    """How long to wait for the next data."""
    total_timeout_seconds: float = setting(900.0, "seconds", gt=0, le=86_400)
    """How long a whole download may take, retries included."""
    attempts: int = setting(5, "attempts", ge=1, le=20)
    """How often a download is tried when the fault may pass."""
    retry_wait_seconds: float = setting(1.0, "seconds", ge=0, le=60)
    """The first wait between attempts; it doubles each time and varies by chance."""
    retry_wait_maximum_seconds: float = setting(60.0, "seconds", ge=0, le=3600)
    """The longest wait between attempts, and the longest Retry-After that is honored."""
    maximum_download_mb: int = setting(2048, "MiB", ge=1)
    """A download larger than this is refused before it fills the disk."""
    studio: bool = setting(True)
    """Whether planalign studio may listen on 127.0.0.1; nothing outside this machine can reach it either way."""

    def check(self) -> None:
        if self.pac is not None and self.proxy != "auto":
            raise conflict(f"pac is set, but proxy is {self.proxy!r}; a PAC file needs proxy: auto", "proxy pac")
