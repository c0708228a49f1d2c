"""Settings of how people answer the plan: whether a new design moves them, and how often they change their minds."""

from pydantic import Field

from planalign_orchestrator.config.contributions import Match
from planalign_orchestrator.config.fields import Section, ShareOfPay, setting

_FIRST_SHARE = 0.06
"""What a matched dollar earns is looked at on deferrals up to this share of pay."""


class KnownPlan(Section):
    """The match that people know before the first year, which they compare with the one then in force."""

    match_ceiling: ShareOfPay | None = setting(None, "share of pay, or null", ge=0, le=1)
    """The highest deferral rate that earned a match; null is that of the configuration without the scenario."""
    match_rate: float | None = setting(None, "dollars a dollar, or null", ge=0, le=5)
    """What a dollar deferred up to 6% of pay earned; null is that of the configuration without the scenario."""


class Behavior(Section):
    """How people answer the plan; the chances stand in the tables match_response and deferral_changes."""

    responds: bool = setting(True)
    """A new match moves deferral rates and participation in its first year; no is the mechanical cost alone."""
    known_plan: KnownPlan = Field(default_factory=KnownPlan)
    deferral_change_multiplier: float = setting(1.0, "factor", ge=0, le=5)
    """Scales the yearly chances to raise, lower or stop one's deferral; 0 keeps every election."""


def known_plan(match: Match) -> KnownPlan:
    """What people know of a match; of several bands the best one counts."""
    paid = [
        sum(tier.rate * max(0.0, min(tier.deferral_to, _FIRST_SHARE) - tier.deferral_from) for tier in band.tiers)
        for band in match.bands()
    ]
    most = max(paid, default=0.0)
    capped = most if match.max_match_percentage is None else min(most, match.max_match_percentage)
    return KnownPlan(match_ceiling=match.ceiling(), match_rate=round(capped / _FIRST_SHARE, 6))
