"""Long lists of cases: an ordinary run of the tests takes an even share of them, and ``-m nightly`` the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def one_in(number: int, cases: Iterable[Any]) -> list[Any]:
    """The cases as parameters, of which all but each ``number``-th are nightly.

    Args:
        number: 2 leaves every other one to the night.
        cases: values, or tuples of them.
    """
    return [_of(case, nightly=place % number != 0) for place, case in enumerate(cases)]


def _of(case: Any, *, nightly: bool) -> Any:
    marks = (pytest.mark.nightly,) if nightly else ()
    if hasattr(case, "marks"):  # a parameter already, with a name of its own
        return pytest.param(*case.values, id=case.id, marks=(*case.marks, *marks))
    return pytest.param(case, marks=marks)
