"""What must hold within and between assumption tables so that the model can use them; see ``assumption_rules.sql``."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files

from planalign_orchestrator.config.assumption_files import AssumptionTable, number
from planalign_orchestrator.config.settings import Settings

Tables = Mapping[str, AssumptionTable]
Broken = Iterator[tuple[str, str]]
"""The tables, or the dotted keys of settings that do not fit them, and what does not hold."""


def broken(tables: Tables, settings: Settings) -> Broken:
    """Every rule that does not hold; tables that could not be read are empty, and keep rules between tables from it."""
    found, between = _of_tables(tuple(tables.items()))
    if not found and all(table.rows for table in tables.values()):
        found = [*between, *(broken for check in _OF_SETTINGS for broken in check(tables, settings))]
    return ((about, f"{about}: {message}") for about, message in found)


@lru_cache(maxsize=64)
def _of_tables(
    tables: tuple[tuple[str, AssumptionTable], ...],
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The tables for which a rule does not hold, and what that is; apart the rules between tables."""
    import duckdb

    from planalign_orchestrator.warehouse import load_table

    found = [
        (name, message)
        for name, table in tables
        for check in (_no_formulas, _within_bounds)
        for message in check(table)
    ]
    with duckdb.connect(config={"threads": 1}) as connection:
        for name, table in tables:
            load_table(connection, name, dict.fromkeys(table.columns, "varchar"), table.rows)
        query = (files(__package__) / "assumption_rules.sql").read_text(encoding="utf-8")
        told = connection.execute(query).fetchall()
    found += [(about, message) for is_between, about, message in told if not is_between]
    return found, [(about, message) for is_between, about, message in told if is_between]


def _within_bounds(table: AssumptionTable) -> Iterator[str]:
    for column, bounds in table.form.bounds.items():
        low, high = bounds.get("above", bounds.get("from", 0)), bounds["to"]
        words = f"above {low:g} and at most" if "above" in bounds else f"between {low:g} and"
        for value in table.numbers(column):
            if not low <= value <= high or ("above" in bounds and value == low):
                yield f"{column} is {value}; it must be {words} {high:g}"


def _no_formulas(table: AssumptionTable) -> Iterator[str]:
    """Names of bands and levels go into exported CSV files, where a spreadsheet would run them."""
    for cell in (cell for row in table.rows for cell in row):
        if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and number(cell) is None:
            yield f"{cell!r} starts like a formula; begin the name with a letter, a digit or <"


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


_OF_SETTINGS = (_schedules_exist, _limits_reach_back, _levels_are_known)
