"""What a form shows of a setting is read back as the same value; what a person types is what is meant."""

from __future__ import annotations

from typing import Any

import pytest

from planalign_orchestrator.config.catalogue import leaves, plain, value_of
from planalign_orchestrator.config.form import (
    columns_of,
    rows_of,
    rows_of_form,
    rows_text,
    typed_bounds,
    typed_text,
    typed_unit,
    typed_value,
    with_changes,
)
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.errors import ConfigurationError

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


BANDS = [
    {"minimum": 0, "tiers": [{"deferral_from": 0, "deferral_to": 0.03, "rate": 1},
                             {"deferral_from": 0.03, "deferral_to": 0.05, "rate": 0.5}]},
    {"minimum": 5, "tiers": []},
]  # fmt: skip
AMENDED = [
    {"from": 2027, "note": "why", "workforce": {"target_growth_rate": 0}, "plan": {"match": {"formula": "custom"}},
     "assumptions": {"overrides": {"levels": [{"level_id": 1, "name": "Staff"}]}}},
    {"from": 2028},
]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "rows"),
    [
        ("plan.match.service_bands", BANDS, ["0|0|3|100", "0|3|5|50", "5|||"]),
        ("plan.core.bands", [{"minimum": 0, "rate": 0.035}], ["0|3.5"]),
        ("plan.core.profit_sharing.classes", [{"who": "hce", "rate": 0.1}], ["hce|10"]),
        ("plan.match.tiers", [], []),
        (
            "amendments",
            AMENDED,
            [
                "2027|why|workforce.target_growth_rate|0",
                "2027||plan.match.formula|custom",
                "2027||assumptions.overrides.levels|[{level_id: 1, name: Staff}]",
                "2028|||",
            ],
        ),
    ],
)
def test_lists_are_typed_in_rows(key: str, value: list[dict[str, Any]], rows: list[str]) -> None:
    leaf = leaves()[key]
    assert ["|".join(row) for row in rows_of(leaf, value)] == rows
    typed = [row.split("|") for row in rows]
    columns = [f"{key}/{name.rpartition('.')[2]}" for name in columns_of(leaf)]
    form = {key: [""]} | {column: [row[i] for row in typed] for i, column in enumerate(columns)}
    assert rows_of_form(form) == {key: typed}
    assert typed_value(leaf, rows_text(leaf, [*typed, [" "] * len(columns_of(leaf))])) == value, (
        "empty rows say nothing"
    )


@pytest.mark.parametrize("asked", ["plan.match.tiers 1", "plan.match.tiers x", "plan.match 0", "", "amendments add"])
def test_a_button_that_there_is_not_is_refused(asked: str) -> None:
    fields = (
        "plan.match.tiers",
        "plan.match.tiers/deferral_from",
        "plan.match.tiers/deferral_to",
        "plan.match.tiers/rate",
    )
    form = {field: ["1"] for field in fields} | {"amendments": [""], "amended": ["plan.core.typ"]}
    with pytest.raises(ConfigurationError, match="cannot be read"):
        rows_of_form({**form, "rows": [asked]})
