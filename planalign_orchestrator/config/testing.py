"""Settings of the nondiscrimination tests: how the plan is tested, and how a test that fails is corrected."""

from typing import Literal

from planalign_orchestrator.config.fields import Section, Share, setting, told_conflict


class Testing(Section):
    """Nondiscrimination tests (IRC 401(k)(3), 401(m), 410(b), 401(a)(4)); no test changes what is simulated."""

    method: Literal["current", "prior"] = setting("current", "year")
    """The year whose NHCE average the ADP and ACP tests compare with."""
    first_year_prior_adp: float | Literal["actual"] = setting(0.03, "0.03, or actual")
    """For method prior: the NHCE average of the year before the first, 3% or what the first year's is."""
    compensation: Literal["from_entry", "full_year"] = setting("from_entry", "part of the year")
    """The pay that ratios divide by: from entry into the plan, or of the whole year (IRC 414(s))."""
    otherwise_excludable: Literal["together", "early_participation", "separate"] = setting("together", "way of testing")
    """People below 21 or with less than a year of service: with the others, NHCEs left out, or a test of their own."""
    leave_out_long_term_part_time: bool = setting(False)
    """No test counts people who may defer for two years of 500 hours alone (IRC 401(k)(15)(B)(i)(II))."""
    correction: Literal["none", "refund", "qnec_flat", "qnec_targeted"] = setting("none", "way of correction")
    """What the employer does about a failed ADP or ACP test."""
    refund_earnings_rate: Share = setting(0.0, "share of the refund")
    """Earnings paid out with a refund."""
    eaca_covers_all: bool = setting(False)
    """Every eligible employee is in the automatic arrangement, which gives six months for refunds (IRC 4979(f))."""
    annuity_factor: float = setting(7.9485, "dollars for 1 a year from 65 on", ge=5, le=12)
    """For cross-testing, at 8.5%; the default is the UP-1984 table, paid monthly."""

    def check(self) -> None:
        if self.first_year_prior_adp not in (0.03, "actual"):
            raise told_conflict("another first year", rate=self.first_year_prior_adp)
        if self.method == "prior" and self.correction.startswith("qnec"):
            raise told_conflict("contributions against the year before", correction=self.correction)
