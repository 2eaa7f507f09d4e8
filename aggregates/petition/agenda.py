"""The next step of a petition, and when it is due: one pure function, used by workflow, commands and audits."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from aggregates.event import ClockName
from aggregates.petition.state import CLOCK_RUNS, IN_REVIEW, WAITING, Petition, Stage


class Step(StrEnum):
    """What the engine does by itself. Each is a command; of two due at once, the one listed first goes first."""

    CLASSIFY = "classify"
    DISPATCH = "dispatch"
    RESUME = "resume"
    LOOK_AGAIN = "look-again"
    REMIND = "remind"
    ESCALATE = "escalate"
    WARN = "warn"
    BREACH = "breach"
    REMIND_LEADER = "remind-leader"
    FOLLOW_UP = "follow-up"
    CLOSE = "close"


class Owed(NamedTuple):
    """The next step and when it is due; `step` None: nothing is owed any more."""

    step: Step | None
    due_at: datetime | None


class Entry(NamedTuple):
    """One entry of the agenda; `clock`: the one that a warning or a breach is about."""

    step: Step
    due_at: datetime
    clock: ClockName = "tier"


NOTHING = Owed(None, None)
_ORDER = {step: number for number, step in enumerate(Step)}


def agenda(state: Petition) -> Owed:
    """The next step of a petition. A step whose time has passed is due now.

    Every open petition has one: none can be forgotten. The times come from the events that set them, so a change of
    rules does not change a running case. A merged, withdrawn or closed one has none, until a dispute or review reopens
    it.
    """
    entry = first_entry(state)
    return Owed(entry.step, entry.due_at) if entry else NOTHING


def first_entry(state: Petition) -> Entry | None:
    """The agenda's first entry; None: nothing is owed."""
    return min(_entries(state), key=lambda entry: (entry.due_at, _ORDER[entry.step]), default=None)


def _entries(state: Petition) -> Iterator[Entry]:
    """All entries."""
    if state.last_at is None or not state.open:
        return
    match state.stage:
        case Stage.RECEIVED:
            yield Entry(Step.CLASSIFY, state.last_at)
        case Stage.TRIAGED:
            yield Entry(Step.DISPATCH, state.last_at)
        case Stage.CONFIRMED:
            yield Entry(Step.CLOSE, state.last_at)
        case Stage.REPLIED:
            if state.answer_by:
                yield Entry(Step.CLOSE, state.answer_by)
            elif state.ask_at:
                yield Entry(Step.FOLLOW_UP, state.ask_at)
        case _:
            yield from _while_it_waits_for_somebody(state)


def _while_it_waits_for_somebody(state: Petition) -> Iterator[Entry]:
    assert state.stage in CLOCK_RUNS | WAITING | IN_REVIEW
    if state.stage in CLOCK_RUNS:
        yield _by_the_tiers_clock(state)
    elif state.stage in WAITING:
        assert state.waits_until is not None, f"{state.id}: no end of the wait in stage {state.stage}"
        yield Entry(Step.RESUME if state.stage is Stage.PAUSED else Step.LOOK_AGAIN, state.waits_until)
    yield from _by_the_other_clocks(state)
    if state.remind_supervisor_at:
        yield Entry(Step.REMIND_LEADER, state.remind_supervisor_at)


def _by_the_tiers_clock(state: Petition) -> Entry:
    if state.with_leader:
        assert state.remind_leader_at is not None, f"{state.id}: with the leader, who is not reminded"
        return Entry(Step.REMIND, state.remind_leader_at)
    assert state.clock is not None, f"{state.id}: no clock in stage {state.stage}"
    ahead = state.clock.reminders[state.reminders_given :]
    return Entry(Step.REMIND, ahead[0]) if ahead else Entry(Step.ESCALATE, state.clock.due_at)


def _by_the_other_clocks(state: Petition) -> Iterator[Entry]:
    for each in state.running:
        clock = each.clock
        if clock.name == "tier":
            continue
        if each.breached_at:
            if each.repeat_at:
                yield Entry(Step.WARN, each.repeat_at, clock.name)
            continue
        ahead = clock.reminders[each.reminders_given :]
        yield Entry(Step.WARN, ahead[0], clock.name) if ahead else Entry(Step.BREACH, clock.due_at, clock.name)
