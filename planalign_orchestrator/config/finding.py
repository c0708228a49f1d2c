"""Finds the configuration file and the scenario that a command means."""

from pathlib import Path

from planalign_orchestrator.config.catalogue import meant
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.pipes import refuse_pipes
from planalign_orchestrator.resources import config_dir

CONFIG_FILE = Path("config") / "simulation_config.yaml"
SCENARIO_FOLDER = Path("config") / "scenarios"
SUFFIXES = (".yaml", ".yml")
"""What a scenario file may be called at its end."""


def find_config_file(given: Path | None = None, *, folder: Path | None = None) -> Path | None:
    """The configuration file: the given one, else ``config/simulation_config.yaml`` of the working folder.

    Args:
        given: what the user asked for; it is not checked here, reading it says what is wrong with it.
        folder: the working folder; None is the current one.

    Returns:
        A path, or None when the defaults stand alone.
    """
    if given is not None:
        return given
    candidate = (folder or Path()) / CONFIG_FILE
    return candidate if candidate.is_file() else None


def find_scenario_file(name: str | None, *, folder: Path | None = None) -> Path | None:
    """The file of a scenario: a path as given, or a name among those of the working folder and the bundled ones.

    Raises:
        ConfigurationError: there is no such scenario.
    """
    if name is None:
        return None
    if name.lower().endswith(SUFFIXES) or "/" in name or "\\" in name:
        return Path(name)
    known = scenarios(folder=folder)
    if name in known:
        return known[name]
    raise ConfigurationError(
        "; ".join(filter(None, [f"there is no scenario {name!r}", meant(name, known)])),
        remedy=f"Choose one of {', '.join(known) or '(none found)'}, or give the path of a YAML file.",
    )


def scenarios(*, folder: Path | None = None) -> dict[str, Path]:
    """The scenarios by name; those of the working folder come before bundled ones of the same name."""
    found: dict[str, Path] = {}
    for place in ((folder or Path()) / SCENARIO_FOLDER, config_dir() / "scenarios"):
        refuse_pipes(place, 0)
        for path in sorted(place.glob("*")):
            if path.suffix.lower() in SUFFIXES:
                found.setdefault(path.stem, path)
    return dict(sorted(found.items()))
