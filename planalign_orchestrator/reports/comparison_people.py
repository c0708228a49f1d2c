"""Two runs person by person: whose workforce events differ, and who gets more or less employer money."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import duckdb

from planalign_orchestrator.json_text import plain
from planalign_orchestrator.reports import wording
from planalign_orchestrator.reports.results import Keep, Rows, readable, reading_limits
from planalign_orchestrator.storage.durable import scratch_folder
from planalign_orchestrator.tables import rendered
from planalign_orchestrator.warehouse import fetch_dicts, quoted_path, shut_in

_LEAST_MIB, _MOST_MIB = 128, 384
"""Of memory; a sixth of what both databases take on disk is enough, the rest is spilled."""
GROUP_TYPES = {"everybody": "", "age": "Age", "service": "Service", "pay": "Pay", "level": "Level"}
"""By what people are grouped, with its heading: as they stood in the first compared year in which they appear."""
_OF_THE_PLAN = ("eligibility", "enrollment", "opt_out", "deferral_escalation", "deferral_change", "forfeiture")
"""Events that a plan design may change; any other makes a different workforce."""


@dataclass(frozen=True)
class WorkforceDifference:
    """How many people had other hires, exits, promotions or raises than in the base, of how many in either run."""

    people: int = 0
    of_people: int = 0


@dataclass(frozen=True)
class GroupChange:
    """What a change of plan does to a group of people over the compared years.

    Args:
        group_type: one of ``GROUP_TYPES``.
        group_name: the band or level.
        people: those of the group in either run; ``in_one_run`` of them are in one only, because the workforces differ.
        winners: get more employer money, net of what an exit forfeits; ``losers`` get less.
        change: sum over the group, in dollars; over everybody it is the change of contributions less
            what exits forfeit, which lowers the net employer cost when it is used.
        change_in_both: the part of it that falls to people who are in both runs.
    """

    group_type: str
    group_name: str
    people: int
    winners: int
    losers: int
    in_one_run: int
    change: Decimal
    change_in_both: Decimal

    @property
    def heading(self) -> str:
        """By what the group is grouped; empty for everybody."""
        return GROUP_TYPES[self.group_type]

    @property
    def label(self) -> str:
        """The group as a reader knows it, below its heading."""
        return wording.sentence(self.group_name) + (" years" if self.group_type == "service" else "")

    @property
    def name(self) -> str:
        """The group with its heading."""
        return f"{self.heading}: {self.label}" if self.heading else self.label

    @property
    def in_both(self) -> int:
        """Those who are in both runs."""
        return self.people - self.in_one_run

    @property
    def unchanged(self) -> int:
        """Those who get the same."""
        return self.in_both - self.winners - self.losers

    @property
    def mean_change(self) -> Decimal:
        """Dollars over the compared years for a person who is in both runs."""
        return self.change_in_both / self.in_both if self.in_both else Decimal(0)


def differences(
    base: Path, other: Path, years: Sequence[int], keep: Keep
) -> tuple[WorkforceDifference, tuple[GroupChange, ...]]:
    """Compare two result databases person by person.

    Args:
        base: a result database.
        other: the one that is compared with it.
        years: those compared.
        keep: what is worked out of them.

    Returns:
        How the workforces differ, and who gains and who loses: everybody first, then by band and level.
    """
    words = {"first": years[0], "last": years[-1], "of_the_plan": _OF_THE_PLAN, "kinds": [*GROUP_TYPES]}

    def compared() -> Rows:
        with _side_by_side(base, other) as connection:
            return list(plain(fetch_dicts(connection, rendered(__package__, "group_changes.sql", **words))))

    rows = keep((base, other), f"people, {years[0]} to {years[-1]}", compared)
    different = [row.pop("other_workforce") for row in rows]
    amounts = [{name: Decimal(row[name]) for name in ("change", "change_in_both")} for row in rows]
    groups = tuple(GroupChange(**{**row, **dollars}) for row, dollars in zip(rows, amounts, strict=True))
    return WorkforceDifference(different[0], groups[0].people), groups


@contextmanager
def _side_by_side(base: Path, other: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Both databases in one connection, read-only, as ``base`` and ``other``."""
    size = sum(path.stat().st_size for path in (base, other))
    memory = f"{min(_MOST_MIB, max(_LEAST_MIB, size // (6 << 20)))}MiB"
    with scratch_folder() as spill:
        connection = duckdb.connect(config=replace(reading_limits(spill), memory_limit=memory).options())
        try:
            for name, path in (("base", base), ("other", other)):
                with readable(path):
                    connection.execute(f"attach '{quoted_path(path)}' as {name} (read_only)")
            with readable(base, other):
                shut_in(connection)
                yield connection
        finally:
            connection.close()
