"""Folders of which not every file was named by the user: what stands in for a file there is not opened."""

from pathlib import Path

from planalign_orchestrator.errors import ConfigurationError


def refuse_pipes(folder: Path, depth: int = 3) -> None:
    """Refuse a folder that holds a pipe or a device: opening one waits, or never ends.

    Args:
        folder: need not be there.
        depth: how deep the folders in it are looked into; as deep as those of a run by itself.

    Raises:
        ConfigurationError: it does.
    """
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir():
            if depth:
                refuse_pipes(path, depth - 1)
        elif not path.is_file() and path.exists():
            raise ConfigurationError(f"{path} is no file but a pipe or a device", remedy="Delete it, or move it away.")
