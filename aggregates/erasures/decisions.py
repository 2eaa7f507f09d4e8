"""What may follow in the erasure of a resident's data. Two people; by the rulebook's retention, the engine alone."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal, NamedTuple

from aggregates.decisions.refusal import Refused
from aggregates.erasures.events import ErasureAcknowledged, ErasureAsked, ErasureDecided, Reason, ResidentErased
from aggregates.events import Actor, Role
from aggregates.record import Recorded

ASKERS: Final = frozenset({Role.CLERK, Role.OFFICER, Role.LEADER, Role.SUPERVISOR})
APPROVERS: Final = frozenset({Role.LEADER})

Stage = Literal["none", "asked", "approved", "erased", "acknowledged"]


class Erasure(NamedTuple):
    """The latest erasure of one resident: how far it is, and the records that say so.

    A resident erased and come again can be erased again: `asked` and what follows are of the last round.
    """

    subject: str
    version: int = 0
    stage: Stage = "none"
    asked: Recorded | None = None
    decided: Recorded | None = None
    erased: Recorded | None = None
    acknowledged: Recorded | None = None

    @property
    def running(self) -> bool:
        """Whether something of it is still to be done."""
        return self.stage in ("asked", "approved")

    @property
    def asked_event(self) -> ErasureAsked:
        """What was asked last."""
        assert self.asked is not None
        assert isinstance(self.asked.event, ErasureAsked)
        return self.asked.event


def fold(subject: str, records: Iterable[Recorded]) -> Erasure:
    """The last erasure of a resident, from their stream."""
    state = Erasure(subject)
    for record in records:
        match record.event:
            case ErasureAsked():
                state = Erasure(subject, stage="asked", asked=record)
            case ErasureDecided(approved=approved):
                state = state._replace(stage="approved" if approved else "none", decided=record)
            case ResidentErased():
                state = state._replace(stage="erased", erased=record)
            case ErasureAcknowledged():
                state = state._replace(stage="acknowledged", acknowledged=record)
            case _:
                pass
        state = state._replace(version=record.version)
    return state


class Said(NamedTuple):
    """Who says it, when, and under which rulebook and rule of it."""

    at: datetime
    by: Actor
    rulebook: str
    rule: str | None


def ask(state: Erasure, said: Said, reason: Reason) -> ErasureAsked | None:
    """The request; None where the same one runs already.

    Raises:
        Refused: whoever asks may not.
    """
    if reason == "retention" and said.by.role is not Role.ENGINE:
        raise Refused("not-yours", "by: what the rules keep no longer is erased by the engine")
    if reason != "retention" and said.by.role not in ASKERS:
        raise Refused("not-yours", f"by: expected one of {', '.join(sorted(ASKERS))}; found {said.by.role}")
    if state.running:
        return None
    return ErasureAsked(**said._asdict(), subject=state.subject, reason=reason)


def decide(state: Erasure, said: Said, *, approved: bool, key: str | None) -> ErasureDecided | None:
    """The decision of a second person about the key called `key`; None where it was approved already.

    Raises:
        Refused: nothing was asked, or whoever decides is the same person, or no leader.
    """
    if approved and state.stage in ("approved", "erased", "acknowledged"):
        return None
    if state.stage != "asked":
        raise Refused("nothing-asked", "nobody has asked for this erasure, or it is decided already")
    asked = state.asked_event
    by_rule = asked.reason == "retention" and said.by.role is Role.ENGINE
    if not by_rule and said.by.role not in APPROVERS:
        raise Refused("not-yours", f"approved-by: expected a leader; found {said.by.role}")
    if not by_rule and said.by.id == asked.by.id:
        raise Refused("somebody-else", f"approved-by: expected somebody other than {asked.by.id}, who asked for it")
    return ErasureDecided(**said._asdict(), subject=state.subject, approved=approved, key=key if approved else None)
