from __future__ import annotations

from tests.unit.memory.scripted import Run


def advice_of(run: Run) -> dict[str, str | float | None]:
    return {advice.setting.rpartition(".")[2]: advice.value for advice in run.memory.summary().advice}


def evidence_of(run: Run) -> str:
    return "; ".join(advice.evidence for advice in run.memory.summary().advice)


def test_a_run_that_fits_needs_no_advice() -> None:
    run = Run(budget_gb=4, batch_size=500)
    run.sees(0.6)
    assert advice_of(run) == {}


def test_raise_the_level_when_memory_was_short_and_the_machine_has_more() -> None:
    run = Run(budget_gb=2, batch_size=250)
    run.sees(0.93)
    assert advice_of(run) == {"level": "medium"}
    assert "peak 1905 MiB of 2048, batches of 250 → 100 thousand" in evidence_of(run)
    assert "65536 MiB free" in evidence_of(run)


def test_start_with_the_smaller_batch_when_there_is_no_more_memory() -> None:
    run = Run(budget_gb=2, batch_size=500)
    run.sees(0.85, available_mb=500)
    assert advice_of(run) == {"batch_size": 250}
    assert "85% of what the run may have" in evidence_of(run)


def test_close_the_browser_when_the_machine_cannot_give_the_budget() -> None:
    run = Run(budget_gb=2, batch_size=250)
    run.sees(0.5, available_mb=600)
    texts = [advice.text for advice in run.memory.summary().advice]
    assert any("Close other programs (a browser above all)" in text for text in texts)
    assert advice_of(run)["memory_limit_gb"] == 1.5
    assert "may use 2048 MiB, but at the worst moment could have had only 1624; it used 1024" in evidence_of(run)


def test_lower_the_level_when_the_machine_cannot_give_the_budget_and_less_is_enough() -> None:
    run = Run(budget_gb=6, batch_size=1000)
    run.sees(0.1, available_mb=4000)
    assert advice_of(run) == {"level": "medium"}


def test_a_larger_batch_is_safe_when_half_of_the_budget_was_never_used() -> None:
    run = Run(budget_gb=4, batch_size=250)
    run.memory.record.population = 1_000_000
    run.sees(0.4)
    assert advice_of(run) == {"batch_size": 500}


def test_a_larger_batch_gains_nothing_when_all_people_are_in_one() -> None:
    run = Run(budget_gb=4, batch_size=250)
    run.memory.record.population = 250_000
    run.sees(0.4)
    assert advice_of(run) == {}


def test_a_disk_is_too_slow_when_the_processor_waits_while_data_is_on_it() -> None:
    run = Run(budget_gb=4, batch_size=500)
    for second in range(30):
        run.sees(0.6, spilled_mb=700, cpu_seconds=0.2 * second)
    assert "--output" in advice_of(run)
    assert "for 29 s up to 700 MiB were on disk, and the processor was busy only 20% of that time" in evidence_of(run)


def test_a_disk_that_hangs_altogether_is_too_slow() -> None:
    run = Run(budget_gb=4, batch_size=500)
    for _ in range(30):
        run.sees(0.6, spilled_mb=700, cpu_seconds=5)
    assert "--output" in advice_of(run)


def test_a_disk_that_keeps_the_processor_busy_is_fast_enough() -> None:
    run = Run(budget_gb=4, batch_size=500)
    for second in range(30):
        run.sees(0.6, spilled_mb=700, cpu_seconds=0.9 * second)
    assert advice_of(run) == {}
