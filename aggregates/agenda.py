"""What is owed next for a petition, and when: one pure function, read by the workflow, the doors and the audits."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from aggregates.state import CLOCK_RUNS, Petition, Stage


class Step(StrEnum):
    """What the engine does by itself. Each is a command of the same name."""

    CLASSIFY = "classify"
    DISPATCH = "dispatch"
    REMIND = "remind"
    ESCALATE = "escalate"
    FOLLOW_UP = "follow-up"
    CLOSE = "close"


class Owed(NamedTuple):
    """The next step and the instant it is due; `step` is None when nothing is owed any more."""

    step: Step | None
    due_at: datetime | None


NOTHING = Owed(None, None)


def agenda(state: Petition) -> Owed:
    """The next step for a petition. A step whose time is past is due now.

    Every open petition owes something: none can be forgotten. The times come from the events that set them, so the
    agenda of a running case does not change behind its back when a rule does.
    """
    if state.last_at is None or not state.open:
        return NOTHING
    match state.stage:
        case Stage.RECEIVED:
            return Owed(Step.CLASSIFY, state.last_at)
        case Stage.TRIAGED:
            return Owed(Step.DISPATCH, state.last_at)
        case Stage.CONFIRMED:
            return Owed(Step.CLOSE, state.last_at)
        case Stage.REPLIED:
            return Owed(Step.CLOSE, state.answer_by) if state.answer_by else Owed(Step.FOLLOW_UP, state.ask_at)
        case _:
            return _by_the_clock(state)


def _by_the_clock(state: Petition) -> Owed:
    assert state.stage in CLOCK_RUNS
    if state.with_leader:
        return Owed(Step.REMIND, state.remind_leader_at)
    assert state.clock is not None, f"{state.id}: no clock in stage {state.stage}"
    ahead = state.clock.reminders[state.reminders_given :]
    return Owed(Step.REMIND, ahead[0]) if ahead else Owed(Step.ESCALATE, state.clock.due_at)
