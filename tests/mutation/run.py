"""Change the models in one place at a time and see whether the tests would notice: ``python tests/mutation/run.py``.

A report goes to the screen: the share killed by model, and the survivors. Survivors that cannot be told from the true
models are listed with the reason in ``equivalent.txt``, a line each: the mutant's key, two spaces, ``#``, the reason.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from planalign_orchestrator.resources import dbt_project_dir
from tests.mutation.courtroom import assemble
from tests.mutation.judge import Verdict
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.rendering import Project

EQUIVALENT = Path(__file__).with_name("equivalent.txt")
MACHINERY = {"macros/slices.sql", "macros/prepare_database.sql"}
"""Macros of how models are built and not of what they say."""


def all_mutants(project: Project) -> list[Mutant]:
    """Every mutant of the project."""
    return [
        mutant for path, text in project.texts.items() if path not in MACHINERY for mutant in mutants_of(path, text)
    ]


def equivalents() -> dict[str, str]:
    """The reason by the key of each mutant that is known to be equivalent."""
    lines = EQUIVALENT.read_text(encoding="utf-8").splitlines()
    pairs = (line.rpartition("  # ") for line in lines if line.strip() and not line.startswith("#"))
    return {key.strip(): reason for key, _, reason in pairs}


def report(verdicts: Iterable[Verdict], known: Mapping[str, str]) -> str:
    """The share killed by file, and who survived."""
    by_file: dict[str, Counter[str]] = defaultdict(Counter)
    judges: Counter[str] = Counter()
    survivors = []
    for verdict in verdicts:
        outcome = verdict.judge or ("equivalent" if verdict.mutant.key in known else "survived")
        by_file[verdict.mutant.path][outcome if outcome in ("stillborn", "equivalent", "survived") else "killed"] += 1
        judges[outcome] += 1
        if outcome == "survived":
            survivors.append(f"  {verdict.mutant}{'' if verdict.touched else '  (no value differs)'}")
    whole = sum(by_file.values(), Counter())
    rows = [f"  {_share(counts)}  {path}" for path, counts in sorted(by_file.items())]
    noticed = ", ".join(f"{name} {number}" for name, number in judges.most_common())
    return "\n".join([*rows, f"  {_share(whole)}  all", f"by: {noticed}", f"{len(survivors)} survivors:", *survivors])


def _share(counts: Counter[str]) -> str:
    living = counts["killed"] + counts["survived"]
    share = f"{counts['killed'] / living:6.1%}" if living else "     -"
    return f"{share} {counts['killed']:5} of {living:5} killed, {counts['equivalent']:3} equivalent"


def main(arguments: list[str] | None = None) -> int:
    """Judge the mutants that were asked for; 1 when one survives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="only files whose path contains this")
    parser.add_argument("--sample", type=int, help="only so many mutants, drawn at random")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    chosen = parser.parse_args(arguments)
    mutants = [m for m in all_mutants(Project.read(dbt_project_dir())) if (chosen.model or "") in m.path]
    if chosen.sample is not None and chosen.sample < len(mutants):
        mutants = random.Random(chosen.seed).sample(mutants, chosen.sample)
    known = equivalents()
    verdicts = []
    with tempfile.TemporaryDirectory() as folder:
        court = assemble(Path(folder))
        for number, mutant in enumerate(mutants, start=1):
            verdicts.append(court.judge(mutant))
            outcome = verdicts[-1].judge or ("equivalent" if mutant.key in known else "survived")
            print(f"{number}/{len(mutants)} {outcome}: {mutant}", file=sys.stderr, flush=True)
    print(report(verdicts, known))
    return int(any(verdict.judge is None and verdict.mutant.key not in known for verdict in verdicts))


if __name__ == "__main__":
    raise SystemExit(main())
