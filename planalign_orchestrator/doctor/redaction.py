"""Takes out of a report what is nobody else's business: passwords, user names, home folders, the computer's name."""

import getpass
import os
import re
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from planalign_orchestrator.config.secrecy import secrets_hidden
from planalign_orchestrator.doctor.report import Check
from planalign_orchestrator.errors import PlanAlignError
from planalign_orchestrator.network.addresses import parse_proxy
from planalign_orchestrator.network.credentials import PASSWORD_VARIABLE, USERNAME_VARIABLE
from planalign_orchestrator.network.routes import PROXY_VARIABLES

_HOMES = re.compile(r"(?P<root>[A-Za-z]:\\Users\\|/home/|/Users/)[^\\/\s:;,'\"]+", re.IGNORECASE)
_SHORTEST_WORD = 3
"""A user called ``al`` must not take the middle out of other words."""


def redacted(checks: Iterable[Check], settings_username: str | None) -> list[Check]:
    """Findings without what must not leave this computer.

    Args:
        checks: the findings.
        settings_username: the proxy user that the settings name.
    """
    secrets = _of_this_computer(settings_username)
    return [
        Check(without(one.name, secrets), one.status, without(one.finding, secrets), without(one.remedy, secrets))
        for one in checks
    ]


def without(text: str, secrets: Mapping[str, str]) -> str:
    """A text in which secrets are replaced by what is shown for each, as are those of addresses and names of homes."""
    text = secrets_hidden(text)
    for secret, shown in sorted(secrets.items(), key=lambda pair: -len(pair[0])):
        text = _replaced(text, secret, shown)
    return _HOMES.sub(r"\g<root><user>", text)


def _of_this_computer(settings_username: str | None) -> dict[str, str]:
    signed_on = [_signed_on(os.environ.get(name, "")) for name in PROXY_VARIABLES]
    users = [_user(), os.environ.get(USERNAME_VARIABLE), settings_username, *(user for user, _ in signed_on)]
    passwords = [os.environ.get(PASSWORD_VARIABLE), *(password for _, password in signed_on)]
    found = {str(Path.home()): "~", socket.gethostname(): "<computer>"}
    for password in filter(None, passwords):
        found |= {password: "<password>", quote(password, safe=""): "<password>"}
    return found | {user: "<user>" for user in users if user}


def _replaced(text: str, secret: str, shown: str) -> str:
    if shown == "<password>":
        return text.replace(secret, shown)
    if len(secret) < _SHORTEST_WORD or secret == "/":
        return text
    return re.sub(rf"(?<![\w.-]){re.escape(secret)}(?![\w-])", lambda _match: shown, text)


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container may run under a number without a name
        return None


def _signed_on(address: str) -> tuple[str | None, str | None]:
    if not address.strip():
        return None, None
    try:
        proxy = parse_proxy(address, "the environment")
    except PlanAlignError:  # not understood, so nothing of it is ever shown
        return None, None
    return proxy.username, proxy.password
