"""Which package index pip is set to use."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping

from planalign_orchestrator.pip_process import run_pip

PUBLIC_INDEX = "https://pypi.org/simple/"
VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")

_INDEX_LINE = re.compile(r"^(?:global|install|:env:)\.index-url='(?P<url>[^']+)'", re.MULTILINE)
_LONGEST_SECONDS = 20


def package_index(environment: Mapping[str, str] = os.environ) -> str:
    """The address of the index that an installation would use."""
    for name in VARIABLES:
        if value := environment.get(name, "").strip():
            return value
    return index_in(_pip_configuration()) or PUBLIC_INDEX


def index_in(configuration: str) -> str | None:
    """The index in the output of ``pip config list``."""
    match = _INDEX_LINE.search(configuration)
    return match["url"] if match else None


def _pip_configuration() -> str:
    try:
        return run_pip(["config", "list"], timeout=_LONGEST_SECONDS).stdout
    except (OSError, subprocess.TimeoutExpired):  # an environment without pip has no setting of pip's
        return ""
