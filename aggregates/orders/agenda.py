"""The next step of a service order, and when it is due; used by the same workflow loop as the petition's agenda."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from aggregates.orders.state import Order, Stage


class Step(StrEnum):
    """What the engine does by itself. Each is a command of the same name."""

    ASSIGN = "assign"
    ESCALATE = "escalate"
    REMIND = "remind"
    BREAK = "break-commitment"
    CLOSE = "close"


class Owed(NamedTuple):
    """The next step and when it is due; `step` None: nothing is owed any more."""

    step: Step | None
    due_at: datetime | None


NOTHING = Owed(None, None)


def agenda(state: Order) -> Owed:
    """The next step of an order. A step whose time has passed is due now; every open order has one."""
    if not state.open:
        return NOTHING
    if state.stage is Stage.RATED:
        return Owed(Step.CLOSE, state.last_at)
    if state.stage is Stage.DELIVERED:
        return Owed(Step.CLOSE, state.rate_by)
    promise = state.promise
    if promise is None or promise.outcome == "broken":
        assert state.next is not None, f"{state.id}: nothing is next in stage {state.stage}"
        return Owed(Step(state.next.step), state.next.at)
    ahead = promise.reminders[state.reminders_given :]
    return Owed(Step.REMIND, ahead[0]) if ahead else Owed(Step.BREAK, promise.promised_by)
