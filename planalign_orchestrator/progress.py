"""What a run tells while it lasts: progress to a listener, stages to hooks."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from planalign_orchestrator.run_record import StageRecord
from planalign_orchestrator.stages import Stage

HookName = Literal["pre_stage", "post_stage"]


@dataclass(frozen=True)
class Progress:
    """What a listener is told.

    A ``year``, ``stage`` or ``model`` has ``started`` or ``finished``; the ``run`` has started something else; or a
    ``note``.
    """

    kind: Literal["run", "year", "stage", "model", "note"]
    state: Literal["started", "finished"]
    year: int | None = None
    stage: Stage | None = None
    text: str = ""
    record: StageRecord | None = None


Listener = Callable[[Progress], None]


@dataclass(frozen=True)
class StageContext:
    """What a stage hook is given; the record is there after the stage."""

    year: int
    stage: str
    record: StageRecord | None


class StageHooks:
    """The functions that are called before and after every stage."""

    def __init__(self) -> None:
        self._hooks: dict[HookName, list[Callable[..., object]]] = {"pre_stage": [], "post_stage": []}

    def add(self, when: HookName, hook: Callable[..., object]) -> None:
        """Call a function from now on.

        Raises:
            ValueError: there is no such moment.
        """
        if when not in self._hooks:
            raise ValueError(f"{when!r} is not a stage hook; use 'pre_stage' or 'post_stage'")
        self._hooks[when].append(hook)

    def __bool__(self) -> bool:
        return any(self._hooks.values())

    def run(self, when: HookName, context: StageContext) -> None:
        """Call the functions of a moment in the order in which they were added; what one raises goes through."""
        for hook in self._hooks[when]:
            if inspect.signature(hook).parameters:
                hook(context)
            else:
                hook()
