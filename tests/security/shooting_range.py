"""Where attacks take place: sound results, and copies of them to be damaged."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from planalign_orchestrator.config.catalogue import commented_yaml
from planalign_orchestrator.config.settings import Settings
from tests.security.conftest import Said, say
from tests.security.damage import damage
from tests.security.people import hostile_rows, write_rows

SWEEP = """\
set:
  census.path: people.csv
  simulation.start_year: 2025
  simulation.end_year: 2025
seeds: 2
grid:
  plan.match.max_match_percentage: [0.03, 0.04]
tables: [fct_ndt_test]
budget: 60000
precision: 0.02
"""


@dataclass(frozen=True)
class Attack:
    """One attack.

    Args:
        words: the command line, or the request.
        done: what was done before, in words.
        place: the files that it may leave; they are looked through.
        ask: makes a request; None runs the command line.
        tells_pay: it is there to tell one person's pay.
    """

    words: tuple[str, ...]
    done: str
    place: Path
    ask: Callable[[], Said] | None = None
    tells_pay: bool = False

    def carry_out(self) -> Said:
        """Make it."""
        return self.ask() if self.ask else say(*self.words)


class Range:
    """Sound results, made when they are first wanted.

    Args:
        root: an empty folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.census = write_rows(root / "people.csv", hostile_rows())
        self.settings = commented_yaml(Settings()).splitlines()

    @cached_property
    def sound(self) -> Path:
        """A run folder."""
        folder = self.root / "sound" / "baseline"
        said = say("run", "--census", self.census, "--years", "2025-2026", "--output", folder.parent)
        assert said.code == 0, said.everything
        return folder

    @cached_property
    def files(self) -> list[Path]:
        """The files of the run folder."""
        return files_in(self.sound)

    @cached_property
    def swept(self) -> Path:
        """A folder with a sweep file, its census, and in ``runs/small`` its results."""
        folder = self.root / "swept"
        folder.mkdir()
        shutil.copy(self.census, folder / "people.csv")
        (folder / "small.yaml").write_text(SWEEP, encoding="utf-8")
        said = say("sweep", folder / "small.yaml", "--output", folder / "runs", "--quiet")
        assert said.code == 0, said.everything
        return folder

    @cached_property
    def workspace(self) -> Path:
        """A workspace of the studio with a run, an earlier result, a sweep, a design, a mapping and a fit."""
        folder = self.root / "workspace"
        shutil.copytree(self.sound, folder / "runs" / "baseline")
        shutil.copytree(self.swept / "runs" / "small", folder / "runs" / "small")
        for name in ("census", "scenarios"):
            (folder / name).mkdir()
        shutil.copy(self.census, folder / "census" / "people.csv")
        (folder / "scenarios" / "one.yaml").write_text("plan:\n  core:\n    type: flat\n", encoding="utf-8")
        said = [
            say("fit", self.census, "--output", folder / "fitted" / "first"),
            say("census", "map", self.census, "--output", folder / "census" / "people.mapping.yaml"),
        ]
        assert [one.code for one in said] == [0, 0], said
        return folder

    @contextmanager
    def copy(self, of: Path) -> Iterator[Path]:
        """A copy of one of these folders."""
        with tempfile.TemporaryDirectory(dir=self.root) as folder:
            yield Path(shutil.copytree(of, Path(folder) / of.name, symlinks=True))


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a folder: some commands leave what they reject there."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def files_in(folder: Path) -> list[Path]:
    """The files in a folder, by their paths in it."""
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def damage_some(chance: random.Random, folder: Path, files: list[Path]) -> str:
    """Damage one or two files of a folder; returns in words what was done."""
    return "; ".join(f"{file.as_posix()} {damage(chance, folder / file)}" for file in _some(chance, files))


def _some(chance: random.Random, files: list[Path]) -> list[Path]:
    return chance.sample(files, min(len(files), chance.choice((1, 1, 1, 2))))
