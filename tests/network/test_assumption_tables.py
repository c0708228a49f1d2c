"""Assumption tables from an https address: fetched through the same client, checked like a file, kept for a resume."""

from __future__ import annotations

from pathlib import Path

import pytest

from planalign_orchestrator.config.loading import load_settings
from planalign_orchestrator.errors import ConfigurationError, NetworkError
from planalign_orchestrator.resources import bundled_census, dbt_project_dir
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.inputs import RunInputs, gathered_inputs

from .loopback import answers

KEY = "assumptions.tables"
LEVELS = (dbt_project_dir() / "seeds" / "levels.csv").read_text(encoding="utf-8").replace(",0.032,", ",0.081,", 1)


def _effective(bundle: Path, **values):
    flags = {"network.ca_bundle": str(bundle), "network.proxy": "none", "network.attempts": 1, **values}
    return load_settings(config_file=None, scenario_file=None, environ={}, flags=flags)


def test_a_fetched_table_is_the_same_as_one_in_a_folder(running_server, bundle, tmp_path):
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "levels.csv").write_text(LEVELS, encoding="utf-8")
    server = running_server(answers(LEVELS.encode()))
    address = server.url(path="/tables/levels.csv?token=secret")

    effective = _effective(bundle, **{KEY: {"levels": address}})
    fetched = gathered_inputs(effective, tmp_path / "download")
    local = RunInputs(_effective(bundle, **{"assumptions.directory": str(folder)}).settings, bundled_census())
    bundled = RunInputs(_effective(bundle).settings, bundled_census())

    assert fetched.fingerprints.assumptions == local.fingerprints.assumptions != bundled.fingerprints.assumptions
    assert "secret" not in fetched.assumptions["levels"].source
    gathered_inputs(effective, tmp_path / "download", going_on=RunFolder(tmp_path))
    assert len(server.requests) == 1  # a resume needs no network


def test_faults_of_a_fetched_table_name_it(running_server, bundle, tmp_path):
    server = running_server(answers(LEVELS.replace("0.081", "eight").encode()))
    effective = _effective(bundle, **{KEY: {"levels": server.url(path="/levels.csv")}})
    with pytest.raises(ConfigurationError, match="'eight' in merit_rate, which takes a number"):
        _ = gathered_inputs(effective, tmp_path).assumptions


def test_a_table_that_cannot_be_had_stops_the_run(running_server, bundle, tmp_path):
    server = running_server(answers(status=404))
    effective = _effective(bundle, **{KEY: {"levels": server.url(path="/levels.csv")}})
    with pytest.raises(NetworkError, match="404"):
        gathered_inputs(effective, tmp_path)
    with pytest.raises(ConfigurationError, match="was not fetched"):
        _ = RunInputs(effective.settings, bundled_census()).assumptions


def test_an_unknown_table_and_another_scheme_are_refused(running_server, bundle, tmp_path):
    server = running_server(answers(LEVELS.encode()))
    effective = _effective(bundle, **{KEY: {"level": server.url(path="/levels.csv")}})
    with pytest.raises(ConfigurationError, match="did you mean levels"):
        _ = gathered_inputs(effective, tmp_path).assumptions
    with pytest.raises(ConfigurationError, match="not an https:// address"):
        _effective(bundle, **{KEY: {"levels": "http://files.corp.example/levels.csv"}})
