"""Attacks on what works with several runs or censuses: batches, sweeps, and assumptions learned from censuses."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from tests.security.damage import SCALARS, damage, other_cells, other_lines
from tests.security.shooting_range import SWEEP, Attack, Range, damage_some, files_in, inside

CODES = (0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 130, -9, -11)
"""How the runs of a batch may end."""
BATCHES = (
    "batch --scenarios {d}/scenarios --output {d}/runs",
    "batch --scenarios {d}/scenarios --output {d}/runs --json",
    "batch --scenarios {d}/scenarios --output {d}/runs --base two --passes adp",
    "batch --scenarios {d}/scenarios --output {d}/runs --quiet --resume-from-checkpoint --config {d}/config.yaml",
    "batch --scenarios {d}/scenarios --output {d}/scenarios/one.yaml/x --years 2025",
    "batch --scenarios {d}/scenarios --output {d}/runs --years 99999 --passes nothing",
)
SWEEPS = (
    "sweep {f} --output {d}/runs", "sweep {f} --output {d}/runs --json", "sweep {f} --output {d}/runs --dry-run",
    "sweep {f} --output {d}/runs --quiet --memory-limit-gb 1", "sweep {f} --output {d}/runs --scheduler x",
)  # fmt: skip
FITS = (
    "fit {c} --output {d}/fitted", "fit {c} --output {d}/fitted --json", "fit {c} {c} --output {d}/fitted",
    "fit {c} {sound} --output {d}/fitted --as-of 2023-12-31 --as-of 2024-12-31",
    "fit {c} --output {d}/fitted --config {f}", "fit {c} --output {d}/fitted --mapping {m}",
    "fit {c} {sound} --output {d}/fitted --as-of 2024-12-31", "fit {sound} --output {c}/x",
    "census history {c} {sound}", "census map {c} --output {d}/map.yaml",
    "census validate {c} --mapping {m}", "census describe {c} --json",
    "backtest {c} {sound} --output {d}/tested --config {f}",
    "calibrate --target exit_rate=0.1 --census {c} --config {f}",
)  # fmt: skip


def _remove_pipe(*named: Path) -> None:
    """Whoever names a pipe wants to wait for who writes into it."""
    for path in named:
        if path.is_fifo():
            path.unlink()


@contextmanager
def batch_attack(chance: random.Random, place: Range) -> Iterator[Attack]:
    """A batch of which scenarios are hostile, or whose runs break off or leave damaged folders."""
    with tempfile.TemporaryDirectory(dir=place.root) as name:
        folder, done = Path(name), []
        scenarios = folder / "scenarios"
        scenarios.mkdir()
        (folder / "config.yaml").write_text(f"simulation:\n  random_seed: {chance.choice((1, *SCALARS))}\n", "utf-8")
        strange = [chance.choice(("[3]", "é", "x" * 99, "..a"))] if chance.random() < 0.1 else []
        for scenario in ["two", *chance.sample(("one", "three", "four"), chance.choice((0, 1, 1, 2))), *strange]:
            file = scenarios / f"{scenario}.yaml"
            file.write_text(f"simulation:\n  random_seed: {chance.randint(1, 9)}\n", encoding="utf-8")
            if chance.random() < 0.1:
                file.write_text(other_lines(chance, place.settings), encoding="utf-8")
                done.append(f"other lines in {scenario}")
            elif chance.random() < 0.05:
                done.append(f"{scenario} {damage(chance, file)}")

        def ended(command: Sequence[str]) -> int:
            """As a run does: with some code, and with a result."""
            run = folder / "runs" / Path(command[command.index("--scenario") + 1]).stem
            if run.parent.is_dir() or not run.parent.exists():
                shutil.copytree(place.sound, run, dirs_exist_ok=True)
                if chance.random() < 0.5:
                    done.append(f"{run.name}: {damage_some(chance, run, place.files)}")
            return chance.choice(CODES)

        words = chance.choice(BATCHES[:3] if chance.random() < 0.8 else BATCHES).format(d=folder).split()
        with patch("planalign_orchestrator.cli.batch.supervise", ended):
            yield Attack(tuple(words), str(done), folder)


@contextmanager
def sweep_attack(chance: random.Random, place: Range) -> Iterator[Attack]:
    """A sweep file in which lines are others, or a sweep's folder of which files are damaged."""
    with place.copy(place.swept) as folder, patch("planalign_orchestrator.sweep.sweeping.Sweep.check"):
        file, command = folder / "small.yaml", chance.choice(SWEEPS)
        if chance.random() < 0.5:
            file.write_text(other_lines(chance, SWEEP.splitlines()), encoding="utf-8")
            done, command = "other lines", SWEEPS[2] if chance.random() < 0.8 else command
        else:
            done = damage_some(chance, folder, files_in(folder))
            _remove_pipe(file, folder / "people.csv")
        yield Attack(tuple(command.format(f=file, d=folder).split()), done, folder)


@contextmanager
def fit_attack(chance: random.Random, place: Range) -> Iterator[Attack]:
    """A census of which cells or bytes are others, with a mapping and settings that may be so too."""
    with tempfile.TemporaryDirectory(dir=place.root) as name, inside(Path(name)):
        folder, done = Path(name), "other cells"
        census, mapping, settings = folder / "people[1].csv", folder / "map.mapping.yaml", folder / "settings.yaml"
        census.write_text(other_cells(chance, place.census.read_text(encoding="utf-8")), encoding="utf-8", newline="")
        if chance.random() < 0.2:
            done = damage(chance, census)
            _remove_pipe(census)
        known = (place.workspace / "census" / "people.mapping.yaml").read_text(encoding="utf-8").splitlines()
        mapping.write_text(other_lines(chance, known), encoding="utf-8")
        settings.write_text(other_lines(chance, place.settings), encoding="utf-8")
        words = chance.choice(FITS).split()
        names = {"c": census, "d": folder, "f": settings, "m": mapping, "sound": place.census}
        yield Attack(tuple(word.format(**names) for word in words), done, folder)
