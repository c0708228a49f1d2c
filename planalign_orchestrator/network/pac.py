"""Proxy auto-configuration: a JavaScript file that names the proxies of a host, evaluated by pypac (extra ``pac``)."""

import importlib.util
import logging
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.network.addresses import ProxyAddress, failure, parse_proxy

LARGEST_PAC = 1 << 20
"""Firefox and Chromium refuse larger ones as well."""

_WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]|\\\\")

_log = logging.getLogger(__name__)


def pac_supported() -> bool:
    """Whether the extra that evaluates PAC files is installed."""
    return importlib.util.find_spec("pypac") is not None


def read_pac(address: str, download: Callable[[str], str]) -> str:
    """The text of a PAC file.

    Args:
        address: a path, a ``file://`` or an ``http(s)://`` address.
        download: fetches an address without a proxy (none is known yet).

    Raises:
        ConfigurationError: there is no such file.
    """
    if not _WINDOWS_PATH.match(address) and urlsplit(address).scheme.lower() in ("http", "https"):
        return download(address)
    path = Path(unquote(urlsplit(address).path)) if address.lower().startswith("file://") else Path(address)
    if re.match(r"[\\/][A-Za-z]:", str(path)):  # file:///C:/proxy.pac
        path = Path(str(path)[1:])
    try:
        with path.expanduser().open(encoding="utf-8", errors="replace") as file:
            return file.read(LARGEST_PAC)
    except OSError as error:
        raise ConfigurationError.told("unreadable PAC file", path=path, error=error) from error


def proxies_from_pac(text: str, host: str, port: int, source: str) -> list[ProxyAddress | None]:
    """The ways out that a PAC file names for a host, in its order; None stands for a direct connection.

    Raises:
        NetworkError: the file is broken, or names only proxies that are not supported.
    """
    answer = _evaluate(text, host, port, source)
    ways: list[ProxyAddress | None] = []
    for entry in filter(None, (part.strip() for part in answer.split(";"))):
        keyword, _, place = entry.partition(" ")
        if keyword.upper() == "DIRECT":
            ways.append(None)
        elif keyword.upper() in ("PROXY", "HTTP", "HTTPS"):
            scheme = "https" if keyword.upper() == "HTTPS" else "http"
            ways.append(proxy := parse_proxy(f"{scheme}://{place.strip()}", source))
            if proxy.password is not None:
                _log.warning("%s holds the password of a proxy; everybody who can read that file has it", source)
    if not ways:
        raise failure("PAC file without a proxy", source=source, answer=answer, host=host)
    return ways


def _evaluate(text: str, host: str, port: int, source: str) -> str:
    if not pac_supported():
        raise failure("no PAC support", source=source, host=host)
    # Neither has type information; as an optional extra they may also be absent when types are checked.
    dukpy: Any = import_module("dukpy")
    parser: Any = import_module("pypac.parser")

    place = host if port == 443 else f"{host}:{port}"
    try:
        # Browsers leave path and query out as well: a PAC file may come from anywhere and could pass them on.
        return str(parser.PACFile(text).find_proxy_for_url(f"https://{place}/", host) or "DIRECT")
    except (parser.MalformedPacError, dukpy.JSRuntimeError) as error:
        raise failure("broken PAC file", source=source, error=" ".join(str(error).split())) from error
