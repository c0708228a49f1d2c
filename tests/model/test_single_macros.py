"""Single files that are held to more than any world shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from planalign_orchestrator.resources import dbt_project_dir
from tests.model.single_macros import CHECKS
from tests.mutation.rendering import Project

OF_MODELS = {check for path, checks in CHECKS.items() if path.startswith("models/") for check in checks}


@pytest.mark.parametrize(
    "check",
    [
        pytest.param(check, id=check.__name__, marks=pytest.mark.slow if check in OF_MODELS else ())
        for check in dict.fromkeys(check for checks in CHECKS.values() for check in checks)
    ],
)
def test_the_files_do_what_they_must(check: Callable[[Project], bool]) -> None:
    assert check(Project.read(dbt_project_dir()))
