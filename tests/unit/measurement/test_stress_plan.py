"""What a stress test runs, leaves out and finds fault with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from planalign_orchestrator.measurement import stress
from planalign_orchestrator.measurement.cases import Case, Measurement, Workshop
from planalign_orchestrator.measurement.outside import Observation
from planalign_orchestrator.measurement.stress import NotRun, cases, disagreeing, run_all

SEEN = Observation(0, 10, 9, 300, None, None, 0, 50, 0, "process tree", "", "")


def measured(case: Case, outcome: str = "done", digest: str = "abc") -> Measurement:
    return Measurement(case, outcome, SEEN, "low", 250, 2048, 300, 0.1, case.years, digest, {}, {})


class Pretended(Workshop):
    """A workshop in which cases of some sizes run out of memory."""

    def __init__(self, folder: Path, too_large: Sequence[int] = ()) -> None:
        super().__init__(folder)
        self.begun: list[Case] = []
        self._too_large = too_large

    def measure(self, case: Case) -> Measurement:
        self.begun.append(case)
        return measured(case, "killed for memory" if case.employees in self._too_large else "done")


def test_every_combination_is_run_in_order_of_its_work() -> None:
    found = cases([10_000, 1_000], [5, 1], ["low", "high"], [None, 100])
    assert len(found) == 16
    assert [case.employees * case.years for case in found] == sorted(case.employees * case.years for case in found)


def test_after_one_that_did_not_fit_no_larger_one_is_begun(tmp_path: Path) -> None:
    workshop = Pretended(tmp_path, too_large=[1_000])
    results = list(run_all(workshop, cases([100, 1_000, 2_000], [1], ["low"])))
    assert [case.employees for case in workshop.begun] == [100, 1_000]
    last = results[-1]
    assert isinstance(last, NotRun) and last.why == "1000 x 1, low was too large already"


def test_what_needs_more_disk_than_there_is_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stress, "BYTES_AN_EMPLOYEE_YEAR", 1 << 40)
    (result,) = run_all(Pretended(tmp_path), cases([1_000], [1], ["low"]))
    assert isinstance(result, NotRun) and "GiB of disk" in result.why


def test_what_needs_more_memory_than_there_is_is_not_begun(tmp_path: Path) -> None:
    (result,) = run_all(Pretended(tmp_path), cases([1_000], [1], ["low"], limit_gib=1e6))
    assert isinstance(result, NotRun) and "needs 1000000.0 GiB of memory" in result.why


def test_different_results_of_the_same_people_are_found() -> None:
    case = Case(1_000, 5, "low")
    good = [measured(case), measured(replace(case, level="high")), measured(replace(case, years=1), digest="other")]
    assert disagreeing(good) == []
    bad = measured(replace(case, batch_size=100), digest="xyz")
    assert disagreeing([*good, bad]) == [[good[0], good[1], bad]]


def test_the_proofs_are_the_promised_sizes() -> None:
    promised = {(case.employees, case.years, case.level, case.limit_gib) for case in stress.PROOFS}
    assert {(250_000, 5, "low", 1), (1_000_000, 3, "low", 2)} <= promised
