"""What counts as a change, and how it is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from planalign_orchestrator.storage.fingerprints import (
    Fingerprints,
    differences,
    model_digests,
    sql_digest,
    version_notes,
    yaml_digest,
)
from tests.checkpoints.tiny_run import fingerprints

BASE = fingerprints()


@pytest.mark.parametrize(
    ("now", "named"),
    [
        (fingerprints(rate=0.2), "setting raise.rate: was 0.1, is 0.2"),
        (fingerprints(settings={**BASE.settings, "new.key": None}), "setting new.key: was not there, is null"),
        (fingerprints(census="d" * 64), "census: was cccccccccccccccc, is dddddddddddddddd"),
        (fingerprints(seed=7), "seed: was 42, is 7"),
        (fingerprints(assumptions={"levels": "9" * 64}), "assumption table levels: was aaaaaaaaaaaaaaaa"),
        (fingerprints(models={}), "model models/events/int_raises.sql: was bbbbbbbbbbbbbbbb, is not there"),
        (fingerprints(versions={**BASE.versions, "planalign": "1.3.0"}), "version planalign: was 1.2.3, is 1.3.0"),
    ],
)
def test_a_change_is_named(now: Fingerprints, named: str) -> None:
    found = differences(BASE, now)
    assert len(found) == 1
    assert str(found[0]).startswith(named)


@pytest.mark.parametrize("key", ["multi_year.state.compression_level", "simulation.end_year", "census.path"])
def test_settings_that_do_not_reach_the_result_do_not_count(key: str) -> None:
    assert differences(BASE, fingerprints(settings={**BASE.settings, key: "other"})) == []


def test_a_patch_release_is_a_note_and_no_difference() -> None:
    now = fingerprints(versions={**BASE.versions, "planalign": "1.2.4"})
    assert differences(BASE, now) == []
    assert version_notes(BASE, now) == ["version planalign: was 1.2.3, is 1.2.4"]


@pytest.mark.parametrize(
    "text",
    [
        "select a, 'x -- y' from t where b = 1",
        "select a,   'x -- y'\n  from t -- a comment, don't mind\nwhere b = 1\n",
        "{# why #} select a, 'x -- y' /* 'quoted' */ from t where b = 1",
    ],
)
def test_comments_and_spacing_do_not_change_sql(text: str) -> None:
    assert sql_digest(text) == sql_digest("select a, 'x -- y' from t where b = 1")


@pytest.mark.parametrize(
    "text",
    [
        "select a, 'x -- z' from t where b = 1",
        "select a, 'x  -- y' from t where b = 1",
        "select a, 'x -- y' from t where b = 2",
        "select a, 'x -- y' fromt where b = 1",
    ],
)
def test_other_sql_is_other_sql(text: str) -> None:
    assert sql_digest(text) != sql_digest("select a, 'x -- y' from t where b = 1")


def test_models_and_macros_are_named_by_their_path(tmp_path: Path) -> None:
    for name in ("models/events/int_hires.sql", "macros/draw.sql", "models/_events.yml", "seeds/_seeds.yml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("select 1")
    assert list(model_digests(tmp_path)) == ["models/events/int_hires.sql", "macros/draw.sql", "seeds/_seeds.yml"]


def test_a_changed_column_type_counts_and_a_comment_beside_it_does_not() -> None:
    types = "seeds:\n  - name: levels\n    columns: [{name: rate, data_type: 'decimal(9,6)'}]\n"
    assert yaml_digest(f"# why\n\n{types}  # because\n") == yaml_digest(types)
    assert yaml_digest(types.replace("9,6", "9,4")) != yaml_digest(types)
