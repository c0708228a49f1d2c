"""What people do about the plan: join, opt out, convert, elect a rate, change it."""

from planalign_orchestrator.learning.credibility import of_events
from planalign_orchestrator.learning.experience import By, Experience, learn_factors
from planalign_orchestrator.tables import rendered

_CUTOFF = "plan.enrollment.auto_enrollment.hire_date_cutoff"


def learn_participation(found: Experience) -> None:
    """Fit everything about participation; nothing where no file has deferral rates."""
    history = found.history
    if not history.one("select max(deferral_rate) > 0 from people"):
        return
    history.connection.execute(rendered(__package__, "participation.sql"))
    automatic = history.settings.plan.enrollment.auto_enrollment
    sweeps = automatic.enabled and (automatic.scope == "all_eligible_employees" or automatic.reenroll == "yearly")
    for row in history.rows("from participation_today"):  # nothing of it is an assumption by itself
        found.of_share(row["topic"], row["name"], row["people"], (row["part"], row["whole"]), None)
    _behavior(found, "voluntary", "Voluntary enrollment", "deciders", "decision = 'voluntary'", "enrollment_multiplier")
    if automatic.enabled:
        behind = "deciders where decision <> 'voluntary'"
        _behavior(found, "opt_out", "Opt-out of automatic enrollment", behind, "decision = 'out'", "1")
        if automatic.scope == "new_hires_only" and automatic.hire_date_cutoff is None:
            # Whoever was hired shortly before the newest file is still to be enrolled.
            found.settings[_CUTOFF] = f"{history.last_day.year}-01-01"
    if sweeps:
        history.left_out.append("Automatic enrollment sweeps everybody in; conversions of their own are not seen.")
    else:
        _behavior(found, "conversion", "Later conversion", "converters", "converts", "conversion_multiplier")
    _elected(found)
    _changes(found)


def _behavior(found: Experience, name: str, title: str, behind: str, happens: str, weight: str) -> None:
    """Chances by age and factors by pay of one thing that people do."""
    history = found.history
    cells = history.rows_of("behavior", behind=behind, happens=happens, weight=weight)
    if not cells:
        history.left_out.append(f"{title}: nobody was in the position to do it.")
        return
    ways = (
        By("participation_by_age", f"{name}_rate", "age", "age_segment", in_order=True),
        By("participation_by_income", f"{name}_multiplier", "pay", "income_segment"),
    )
    learned = learn_factors(found, cells, ways, ("events", "could"), title, behind)
    people = sum(history.people_by("age_segment", behind).values())
    assumed = learned.known * getattr(history.settings.plan.enrollment, f"{name}_rate_multiplier")
    ratio = found.of_events(f"{title} in all", "Of what was assumed", people, assumed, learned.events, 1.0)
    level = ratio * learned.known / learned.fitted if learned.fitted else 1.0
    rates = found.changes["participation_by_age"][f"{name}_rate"]
    found.change("participation_by_age", f"{name}_rate", {one: min(rate * level, 1.0) for one, rate in rates.items()})


def _elected(found: Experience) -> None:
    """Rates that people elect; what the match magnet did is in them, so it fades as they become the client's own."""
    history = found.history
    known = history.factors("elected_deferral_rates", "deferral_rate")
    tails = history.factors("elected_rate_tails", "share")
    seen = history.means("deferral_rate", "elected where tail_rate is null", "income_segment", "age_segment")
    fitted = found.of_means("Rate elected by pay and age", seen, known)
    values = {key: min(max(rate, 0.0001), 0.75) for key, rate in fitted.items()}
    found.change("elected_deferral_rates", "deferral_rate", values)
    rates = found.rates[-len(known) :]
    if people := sum(rate.people for rate in rates):
        own = sum(rate.people * rate.credibility for rate in rates) / people
        magnet = history.settings.plan.enrollment.match_magnet
        found.set("plan.enrollment.match_magnet.probability", magnet.probability * (1 - own))
    found.change("elected_rate_tails", "share", {key: _tail(found, key, share) for key, share in tails.items()})


def _tail(found: Experience, key: tuple[str, str], known: float) -> float:
    """The share of a pay segment that elects a rate of its tail, or more and less than the next one."""
    segment, rate = key
    [row] = found.history.rows(
        f"select count(*) as people, count(*) filter (tail_rate = {rate}) as above from elected"
        " where income_segment = ?",
        [segment],
    )
    name, people = f"{segment} from {float(rate):g}", row["people"]
    return found.of_share(
        "Rates far above those of others", name, people, (row["above"], people), known, of_events(people)
    )


def _changes(found: Experience) -> None:
    """How often participants change their rate, against the table for people like them; one factor for each change."""
    history = found.history
    people = history.one("select count(distinct employee_id) from changers")
    if not people:
        return
    multiplier = history.settings.plan.behavior.deferral_change_multiplier
    kinds = ["lower", "stop"]
    if history.settings.plan.escalation.enabled:
        history.left_out.append("Rates rise by escalation too; how often people raise them themselves is not learned.")
    else:
        kinds.insert(0, "raise")
    for kind in kinds:
        name = f"{kind}_rate"
        known = history.factors("deferral_changes", name)
        [row] = history.rows_of("deferral_change", kind=kind)
        title = f"Participants who {kind} their rate" if kind != "stop" else "Participants who stop deferring"
        ratio = found.of_events(title, "Of what was assumed", people, row["expected"] * multiplier, row["events"], 1.0)
        found.change("deferral_changes", name, {key: min(rate * ratio, 1.0) for key, rate in known.items()})
