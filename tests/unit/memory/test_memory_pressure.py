import pytest

from planalign_orchestrator.memory.readings import Pressure, pressure_of


@pytest.mark.parametrize(
    ("mb_of_4096", "level"),
    [
        (2047, Pressure.NORMAL),
        (2048, Pressure.MODERATE),
        (3071, Pressure.MODERATE),
        (3072, Pressure.HIGH),
        (3583, Pressure.HIGH),
        (3584, Pressure.CRITICAL),
        (9000, Pressure.CRITICAL),
    ],
)
def test_levels_start_at_half_three_quarters_and_seven_eighths(mb_of_4096: int, level: Pressure) -> None:
    assert pressure_of(mb_of_4096 / 4096) is level
