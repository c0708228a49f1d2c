"""How people are divided: everybody once, in slices of the batch of now, and values in few shares."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from planalign_orchestrator.model.slices import EVERYBODY, People, slices


def bounds(people: People, batch: float) -> list[tuple[int, int]]:
    return [(found.first, found.last) for found in slices(people, lambda: batch)]


def test_people_who_are_not_divided_are_one_slice() -> None:
    assert bounds(People(), 100) == bounds(People(1000, 1000), 100) == [(0, EVERYBODY)]


def test_the_batch_is_asked_for_before_each_slice() -> None:
    sizes = iter([0.5, 0.25, 0.25])
    found = [(part.first, part.last) for part in slices(People(1000, 1000), lambda: next(sizes))]
    assert found == [(1, 500), (501, 750), (751, EVERYBODY)]


@pytest.mark.parametrize("batch", [100, 333.4, 700, 2000])
def test_slices_share_all_values_and_read_them_seldom(batch: float) -> None:
    found = list(slices(People(1_500_000, 1_250_000), lambda: batch))
    looked_at = [part.values for part in found if part.values[0] <= part.values[1]]
    assert len(looked_at) <= 3
    ends = [0, *(last for _, last in looked_at)]
    assert [first for first, _ in looked_at] == ([end + 1 for end in ends[:-1]] if len(found) > 1 else [0])
    assert ends[-1] == EVERYBODY


@given(st.integers(1, 3000), st.lists(st.floats(0.0001, 2), min_size=1))
def test_nobody_is_left_out_or_built_twice(last_key: int, sizes: list[float]) -> None:
    later = iter(sizes)
    found = list(slices(People(last_key, last_key), lambda: next(later, sizes[-1])))
    assert found[0].first <= 1 and found[-1].last == EVERYBODY
    for before, after in pairwise(found):
        assert after.first == before.last + 1 <= last_key
