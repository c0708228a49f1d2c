"""A sweep from its designs to its results: what is done is left alone, the rest is packed, simulated and checked."""

import math
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, islice

from planalign_orchestrator.errors import OutOfResourcesError, PlanAlignError
from planalign_orchestrator.sweep.designs import Design, Failure, Sources, deciding_versions, digest, sources_of
from planalign_orchestrator.sweep.store import Named, SweepFolder
from planalign_orchestrator.sweep.work import PackCell, PackTask, check, check_censuses, simulate
from planalign_orchestrator.sweep.workers import Crew

CENSUSES_AT_ONCE = 250
"""Small ones, which are read together where they are alike."""
LARGEST_PACK = 105_000
"""People in a pack."""
OWN_MIB = 250
"""What a worker needs beside the database."""
BYTES_PER_PERSON = 10 << 10
SMALLEST_DATABASE_MIB = 128
SECONDS_PER_PASS, SECONDS_PER_PERSON_YEAR = 1.25, 0.00003
"""Measured on one core; only counts until a pack has been seen."""

Tell = Callable[["Standing"], None]


@dataclass(frozen=True)
class Standing:
    """How far a sweep is.

    Args:
        doing: in words.
        done: packs or censuses.
        of: how many there are.
        seconds_left: None as long as nothing is known.
    """

    doing: str
    done: int
    of: int
    seconds_left: float | None = None


@dataclass
class Sweep:
    """A sweep in the making.

    Args:
        folder: where it keeps what it has.
        tables: kept beside the summary.
        mib: of the memory, for each worker.
        crew: those who work.
        tell: is told how far it is.
    """

    folder: SweepFolder
    tables: tuple[str, ...]
    mib: int
    crew: Crew
    tell: Tell
    failures: list[Failure] = field(default_factory=list)
    cells: list[Named] = field(default_factory=list)
    made: int = 0
    """Cells that were simulated now and not before."""

    @property
    def people_in_a_pack(self) -> int:
        """How many of them fit into the memory of a worker."""
        return max(1, min(LARGEST_PACK, (self.mib - OWN_MIB) * (1 << 20) // BYTES_PER_PERSON))

    def run(self, designs: Iterable[Design], seeds: Callable[[Design], Sequence[int]]) -> None:
        """Simulate what has not been simulated yet.

        Args:
            designs: the designs.
            seeds: of a design.
        """
        packs = self.pack(designs, seeds)
        self.made += sum(len(pack.cells) for pack in packs)
        for pack in packs:
            self.crew.submit(simulate, pack)
        done, people, begun = 0, 0, time.monotonic()
        number, all_people = len(packs), sum(pack.people for pack in packs)
        for over in self.crew.as_completed():
            done, people = done + 1, people + over.task.people
            failure: Failure | None = _lost("", f"a pack of {over.task.people:,} people") if over.lost else over.value
            # So that in the end the cell is named that cannot be simulated.
            halves = over.task.halves() if failure is not None and not over.lost else []
            for half in halves:
                number, all_people = number + 1, all_people + half.people
                self.crew.submit(simulate, half)
            if failure is not None and not halves:
                for one in over.task.cells:
                    self.failures.append(replace(failure, title=f"{one.design.title}, seed {one.seed}"))
            left = (time.monotonic() - begun) / people * (all_people - people)
            self.tell(Standing("packs", done, number, left))

    def pack(self, designs: Iterable[Design], seeds: Callable[[Design], Sequence[int]]) -> list[PackTask]:
        """Check the censuses of what is not done, and gather it into packs."""
        known = self.folder.known_keys(self.tables)
        found = list(self._with_sources(designs))
        wanted = [
            (digest(sources.key, seed), design, seed, sources) for design, sources in found for seed in seeds(design)
        ]
        self.cells = [(key, design, seed) for key, design, seed, _ in wanted]
        left = {key: (design, seed, sources) for key, design, seed, sources in wanted if key not in known}
        refused = self._check_censuses({sources.census_key: (design, sources) for design, _, sources in left.values()})
        checked = self.folder.checked_censuses()
        self.failures += [
            replace(refused[sources.census_key], title=design.title)
            for design, sources in found
            if sources.census_key in refused
        ]
        cells = [
            (sources, PackCell(key, design, seed, *checked[sources.census_key], sources.census_key))
            for key, (design, seed, sources) in left.items()
            if sources.census_key not in refused
        ]
        return list(self._packed(cells))

    def gather(self) -> None:
        """Put the results together."""
        self.tell(Standing("results", 0, 1))
        self.failures += self.folder.gather(self.cells, self.tables)
        self.failures[:] = dict.fromkeys(self.failures)  # what has failed fails in each round

    def check(self, cells: Sequence[Named]) -> None:
        """Simulate cells as ordinary runs too; those that differ are failures."""
        for cell in cells:
            self.crew.submit(check, (self.folder, cell))
        self.tell(Standing("checking", 0, 1))
        found: dict[Named, Failure | None] = {}
        for over in self.crew.as_completed():
            _, cell = over.task
            found[cell] = _lost(cell[1].title, "the check") if over.lost else over.value
            self.tell(Standing("checking", len(found), len(cells)))
        self.failures += [failure for cell in cells if (failure := found[cell]) is not None]

    def finish(self) -> None:
        """Put the results together; checked censuses are not needed any more."""
        self.gather()
        if not self.failures:
            shutil.rmtree(self.folder.censuses.parent, ignore_errors=True)

    def _with_sources(self, designs: Iterable[Design]) -> Iterator[tuple[Design, Sources]]:
        for design in designs:
            try:
                yield design, sources_of(design, self.folder.aside / "download")
            except PlanAlignError as error:
                self.failures.append(Failure.of(design.title, error))

    def _check_censuses(self, wanted: dict[str, tuple[Design, Sources]]) -> dict[str, Failure]:
        known = self.folder.checked_censuses().keys()
        left = sorted((item for item in wanted.items() if item[0] not in known), key=lambda item: item[1][1].read_as)
        for _, alike in groupby(left, key=lambda item: item[1][1].read_as):
            while some := dict(islice(alike, CENSUSES_AT_ONCE)):
                self.crew.submit(check_censuses, (some, self.folder))
        refused: dict[str, Failure] = {}
        done = 0
        for over in self.crew.as_completed():
            censuses, _ = over.task
            if over.lost and len(censuses) > 1:
                for key, census in censuses.items():
                    self.crew.submit(check_censuses, ({key: census}, self.folder))
                continue
            for key, (design, _) in censuses.items() if over.lost else ():
                refused[key] = _lost(design.title, "its census")
            refused |= over.value or {}
            done += len(censuses)
            self.tell(Standing("censuses", done, len(left)))
        return refused

    def _packed(self, cells: list[tuple[Sources, PackCell]]) -> Iterator[PackTask]:
        by_group = sorted(cells, key=lambda one: one[0].group)
        for _, alike in groupby(by_group, key=lambda one: one[0].group):
            group = list(alike)
            # Rather two halves than a whole and a rest: even a pack of few people takes its seconds.
            share = (total := sum(cell.people for _, cell in group)) / math.ceil(total / self.people_in_a_pack)
            pack: list[PackCell] = []
            people = 0
            for sources, cell in group:
                if pack and (people >= share or people + cell.people > self.people_in_a_pack):
                    yield self._task(pack, sources)
                    pack, people = [], 0
                pack.append(cell)
                people += cell.people
            yield self._task(pack, sources)

    def _task(self, cells: list[PackCell], sources: Sources) -> PackTask:
        database_mib = max(SMALLEST_DATABASE_MIB, self.mib - OWN_MIB)
        versions = deciding_versions()
        return PackTask(tuple(cells), sources.assumptions, self.folder.parts, self.tables, database_mib, versions)


def _lost(title: str, what: str) -> Failure:
    reason = f"{what} ended its worker three times, most likely out of memory"
    return Failure(title, reason, OutOfResourcesError.exit_code)


def expected_seconds(packs: Sequence[PackTask], workers: int) -> float:
    """About how long packs take."""
    each = (SECONDS_PER_PASS + SECONDS_PER_PERSON_YEAR * pack.people * len(pack.years) for pack in packs)
    return sum(each) / max(1, min(workers, len(packs)))


def expected_mib(packs: Sequence[PackTask], workers: int) -> int:
    """About how much memory all workers take at once."""
    largest = sorted((pack.people for pack in packs), reverse=True)[:workers]
    return sum(OWN_MIB + math.ceil(people * BYTES_PER_PERSON / (1 << 20)) for people in largest)
