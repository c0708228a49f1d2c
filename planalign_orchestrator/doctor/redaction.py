"""Takes out of a report what is nobody else's business: passwords, user names, home folders, the computer's name."""

from __future__ import annotations

import getpass
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class Redaction:
    """What is replaced by what, longest first."""

    replacements: Mapping[str, str]

    @classmethod
    def of_this_computer(
        cls, environment: Mapping[str, str] | None = None, settings_username: str | None = None
    ) -> Redaction:
        """What must not leave this computer.

        Args:
            environment: variables; None is this process's.
            settings_username: the proxy user that the settings name.
        """
        variables = os.environ if environment is None else environment
        found = {str(Path.home()): "~", socket.gethostname(): "<computer>"}
        users = [_user(), variables.get(USERNAME_VARIABLE), settings_username]
        secrets = [variables.get(PASSWORD_VARIABLE)]
        for name in PROXY_VARIABLES:
            user, password = _signed_on(variables.get(name, ""))
            users.append(user)
            secrets.append(password)
        found |= {secret: "<password>" for secret in secrets if secret}
        found |= {quote(secret, safe=""): "<password>" for secret in secrets if secret}
        found |= {user: "<user>" for user in users if user}
        return cls(dict(sorted(found.items(), key=lambda pair: -len(pair[0]))))

    def text(self, text: str) -> str:
        """A text without what must not leave this computer."""
        text = secrets_hidden(text)
        for secret, shown in self.replacements.items():
            text = _replaced(text, secret, shown)
        return _HOMES.sub(r"\g<root><user>", text)

    def check(self, check: Check) -> Check:
        """A finding without what must not leave this computer."""
        return replace(
            check, name=self.text(check.name), finding=self.text(check.finding), remedy=self.text(check.remedy)
        )


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
