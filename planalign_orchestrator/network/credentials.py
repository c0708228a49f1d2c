"""Who signs on to a proxy, from its address, the environment or the keyring, never a file; and how the proxy asks."""

import importlib.util
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

from planalign_orchestrator.config.network import Network
from planalign_orchestrator.network.addresses import ProxyAddress, failure

USERNAME_VARIABLE = "PLANALIGN_PROXY_USERNAME"
PASSWORD_VARIABLE = "PLANALIGN_PROXY_PASSWORD"
KEYRING_SERVICE = "planalign-proxy"

KeyringLookup = Callable[[str, str], "str | None"]

_log = logging.getLogger(__name__)


def with_credentials(
    proxy: ProxyAddress, settings: Network, environment: Mapping[str, str], keyring: KeyringLookup
) -> ProxyAddress:
    """The proxy with user and password, where there are any.

    Args:
        proxy: as configured; a user in its address wins.
        settings: may name the user.
        environment: may hold user and password, raw: no character needs an escape.
        keyring: looks up a password by service and user.

    Raises:
        NetworkError: there is a user, but no password anywhere.
    """
    username = proxy.username or environment.get(USERNAME_VARIABLE) or settings.proxy_username
    if not username or proxy.password is not None:
        return proxy
    password = environment.get(PASSWORD_VARIABLE) or keyring(KEYRING_SERVICE, username)
    if password is None:
        note = "" if importlib.util.find_spec("keyring") else " (the extra 'keyring' is not installed)"
        raise failure("no password", proxy=proxy, user=username, note=note)
    return replace(proxy, username=username, password=password)


def keyring_password(service: str, username: str) -> str | None:
    """A password from the system keyring; None when there is none, or no keyring."""
    if importlib.util.find_spec("keyring") is None:
        return None
    keyring: Any = import_module("keyring")  # an optional extra, perhaps absent when types are checked
    errors: Any = import_module("keyring.errors")
    chosen = keyring.get_keyring()
    for backend in getattr(chosen, "backends", [chosen]):  # `keyring` makes one of several, which it asks in turn
        if "Plaintext" in type(backend).__name__:
            _log.warning(
                "the keyring %s keeps passwords as readable text; others on this machine may see them", backend.name
            )
    try:
        password: str | None = keyring.get_password(service, username)
    except errors.KeyringError as error:
        _log.warning("the system keyring cannot be read: %s", error)
        return None
    return password


def offered_schemes(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[str]:
    """The names of the sign-on schemes, such as ``Basic`` or ``NTLM``, that a proxy's answer offers."""
    for name, offer in headers:
        if name.lower() == b"proxy-authenticate":
            # A header may hold several: `Basic realm="a, b", NTLM`. A scheme is a word that no `=` follows.
            outside_quotes = "".join(offer.decode("ascii", "replace").split('"')[::2])
            words = [part.strip().partition(" ")[0] for part in outside_quotes.split(",")]
            yield from (word for word in words if word and "=" not in word)
