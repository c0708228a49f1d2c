"""`planalign backtest`: the early years are fitted, the others simulated and scored."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from planalign_orchestrator.learning.backtest import BUNDLED, FITTED, FLAT, Backtest, Band, Score, sentence_of
from tests.learning import histories
from tests.security.conftest import say


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> histories.Past:
    return histories.make(tmp_path_factory.mktemp("past"), people=120, files=4, seed=8)


@pytest.mark.slow
def test_held_out_years_are_scored(past: histories.Past, tmp_path: Path) -> None:
    said = say("backtest", *past.files, "--output", tmp_path, "--seeds", "3")
    assert said.code == 0, said.everything
    found = json.loads((tmp_path / "backtest.json").read_text(encoding="utf-8"))
    assert found["fitted_until"] == "2021-12-31"
    by_measure = {score["measure"]: score for score in found["scores"]}
    employed = past.files[-1].read_text(encoding="utf-8").splitlines()[1:]
    assert by_measure["headcount"]["actual"] == sum(line.endswith(",") for line in employed)
    services = [score["actual"] for name, score in by_measure.items() if name.startswith("exits: ")]
    assert len(services) == 5 and sum(services) == by_measure["exits"]["actual"]
    assert "participation" not in by_measure
    band = by_measure["exits"]["bands"][
        "fitted"
    ]  # everybody leaves by a chance of their own, in each future by another
    assert band["low"] < band["middle"] < band["high"]
    assert "Backtest, 2022" in (tmp_path / "backtest.html").read_text(encoding="utf-8")
    assert (tmp_path / "fitted" / "fitted.yaml").exists()


@pytest.mark.slow
@pytest.mark.parametrize(("until", "words"), [("2019", "leaves 1 of the files to fit"), ("2022", "0 to hold out")])
def test_there_must_be_something_to_fit_and_to_hold_out(
    past: histories.Past, tmp_path: Path, until: str, words: str
) -> None:
    said = say("backtest", *past.files, "--output", tmp_path, "--fit-until", until)
    assert said.code == 2 and words in said.err


@pytest.mark.slow
def test_a_missing_year_is_refused(past: histories.Past, tmp_path: Path) -> None:
    said = say("backtest", past.files[0], past.files[1], past.files[3], "--output", tmp_path)
    assert said.code == 2 and "2022-12-31" in said.err


def score(measure: str, actual: float, **middles: float) -> Score:
    return Score(
        measure, 2022, actual, {name: Band(middle - 1, middle, middle + 1) for name, middle in middles.items()}
    )


def test_errors_and_coverage() -> None:
    scores = [
        score("exits", 10, **{FITTED: 10.5, FLAT: 12, BUNDLED: 5}),
        score("exits: service <2", 4, **{FITTED: 6, FLAT: 4, BUNDLED: 4}),
        score("raise", 0.03, **{FITTED: 0.02, FLAT: 0.05, BUNDLED: 0.01}),
    ]
    found = Backtest(dt.date(2021, 12, 31), 20, scores, [])
    assert found.coverage == pytest.approx(2 / 3)
    assert found.mean_error(FITTED, "exits") == pytest.approx(0.05)
    assert found.mean_error(FLAT, "raise") == pytest.approx(0.02)
    assert "2 of 3 outcomes" in sentence_of(found) and "In 2 of 3 measures" in sentence_of(found)
