"""What must hold within and between assumption tables so that the model can use them."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from itertools import groupby, pairwise
from operator import itemgetter

from planalign_orchestrator.config.assumption_files import AssumptionTable, number
from planalign_orchestrator.config.settings import Settings

_ABOVE_ANY_AGE = Decimal(201)
"""A census may hold somebody born in 1900, and 2100 may be a plan year: who is in no band would be lost."""

_ABOVE_ANY_PAY = Decimal(1_000_000_000_000)
"""A census may hold pay of a billion, which then grows."""


Tables = Mapping[str, AssumptionTable]
Broken = Iterator[tuple[str, str]]
"""The tables, or the dotted keys of settings that do not fit them, and what does not hold."""


def broken(tables: Tables, settings: Settings) -> Broken:
    """Every rule that does not hold, in the tables that could be read; rules between tables need all of them."""
    found = [
        (name, message)
        for name, checks in _TABLE_CHECKS.items()
        if name in tables
        for check in (_no_formulas, _within_bounds, *checks)
        for message in check(tables[name])
    ]
    if not found and len(tables) == len(_TABLE_CHECKS):
        found = [broken for check in _CROSS_CHECKS for broken in check(tables, settings)]
    return ((about, f"{about}: {message}") for about, message in found)


TableCheck = Callable[[AssumptionTable], Iterator[str]]


def _tiles(
    low: str, high: str, table: AssumptionTable, *, start: int | None = 0, end: Decimal | None = None
) -> Iterator[str]:
    """Bands from ``low`` up to but not including ``high`` lie next to each other, without gap or overlap."""
    bands = sorted(zip(table.numbers(low), table.numbers(high), table.column(table.form.key[0]), strict=True))
    for minimum, maximum, name in bands:
        if maximum <= minimum:
            yield f"the band {name} from {minimum} to {maximum} is empty"
    for (_, upper, below), (lower, _, above) in pairwise(bands):
        if lower != upper:
            kind = "a gap" if lower > upper else "an overlap"
            yield f"there is {kind} between {below}, which ends at {upper}, and {above}, which starts at {lower}"
    if start is not None and bands[0][0] > start:
        yield f"the first band starts at {bands[0][0]}; it must start at {start}"
    if end is not None and max(maximum for _, maximum, _ in bands) < end:
        yield f"the last band ends at {bands[-1][1]}; it must reach {end}"


def _within_bounds(table: AssumptionTable) -> Iterator[str]:
    for column, bounds in table.form.bounds.items():
        low, high = bounds.get("above", bounds.get("from", 0)), bounds["to"]
        words = f"above {low:g} and at most" if "above" in bounds else f"between {low:g} and"
        for value in table.numbers(column):
            if not low <= value <= high or ("above" in bounds and value == low):
                yield f"{column} is {value}; it must be {words} {high:g}"


def _weights(table: AssumptionTable) -> Iterator[str]:
    values = table.numbers("weight")
    if any(value < 0 for value in values):
        yield f"weight is {min(values)}; a weight is not negative"
    elif sum(values) <= 0:
        yield "every weight is 0; at least one must be positive"


def _somebody_leaves(table: AssumptionTable) -> Iterator[str]:
    if not any(table.numbers("exit_multiplier")):
        yield "every exit_multiplier is 0, so nobody could be drawn"


def _consecutive(column: str, table: AssumptionTable, *, start: int | None = None) -> Iterator[str]:
    values = sorted(table.numbers(column))
    if start is not None and values[0] != start:
        yield f"{column} starts at {values[0]}; it must start at {start}"
    for below, above in pairwise(values):
        if above != below + 1:
            yield f"{column} {below + 1} is missing"


def _no_formulas(table: AssumptionTable) -> Iterator[str]:
    """Names of bands and levels go into exported CSV files, where a spreadsheet would run them."""
    for cell in (cell for row in table.rows for cell in row):
        if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and number(cell) is None:
            yield f"{cell!r} starts like a formula; begin the name with a letter, a digit or <"


def _levels_rise(table: AssumptionTable) -> Iterator[str]:
    by_level = sorted(zip(table.numbers("level_id"), table.numbers("min_pay"), strict=True))
    for (below, lower), (above, higher) in pairwise(by_level):
        if higher <= lower:
            yield f"level {above} pays from {higher} on, not more than level {below} from {lower}"


def _retirement_starts_at_no_service(table: AssumptionTable) -> Iterator[str]:
    years = zip(table.numbers("age"), table.numbers("years_of_service"), strict=True)
    first = {age: min(year for _, year in group) for age, group in groupby(sorted(years), key=itemgetter(0))}
    for age, year in first.items():
        if year != 0:
            yield f"the rates of age {age} start at {year} years of service; the first ones are for 0"


def _vesting_rises(table: AssumptionTable) -> Iterator[str]:
    steps: dict[str, list[tuple[Decimal, Decimal]]] = {}
    years, shares = table.numbers("years_of_service"), table.numbers("vested_percentage")
    for name, year, share in zip(table.column("schedule"), years, shares, strict=True):
        steps.setdefault(name, []).append((year, share))
    for name, schedule in steps.items():
        schedule.sort()
        if schedule[0][0] != 0:
            yield f"{name} starts at {schedule[0][0]} years; its first step is at 0"
        if any(later < earlier for (_, earlier), (_, later) in pairwise(schedule)):
            yield f"{name} falls with service; a vested share never falls"
        if schedule[-1][1] != 1:
            yield f"{name} ends at {schedule[-1][1]}; it must reach 1"


_AGES = partial(_tiles, "min_age", "max_age", end=_ABOVE_ANY_AGE)

_TABLE_CHECKS: Mapping[str, tuple[TableCheck, ...]] = {
    "levels": (
        partial(_consecutive, "level_id", start=1),
        partial(_tiles, "min_pay", "max_pay", start=None),
        _levels_rise,
        _somebody_leaves,
    ),
    "age_bands": (_AGES, _somebody_leaves),
    "tenure_bands": (partial(_tiles, "min_years", "max_years", end=_ABOVE_ANY_AGE), _somebody_leaves),
    "retirement_rates": (_retirement_starts_at_no_service,),
    "new_hire_ages": (_weights,),
    "raise_months": (_weights,),
    "irs_limits": (partial(_consecutive, "limit_year"),),
    "participation_by_age": (_AGES,),
    "participation_by_income": (partial(_tiles, "min_pay", "max_pay", end=_ABOVE_ANY_PAY),),
    "elected_deferral_rates": (),
    "deferral_changes": (),
    "match_response": (),
    "vesting_schedules": (_vesting_rises,),
}
"""The rules of each table, besides the bounds that its seed declares."""


MATCH_RESPONSES = ("follow_up", "follow_down", "move_up", "join", "voluntary")
"""The parameters of match_response."""


def _every_segment_behaves(tables: Tables, settings: Settings) -> Broken:
    incomes = tables["participation_by_income"].column("income_segment")
    ages = tables["participation_by_age"].column("age_segment")
    for name, first, second in (
        ("elected_deferral_rates", incomes, ages),
        ("deferral_changes", incomes, ages),
        ("match_response", MATCH_RESPONSES, incomes),
    ):
        keys = tables[name].form.key
        have = set(zip(*(tables[name].column(key) for key in keys), strict=True))
        want = {(one, other) for one in first for other in second}
        for one, other in sorted(want - have):
            yield name, f"there is no row for {one} {other}"
        for one, other in sorted(have - want):
            yield name, f"{one} {other} is not among {'the participation segments' if first is incomes else 'its rows'}"


def _schedules_exist(tables: Tables, settings: Settings) -> Broken:
    known = set(tables["vesting_schedules"].column("schedule"))
    vesting = settings.plan.vesting
    for key, schedule in (("match_schedule", vesting.match_schedule), ("core_schedule", vesting.core_schedule)):
        if schedule not in known:
            yield f"plan.vesting.{key}", f"vesting_schedules has no rows for {schedule}"


def _limits_reach_back(tables: Tables, settings: Settings) -> Broken:
    first, start = min(tables["irs_limits"].numbers("limit_year")), settings.simulation.start_year
    if first > start - 1:
        message = f"irs_limits starts at {first}; who is highly compensated in {start} depends on {start - 1}"
        yield "simulation.start_year", message


def _levels_are_known(tables: Tables, settings: Settings) -> Broken:
    known = {int(level) for level in tables["levels"].numbers("level_id")}
    mix = settings.workforce.new_hires.level_mix
    by_level: dict[str, Mapping[int, float]] = {
        "workforce.new_hires.level_mix": {} if isinstance(mix, str) else mix,
        "compensation.promotion.raise_mean_by_level": settings.compensation.promotion.raise_mean_by_level,
    }
    for key, values in by_level.items():
        unknown = sorted(set(values) - known)
        if unknown:
            names = ", ".join(str(level) for level in unknown)
            yield key, f"there is no level {names}; levels has {min(known)} to {max(known)}"
    if not isinstance(mix, str) and sum(mix.values()) <= 0:
        yield "workforce.new_hires.level_mix", "every weight is 0; at least one must be positive"


_CROSS_CHECKS = (_every_segment_behaves, _schedules_exist, _limits_reach_back, _levels_are_known)
