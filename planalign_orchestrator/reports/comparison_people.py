"""Two runs person by person: whose workforce events differ, and who gets more or less employer money."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from planalign_orchestrator.reports import wording
from planalign_orchestrator.reports.results import readable, reading_limits
from planalign_orchestrator.scratch import scratch_folder
from planalign_orchestrator.warehouse import fetch_dicts, quoted_path, shut_in

GROUP_TYPES = {"everybody": "", "age": "Age", "service": "Service", "pay": "Pay", "level": "Level"}
"""By what people are grouped, with its heading: as they stood in the first compared year in which they appear."""
_OF_THE_PLAN = ("eligibility", "enrollment", "opt_out", "deferral_escalation", "deferral_change", "forfeiture")
"""Events that a plan design may change; any other makes a different workforce."""


@dataclass(frozen=True)
class WorkforceDifference:
    """How many people had other hires, exits, promotions or raises than in the base, of how many in either run."""

    people: int
    of_people: int


@dataclass(frozen=True)
class GroupChange:
    """What a change of plan does to a group of people over the compared years.

    Args:
        group_type: one of ``GROUP_TYPES``.
        group_name: the band or level.
        people: those of the group in either run; ``in_one_run`` of them are in one only, because the workforces differ.
        winners: get more employer money, net of what an exit forfeits; ``losers`` get less.
        change: sum over the group, in dollars; over everybody it is the change of the net employer cost.
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


def workforce_difference(base: Path, other: Path, years: Sequence[int]) -> WorkforceDifference:
    """Compare the workforce events of two result databases, person by person."""
    with _side_by_side(base, other) as connection:
        row = connection.execute(
            f"""
            with base_people as ({_workforce_of("base", years)}),
            other_people as ({_workforce_of("other", years)})
            select count(*) filter (where base_people.story is distinct from other_people.story), count(*)
            from base_people full join other_people using (employee_id)
            """
        ).fetchone()
        assert row is not None
        return WorkforceDifference(*row)


def group_changes(base: Path, other: Path, years: Sequence[int]) -> tuple[GroupChange, ...]:
    """Who gains and who loses from the base to the other run, everybody first, then by band and level."""
    with _side_by_side(base, other) as connection:
        rows = fetch_dicts(
            connection,
            f"""
            with base_people as ({_money_of("base", years)}),
            other_people as ({_money_of("other", years)}),
            people as (
                select
                    {", ".join(_either(f"{what}_{kind}") for what in ("group", "order") for kind in GROUP_TYPES)},
                    base_people.money is not null and other_people.money is not null as is_in_both,
                    coalesce(other_people.money, 0) - coalesce(base_people.money, 0) as change
                from base_people full join other_people using (employee_id)
            ),
            grouped as ({" union all by name ".join(map(_grouped, GROUP_TYPES))})
            select * exclude (place, group_order) from grouped order by place, group_order, group_name
            """,
        )
    return tuple(GroupChange(**row) for row in rows)


def _either(column: str) -> str:
    return f"coalesce(base_people.{column}, other_people.{column}) as {column}"


def _grouped(kind: str) -> str:
    return f"""
        select {list(GROUP_TYPES).index(kind)} as place, min(order_{kind}) as group_order,
            '{kind}' as group_type, group_{kind} as group_name, count(*) as people,
            count(*) filter (where is_in_both and change > 0) as winners,
            count(*) filter (where is_in_both and change < 0) as losers,
            count(*) filter (where not is_in_both) as in_one_run,
            sum(change)::decimal(18, 2) as change,
            coalesce(sum(change) filter (where is_in_both), 0)::decimal(18, 2) as change_in_both
        from people group by group_{kind}
    """


def _workforce_of(side: str, years: Sequence[int]) -> str:
    """Each person's workforce events as one value that does not depend on their order."""
    return f"""
        select snapshot.employee_id, bit_xor(hash(
            events.simulation_year, events.event_type::varchar, events.effective_date, events.compensation_after,
            events.level_after, events.reason::varchar)) as story
        from (select distinct employee_id from {side}.fct_workforce_snapshot where {_within(years)}) as snapshot
        left join (
            select * from {side}.fct_yearly_events
            where {_within(years)} and event_type::varchar not in {_OF_THE_PLAN}
        ) as events using (employee_id)
        group by snapshot.employee_id
    """


def _money_of(side: str, years: Sequence[int]) -> str:
    """Each person's employer money over the years, with the groups of the person's first year."""
    first, name = "arg_min({}, simulation_year)", "arg_min({}, simulation_year)::varchar"
    return f"""
        select
            employee_id,
            sum(total_employer_contributions - forfeiture_amount) as money,
            'everybody' as group_everybody,
            0 as order_everybody,
            {name.format("age_band")} as group_age,
            {first.format("age")} as order_age,
            {name.format("tenure_band")} as group_service,
            {first.format("tenure_years")} as order_service,
            {name.format("income.income_segment")} as group_pay,
            {first.format("income.min_pay")} as order_pay,
            {name.format("levels.level_name")} as group_level,
            {first.format("snapshot.level_id")} as order_level
        from {side}.fct_workforce_snapshot as snapshot
        inner join {side}.levels as levels on snapshot.level_id = levels.level_id
        inner join {side}.participation_by_income as income
            on snapshot.opening_compensation >= income.min_pay and snapshot.opening_compensation < income.max_pay
        where {_within(years)}
        group by employee_id
    """


def _within(years: Sequence[int]) -> str:
    return f"simulation_year between {int(years[0])} and {int(years[-1])}"


@contextmanager
def _side_by_side(base: Path, other: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Both databases in one connection, read-only, as ``base`` and ``other``."""
    with scratch_folder() as spill:
        connection = duckdb.connect(config=reading_limits(spill).options())
        try:
            for name, path in (("base", base), ("other", other)):
                with readable(path):
                    connection.execute(f"attach '{quoted_path(path)}' as {name} (read_only)")
            with readable(other):
                shut_in(connection)
                yield connection
        finally:
            connection.close()
