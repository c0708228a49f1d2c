"""Where a run goes on after an interruption, and how it gets there.

Planning only reads; carrying the plan out writes the journal first, so that a kill in between repeats the step. Nothing
is deleted before what takes its place is there and checked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from planalign_orchestrator.errors import CheckpointError, ConfigurationError
from planalign_orchestrator.pipes import refuse_pipes
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.stages import Position
from planalign_orchestrator.storage import durable, year_copy
from planalign_orchestrator.storage.fingerprints import Difference, Fingerprints, differences, version_notes
from planalign_orchestrator.storage.journal import Entry, Journal, OpenedEntry, completed, fingerprints, through
from planalign_orchestrator.storage.verify import database_faults, remove_later_years

Source = Literal["nothing", "partial database", "finished database", "year copy"]


@dataclass(frozen=True)
class ResumePlan:
    """Where a run goes on and from what.

    Args:
        after: the last stage that need not be repeated; None starts with the first year.
        source: what holds the state after it.
        copy: the year copy, when it is one.
        finished: nothing is left to compute: the finished database has every year asked for.
        history: the journal entries that count from now on.
        notes: sentences for the user: what was found damaged, which patch version changed, what changed by intent.
    """

    after: Position | None
    source: Source
    copy: year_copy.YearCopy | None = None
    finished: bool = False
    history: tuple[Entry, ...] = ()
    notes: list[str] = field(default_factory=list)


def plan_run(
    folder: RunFolder, now: Fingerprints, years: tuple[int, int], *, resume: bool, from_year: int | None
) -> ResumePlan:
    """Decide where a run starts, whatever was asked for; only reads.

    Args:
        folder: of the run.
        now: everything that decides the result.
        years: the first and the last.
        resume: go on after an interruption.
        from_year: rewind to the state before this year.

    Raises:
        ConfigurationError: ``from_year`` is not among the years.
        CheckpointError: see ``plan_resume`` and ``plan_rewind``.
    """
    refuse_pipes(folder.root)
    first, last = years
    if from_year is not None and not first <= from_year <= last:
        raise ConfigurationError.told("outside the years", from_year=from_year, first=first, last=last)
    if from_year is not None:
        return plan_rewind(folder, now, first, from_year)
    return plan_resume(folder, now, last) if resume else ResumePlan(None, "nothing")


def plan_resume(folder: RunFolder, now: Fingerprints, end_year: int) -> ResumePlan:
    """Decide where a run goes on; only reads.

    Raises:
        CheckpointError: going on would not give the result of an undisturbed run; it says what differs.
    """
    journal = Journal(folder.journal)
    copies = [copy for copy in year_copy.list_copies(folder) if copy.manifest is not None]
    before = journal.fingerprints() or _best_fingerprints(copies, now)
    if before is None or (journal.completed() is None and not copies):
        return ResumePlan(None, "nothing", notes=["nothing to resume: the run starts with its first year"])
    _refuse_differences(differences(before, now))
    notes = _journal_notes(journal)
    state = _find_state(folder, journal.entries, [copy for copy in copies if _is_same(copy, now)], notes)
    notes += [f"goes on with another version; {note}" for note in version_notes(before, now)]
    if state is None:
        _refuse_mixture(journal.entries, now)
        return ResumePlan(None, "nothing", notes=[*notes, "no completed stage is left: the run starts again"])
    if state.after is not None and state.after.year > end_year:
        raise CheckpointError.told("years beyond", folder=folder, after=state.after, end_year=end_year)
    finished = state.source == "finished database" and state.after == Position.end_of(end_year)
    return replace(state, finished=finished, notes=notes)


def plan_rewind(folder: RunFolder, now: Fingerprints, start_year: int, from_year: int) -> ResumePlan:
    """Decide how to get to the state before ``from_year``, also with other settings from there on; only reads.

    Raises:
        CheckpointError: that state cannot be had, or something changed that earlier years depend on.
    """
    if from_year <= start_year:
        return ResumePlan(None, "nothing", notes=[f"{start_year} is the first year: everything is computed again"])
    target = Position.end_of(from_year - 1)
    journal = Journal(folder.journal)
    notes = _journal_notes(journal)
    history = through(journal.entries, target)
    copies = [copy for copy in year_copy.list_copies(folder) if copy.year < from_year]
    if not history:  # without a journal nobody can tell copies of different histories apart
        copies = [copy for copy in copies if _is_same(copy, now)]
    state = _find_state(folder, history, copies, notes)
    before = fingerprints(state.history) if state else None
    if state is None or before is None:
        raise _unreachable(from_year, journal, notes)
    changed = differences(before, now)
    _refuse_differences([change for change in changed if change.is_fixed])
    if state.after != target:
        if changed:
            raise _unreachable(from_year, journal, [*notes, *map(str, changed)])
        notes.append(f"the state after {from_year - 1} is lost: goes back to {state.after} and repeats what follows")
    notes += [f"from {from_year} on, {change}" for change in changed] + version_notes(before, now)
    return replace(state, notes=notes)


def plan_restore(copy: year_copy.YearCopy) -> ResumePlan:
    """The plan to put a given year copy in place of the partial database.

    Raises:
        CheckpointError: the copy is damaged.
    """
    if (fault := copy.checked().fault) is not None or copy.manifest is None:  # without a manifest there is a fault
        raise CheckpointError(str(fault), remedy="`planalign checkpoints list` shows the others.")
    return ResumePlan(Position.end_of(copy.year), "year copy", copy, history=copy.manifest.entries)


def carry_out(folder: RunFolder, plan: ResumePlan, now: Fingerprints) -> Journal:
    """Bring the folder into the state a plan starts from; the caller holds the lock and has no connection open.

    Returns:
        The journal to which the stages that follow are added.
    """
    folder.create()
    journal = Journal(folder.journal)
    durable.fault_point("restore.before_journal")
    if plan.after is not None and plan.after not in [getattr(entry, "position", None) for entry in journal.entries]:
        journal.record(*plan.history, anew=True)
    if plan.after is None or journal.completed() != plan.after or journal.fingerprints() != now:
        journal.record(OpenedEntry(plan.after, now))
    _bring_back(folder, plan)
    return journal


def _bring_back(folder: RunFolder, plan: ResumePlan) -> None:
    """Make the partial database the state after ``plan.after``."""
    if plan.after is None:
        durable.unlink(year_copy.write_ahead_log(folder.partial_database), folder.partial_database)
        return
    if plan.copy is not None:
        year_copy.restore_copy(plan.copy, folder.partial_database)
        faults = [fault for fault in database_faults(folder.partial_database, plan.history) if "DuckDB" not in fault]
        if faults:
            raise CheckpointError.told("other content", plan=plan, fault=faults[0])
    elif plan.source == "finished database":
        copied = folder.partial_database.with_name(f"{folder.partial_database.name}.restored.tmp")
        durable.copy_synced(folder.database, copied)
        year_copy.put_in_place(copied, folder.partial_database)
    durable.fault_point("resume.before_trim")
    remove_later_years(folder.partial_database, plan.after.year)
    # All that could be read of it is merged; a torn end would stay beside the database.
    durable.unlink(year_copy.write_ahead_log(folder.partial_database))
    durable.fault_point("resume.after_trim")


def _find_state(
    folder: RunFolder, entries: Sequence[Entry], copies: Sequence[year_copy.YearCopy], notes: list[str]
) -> ResumePlan | None:
    """The furthest state that is there and sound: a database as the journal ends, else the end of an earlier year."""
    position = completed(entries)
    if position is not None:
        found, faults = _from_databases(folder, position, entries)
        if found is not None:
            return found
        notes += faults
    usable = {copy.year: copy for copy in copies if copy.state(entries) != "superseded"}
    stages = [entry.position for entry in entries if not isinstance(entry, OpenedEntry)]
    ended = {stage.year for stage in stages if stage.ends_year}
    for year in sorted(ended | usable.keys(), reverse=True):
        found = _from_copy(usable[year], notes) if year in usable else None
        if found is None and year in ended:
            end = Position.end_of(year)
            found, _ = _from_databases(folder, end, through(entries, end))
            notes += [f"goes on from the end of {year}, which the {found.source} still holds"] if found else []
        if found is not None:
            return found
    return None


def _from_databases(
    folder: RunFolder, position: Position, entries: Sequence[Entry]
) -> tuple[ResumePlan | None, list[str]]:
    """The state after a position in one of the databases, or what is wrong with the one that the run works in."""
    faults = database_faults(folder.partial_database, entries)
    if not faults:
        return ResumePlan(position, "partial database", history=tuple(entries)), []
    if not folder.database.exists():
        return None, faults
    faults_of_result = database_faults(folder.database, entries)
    if not faults_of_result:
        return ResumePlan(position, "finished database", history=tuple(entries)), []
    return None, faults if folder.partial_database.exists() else faults_of_result


def _from_copy(copy: year_copy.YearCopy, notes: list[str]) -> ResumePlan | None:
    try:
        plan = plan_restore(copy)
    except CheckpointError as error:
        notes.append(error.message)
        return None
    notes.append(f"restored from {copy.path.name}")
    return plan


def _best_fingerprints(copies: Sequence[year_copy.YearCopy], now: Fingerprints) -> Fingerprints | None:
    """Without a journal: those of a copy that fits, else those of the newest one."""
    known = [found for copy in copies if copy.manifest and (found := fingerprints(copy.manifest.entries))]
    return next((found for found in known if not differences(found, now)), known[0] if known else None)


def _is_same(copy: year_copy.YearCopy, now: Fingerprints) -> bool:
    before = fingerprints(copy.manifest.entries) if copy.manifest else None
    return before is not None and not differences(before, now)


def _journal_notes(journal: Journal) -> list[str]:
    if not journal.damaged:
        return []
    return [f"{journal.path} is damaged at its end; it counts up to {journal.completed() or 'its beginning'}"]


def _refuse_differences(found: Sequence[Difference]) -> None:
    if not found:
        return
    rewind = "go on from a year with what is set now (--from-year YEAR keeps the years before it as they are); "
    rewind = "" if any(change.is_fixed for change in found) else rewind
    raise CheckpointError.told("not as it was", found=_indented(found), rewind=rewind)


def _refuse_mixture(entries: Sequence[Entry], now: Fingerprints) -> None:
    opened = [entry.fingerprints for entry in entries if isinstance(entry, OpenedEntry)]
    changed = [change for before in opened for change in differences(before, now)]
    if changed:
        raise CheckpointError.told("no first years", changed=_indented(changed))


def _unreachable(from_year: int, journal: Journal, reasons: Sequence[str]) -> CheckpointError:
    done = f"the run has come to {at}" if (at := journal.completed()) else "no stage is recorded as complete"
    return CheckpointError.told("not brought back", from_year=from_year, done=done, reasons=_indented(reasons))


def _indented(found: Sequence[object]) -> str:
    return "".join(f"\n  {one}" for one in found)
