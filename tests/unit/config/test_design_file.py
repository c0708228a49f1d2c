"""What a form shows of a setting is read back as the same value; what a person types is what is meant."""

from __future__ import annotations

import pytest

from planalign_orchestrator.config import Settings
from planalign_orchestrator.config.catalogue import leaves, plain, value_of
from planalign_orchestrator.config.design_file import typed_bounds, typed_text, typed_unit, typed_value, with_changes

RATE = "plan.enrollment.auto_enrollment.default_deferral_rate"


@pytest.mark.parametrize("key", leaves())
def test_every_default_is_read_back(key: str) -> None:
    leaf, value = leaves()[key], value_of(Settings(), key)
    assert plain(typed_value(leaf, typed_text(leaf, value))) == plain(value)


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        (RATE, "6", 0.06), (RATE, " 6.25 ", 0.0625), (RATE, "six", "six"), (RATE, "", ""),
        ("plan.match.max_match_percentage", "", None), ("plan.match.max_match_percentage", "4", 0.04),
        ("plan.escalation.enabled", "no", False), ("plan.core.type", "none", "none"),
        ("plan.match.tiers", "[{deferral_from: 0, deferral_to: 0.04, rate: 1}]",
         [{"deferral_from": 0, "deferral_to": 0.04, "rate": 1}]),
        ("plan.match.tiers", "", []), ("compensation.promotion.raise_mean_by_level", "", {}),
        ("plan.match.tiers", "[{", "[{"), ("plan.escalation.effective_date", "07-01", "07-01"),
    ],
)  # fmt: skip
def test_what_is_typed_is_what_is_meant(key: str, text: str, value: object) -> None:
    assert plain(typed_value(leaves()[key], text)) == value


def test_shares_are_typed_as_percent_within_their_bounds() -> None:
    assert (typed_unit(leaves()[RATE]), typed_bounds(leaves()[RATE])) == ("% of pay", "above 0 to 75")


def test_only_what_is_changed_is_written() -> None:
    before = "# why\nplan:\n  core:\n    type: flat  # as agreed\n    rate: 0.02\n"
    assert with_changes(before, {"plan.core.rate": 0.03}) == before.replace("0.02", "0.03")
    assert with_changes(before, {}, ["plan.core.rate"]) == before.replace("    rate: 0.02\n", "")
    assert with_changes(before, {}, ["plan.core.rate", "plan.core.type", "plan.match.formula"]) == ""
