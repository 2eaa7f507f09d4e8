"""A petition as its events tell it: `evolve` folds one event into the state. Nothing is decided here."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, assert_never, cast

from pydantic import BaseModel, ConfigDict

from aggregates import events as e
from aggregates.events import Clock, Event, Moment


class Stage(StrEnum):
    """How far a petition has come. `NEW` is before its first event."""

    NEW = "new"
    RECEIVED = "received"
    PROPOSED = "proposed"
    TRIAGED = "triaged"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    REPLIED = "replied"
    CONFIRMED = "confirmed"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


OPEN: frozenset[Stage] = frozenset(Stage) - {Stage.NEW, Stage.CLOSED, Stage.WITHDRAWN}
"""Stages in which something is still owed."""

CLOCK_RUNS: frozenset[Stage] = OPEN - {Stage.REPLIED, Stage.CONFIRMED}
"""Stages in which the tier's clock runs; a reply stops it."""


class Petition(BaseModel):
    """What is true of one petition after `version` events. No personal data: that stays in the sealed fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: int = 0
    stage: Stage = Stage.NEW
    receipt: str = ""
    resident: str = ""
    channel: str = ""
    community: str = ""
    received_at: Moment | None = None
    category: str | None = None
    matter: str | None = None
    tier: str | None = None
    proposed_tier: str | None = None
    unit: str | None = None
    assisting: tuple[str, ...] = ()
    with_leader: bool = False
    clock: Clock | None = None
    reminders_given: int = 0
    remind_leader_at: Moment | None = None
    return_by: Moment | None = None
    returns: int = 0
    escalations: int = 0
    disputes: int = 0
    outcome: str | None = None
    ask_at: Moment | None = None
    answer_by: Moment | None = None
    last_at: Moment | None = None

    @property
    def open(self) -> bool:
        """Whether something is still owed."""
        return self.stage in OPEN

    @property
    def due_at(self) -> Moment | None:
        """When the running clock ends; None when none runs."""
        return self.clock.due_at if self.clock and self.stage in CLOCK_RUNS else None


def evolve(state: Petition, event: Event) -> Petition:
    """The state after one more event."""
    changes = _changes(state, cast("AnyEvent", event))
    return state.model_copy(update={"version": state.version + 1, "last_at": event.at, **changes})


def fold(petition: str, events: Iterable[Event]) -> Petition:
    """The state of a petition from its events, oldest first."""
    state = Petition(id=petition)
    for event in events:
        state = evolve(state, event)
    return state


AnyEvent = (
    e.PetitionReceived
    | e.PetitionClassified
    | e.PetitionTriaged
    | e.PetitionDispatched
    | e.PetitionAccepted
    | e.PetitionReturned
    | e.PetitionTransferred
    | e.PetitionReminded
    | e.PetitionEscalated
    | e.PetitionReplied
    | e.FollowUpAsked
    | e.PetitionConfirmed
    | e.PetitionDisputed
    | e.PetitionWithdrawn
    | e.PetitionClosed
    | e.SealedFieldsRead
)


def _changes(state: Petition, event: AnyEvent) -> dict[str, Any]:  # noqa: PLR0911, PLR0912 - one arm an event
    match event:
        case e.PetitionReceived():
            return {
                "stage": Stage.RECEIVED,
                "receipt": event.receipt,
                "resident": event.resident,
                "channel": event.channel,
                "community": event.community,
                "received_at": event.at,
                "tier": event.tier,
                "clock": event.clock,
            }
        case e.PetitionClassified():
            return {
                "stage": Stage.PROPOSED,
                "category": event.category,
                "matter": event.matter,
                "proposed_tier": event.tier,
                "unit": event.unit,
            }
        case e.PetitionTriaged():
            return {
                "stage": Stage.TRIAGED,
                "category": event.category,
                "matter": event.matter,
                "tier": event.tier,
                "proposed_tier": event.tier,
                **_on_clock(state, event.clock),
            }
        case e.PetitionDispatched():
            return {"stage": Stage.DISPATCHED, "unit": event.unit, "return_by": event.return_by}
        case e.PetitionAccepted():
            return {"stage": Stage.ACCEPTED}
        case e.PetitionReturned():
            return {"stage": Stage.RETURNED, "returns": event.count}
        case e.PetitionTransferred():
            return {"stage": Stage.DISPATCHED, "unit": event.unit, "return_by": event.return_by}
        case e.PetitionReminded():
            return {"reminders_given": state.reminders_given + 1, "remind_leader_at": event.next_at}
        case e.PetitionEscalated():
            return _after_escalation(state, event)
        case e.PetitionReplied():
            return {
                "stage": Stage.REPLIED,
                "outcome": event.outcome,
                "ask_at": event.ask_at,
                "answer_by": None,
            }
        case e.FollowUpAsked():
            return {"answer_by": event.answer_by}
        case e.PetitionConfirmed():
            return {"stage": Stage.CONFIRMED}
        case e.PetitionDisputed():
            return {"stage": Stage.TRIAGED, "disputes": state.disputes + 1, "ask_at": None, "answer_by": None}
        case e.PetitionWithdrawn():
            return {"stage": Stage.WITHDRAWN}
        case e.PetitionClosed():
            return {"stage": Stage.CLOSED}
        case e.SealedFieldsRead():
            return {}
    assert_never(event)


def _on_clock(state: Petition, clock: Clock | None) -> dict[str, Any]:
    """A new clock begins its own reminders; the same clock keeps those given."""
    return {} if clock == state.clock else {"clock": clock, "reminders_given": 0}


def _after_escalation(state: Petition, event: e.PetitionEscalated) -> dict[str, Any]:
    handed_back = state.stage is Stage.RETURNED
    below = () if handed_back or state.unit in (None, event.unit) else (state.unit,)
    undecided = state.stage in (Stage.RECEIVED, Stage.PROPOSED)
    return {
        "stage": state.stage if undecided else Stage.DISPATCHED,
        "tier": event.to_tier or event.from_tier,
        "with_leader": event.to_tier is None,
        "unit": event.unit,
        "assisting": tuple(dict.fromkeys((*state.assisting, *below))),
        "escalations": state.escalations + 1,
        "clock": event.clock or state.clock,
        "reminders_given": 0,
        "remind_leader_at": event.next_at,
        "return_by": event.return_by,
    }
