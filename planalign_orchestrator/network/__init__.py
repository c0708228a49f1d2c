"""The one HTTP client of the program; nothing else in it talks to a network, and a simulation never does.

``fetch`` brings a file from an ``https://`` address through proxies, inspected TLS and dropped lines, or raises a
``NetworkError`` that says what to ask IT for.
"""

from pathlib import Path

from planalign_orchestrator.config.network import Network
from planalign_orchestrator.network.client import Connector
from planalign_orchestrator.network.download import NetworkClient, Progress
from planalign_orchestrator.network.progress import shown_progress

__all__ = ["Network", "NetworkClient", "Progress", "fetch", "shown_progress"]


def fetch(
    url: str,
    destination: Path,
    *,
    settings: Network | None = None,
    sha256: str | None = None,
    progress: Progress | None = None,
) -> Path:
    """Fetch a file; it is at its destination whole and checked, or not at all.

    Args:
        url: an ``https://`` address.
        destination: where the file goes; a file there is replaced.
        settings: of the network; None stands for the defaults.
        sha256: what the file must have, in hexadecimal digits.
        progress: called as the file arrives.

    Returns:
        The destination.

    Raises:
        NetworkError: what was tried, through which proxy, what came back, and what to ask IT for.
    """
    return NetworkClient(Connector(settings)).fetch(url, destination, sha256=sha256, progress=progress)
