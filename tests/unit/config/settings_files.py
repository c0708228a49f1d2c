"""Loading settings in one word, for the tests of the configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from planalign_orchestrator.config.loading import EffectiveSettings, load_settings
from planalign_orchestrator.errors import ConfigurationError

Write = Callable[[str, str], Path]


def load(
    config: Path | None = None,
    scenario: Path | None = None,
    environ: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> EffectiveSettings:
    """``load_settings`` with nothing where nothing is said."""
    return load_settings(config_file=config, scenario_file=scenario, environ=environ or {}, flags=flags or {})


def faults_of(
    config: Path | None = None,
    scenario: Path | None = None,
    environ: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> list[str]:
    """The faults that loading finds, one a line, in the order told."""
    with pytest.raises(ConfigurationError) as caught:
        load(config, scenario, environ, flags)
    assert caught.value.exit_code == 2
    assert caught.value.remedy
    lines = caught.value.message.splitlines()
    return [line.strip() for line in lines[1:]] if len(lines) > 1 else lines
