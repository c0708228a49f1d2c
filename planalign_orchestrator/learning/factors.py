"""Factors of age, service, level or pay on something that happens to people."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planalign_orchestrator.learning.credibility import Dimension, Evidence, factors_of
from planalign_orchestrator.learning.experience import By, Experience


@dataclass(frozen=True)
class Learned:
    """How often something happened in all.

    Args:
        events: how often.
        known: exposure times the known factors.
        fitted: exposure times the fitted factors.
    """

    events: float
    known: float
    fitted: float

    @property
    def level(self) -> float:
        """How often it happens where the product of all fitted factors is 1."""
        return self.events / self.fitted if self.fitted else 0.0


def bands(factor: str) -> tuple[By, ...]:
    """Age, service and level, with the columns of this name."""
    return (
        By("age_bands", factor, "age", "age_band", in_order=True),
        By("tenure_bands", factor, "service", "tenure_band"),
        By("levels", factor, "level", "level"),
    )


def learn_factors(
    found: Experience, cells: Sequence[Mapping[str, Any]], ways: Sequence[By], counted: tuple[str, str], title: str,
    behind: str,
) -> Learned:  # fmt: skip
    """Fit factors, record their evidence, and change the tables that hold them.

    Args:
        found: takes both.
        cells: people who are alike in all ways, with how often it happened and how many could.
        ways: in which people are told apart.
        counted: the names of both in the cells.
        title: of the topics.
        behind: the rows of persons behind the cells.
    """
    history, (events, exposure) = found.history, counted
    known = [history.factors(by.table, by.factor) for by in ways]
    evidence = []
    for cell in cells:
        key = tuple(cell[by.column] for by in ways)
        weight = cell[exposure] * math.prod(factors[value] for factors, value in zip(known, key, strict=True))
        evidence.append(Evidence(key, cell[events], weight))
    dimensions = [
        Dimension(list(factors), history.people_by(by.column, behind), by.in_order)
        for factors, by in zip(known, ways, strict=True)
    ]
    fitted = factors_of(evidence, dimensions)
    for before, dimension, by, one in zip(known, dimensions, ways, fitted, strict=True):
        exposures: dict[Any, float] = defaultdict(float)
        for cell in cells:
            exposures[cell[by.column]] += cell[exposure]
        found.of_factors(f"{title} by {by.title}", dimension, one, exposures)
        found.change(by.table, by.factor, {value: amount * one[value].factor for value, amount in before.items()})
    whole = sum(
        one.weight * math.prod(by[value].factor for by, value in zip(fitted, one.key, strict=True)) for one in evidence
    )
    return Learned(sum(one.events for one in evidence), sum(one.weight for one in evidence), whole)
