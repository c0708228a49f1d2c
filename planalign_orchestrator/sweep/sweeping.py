"""A sweep from its designs to its results: what is done is left alone, the rest is packed, simulated and checked."""

import math
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from planalign_orchestrator.errors import OutOfResourcesError, PlanAlignError
from planalign_orchestrator.sweep.designs import Design, Failure, Sources, deciding_versions, digest, sources_of
from planalign_orchestrator.sweep.store import Censuses, Named, SweepFolder
from planalign_orchestrator.sweep.work import PackCell, PackTask, check, check_censuses, simulate, write_design
from planalign_orchestrator.sweep.workers import Crew

CENSUSES_AT_ONCE = 250
"""Small ones, which are read together where they are alike."""
LARGEST_PACK = 105_000
"""People in a pack."""
SMALLEST_PACK = 20_000
"""Of fewer, the planning of statements is most of what a pack takes, and another worker saves little."""
OWN_MIB = 250
"""What a worker needs beside the database."""
BYTES_PER_PERSON = 10 << 10
SMALLEST_DATABASE_MIB = 128
SECONDS_PER_PASS, SECONDS_PER_PERSON_YEAR = 1.25, 0.00003
"""Measured on one core; only counts until a pack has been seen."""

Tell = Callable[["Standing"], None]
Seeds = Callable[[int], Sequence[int]]


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
        workers: how many packs are simulated at a time.
    """

    folder: SweepFolder
    tables: tuple[str, ...]
    mib: int
    crew: Crew
    tell: Tell
    workers: int = 1
    failures: list[Failure] = field(default_factory=list)
    cells: list[Named] = field(default_factory=list)
    made: int = 0
    """Cells that were simulated now and not before."""

    @property
    def people_in_a_pack(self) -> int:
        """How many of them fit into the memory of a worker."""
        return max(1, min(LARGEST_PACK, (self.mib - OWN_MIB) * (1 << 20) // BYTES_PER_PERSON))

    def run(self, designs: Iterable[Design | Failure], seeds: Seeds) -> None:
        """Simulate what has not been simulated yet, and write the designs down.

        Args:
            designs: the designs, and why others are none.
            seeds: of a design, by the first one.
        """
        packs = self.pack(designs, seeds)
        self.made += sum(len(pack.cells) for pack in packs)
        for pack in packs:
            self.crew.submit(simulate, pack)
        for design in {design.run_name: design for _, design, _ in self.cells}.values():
            write_design(self.folder.designs / f"{design.run_name}.yaml", design)
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

    def pack(self, designs: Iterable[Design | Failure], seeds: Seeds) -> list[PackTask]:
        """Check the censuses of what is not done, and gather it into packs; censuses are checked from the first on."""
        known, asked_for = self.folder.known_keys(self.tables), {*self.folder.checked_censuses()}
        censuses: dict[str, str] = {}
        left: dict[str, tuple[Design, int, Sources]] = {}
        unchecked: dict[str, Censuses] = defaultdict(dict)
        checks, self.cells = 0, []
        for design, sources in self._with_sources(designs):
            censuses[design.title] = sources.census_key
            cells = [(digest(sources.key, seed), design, seed) for seed in seeds(sources.seed)]
            self.cells += cells
            new = {key: (design, seed, sources) for key, _, seed in cells if key not in known}
            left |= new
            if not new or sources.census_key in asked_for:
                continue
            checks += 1
            asked_for.add(sources.census_key)
            alike = unchecked[sources.read_as]
            alike[sources.census_key] = design, sources
            if len(alike) == CENSUSES_AT_ONCE:
                self.crew.submit(check_censuses, (unchecked.pop(sources.read_as), self.folder))
        for alike in unchecked.values():
            self.crew.submit(check_censuses, (alike, self.folder))
        refused, checked = self._refused(checks), self.folder.checked_censuses()
        self.failures += [replace(refused[key], title=title) for title, key in censuses.items() if key in refused]
        to_do = [
            (sources, PackCell(key, design, seed, *checked[sources.census_key], sources.census_key))
            for key, (design, seed, sources) in left.items()
            if sources.census_key not in refused
        ]
        return list(self._packed(to_do))

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

    def _with_sources(self, designs: Iterable[Design | Failure]) -> Iterator[tuple[Design, Sources]]:
        for design in designs:
            if isinstance(design, Failure):
                self.failures.append(design)
                continue
            try:
                yield design, sources_of(design, self.folder.aside / "download")
            except PlanAlignError as error:
                self.failures.append(Failure.of(design.title, error))

    def _refused(self, number: int) -> dict[str, Failure]:
        """Wait for the checks of so many censuses; returns those that did not pass, by key."""
        refused: dict[str, Failure] = {}
        done = 0
        for over in self.crew.as_completed():
            censuses, _ = over.task
            if over.lost and len(censuses) > 1:
                for key, census in censuses.items():
                    self.crew.submit(check_censuses, ({key: census}, self.folder))
                continue
            refused |= dict.fromkeys(censuses, _lost("", "its census")) if over.lost else over.value
            done += len(censuses)
            self.tell(Standing("censuses", done, number))
        return refused

    def _packed(self, cells: list[tuple[Sources, PackCell]]) -> Iterator[PackTask]:
        by_group = sorted(cells, key=lambda one: one[0].group)
        for _, alike in groupby(by_group, key=lambda one: one[0].group):
            group = list(alike)
            # Rather two halves than a whole and a rest: even a pack of few people takes its seconds. As many as leave
            # no worker idle at the end, unless they were too small.
            total = sum(cell.people for _, cell in group)
            fewest = math.ceil(total / self.people_in_a_pack)
            even = math.ceil(fewest / self.workers) * self.workers
            share = total / (even if total / even >= SMALLEST_PACK else fewest)
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
