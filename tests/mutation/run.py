"""Change the models in one place at a time and see whether the tests would notice: ``python tests/mutation/run.py``.

A report goes to the screen: the share killed by model, and the survivors. Survivors that cannot be told from the true
models are listed with the reason in ``equivalent.txt``, a line each: the mutant's key, two spaces, ``#``, the reason.

With ``--log`` every verdict is kept as it falls. A later run with the same log takes over what was noticed in the same
models, and judges the rest: it goes on after an interruption, and shows which survivors a new test notices.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from planalign_orchestrator.resources import dbt_project_dir
from tests.mutation.courtroom import assemble, worlds
from tests.mutation.judge import Court, Verdict
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


class Log:
    """Verdicts in a file, one JSON object a line, each with a digest of the changed project that was judged.

    Args:
        path: of the file, or None to keep nothing.
        project: the true models.
    """

    def __init__(self, path: Path | None, project: Project) -> None:
        self._path = path
        self._project = project

    def noticed(self, mutants: Iterable[Mutant]) -> dict[int, Verdict]:
        """The verdicts kept on mutants that were noticed, by their place in the list."""
        judges = dict(self._kept())
        digests = [self._digest(mutant) for mutant in mutants]
        return {
            place: Verdict(mutant, judges[digest], touched=True)
            for place, (mutant, digest) in enumerate(zip(mutants, digests, strict=True))
            if judges.get(digest) is not None
        }

    def add(self, verdict: Verdict) -> None:
        """Write one more."""
        if self._path is not None:
            row = {"digest": self._digest(verdict.mutant), "judge": verdict.judge, "mutant": str(verdict.mutant)}
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def _kept(self) -> Iterator[tuple[str, str | None]]:
        if self._path is not None and self._path.exists():
            for line in self._path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                yield row["digest"], row["judge"]

    def _digest(self, mutant: Mutant) -> str:
        texts = self._project.changed(mutant.path, mutant.text).texts
        return hashlib.sha256(json.dumps(sorted(texts.items())).encode()).hexdigest()


def survivors(mutants: Iterable[Mutant], known: Mapping[str, str]) -> dict[int, Verdict]:
    """The mutants that are known to survive, by their place in the list."""
    return {place: Verdict(mutant, None) for place, mutant in enumerate(mutants) if mutant.key in known}


@cache
def court(number: int | None) -> tuple[Court, tempfile.TemporaryDirectory[str]]:
    """So many worlds of this process, and the folder of their censuses, which go when it does."""
    folder = tempfile.TemporaryDirectory()
    return assemble(Path(folder.name), worlds()[:number]), folder


def judge(mutant: Mutant, number: int | None) -> Verdict:
    """The verdict on a mutant, in so many worlds of this process."""
    return court(number)[0].judge(mutant)


def judged(mutants: Sequence[Mutant], processes: int, number: int | None = None) -> Iterator[Verdict]:
    """The verdict on each mutant, in order.

    Raises:
        BrokenProcessPool: a process was killed, by lack of memory for one.
    """
    if processes == 1 or len(mutants) < processes:
        yield from map(partial(judge, number=number), mutants)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(partial(judge, number=number), mutants)


def main(arguments: list[str] | None = None) -> int:
    """Judge the mutants that were asked for; 1 when one survives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="only files whose path contains this")
    parser.add_argument("--sample", type=int, help="only so many mutants, drawn at random")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--processes", type=int, default=1, help="judge with so many processes, each with its worlds")
    parser.add_argument("--worlds", type=int, help="only so many worlds, the most telling; the log keeps who survived")
    parser.add_argument("--log", type=Path, help="keep the verdicts here, and take over what was noticed before")
    parser.add_argument("--trust", action="store_true", help="do not judge again what equivalent.txt lists")
    chosen = parser.parse_args(arguments)
    project = Project.read(dbt_project_dir())
    mutants = [m for m in all_mutants(project) if (chosen.model or "") in m.path]
    if chosen.sample is not None and chosen.sample < len(mutants):
        mutants = random.Random(chosen.seed).sample(mutants, chosen.sample)
    known = equivalents()
    log = Log(chosen.log, project)
    verdicts = log.noticed(mutants) | (survivors(mutants, known) if chosen.trust else {})
    places = [place for place in range(len(mutants)) if place not in verdicts]
    for place, verdict in zip(
        places, judged([mutants[place] for place in places], chosen.processes, chosen.worlds), strict=True
    ):
        verdicts[place] = verdict
        log.add(verdict)
        outcome = verdict.judge or ("equivalent" if verdict.mutant.key in known else "survived")
        print(f"{len(verdicts)}/{len(mutants)} {outcome}: {verdict.mutant}", file=sys.stderr, flush=True)
    print(report(verdicts.values(), known))
    for key in known.keys() - {mutant.key for mutant in all_mutants(project)}:
        print(f"equivalent.txt: there is no such mutant any more: {key}")
    return int(any(verdict.judge is None and verdict.mutant.key not in known for verdict in verdicts.values()))


if __name__ == "__main__":
    raise SystemExit(main())
