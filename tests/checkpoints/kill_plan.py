"""What happens to a run that is to be killed: where, how often, and what happens to its files in between.

A plan is drawn from a seed alone, in shares of what the undisturbed run took, so it is the same on every machine.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from planalign_orchestrator.run.stages import STAGE_NAMES
from tests.checkpoints.damages import DAMAGES
from tests.checkpoints.watched_run import CHECKPOINT, JOURNAL, PUBLISHING, RENAME, REPORTS, RESTORE, START

PURPOSES: tuple[str | None, ...] = (
    CHECKPOINT, RESTORE, RENAME, STAGE_NAMES[2], None, STAGE_NAMES[3],
    JOURNAL, PUBLISHING, STAGE_NAMES[0], CHECKPOINT, None, REPORTS,
    STAGE_NAMES[4], RESTORE, STAGE_NAMES[1], START, None, STAGE_NAMES[5], RENAME, STAGE_NAMES[6],
)  # fmt: skip
"""Where the trials are killed on purpose, in turn; None is an instant drawn from the whole run."""

BY_OPERATION = frozenset({CHECKPOINT, RESTORE, RENAME, JOURNAL, REPORTS})
"""Places that are over in no time: there the process kills itself before a file operation."""


@dataclass(frozen=True)
class Attempt:
    """One start of a run and how it ends.

    Args:
        place: where it is killed, or None for an instant of the whole run that is left.
        share: which part of the file operations or of the time in the place (or in the run) has passed by then.
        later_year: in the last year, where the place is one that every year has.
        interrupted: Ctrl-C instead of SIGKILL.
        suspended: the process is stopped and continued before.
        damage: what happens to the files afterwards, or None.
        rewinds: the next start goes back to the second year instead of resuming, if the run has come so far.
    """

    place: str | None
    share: float
    later_year: bool = False
    interrupted: bool = False
    suspended: bool = False
    damage: str | None = None
    rewinds: bool = False


@dataclass(frozen=True)
class Trial:
    """The attempts of one run; the start after the last one is left to finish."""

    compressed: bool
    attempts: Sequence[Attempt]


def trials(seed: int, count: int, more: int = 0) -> list[Trial]:
    """The trials of a seed: every purpose in its turn, and in every second trial further kills at random.

    Args:
        seed: decides everything that is drawn.
        count: of the trials.
        more: kills at random in every trial before those, spread evenly over the run.
    """
    draw = random.Random(seed)
    return [_trial(draw, PURPOSES[number % len(PURPOSES)], more) for number in range(count)]


def _trial(draw: random.Random, purpose: str | None, more: int) -> Trial:
    attempts = [_attempt(draw, purpose)]
    if purpose == RESTORE:  # first the database has to get lost, in a year before which there is a checkpoint
        lost = Attempt(draw.choice(STAGE_NAMES[1:]), draw.random(), later_year=True, damage="database deleted")
        attempts.insert(0, lost)
    attempts += [_attempt(draw, None) for _ in range(draw.choice((0, 0, 0, 1, 1, 2)))]
    earlier = [_attempt(draw, None, left) for left in range(more + 1, 1, -1)]
    return Trial(draw.random() < 0.25, [*earlier, *attempts])


def _attempt(draw: random.Random, place: str | None, left: int = 1) -> Attempt:
    """One attempt; with several ``left``, its instant is the first of as many in the rest of the run."""
    by_operation = place in BY_OPERATION
    rewinds = draw.random() < 0.1
    damaged = not rewinds and draw.random() < 0.35
    return Attempt(
        place=place,
        share=1 - draw.random() ** (1 / left),
        later_year=draw.random() < 0.5,
        interrupted=not by_operation and draw.random() < 0.15,
        suspended=not by_operation and draw.random() < 0.1,
        damage=draw.choice(sorted(DAMAGES)) if damaged else None,
        rewinds=rewinds,
    )
