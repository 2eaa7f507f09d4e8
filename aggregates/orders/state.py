"""The state of a service order, folded from its events by `evolve`. Nothing is decided here."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Literal, assert_never, cast

from pydantic import BaseModel, ConfigDict

from aggregates.event import Event, Moment, Role
from aggregates.orders import events as e
from aggregates.orders.events import Next


class Stage(StrEnum):
    """The stage of an order. `NEW` is before its first event."""

    NEW = "new"
    POSTED = "posted"
    CLAIMED = "claimed"
    STARTED = "started"
    DELIVERED = "delivered"
    RATED = "rated"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


OPEN: frozenset[Stage] = frozenset(Stage) - {Stage.NEW, Stage.CLOSED, Stage.WITHDRAWN}
"""Stages in which something is owed."""

PROMISED: frozenset[Stage] = frozenset({Stage.CLAIMED, Stage.STARTED})
"""Stages in which a unit's promise runs."""

Outcome = Literal["running", "kept", "broken", "late", "released", "withdrawn"]


class Promise(BaseModel):
    """One claim of an order and the outcome of its promised time.

    `broken`: the time passed without delivery so far; `late`: delivered after it. Both count as not kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    unit: str
    partner: bool
    claimed_at: Moment
    promised_by: Moment
    reminders: tuple[Moment, ...]
    outcome: Outcome = "running"
    ended_at: Moment | None = None
    satisfied: bool | None = None
    score: int | None = None


class Origin(BaseModel):
    """What stands of the petition an order was raised from: who stays out of it, and whether it hides who asks, or hid
    it once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    confidential: bool
    complained_about: tuple[str, ...]
    recused: tuple[str, ...]


class Order(BaseModel):
    """The state of one order after `version` events. No personal data: that stays in the sealed fields.

    `origin` is no fact of its stream: whoever decides adds it from the petition, as it stands then
    (`office/order_handling.py`). None: the order came from none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: int = 0
    stage: Stage = Stage.NEW
    receipt: str = ""
    resident: str = ""
    community: str = ""
    source: str = ""
    kind: str = ""
    service: str | None = None
    charge: str = ""
    first: bool = False
    priority: int = 3
    petition: str | None = None
    origin: Origin | None = None
    taken_in_by: str | None = None
    posted_at: Moment | None = None
    tier: str = ""
    unit: str | None = None
    climbed: int = 0
    next: Next | None = None
    reminders_given: int = 0
    promises: tuple[Promise, ...] = ()
    rate_by: Moment | None = None
    supporters: tuple[str, ...] = ()
    inspectors: tuple[str, ...] = ()
    found_good: int = 0
    ended_at: Moment | None = None
    last_at: Moment | None = None

    @property
    def open(self) -> bool:
        """Whether something is owed."""
        return self.stage in OPEN

    @property
    def promise(self) -> Promise | None:
        """The running promise; None: nobody has claimed it."""
        return self.promises[-1] if self.stage in PROMISED else None

    @property
    def due_at(self) -> Moment | None:
        """The promised time; None: no promise runs."""
        return self.promise.promised_by if self.promise else None


def evolve(state: Order, event: Event) -> Order:
    """The state after one more event."""
    changes = _changes(state, cast("AnyEvent", event))
    return state.model_copy(update={"version": state.version + 1, "last_at": event.at, **changes})


def fold(order: str, events: Iterable[Event]) -> Order:
    """The state of an order from its events, oldest first."""
    state = Order(id=order)
    for event in events:
        state = evolve(state, event)
    return state


AnyEvent = (
    e.OrderPosted
    | e.OrderAssigned
    | e.OrderEscalated
    | e.OrderReminded
    | e.OrderClaimed
    | e.OrderStarted
    | e.CommitmentBroken
    | e.OrderReleased
    | e.OrderDelivered
    | e.OrderRated
    | e.OrderSupported
    | e.OrderInspected
    | e.OrderWithdrawn
    | e.OrderClosed
    | e.OrderFieldsRead
)


def _changes(state: Order, event: AnyEvent) -> dict[str, Any]:  # noqa: PLR0911, PLR0912 - one arm an event
    match event:
        case e.OrderPosted():
            told = event.model_dump(include=_AS_POSTED)
            taker = event.by.id if event.by.role in (Role.CLERK, Role.OFFICER, Role.LEADER) else None
            return {
                "stage": Stage.POSTED,
                "posted_at": event.at,
                "next": event.next,
                "taken_in_by": taker,
                **told,
            }
        case e.OrderAssigned():
            return {"unit": event.unit, "next": event.next, "climbed": event.climbed}
        case e.OrderEscalated():
            return {"tier": event.to_tier, "unit": event.unit, "next": event.next, "climbed": event.climbed}
        case e.OrderReminded():
            return {"reminders_given": event.number, "next": event.next}
        case e.OrderClaimed():
            promise = Promise(claimed_at=event.at, **event.model_dump(include=_OF_CLAIM))
            return {
                "stage": Stage.CLAIMED,
                "unit": event.unit,
                "next": None,
                "reminders_given": 0,
                "promises": (*state.promises, promise),
            }
        case e.OrderStarted():
            return {"stage": Stage.STARTED}
        case e.CommitmentBroken():
            return {"next": event.next, "reminders_given": 0, **_promise(state, outcome="broken", ended_at=event.at)}
        case e.OrderReleased():
            gone = {"stage": Stage.POSTED, "unit": None, "next": event.next, "reminders_given": 0}
            return gone | _ended(state, event, "released")
        case e.OrderDelivered():
            told = {"stage": Stage.DELIVERED, "next": None, "rate_by": event.rate_by}
            return told | _promise(state, outcome="kept" if event.kept else "late", ended_at=event.at)
        case e.OrderRated():
            return {"stage": Stage.RATED, **_promise(state, satisfied=event.satisfied, score=event.score)}
        case e.OrderSupported():
            return {"supporters": (*state.supporters, event.supporter)}
        case e.OrderInspected():
            found_good = state.found_good + event.satisfied
            return {"inspectors": (*state.inspectors, event.inspector), "found_good": found_good}
        case e.OrderWithdrawn():
            unkept = _ended(state, event, "withdrawn") if state.promise else {}
            return {"stage": Stage.WITHDRAWN, "next": None, "ended_at": event.at, **unkept}
        case e.OrderClosed():
            return {"stage": Stage.CLOSED, "ended_at": event.at}
        case e.OrderFieldsRead():
            return {}
    assert_never(event)


_AS_POSTED = {
    *("receipt", "resident", "community", "tier"),
    *("source", "kind", "service", "charge", "first", "priority", "petition"),
}
_OF_CLAIM = {"number", "unit", "partner", "promised_by", "reminders"}


def _promise(state: Order, **changes: Any) -> dict[str, Any]:
    last = state.promises[-1].model_copy(update=changes)
    return {"promises": (*state.promises[:-1], last)}


def _ended(state: Order, event: Event, outcome: Outcome) -> dict[str, Any]:
    """A promise that was broken already stays broken."""
    broken = state.promises[-1].outcome == "broken"
    return {} if broken else _promise(state, outcome=outcome, ended_at=event.at)
