"""Where the dbt project and the shipped configuration are: in an installed wheel, or beside the package."""

from pathlib import Path

from planalign_orchestrator.errors import PlanAlignError

_PACKAGE = Path(__file__).resolve().parent


def dbt_project_dir() -> Path:
    """The folder of the dbt project; treat it as read-only, it may belong to an administrator."""
    return _find("dbt", marker="dbt_project.yml")


def config_dir() -> Path:
    """The folder of the shipped configuration and its ``scenarios``; treat it as read-only."""
    return _find("config", marker="simulation_config.yaml")


def bundled_path(name: str) -> Path:
    """A shipped file or folder by its name with slashes, such as ``config/scenarios/safe_harbor.yaml``.

    Raises:
        PlanAlignError: the installation lacks it.
    """
    top, _, rest = name.partition("/")
    folders = {"dbt": dbt_project_dir, "config": config_dir}
    if top not in folders:
        raise ValueError(f"{name!r} does not start with one of {', '.join(folders)}")
    path = folders[top]() / rest
    if not path.exists():
        raise _incomplete(name)
    return path


def _find(folder: str, *, marker: str) -> Path:
    # The wheel's copy comes first: beside an installed package stands another `dbt`, the library itself.
    for candidate in (_PACKAGE / "bundled" / folder, _PACKAGE.parent / folder):
        if (candidate / marker).is_file():
            return candidate
    raise _incomplete(f"{folder}/{marker}")


def _incomplete(name: str) -> PlanAlignError:
    return PlanAlignError(
        f"the installation is incomplete: {name} is missing beside {_PACKAGE}",
        remedy="Install it again: pip install --force-reinstall --no-deps planalign-engine",
    )
