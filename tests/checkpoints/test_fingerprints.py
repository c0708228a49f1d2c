"""What counts as a change, and how it is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from planalign_orchestrator.storage.fingerprints import (
    Fingerprints,
    differences,
    model_digests,
    version_notes,
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


def test_models_and_macros_are_named_by_their_path(tmp_path: Path) -> None:
    for name in ("models/events/int_hires.sql", "macros/draw.sql", "models/_events.yml", "seeds/_seeds.yml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("select 1")
    assert list(model_digests(tmp_path)) == ["models/events/int_hires.sql", "macros/draw.sql", "seeds/_seeds.yml"]
    before = model_digests(tmp_path)
    (tmp_path / "macros/draw.sql").write_text("select 2")
    assert {name for name, digest in model_digests(tmp_path).items() if digest != before[name]} == {"macros/draw.sql"}
