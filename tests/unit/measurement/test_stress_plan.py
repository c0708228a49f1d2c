"""What a stress test runs, leaves out and finds fault with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from planalign_orchestrator.measurement import cases
from planalign_orchestrator.measurement.cases import Case, Measurement, Workshop, disagreeing, run_all
from planalign_orchestrator.measurement.outside import Observation


def measured(case: Case, outcome: str = "done", digest: str = "abc") -> Measurement:
    return Measurement(case, outcome, Observation(), {"digests": {"fct_yearly_events": digest}})


class Pretended(Workshop):
    """A workshop in which cases of some sizes run out of memory."""

    def __init__(self, folder: Path, too_large: Sequence[int] = ()) -> None:
        super().__init__(folder)
        self.begun: list[Case] = []
        self._too_large = too_large

    def measure(self, case: Case) -> Measurement:
        self.begun.append(case)
        return measured(case, "killed for memory" if case.employees in self._too_large else "done")


def test_the_least_work_comes_first(tmp_path: Path) -> None:
    workshop = Pretended(tmp_path)
    list(run_all(workshop, [Case(2_000, 5), Case(10_000, 2), Case(1_000, 5)]))
    assert [case.employees * case.years for case in workshop.begun] == [5_000, 10_000, 20_000]


def test_after_one_that_did_not_fit_no_larger_one_is_begun(tmp_path: Path) -> None:
    workshop = Pretended(tmp_path, too_large=[1_000])
    results = list(run_all(workshop, [Case(size, 1, "low") for size in (100, 1_000, 2_000)]))
    assert [case.employees for case in workshop.begun] == [100, 1_000]
    last = results[-1]
    assert (last.outcome, last.observation.stopped) == ("not run", "1000 x 1, low was too large already")


def test_what_needs_more_disk_than_there_is_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "BYTES_AN_EMPLOYEE_YEAR", 1 << 40)
    (result,) = run_all(Pretended(tmp_path), [Case(1_000, 1, "low")])
    assert result.outcome == "not run" and "GiB of disk" in result.observation.stopped


def test_what_needs_more_memory_than_there_is_is_not_begun(tmp_path: Path) -> None:
    (result,) = run_all(Pretended(tmp_path), [Case(1_000, 1, "low", limit_gib=1e6)])
    assert result.outcome == "not run" and "needs 1000000.0 GiB of memory" in result.observation.stopped


def test_different_results_of_the_same_people_are_found() -> None:
    case = Case(1_000, 5, "low")
    good = [measured(case), measured(replace(case, level="high")), measured(replace(case, years=1), digest="other")]
    assert disagreeing(good) == []
    bad = measured(replace(case, batch_size=100), digest="xyz")
    assert disagreeing([*good, bad]) == [[good[0], good[1], bad]]


def test_the_proofs_are_the_promised_sizes() -> None:
    promised = {(case.employees, case.years, case.level, case.limit_gib) for case in cases.PROOFS}
    assert {(250_000, 5, "low", 1), (1_000_000, 3, "low", 2)} <= promised
