"""Short ways to write bands and tiers of employer contributions."""

from __future__ import annotations

from typing import Any


def tier(low: float, high: float, rate: float) -> dict[str, float]:
    """A match tier."""
    return {"deferral_from": low, "deferral_to": high, "rate": rate}


def band(minimum: int, *tiers: dict[str, float]) -> dict[str, Any]:
    """A match band."""
    return {"minimum": minimum, "tiers": list(tiers)}


def steps(*pairs: tuple[int, float]) -> list[dict[str, float]]:
    """Core bands."""
    return [{"minimum": minimum, "rate": rate} for minimum, rate in pairs]
