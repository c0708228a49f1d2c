"""The folder that a studio shows: censuses, designs and runs by the names that it found, never by a path."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from planalign_orchestrator.config import loading
from planalign_orchestrator.config.fields import Identifier
from planalign_orchestrator.config.secrecy import without_secrets
from planalign_orchestrator.errors import ConfigurationError, PlanAlignError, RunLockedError
from planalign_orchestrator.learning.fit import RECORD
from planalign_orchestrator.pipes import refuse_pipes
from planalign_orchestrator.run.folder import RunFolder, find_run_folders, who_is
from planalign_orchestrator.storage.durable import make_private_folder
from planalign_orchestrator.sweep.store import SweepFolder

_CENSUSES = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".xlsm", ".xls", ".gz", ".zip")
_NAME: TypeAdapter[str] = TypeAdapter(Identifier)
_Found = TypeVar("_Found")


class NotHereError(PlanAlignError):
    """A name that the workspace does not have."""


class Workspace:
    """What is in a workspace; nothing is remembered, so that the command line may work in it at the same time.

    Args:
        root: the folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.census_folder = root.joinpath("census")
        self.designs_folder = root.joinpath("scenarios")
        self.runs_folder = root.joinpath("runs")
        self.fits_folder = root.joinpath("fitted")
        self.private = root.joinpath(".studio")
        """The folder of uploads under way and of what runs have said last."""

    @property
    def config_file(self) -> Path | None:
        """The configuration file that all designs change."""
        return loading.find_config_file(folder=self.root)

    def settings(self, design: Path | None = None) -> loading.EffectiveSettings:
        """The settings of a design, or those that all designs change."""
        return loading.load_settings(config_file=self.config_file, scenario_file=design, environ={}, flags={})

    def censuses(self) -> Mapping[str, Path]:
        """The census files by name."""
        return {path.name: path for path in _files(self.census_folder) if is_census(path)}

    def mapping_of(self, census: str) -> Path:
        """Where the mapping of a census stands, or will."""
        return self.census_folder.joinpath(f"{Path(census).stem}.mapping.yaml")

    def designs(self) -> Mapping[str, Path]:
        """The workspace's own designs by name."""
        return {path.stem: path for path in _files(self.designs_folder) if path.suffix.lower() in loading.SUFFIXES}

    def design_of(self, run: str) -> str:
        """The name of the design that a run is of; its own where no design says that it is."""
        names = {name: self.settings(path).settings.simulation.scenario_id for name, path in self.designs().items()}
        return next((name for name, scenario in names.items() if scenario == run), run)

    def bundled_designs(self) -> Mapping[str, Path]:
        """The designs that come with the engine, to start from."""
        return loading.scenarios(folder=self.root)

    def runs(self) -> Mapping[str, RunFolder]:
        """The runs by name."""
        return {run.root.name: run for run in find_run_folders(self.runs_folder)}

    def results(self) -> Mapping[str, Path]:
        """The folder of each result by name; the third earlier one of ``a`` is ``a~3``."""
        found = {name: run.root for name, run in self.runs().items() if run.database.exists()}
        for name, run in self.runs().items():
            found |= {f"{name}~{earlier.root.name}": earlier.root for earlier in run.earlier_results()}
        return found

    def sweeps(self) -> Mapping[str, SweepFolder]:
        """The sweeps that have a result, by name."""
        folders = sorted(self.runs_folder.glob("*")) if self.runs_folder.is_dir() else []
        return {path.name: SweepFolder(path) for path in folders if SweepFolder(path).results().exists()}

    def fits(self) -> Mapping[str, Path]:
        """The folders of assumptions that were learned from censuses, by name."""
        refuse_pipes(self.fits_folder, 1)
        return {path.parent.name: path.parent for path in sorted(self.fits_folder.glob(f"*/{RECORD}"))}

    def create(self) -> None:
        """Create the folders that are not there."""
        for folder in (self.private, self.census_folder, self.designs_folder, self.runs_folder):
            make_private_folder(folder)

    def lock(self) -> AbstractContextManager[None]:
        """Keep a second studio out of the workspace while the block runs.

        Raises:
            RunLockedError: one is there.
        """
        holder = RunFolder(self.private).holder()
        if holder is not None:
            raise RunLockedError.told("studio open", root=self.root, who=who_is(holder))
        return RunFolder(self.private).lock("planalign studio")


def named(found: Mapping[str, _Found], name: str, what: str) -> _Found:
    """What has this name.

    Raises:
        NotHereError: nothing has.
    """
    if name not in found:
        choice = f"Choose one of {', '.join(found)}." if found else "There is none yet."
        raise NotHereError.told("not in the workspace", what=what, name=without_secrets(name), choice=choice)
    return found[name]


def is_census(path: Path) -> bool:
    """Whether a file is called like a census, and is no list of the faults of one."""
    return path.suffix.lower() in _CENSUSES and not path.stem.endswith("_rejects")


def safe_name(given: str) -> str:
    """A name that is safe as a file on every system, or nothing is made.

    Raises:
        ConfigurationError: it is none.
    """
    try:
        return _NAME.validate_python(given.strip())
    except ValidationError as error:
        raise ConfigurationError.told("no name", given=without_secrets(given)[:80]) from error


def _files(folder: Path) -> list[Path]:
    refuse_pipes(folder, 0)
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
