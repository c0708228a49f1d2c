"""Where the dbt project and the shipped configuration are: in an installed wheel, or beside the package."""

from pathlib import Path

from planalign_orchestrator.errors import PlanAlignError

_PACKAGE = Path(__file__).resolve().parent
_CENSUS = "census/bundled_census.csv"


def dbt_project_dir() -> Path:
    """The folder of the dbt project; treat it as read-only, it may belong to an administrator."""
    return _find("dbt", marker="dbt_project.yml")


def config_dir() -> Path:
    """The folder of the shipped configuration and its ``scenarios``; treat it as read-only."""
    return _find("config", marker="simulation_config.yaml")


def bundled_census() -> Path:
    """The synthetic census of 5 000 employees that comes with the program."""
    return _find("config", marker=_CENSUS) / _CENSUS


def _find(folder: str, *, marker: str) -> Path:
    # The wheel's copy comes first: beside an installed package stands another `dbt`, the library itself.
    for candidate in (_PACKAGE / "bundled" / folder, _PACKAGE.parent / folder):
        if (candidate / marker).is_file():
            return candidate
    raise PlanAlignError(
        f"the installation is incomplete: {folder}/{marker} is missing beside {_PACKAGE}",
        remedy="Install it again: pip install --force-reinstall --no-deps planalign-engine",
    )
