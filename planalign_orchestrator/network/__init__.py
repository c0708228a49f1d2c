"""The one HTTP client of the program; nothing else in it talks to a network, and a simulation never does.

``fetch`` brings a file from an ``https://`` address through proxies, inspected TLS and dropped lines, or raises a
``NetworkError`` that says what to ask IT for.
"""

from planalign_orchestrator.network.client import Connector
from planalign_orchestrator.network.download import Progress, fetch, shown_progress

__all__ = ["Connector", "Progress", "fetch", "shown_progress"]
