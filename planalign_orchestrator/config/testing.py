"""Settings of the nondiscrimination tests: how the plan is tested, and how a test that fails is corrected."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from planalign_orchestrator.config.fields import Section, Share, conflict, setting


class Testing(Section):
    """Nondiscrimination tests (IRC 401(k)(3), 401(m), 410(b), 401(a)(4)); no test changes what is simulated."""

    method: Literal["current", "prior"] = setting(
        "current",
        "year",
        "the year whose NHCE average the ADP and ACP tests compare with",
        effect="fct_ndt_test.nhce_average",
    )
    first_year_prior_adp: float | Literal["actual"] = setting(
        0.03,
        "0.03, or actual",
        "for method prior: the NHCE average of the year before the first, 3% or what the first year's is",
        effect="fct_ndt_test.nhce_average",
    )
    compensation: Literal["from_entry", "full_year"] = setting(
        "from_entry",
        "part of the year",
        "the pay that ratios divide by: from entry into the plan, or of the whole year (IRC 414(s))",
        effect="fct_ndt_person.compensation",
    )
    otherwise_excludable: Literal["together", "early_participation", "separate"] = setting(
        "together",
        "way of testing",
        "people below 21 or with less than a year of service: with the others, NHCEs left out, or a test of their own",
        effect="fct_ndt_test.test_group",
    )
    correction: Literal["none", "refund", "qnec_flat", "qnec_targeted"] = setting(
        "none",
        "way of correction",
        "what the employer does about a failed ADP or ACP test",
        effect="fct_ndt_test.result",
    )
    refund_earnings_rate: Share = setting(
        0.0, "share of the refund", "earnings paid out with a refund", effect="fct_ndt_test.refund_earnings"
    )
    eaca_covers_all: bool = setting(
        False,
        "yes or no",
        "every eligible employee is in the automatic arrangement, which gives six months for refunds (IRC 4979(f))",
        effect="fct_ndt_test.refund_deadline",
    )
    annuity_factor: float = setting(
        7.9485,
        "dollars for 1 a year from 65 on",
        "for cross-testing, at 8.5%; the default is the UP-1984 table, paid monthly",
        effect="int_ndt_core_rates.benefit_thousandths",
        ge=5,
        le=12,
    )

    @model_validator(mode="after")
    def _is_as_the_law_has_it(self) -> Testing:
        if self.first_year_prior_adp not in (0.03, "actual"):
            raise conflict(
                f"first_year_prior_adp is {self.first_year_prior_adp}; IRC 401(k)(3)(E) knows 0.03 and actual",
                "first_year_prior_adp",
            )
        if self.method == "prior" and self.correction.startswith("qnec"):
            raise conflict(
                f"correction {self.correction} cannot help a test against the year before: its NHCE average stands "
                "already (Treas. Reg. 1.401(k)-2(a)(6)(vi)); choose refund, or method current",
                "correction",
                "method",
            )
        return self
