"""Findings of the doctor, as lines for people and as JSON for programs; and without what is nobody else's business."""

import getpass
import os
import re
import socket
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from planalign_orchestrator import __version__
from planalign_orchestrator.config.secrecy import secrets_hidden
from planalign_orchestrator.errors import PlanAlignError
from planalign_orchestrator.network.addresses import parse_proxy
from planalign_orchestrator.network.credentials import PASSWORD_VARIABLE, USERNAME_VARIABLE
from planalign_orchestrator.network.routes import PROXY_VARIABLES
from planalign_orchestrator.tables import said

Status = Literal["ok", "warning", "fault"]

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Check:
    """What was looked at and what was found.

    Args:
        name: what was looked at, in a few words.
        status: a fault keeps a run or a download from working; a warning makes it slow or shaky.
        finding: what was seen, with numbers.
        remedy: what to do, best a command to paste; empty when all is well.
    """

    name: str
    status: Status
    finding: str
    remedy: str = ""


def ok(name: str, finding: str) -> Check:
    """All is well."""
    return Check(name, "ok", finding)


def wrong(kind: str, /, name: str = "", status: Status | None = None, **words: object) -> Check:
    """It does not work, or not as it should, as ``checks.ini`` tells it.

    Args:
        kind: of what is wrong.
        name: what was looked at, where it is not said there.
        status: where it is another than is said there.
        words: stand in the finding and the remedy.
    """
    row = said(__package__, "checks", kind, **words)
    usual: Status = "warning" if row.get("status") == "warning" else "fault"
    return Check(name or row["name"], status or usual, row["finding"], row["remedy"])


def told(name: str, error: PlanAlignError, remedy: str = "") -> Check:
    """It does not work, as an error says; the remedy stands where the error has none."""
    return Check(name, "fault", " ".join(error.message.split()), error.remedy or remedy)


@dataclass(frozen=True)
class Examination:
    """All findings, as ``planalign doctor --json`` prints them."""

    schema_version: int
    planalign: str
    summary: dict[Status, int]
    checks: list[Check]


def line(check: Check) -> str:
    """A finding in one line; its remedy, if any, in a second."""
    first = f"{check.status:<7}  {check.name:<26}  {check.finding}"
    return f"{first}\n         -> {check.remedy}" if check.remedy else first


def summary(checks: Iterable[Check]) -> str:
    """How many findings there are of each kind."""
    counts = _counts(checks)
    return f"{counts['fault']} faults, {counts['warning']} warnings, {counts['ok']} ok"


def as_text(checks: list[Check]) -> str:
    """All findings as lines."""
    return "\n".join([f"planalign {__version__} doctor", *map(line, checks), summary(checks)]) + "\n"


def as_json(checks: list[Check]) -> dict[str, Any]:
    """All findings as plain values; ``docs/doctor.schema.json`` describes them."""
    return asdict(Examination(SCHEMA_VERSION, __version__, _counts(checks), checks))


def _counts(checks: Iterable[Check]) -> dict[Status, int]:
    found = Counter(check.status for check in checks)
    return {"fault": found["fault"], "warning": found["warning"], "ok": found["ok"]}


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
    with suppress(OSError, KeyError, ImportError):  # a container may run under a number without a name
        return getpass.getuser()
    return None


def _signed_on(address: str) -> tuple[str | None, str | None]:
    with suppress(PlanAlignError):  # none, or not understood, so nothing of it is ever shown
        proxy = parse_proxy(address, "the environment")
        return proxy.username, proxy.password
    return None, None
