"""What each column of the public tables means: title, unit, meaning, rule. Reports, exports and the docs read it here.

``python -m planalign_orchestrator.reports.definitions`` prints the tables of ``docs/columns.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Form = Literal["text", "year", "count", "number", "decimal", "money", "mean_money", "rate", "share", "date", "flag"]
"""How a value is shown: ``rate`` and ``share`` are fractions shown as percent, ``count`` is whole, ``flag`` a truth."""

UNITS: Mapping[Form, str] = {
    "text": "name",
    "year": "plan year",
    "count": "number",
    "number": "number",
    "decimal": "number",
    "money": "dollars",
    "mean_money": "dollars a person",
    "rate": "share of pay",
    "share": "share",
    "date": "date",
    "flag": "yes or no",
}


@dataclass(frozen=True)
class Column:
    """A column of a public table.

    Args:
        name: in the database and in CSV and Parquet exports.
        title: in reports.
        form: how it is shown.
        meaning: one sentence.
        rule: where the rule stands: a section of ``docs/methodology.md`` or of the Internal Revenue Code.
        unit: where it is another than the form's.
    """

    name: str
    title: str
    form: Form
    meaning: str
    rule: str
    unit: str = ""

    @property
    def counted_in(self) -> str:
        """The unit."""
        return self.unit or UNITS[self.form]


TABLE_MEANINGS: Mapping[str, str] = {
    "fct_yearly_summary": "One row a year: headcount, pay, participation, plan money and cost.",
    "fct_compensation_growth": "One row a year: pay growth by four measures, which answer different questions.",
    "fct_plan_by_group": "One row a year and group: workforce, participation and plan money by age, service, level, "
    "pay, way of enrolment, deferral rate and reason of exit, and what the hazards made us expect.",
    "fct_workforce_snapshot": "One row a person and year: the workforce at 31 December, and the year's leavers.",
    "fct_yearly_events": "One row an event: everything that happened to anybody, in order.",
}
"""What a row of each public table is."""

ASSUMPTION_MEANINGS: Mapping[str, str] = {
    "levels": "Job levels: pay bands, merit rates, factors on exits, promotions and enrolment, pay of new hires.",
    "age_bands": "Age bands in completed years, with factors on exits and promotions.",
    "tenure_bands": "Service bands in completed years, with factors on exits, promotions and later enrolment.",
    "new_hire_ages": "Ages of new hires with their weights.",
    "raise_months": "Months in which the yearly raise takes effect, with weights.",
    "irs_limits": "Published IRS limits; later years are indexed at plan.compliance.irs_indexation_rate.",
    "participation_by_age": "Chances of enrolling, enrolling later and opting out, by age.",
    "participation_by_income": "Factors on these chances, by pay.",
    "elected_deferral_rates": "Deferral rate that people elect, by pay and age.",
    "vesting_schedules": "Vested share by completed years of service.",
}
"""What each assumption table holds, in the order of the reports."""

_SCENARIO = Column("scenario_id", "Scenario", "text", "The scenario, setting simulation.scenario_id.", "settings")
_DESIGN = Column(
    "plan_design_id", "Plan design", "text", "The plan design, setting simulation.plan_design_id.", "settings"
)
_YEAR = Column("simulation_year", "Year", "year", "The plan year, a calendar year.", "methodology")
_PERSON_KEY = Column("person_key", "Person key", "number", "Number of the person within the run.", "methodology 4")
_EMPLOYEE = Column(
    "employee_id", "Employee id", "text", "The census's id, or NH_<year>_<number> for a hire.", "methodology 4"
)
_KEYS = (_SCENARIO, _DESIGN, _YEAR)

_SUMMARY = (
    *_KEYS,
    Column("opening_headcount", "Opening headcount", "count", "Employed on 1 January.", "methodology 1"),
    Column("hires", "Hires", "count", "People hired in the year.", "methodology 2 and 4"),
    Column("experienced_exits", "Exits of opening staff", "count", "Here on 1 January, then left.", "methodology 3"),
    Column("new_hire_exits", "Exits of new hires", "count", "Hired and left in the year.", "methodology 4"),
    Column("promotions", "Promotions", "count", "Promotion events.", "methodology 5"),
    Column("raises", "Raises", "count", "Yearly raise events (merit and cost of living).", "methodology 5"),
    Column(
        "closing_headcount", "Closing headcount", "count",
        "Active at 31 December: opening + hires - exits of both kinds.", "methodology 2",
    ),
    Column("target_headcount", "Target headcount", "count", "Opening headcount x (1 + growth).", "methodology 2"),
    Column("growth_rate", "Headcount growth", "share", "Closing over opening headcount, less 1.", "methodology 2"),
    Column("payroll", "Payroll", "money", "Pay earned in the year, leavers and hires for their days.", "methodology 8"),
    Column(
        "closing_payroll", "Annual pay at year end", "money", "Annual rates of those active at 31 December.",
        "methodology 8",
    ),
    Column(
        "mean_compensation", "Mean annual pay at year end", "mean_money",
        "Annual pay at year end over closing headcount.", "methodology 14",
    ),
    Column("eligible", "Eligible", "count", "Active at 31 December and eligible for the plan.", "methodology 6"),
    Column("participants", "Participants", "count", "Active at 31 December with a deferral rate.", "methodology 7"),
    Column("participation_rate", "Participation", "share", "Participants over eligible.", "methodology 7"),
    Column(
        "mean_deferral_rate", "Mean deferral rate", "rate", "Mean rate of the participants at 31 December.",
        "methodology 7",
    ),
    Column(
        "employee_contributions", "Employee deferrals", "money", "Deferrals with catch-up, traditional and Roth.",
        "methodology 9; IRC 402(g), 414(v)",
    ),
    Column("employer_match", "Match", "money", "Match after the 415(c) limit.", "methodology 10; IRC 401(m)"),
    Column("employer_core", "Core contribution", "money", "Nonelective contribution after the 415(c) limit.",
           "methodology 10"),
    Column(
        "total_employer_contributions", "Employer contributions", "money", "Match + core contribution.",
        "methodology 10",
    ),
    Column(
        "forfeitures", "Forfeitures", "money", "Unvested employer money of the year's leavers.",
        "methodology 11; IRC 411(a)",
    ),
    Column(
        "net_employer_cost", "Net employer cost", "money", "Employer contributions - forfeitures.", "methodology 11"
    ),
    Column(
        "cost_share_of_payroll", "Net cost as share of pay", "share", "Net employer cost over payroll.",
        "methodology 11",
    ),
    Column(
        "catch_up_contributions", "of which catch-up", "money", "Deferrals above the 402(g) limit, from age 50.",
        "methodology 9; IRC 414(v)",
    ),
    Column("people_with_catch_up", "With catch-up", "count", "People with such deferrals, leavers included.",
           "methodology 9; IRC 414(v)"),
    Column("people_limited_by_402g", "Limited by 402(g)", "count",
           "Elected more than 402(g) and the catch-up allow, leavers included.", "methodology 9; IRC 402(g)"),
    Column("people_limited_by_401a17", "Limited by 401(a)(17)", "count",
           "With eligible pay above the compensation limit, leavers included.", "methodology 8; IRC 401(a)(17)"),
    Column("people_limited_by_415c", "Limited by 415(c)", "count",
           "With employer money cut by the annual additions limit, leavers included.", "methodology 10; IRC 415(c)"),
    Column("highly_compensated", "Highly compensated", "count", "Highly compensated employees, leavers included.",
           "methodology 12; IRC 414(q)"),
    Column("elective_deferral_limit", "402(g) limit", "money", "The year's limit on deferrals.", "methodology 13"),
    Column("compensation_limit", "401(a)(17) limit", "money", "The year's limit on pay.", "methodology 13"),
    Column("annual_additions_limit", "415(c) limit", "money", "The year's limit on additions.", "methodology 13"),
    Column("limits_are_estimated", "Limits are estimates", "flag",
           "The year's limits are indexed from the last published ones.", "methodology 13"),
    Column("rule_violations", "Laws broken", "count", "Violations of the model's laws; a run with any stops.",
           "methodology, The laws"),
)  # fmt: skip

_GROWTH = (
    *_KEYS,
    Column(
        "mean_opening_compensation", "Mean pay, opening", "mean_money", "Mean annual pay of the opening workforce.",
        "methodology 14",
    ),
    Column(
        "mean_closing_compensation", "Mean pay, closing", "mean_money", "Mean annual pay of all active at 31 December.",
        "methodology 14",
    ),
    Column(
        "growth_all_actives", "Growth, all actives", "share",
        "Closing mean over opening mean, less 1: hires and leavers change it.", "methodology 14",
    ),
    Column(
        "mean_continuous_compensation", "Mean pay, those who stayed", "mean_money",
        "Mean annual pay at 31 December of those here all year.", "methodology 14",
    ),
    Column(
        "growth_continuous_actives", "Growth, those who stayed", "share",
        "Their closing mean over the opening mean of everybody, less 1.", "methodology 14",
    ),
    Column(
        "growth_same_people", "Growth, same people", "share",
        "Annual pay of those here all year, closing over their own opening, less 1.", "methodology 14",
    ),
    Column("payroll", "Payroll", "money", "Pay earned in the year.", "methodology 8"),
    Column(
        "growth_payroll", "Growth, payroll", "share", "Payroll over that of the year before, less 1.",
        "methodology 14",
    ),
)  # fmt: skip

_GROUP = (
    *_KEYS,
    Column(
        "group_type", "Grouped by", "text",
        "age_band, tenure_band, level, pay_band, enrollment_source, deferral_band, termination_reason; "
        "opening_age_band, opening_tenure_band and opening_level: the opening workforce as the hazards saw it.",
        "methodology 3 and 14",
    ),
    Column("group_name", "Group", "text", "Band, level, way of enrolment or reason.", "methodology 1"),
    Column("opening_headcount", "Opening headcount", "count", "Of the opening workforce.", "methodology 1"),
    Column("closing_headcount", "Closing headcount", "count", "Active at 31 December.", "methodology 2"),
    Column("exits", "Exits", "count", "Left in the year.", "methodology 3"),
    Column("expected_exits", "Exits expected", "decimal", "Of opening staff, from the hazards.", "methodology 3",
           "people"),
    Column("promotions", "Promotions", "count", "Promoted in the year.", "methodology 5"),
    Column("expected_promotions", "Promotions expected", "decimal", "Sum of the promotion probabilities.",
           "methodology 5", "people"),
    Column("eligible", "Eligible", "count", "Active at 31 December and eligible for the plan.", "methodology 6"),
    Column("participants", "Participants", "count", "Active at 31 December with a deferral rate.", "methodology 7"),
    Column("participation_rate", "Participation", "share", "Participants over eligible.", "methodology 7"),
    Column("mean_deferral_rate", "Mean deferral rate", "rate", "Mean rate of the participants at 31 December.",
           "methodology 7"),
    Column("payroll", "Payroll", "money", "Pay earned in the year, leavers included.", "methodology 8"),
    Column("employee_contributions", "Employee deferrals", "money", "Deferrals with catch-up.", "methodology 9"),
    Column("employer_match", "Match", "money", "Match after the 415(c) limit.", "methodology 10"),
    Column("employer_core", "Core contribution", "money", "Core after the 415(c) limit.", "methodology 10"),
    Column("total_employer_contributions", "Employer contributions", "money", "Match + core contribution.",
           "methodology 10"),
    Column("people_with_employer_money", "With employer money", "count", "People with a match or core contribution.",
           "methodology 10"),
    Column("forfeitures", "Forfeitures", "money", "Unvested employer money of the year's leavers.", "methodology 11"),
)  # fmt: skip

_SNAPSHOT = (
    _SCENARIO,
    _DESIGN,
    _PERSON_KEY,
    _EMPLOYEE,
    _YEAR,
    Column("employment_status", "Status", "text", "active or terminated at 31 December.", "methodology 3"),
    Column(
        "detailed_status_code", "Status in detail", "text",
        "continuous_active, new_hire_active, experienced_termination or new_hire_termination.", "methodology 3 and 4",
    ),
    Column("birth_date", "Born", "date", "Date of birth.", "methodology 0 and 4"),
    Column("hire_date", "Hired", "date", "Latest date of hire.", "methodology 0 and 4"),
    Column("termination_date", "Left", "date", "Last day employed and paid.", "methodology 3"),
    Column(
        "termination_reason", "Reason for leaving", "text",
        "retirement, reduction_in_force, voluntary or involuntary.", "methodology 3",
    ),
    Column("age", "Age", "number", "Completed years at 31 December or exit.", "methodology, Ground rules", "years"),
    Column("tenure_years", "Service", "number", "Completed years since hire, at 31 December or exit.",
           "methodology, Ground rules", "years"),
    Column("age_band", "Age band", "text", "Band of the age, of table age_bands.", "methodology 1"),
    Column("tenure_band", "Service band", "text", "Band of the service, of table tenure_bands.", "methodology 1"),
    Column("level_id", "Level", "number", "Job level at 31 December or exit.", "methodology 1 and 5", "level"),
    Column("opening_compensation", "Annual pay, opening", "money", "Annual rate on 1 January or at hire.",
           "methodology 1 and 4", "dollars a year"),
    Column("current_compensation", "Annual pay, closing", "money", "Annual rate at 31 December or exit.",
           "methodology 5", "dollars a year"),
    Column("prorated_annual_compensation", "Pay earned", "money", "Sum of annual pay x days / days of year.",
           "methodology 8"),
    Column("full_year_equivalent_compensation", "Pay earned, full year", "money",
           "Pay earned x days of year / days employed.", "methodology 8"),
    Column("days_employed", "Days employed", "number", "Days of the year employed, both ends included.",
           "methodology 8", "days"),
    Column("scheduled_hours_per_week", "Weekly hours", "number", "Scheduled hours a week.", "methodology 0", "hours"),
    Column("hours_worked", "Hours", "number", "Weekly hours x 52 x days employed / days of year.",
           "methodology 8", "hours"),
    Column("is_eligible", "Eligible", "flag", "Eligible for the plan by 31 December or exit.", "methodology 6"),
    Column("eligibility_date", "Eligible on", "date", "Entry date; may lie ahead; empty if never.", "methodology 6"),
    Column("is_enrolled", "Enrolled", "flag", "Has a deferral rate at 31 December or exit.", "methodology 7"),
    Column("enrollment_date", "Enrolled on", "date", "When the present enrolment took effect.", "methodology 7"),
    Column("enrollment_source", "Enrolled by", "text", "census, voluntary, auto or conversion.", "methodology 7"),
    Column("ever_opted_out", "Ever opted out", "flag", "Has left automatic enrolment at some time.", "methodology 7"),
    Column("opt_out_date", "Opted out on", "date", "When, the last time.", "methodology 7"),
    Column("deferral_rate", "Deferral rate", "rate", "Rate at 31 December or exit.", "methodology 7"),
    Column("escalation_count", "Escalations", "number", "Automatic increases so far.", "methodology 7", "steps"),
    Column("auto_escalation_opt_out", "Refuses escalation", "flag", "Opted out of automatic increases.",
           "methodology 7"),
    Column("pending_enrollment_date", "Will enrol on", "date", "Decided this year, effective next year.",
           "methodology 7"),
    Column("pending_enrollment_rate", "Will enrol at", "rate", "Rate of that enrolment.", "methodology 7"),
    Column("pending_enrollment_source", "Will enrol by", "text", "Source of that enrolment.", "methodology 7"),
    Column("pending_opt_out_date", "Will opt out on", "date", "Decided this year, effective next year.",
           "methodology 7"),
    Column("plan_compensation", "Plan compensation", "money",
           "Pay earned from hire or eligibility on, at most the 401(a)(17) limit.", "methodology 8; IRC 401(a)(17)"),
    Column("employee_contributions", "Employee deferrals", "money", "Deferrals with catch-up.",
           "methodology 9; IRC 402(g)"),
    Column("catch_up_contributions", "of which catch-up", "money", "Deferrals above the 402(g) limit, from age 50.",
           "methodology 9; IRC 414(v)"),
    Column("roth_contributions", "of which Roth", "money", "Part of the deferrals made as Roth.",
           "methodology 9; IRC 402A, 414(v)(7)"),
    Column("employer_match", "Match", "money", "Match after the 415(c) limit.", "methodology 10; IRC 401(m), 415(c)"),
    Column("employer_core", "Core contribution", "money", "Core contribution after the 415(c) limit.",
           "methodology 10; IRC 401(l), 415(c)"),
    Column("total_employer_contributions", "Employer contributions", "money", "Match + core contribution.",
           "methodology 10"),
    Column("employer_match_balance", "Match account", "money",
           "Opening balance + match of all years (balances earn nothing), before a forfeiture.", "methodology 11"),
    Column("employer_core_balance", "Core account", "money", "Core contributions of all years, before a forfeiture.",
           "methodology 11"),
    Column("employer_balance", "Employer accounts", "money", "Match account + core account.", "methodology 11"),
    Column("match_vested_percentage", "Match vested", "share", "By service and schedule.",
           "methodology 11; IRC 411(a)(2)(B)"),
    Column("core_vested_percentage", "Core vested", "share", "By service and schedule.",
           "methodology 11; IRC 411(a)(2)(B)"),
    Column("vested_percentage", "Vested", "share", "Vested part of both accounts.", "methodology 11"),
    Column("forfeiture_amount", "Forfeited", "money", "Unvested employer money that an exit forfeits.",
           "methodology 11"),
    Column("vesting_service_at_census", "Vesting service in census", "number", "Service that the census credits.",
           "methodology 11", "years"),
    Column("is_five_percent_owner", "5% owner", "flag", "Owns more than 5% of the employer.",
           "IRC 414(q)(1)(A), 416(i)"),
    Column("is_hce", "Highly compensated", "flag", "5% owner, or pay of the year before above that year's limit.",
           "methodology 12; IRC 414(q)"),
    Column("prior_year_compensation", "Pay of the year before", "money", "Decides on highly compensated status.",
           "methodology 1 and 12"),
    Column("is_limited_by_402g", "Limited by 402(g)", "flag",
           "Elected more than 402(g), catch-up and pay allow; the rest is not contributed.", "methodology 9"),
    Column("is_limited_by_401a17", "Limited by 401(a)(17)", "flag", "Eligible pay above the compensation limit.",
           "methodology 8"),
    Column("is_limited_by_415c", "Limited by 415(c)", "flag", "Annual additions above the limit; core, then match cut.",
           "methodology 10"),
)  # fmt: skip

_EVENTS = (
    Column("event_id", "Event id", "text", "Follows from scenario, plan, person, year, type and order.",
           "methodology, Ground rules"),
    _SCENARIO,
    _DESIGN,
    _PERSON_KEY,
    _EMPLOYEE,
    _YEAR,
    Column(
        "event_type", "Event", "text",
        "hire, termination, promotion, raise, eligibility, enrollment, opt_out, deferral_escalation, deferral_change "
        "or forfeiture.", "methodology, Ground rules",
    ),
    Column("event_category", "Kind", "text", "Finer: experienced or new_hire; auto, voluntary or conversion.",
           "methodology, Ground rules"),
    Column("effective_date", "Date", "date", "The day it took effect.", "methodology"),
    Column("event_sequence", "Order", "number", "Order within person and year.", "methodology 5", "position"),
    Column("compensation_before", "Annual pay before", "money", "Annual rate just before.", "methodology 5",
           "dollars a year"),
    Column("compensation_after", "Annual pay after", "money", "Annual rate from then on.", "methodology 5",
           "dollars a year"),
    Column("level_before", "Level before", "number", "Job level just before.", "methodology 5", "level"),
    Column("level_after", "Level after", "number", "Job level from then on.", "methodology 5", "level"),
    Column("deferral_rate_before", "Rate before", "rate", "Deferral rate just before.", "methodology 7"),
    Column("deferral_rate_after", "Rate after", "rate", "Deferral rate from then on.", "methodology 7"),
    Column("amount", "Amount", "money", "Change of annual pay, or what was forfeited.", "methodology 5 and 11"),
    Column("reason", "Reason", "text", "Of an exit.", "methodology 3"),
    Column("employee_age", "Age", "number", "Completed years on the day.", "methodology, Ground rules", "years"),
    Column("employee_tenure", "Service", "number", "Completed years since hire on the day.",
           "methodology, Ground rules", "years"),
)  # fmt: skip

COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "fct_yearly_summary": _SUMMARY,
    "fct_compensation_growth": _GROWTH,
    "fct_plan_by_group": _GROUP,
    "fct_workforce_snapshot": _SNAPSHOT,
    "fct_yearly_events": _EVENTS,
}
"""The columns of every public table, in the order of the database."""


def column(table: str, name: str) -> Column:
    """A column by table and name."""
    return next(found for found in COLUMNS[table] if found.name == name)


def columns_page() -> str:
    """The text of ``docs/columns.md``."""
    lines = [
        "# Columns of the result tables",
        "",
        "Generated by `python -m planalign_orchestrator.reports.definitions`; the workbook's sheet *Definitions* says",
        "the same. Names are those of the database and of the CSV and Parquet exports; titles stand in `results.xlsx`.",
        "Shares and rates are fractions (0.05 is 5%). Methodology 9 is section 9 of [the methodology](methodology.md).",
    ]
    for table, columns in COLUMNS.items():
        lines += ["", f"## {table}", "", TABLE_MEANINGS[table], ""]
        lines += ["| column | title | unit | meaning | rule |", "|---|---|---|---|---|"]
        lines += [f"| `{c.name}` | {c.title} | {c.counted_in} | {_cell(c.meaning)} | {c.rule} |" for c in columns]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    print(columns_page(), end="")
