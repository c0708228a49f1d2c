"""Cells as ordinary runs: the file that simulates one, and the check that a sweep makes of itself."""

import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import duckdb

from planalign_orchestrator.child_process import KILLED, isolated, supervise
from planalign_orchestrator.config.catalogue import yaml_of
from planalign_orchestrator.config.secrecy import without_secrets
from planalign_orchestrator.errors import OutOfResourcesError, PlanAlignError
from planalign_orchestrator.scratch import scratch_folder
from planalign_orchestrator.storage.durable import atomic_write_text, make_private_folder
from planalign_orchestrator.sweep.file import Design, Failure
from planalign_orchestrator.sweep.store import SUMMARY, Named, SweepFolder
from planalign_orchestrator.warehouse import quoted_path

ONE_OF = 1_000
"""Of so many cells one is simulated again as an ordinary run."""


def write_design(path: Path, design: Design, *, secrets: bool = False) -> Path:
    """Write the configuration file with which ``planalign run --config FILE --seed N`` simulates a cell.

    Args:
        path: the file.
        design: of the cell.
        secrets: with the passwords and tokens of addresses, for a file that is gone soon.
    """
    tree = design.settings.model_dump(mode="json", exclude_defaults=True)
    tree.setdefault("simulation", {})["scenario_id"] = design.run_name
    shown = tree if secrets else without_secrets(tree)
    make_private_folder(path.parent)
    atomic_write_text(
        path, yaml_of(shown, design.title, f"planalign run --config {path.name} --seed N simulates a cell.")
    )
    return path


def chosen(cells: Sequence[Named]) -> list[Named]:
    """The cells to check: those of the lowest keys, which are as good as drawn and the same every time."""
    by_key = {cell[0]: cell for cell in cells}
    return [by_key[key] for key in sorted(by_key)[: math.ceil(len(by_key) / ONE_OF)]]


def check(folder: SweepFolder, cells: Iterable[Named], tell: Callable[[str], None]) -> list[Failure]:
    """Simulate cells as ordinary runs and compare the yearly summaries to the cent.

    Args:
        folder: of the sweep, with its results.
        cells: what to simulate.
        tell: is told of each.

    Returns:
        The cells that differ.
    """
    found = []
    for key, design, seed in cells:
        title = f"{design.title}, seed {seed}"
        tell(title)
        with scratch_folder() as scratch:
            config = str(write_design(scratch / "design.yaml", design, secrets=True))
            words = ["run", "--config", config, "--seed", str(seed), "--output", str(scratch), "--quiet"]
            code = supervise(isolated("planalign_orchestrator", *words))
            if code:
                error = OutOfResourcesError if code in (OutOfResourcesError.exit_code, KILLED) else PlanAlignError
                found.append(Failure(title, f"the ordinary run ended with exit code {code}", error.exit_code))
            elif not _equal(folder, key, scratch / design.run_name / "simulation.duckdb"):
                found.append(Failure(title, "the sweep and the ordinary run differ", 1))
    return found


def _equal(folder: SweepFolder, key: str, database: Path) -> bool:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{quoted_path(database)}' as alone (read_only)")
        columns = [name for name, *_ in connection.execute(f"describe alone.{SUMMARY}").fetchall()]
        names = ", ".join(name for name in columns if name not in ("cell", "scenario_id", "plan_design_id"))
        alone = f"select {names} from alone.{SUMMARY}"
        ours = f"select distinct {names} from read_parquet('{quoted_path(folder.results())}') where key = '{key}'"
        query = f"select count(*) from (({alone} except all {ours}) union all ({ours} except all {alone}))"
        return connection.execute(query).fetchone() == (0,)
