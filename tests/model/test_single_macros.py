"""Single files that are held to more than any world shows."""

from __future__ import annotations

import pytest

from planalign_orchestrator.resources import dbt_project_dir
from tests.model.single_macros import CHECKS
from tests.mutation.rendering import Project


@pytest.mark.parametrize(
    "path", [pytest.param(path, marks=pytest.mark.slow if path.startswith("models/") else ()) for path in CHECKS]
)
def test_the_file_does_what_it_must(path: str) -> None:
    assert CHECKS[path](Project.read(dbt_project_dir()))
