"""Assumption tables of a run's own: rows changed by overrides take the place of the methodology's figures.

The oracle has those figures written down, apart from the bundled files; here a run's overrides are laid over them for
as long as the run is recomputed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from typing import Any
from unittest.mock import patch

from planalign_orchestrator.config.settings import Settings
from tests.oracle import enrollment, exits, forecast, hiring, reporting, workforce
from tests.oracle.exact import exact
from tests.oracle.workforce import Band

KNOWN = {
    "tenure_bands", "retirement_rates", "death_and_disability_rates", "new_hire_ages", "raise_months", "levels",
    "irs_limits",
}  # fmt: skip
"""Tables whose overrides can be foretold; of levels, the merit rates. The limits are always read from the tables."""

Overrides = Mapping[str, list[dict[str, Any]]]


@contextmanager
def tables_of(settings: Settings) -> Iterator[None]:
    """The oracle with the tables of a run.

    Raises:
        ValueError: the run changes what the oracle does not know how to change.
    """
    overrides = settings.assumptions.overrides
    merit_only = all(set(row) <= {"level_id", "merit_rate"} for row in overrides.get("levels", []))
    if not set(overrides) <= KNOWN or not merit_only or settings.assumptions.directory:
        raise ValueError("a run with other tables of its own cannot be foretold")
    with ExitStack() as stack:
        for module, name, value in _constants(overrides):
            stack.enter_context(patch.object(module, name, value))
        yield


def _constants(overrides: Overrides) -> Iterator[tuple[Any, str, object]]:
    yield hiring, "NEW_HIRE_AGES", _weights(hiring.NEW_HIRE_AGES, overrides.get("new_hire_ages", []), "age", "weight")
    yield (
        forecast,
        "RAISE_MONTHS",
        _weights(forecast.RAISE_MONTHS, overrides.get("raise_months", []), "month", "weight"),
    )
    yield forecast, "MERIT", _weights(forecast.MERIT, overrides.get("levels", []), "level_id", "merit_rate")
    yield exits, "RETIREMENT", _retirement(exits.RETIREMENT, overrides.get("retirement_rates", []))
    health = {
        int(row["age"]): (exact(row["death_rate"]), exact(row["disability_rate"]))
        for row in overrides.get("death_and_disability_rates", [])
    }
    yield exits, "DEATH_AND_DISABILITY", {**exits.DEATH_AND_DISABILITY, **health}
    tenure = overrides.get("tenure_bands", [])
    yield workforce, "TENURE_EXIT", _bands(workforce.TENURE_EXIT, tenure, "exit_multiplier")
    yield workforce, "TENURE_PROMOTION", _bands(workforce.TENURE_PROMOTION, tenure, "promotion_multiplier")
    yield enrollment, "TENURE_CONVERSION", _bands(enrollment.TENURE_CONVERSION, tenure, "conversion_multiplier")
    yield reporting, "TENURE_BANDS", _labels(reporting.TENURE_BANDS, tenure)


def _weights(
    known: Mapping[int, Fraction], changes: list[dict[str, Any]], key: str, value: str
) -> Mapping[int, Fraction]:
    return dict(sorted({**known, **{int(row[key]): exact(row[value]) for row in changes}}.items()))


def _retirement(
    known: Mapping[int, Mapping[int, Fraction]], changes: list[dict[str, Any]]
) -> Mapping[int, Mapping[int, Fraction]]:
    rates = {age: dict(by_service) for age, by_service in known.items()}
    for row in changes:
        rates.setdefault(int(row["age"]), {})[int(row["years_of_service"])] = exact(row["rate"])
    return rates


def _bands(known: tuple[Band, ...], changes: list[dict[str, Any]], column: str) -> tuple[Band, ...]:
    """Bands by where they start: a band of this name and start has a new factor, one that starts elsewhere is new."""
    changed = {int(row["min_years"]): exact(row[column]) for row in changes}
    factors = {**{band.minimum: band.factor for band in known}, **changed}
    return tuple(Band(minimum, factor) for minimum, factor in sorted(factors.items()))


def _labels(known: tuple[tuple[int, str], ...], changes: list[dict[str, Any]]) -> tuple[tuple[int, str], ...]:
    return tuple(sorted({**dict(known), **{int(row["min_years"]): str(row["tenure_band"]) for row in changes}}.items()))
