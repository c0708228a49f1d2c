"""Addresses with passwords and tokens, and a search for them in the files of a run."""

from __future__ import annotations

from pathlib import Path

SECRETS = (b"PASSWORD", b"TOKEN", b"wpad.corp.example", b"proxy_username")
ADDRESSES: dict[str, object] = {
    "census.path": "https://me:PASSWORD@files.corp.example/census.csv?sig=TOKEN",
    "network.pac": "http://me:PASSWORD@wpad.corp.example/proxy.pac?key=TOKEN",
}


def files_with_secrets(folder: Path) -> list[str]:
    """The names of the files that hold one of the secrets."""
    return sorted(
        path.name
        for path in folder.rglob("*")
        if path.is_file() and any(secret in path.read_bytes() for secret in SECRETS)
    )
