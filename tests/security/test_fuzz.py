"""A slice of the random attacks; ``python -m tests.security.fuzz`` makes as many as wanted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.security.fuzz import KINDS, Range, attack_once

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Range:
    return Range(tmp_path_factory.mktemp("range"))


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("kind", KINDS)
def test_an_attack_ends_in_a_sentence(place: Range, kind: str, number: int) -> None:
    for seed in range(number * 4, number * 4 + 4):
        attack, said, faults = attack_once(kind, seed, place)
        assert faults == [], (attack, said.err[-1000:])


def test_the_judge_notices_what_it_looks_for(place: Range, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tests.security import fuzz

    attack = fuzz.Attack(("status", "x"), "", tmp_path)
    (tmp_path / "run.log").write_text(fuzz.AMOUNTS[0])
    said = fuzz.Said(9, f"https://{fuzz.SECRET}@h", "")
    found = fuzz.faults_of(attack, said, 1000)
    assert [fault.partition(" ")[0] for fault in found] == ["exit", "no", "a", "pay", "it"]
    said = fuzz.Said(1, "", "Traceback (most recent call last)")
    assert fuzz.faults_of(fuzz.Attack(("doctor",), "", place.root / "none"), said, 0) == [
        "an error that has no sentence of its own"
    ]
