"""What stands in for a file: a pipe or a device, which is not opened where one was not asked for."""

from pathlib import Path

from planalign_orchestrator.errors import ConfigurationError


def refuse_pipes(path: Path, depth: int = 3) -> None:
    """Refuse a pipe or a device, and a folder that holds one: opening it waits, never ends, or gives its content once.

    Args:
        path: need not be there.
        depth: how deep the folders in it are looked into; as deep as those of a run by itself.

    Raises:
        ConfigurationError: it is one, or holds one.
    """
    if path.is_dir():
        for inner in path.iterdir():
            if depth or not inner.is_dir():
                refuse_pipes(inner, depth - 1)
    elif not path.is_file() and path.exists():
        raise ConfigurationError(f"{path} is no file but a pipe or a device", remedy="Put a file in its place.")
