"""The folder that a studio shows: censuses, designs and runs by the names that it found, never by a path; and its jobs.

Runs and sweeps that it starts are processes of their own, which outlive it and are found by their folders. One works at
a time. Others wait in a file of the workspace, and if the studio ends, until it is opened again.
"""

import hashlib
import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from planalign_orchestrator import __version__
from planalign_orchestrator.census.mapping import load_mapping
from planalign_orchestrator.census.proposal import is_made_for
from planalign_orchestrator.child_process import ask_to_stop, detached, isolated
from planalign_orchestrator.cli.interruption import quoted
from planalign_orchestrator.config import loading
from planalign_orchestrator.config.fields import Identifier
from planalign_orchestrator.config.secrecy import without_secrets
from planalign_orchestrator.errors import ConfigurationError, PlanAlignError, ResultsError, RunLockedError, instead_of
from planalign_orchestrator.json_text import parsed
from planalign_orchestrator.learning.fit import RECORD
from planalign_orchestrator.pipes import refuse_pipes
from planalign_orchestrator.run.folder import RunFolder, find_run_folders, who_is
from planalign_orchestrator.run.record import read_record, sealed
from planalign_orchestrator.storage import durable
from planalign_orchestrator.sweep.store import SweepFolder

_CENSUSES = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".xlsm", ".xls", ".gz", ".zip")
_NAME: TypeAdapter[str] = TypeAdapter(Identifier)
_MOST_KEPT = 100
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
        """The folder of uploads under way, of what runs have said last and of what was worked out."""
        self._kept = self.private.joinpath("kept")

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

    def own_mapping(self, census: str) -> Path:
        """Where the mapping of a census is saved."""
        return self.census_folder.joinpath(f"{census}.mapping.yaml")

    def mapping_of(self, census: str) -> Path:
        """Where the mapping of a census stands, or will; one named without the ending serves if its headings fit."""
        own, other = self.own_mapping(census), self.own_mapping(Path(census).stem)
        return other if other.exists() and not own.exists() and self._fits(other, census) else own

    def _fits(self, mapping: Path, census: str) -> bool:
        path = self.census_folder.joinpath(census)

        def fits() -> bool:
            with suppress(PlanAlignError), durable.scratch_folder(self.private) as scratch:
                return is_made_for(path, load_mapping(mapping), scratch.joinpath("table"))
            return True  # what cannot be read is told where it is used

        return bool(self.keep([path, mapping], "fits", fits))

    def designs(self) -> Mapping[str, Path]:
        """The workspace's own designs by name."""
        return loading.by_name(_files(self.designs_folder))

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

    def running(self) -> str | None:
        """The name of a run that somebody works on."""
        return next((name for name, run in self.runs().items() if run.holder() is not None), None)

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
        for folder in (self.private, self._kept, self.census_folder, self.designs_folder, self.runs_folder):
            durable.make_private_folder(folder)

    def keep(self, files: Sequence[Path], name: str, make: Callable[[], Any], *, anew: bool = False) -> Any:
        """What a name stands for that takes long to make of files: plain JSON, kept until one of them is another.

        Args:
            files: or folders of results.
            name: with all else that it is made of.
            make: makes it.
            anew: whether it is made even if it was kept.
        """
        of = repr([__version__, name, *map(dated, files)])
        place = self._kept.joinpath(f"{hashlib.sha256(of.encode()).hexdigest()}.json")
        try:
            found = None if anew else read_record(place)
        except PlanAlignError:  # it is damaged
            found = None
        if found is None:
            found = {"made": make()}
            with suppress(PlanAlignError, OSError):  # a full disk keeps nothing, and hinders no page
                durable.atomic_write_json(place, sealed(found), indent=None)
                durable.unlink(
                    *sorted(self._kept.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)[:-_MOST_KEPT]
                )
        return found["made"]

    def lock(self) -> AbstractContextManager[None]:
        """Keep a second studio out of the workspace while the block runs.

        Raises:
            RunLockedError: one is there.
        """
        holder = RunFolder(self.private).holder()
        if holder is not None:
            raise RunLockedError.told("studio open", root=self.root, who=who_is(holder))
        return RunFolder(self.private).lock("planalign studio")


def dated(path: Path) -> tuple[Path, int]:
    """The folder of a result, or a file, and what changes with it: for what is kept of it."""
    file = path.joinpath("run.json") if path.is_dir() else path
    return path, file.stat().st_mtime_ns if file.exists() else 0


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
    with instead_of(ValidationError, ConfigurationError.told, "no name", given=without_secrets(given)[:80]):
        return _NAME.validate_python(given.strip())


def _files(folder: Path) -> list[Path]:
    refuse_pipes(folder, 0)
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


_SHOWN = 40
"""Lines of what a run has said last."""
_PAUSE = 0.5
"""Seconds between two looks at whether the next run can start."""


class Jobs:
    """What the studio has started in a workspace, one at a time.

    Args:
        workspace: where it works.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._starting = threading.Lock()
        self._started: dict[str, subprocess.Popen[bytes]] = {}
        self._queue = workspace.private.joinpath("queue.json")
        self._waiting = _kept(self._queue)
        self._watch()

    def busy(self) -> str | None:
        """The name of the run that is being worked on, whoever has started it."""
        for name, process in [*self._started.items()]:
            if process.poll() is None:
                return name
        return self._workspace.running()

    def waiting(self) -> list[str]:
        """The runs that wait, in their order."""
        return [*self._waiting]

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Start ``planalign`` with these arguments in the workspace, or let it wait while something else works.

        Args:
            name: of the run folder that it works in.
            arguments: of the command line.

        Raises:
            RunLockedError: it works or waits already.
        """
        self._workspace.create()
        with self._starting:
            other = self.busy()
            if name == other or name in self._waiting:
                raise RunLockedError.told("still running" if name == other else "waits already", name=name)
            if other is None and not self._waiting:
                self._begin(name, arguments)
            else:
                self._keep({**self._waiting, name: [*arguments]})
                self._watch()

    def _begin(self, name: str, arguments: Sequence[str]) -> None:
        with self._said(name).open("wb") as said:
            self._started[name] = subprocess.Popen(
                isolated("planalign_orchestrator", *arguments), cwd=self._workspace.root,
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, **detached(),
            )  # fmt: skip

    def _keep(self, waiting: dict[str, list[str]]) -> None:
        durable.atomic_write_text(self._queue, json.dumps(waiting))
        self._waiting = waiting

    def _watch(self) -> None:
        """Start what waits, one after another, beside the studio's pages; two that look do no harm."""
        threading.Thread(target=self._work_off, daemon=True).start()

    def _work_off(self) -> None:
        while self._waiting:
            with self._starting:
                if self._waiting and self.busy() is None:
                    (name, arguments), *others = self._waiting.items()
                    self._begin(name, arguments)
                    self._keep(dict(others))
            time.sleep(_PAUSE)

    def stop(self, name: str) -> None:
        """Ask a run to stop as Ctrl-C does, or one that waits not to start; what it has completed is kept.

        Raises:
            ResultsError: nothing runs there, or it runs on another machine.
        """
        with self._starting:
            if name in self._waiting:
                self._keep({one: words for one, words in self._waiting.items() if one != name})
                return
        run = self._workspace.runs().get(name)
        holder = None if run is None else run.holder()
        if holder is None or not isinstance(holder.get("pid"), int):
            raise ResultsError(f"nothing runs in {name}", remedy="It has ended in the meantime; look at its page.")
        if holder.get("host") != socket.gethostname():
            raise ResultsError(f"{name} runs on {holder.get('host')}", remedy="Stop it there with Ctrl-C.")
        ask_to_stop(holder["pid"])

    def is_starting(self, name: str) -> bool:
        """Whether the studio's own process for a run lives."""
        process = self._started.get(name)
        return process is not None and process.poll() is None

    def said(self, name: str) -> str:
        """What the last run of this name that a studio has started said at its end, errors above all."""
        path = self._said(name)
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        return "\n".join(lines[-_SHOWN:])

    def _said(self, name: str) -> Path:
        return self._workspace.private.joinpath(f"{name}.log")


def command_line(*words: str) -> str:
    """A command as it is typed in the folder of the workspace."""
    return quoted(["planalign", *words])


def folder_of(result: str) -> str:
    """The folder of a result as it is typed there; the third earlier one of ``a`` is called ``a~3``."""
    run, _, number = result.partition("~")
    return f"runs/{run}/history/{number}" if number else f"runs/{run}"


def _kept(queue: Path) -> dict[str, list[str]]:
    """The runs that were waiting, with their flags; none where the file is not there or damaged."""
    with suppress(OSError, ValueError, AttributeError, TypeError):
        return {str(name): [*map(str, flags)] for name, flags in parsed(queue.read_bytes()).items()}
    return {}
