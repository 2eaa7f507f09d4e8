"""Decisions about erasing a resident's data. Two people decide; for the rulebook's retention, the engine alone."""

from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from aggregates.erasures.events import (
    ErasureAcknowledged,
    ErasureAsked,
    ErasureDecided,
    ErasureWished,
    Reached,
    Reason,
    ResidentErased,
)
from aggregates.event import Header, Role
from aggregates.known import Known
from aggregates.petition.decisions.refusal import Refused
from aggregates.record import Recorded

ASKERS: Final = frozenset({Role.CLERK, Role.OFFICER, Role.LEADER, Role.SUPERVISOR})
APPROVERS: Final = frozenset({Role.LEADER})

Stage = Literal["none", "wished", "asked", "approved", "erased", "acknowledged"]


class Erasure(NamedTuple):
    """A resident's last erasure: its stage, and the records of each stage.

    A resident who comes again can be erased again: `asked` and the later ones are of the last erasure.
    """

    subject: str
    version: int = 0
    stage: Stage = "none"
    wished: Recorded | None = None
    asked: Recorded | None = None
    decided: Recorded | None = None
    erased: Recorded | None = None
    acknowledged: Recorded | None = None

    @property
    def running(self) -> bool:
        """Whether the office has begun it and it is not carried out yet."""
        return self.stage in ("asked", "approved")

    @property
    def waits_for(self) -> Literal["office", "leader", "engine"] | None:
        """Who must act next: staff to take up the resident's wish, a leader to decide, the engine, or None."""
        match self.stage:
            case "wished":
                return "office"
            case "asked":
                return "leader"
            case "approved":
                return "engine"
            case _:
                return None

    @property
    def asked_event(self) -> ErasureAsked:
        """The last request."""
        assert self.asked is not None
        assert isinstance(self.asked.event, ErasureAsked)
        return self.asked.event


def fold(subject: str, records: Iterable[Recorded]) -> Erasure:
    """The last erasure of a resident, from their stream."""
    state = Erasure(subject)
    for state in rounds(subject, records):  # noqa: B007 - the last one is the answer
        pass
    return state


def rounds(subject: str, records: Iterable[Recorded]) -> Iterator[Erasure]:
    """Every erasure of a resident, oldest first, each with its last stage."""
    state = Erasure(subject)
    for record in records:
        match record.event:
            case ErasureWished():
                if state.version:
                    yield state
                state = Erasure(subject, stage="wished", wished=record)
            case ErasureAsked() if state.stage == "wished":
                state = state._replace(stage="asked", asked=record)
            case ErasureAsked():
                if state.version:
                    yield state
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
    if state.version:
        yield state


def wish(state: Erasure, header: Header, petition: str, *, key: str | None, known: Known) -> ErasureWished | None:
    """The resident's own request; None: one is under way. `key`: the `key_id` of their key, None: they have none.

    Raises:
        Refused: it is neither by the resident with their code, nor noted by staff who know that it is them; or no key
            is left.
    """
    if header.by.role is Role.RESIDENT and known.how != "code":
        raise Refused("code-needed", "ask-erasure: the resident asks with the code that came with the receipt")
    if header.by.role is not Role.RESIDENT and (header.by.role not in ASKERS or not known.proven):
        raise Refused("not-proven", "ask-erasure: needs the resident's code, or the resident at the counter (--seen)")
    if state.stage == "wished" or state.running:
        return None
    if key is None:
        raise Refused("nothing-left", "everything personal of this resident is erased already")
    return ErasureWished(**header._asdict(), subject=state.subject, petition=petition, known=known)


def ask(state: Erasure, header: Header, reason: Reason, known: Known | None = None) -> ErasureAsked | None:
    """The office's request; None: one is under way. `known`: how the resident was known who is said to ask for it.

    Raises:
        Refused: the actor's role may not ask for this reason; or it is said to be the resident's wish, who neither
            asked by themselves nor is proven to.
    """
    if reason == "retention" and header.by.role is not Role.ENGINE:
        raise Refused("not-yours", "by: what the rules keep no longer is erased by the engine")
    if reason != "retention" and header.by.role not in ASKERS:
        raise Refused("not-yours", f"by: expected one of {', '.join(sorted(ASKERS))}; found {header.by.role}")
    if state.running:
        return None
    if reason == "resident_asked" and state.stage != "wished" and not (known and known.proven):
        raise Refused(
            "not-proven",
            "reason: nobody has proven to be the resident who asks for it: `resident ask-erasure` with their code, or "
            "the resident at the counter (--seen)",
        )
    return ErasureAsked(**header._asdict(), subject=state.subject, reason=reason, known=known)


def decide(state: Erasure, header: Header, *, approved: bool, key: str | None) -> ErasureDecided | None:
    """A second person's decision about the key with this `key_id`; None: it was approved already.

    Raises:
        Refused: none was asked for, or the actor is the same person, or no leader.
    """
    if approved and state.stage in ("approved", "erased", "acknowledged"):
        return None
    if state.stage == "wished":
        said_so = (
            "the resident asks for it, and nobody of the office has taken it up: `resident erase` by one person first"
        )
        raise Refused("nothing-asked", said_so)
    if state.stage != "asked":
        raise Refused("nothing-asked", "nobody has asked for this erasure, or it is decided already")
    asked = state.asked_event
    by_rule = asked.reason == "retention" and header.by.role is Role.ENGINE
    if not by_rule and header.by.role not in APPROVERS:
        raise Refused("not-yours", f"approved-by: expected a leader; found {header.by.role}")
    if not by_rule and header.by.id == asked.by.id:
        raise Refused("somebody-else", f"approved-by: expected somebody other than {asked.by.id}, who asked for it")
    return ErasureDecided(**header._asdict(), subject=state.subject, approved=approved, key=key if approved else None)


def erased(
    state: Erasure, header: Header, *, key: str | None, found: bool, streams: tuple[str, ...]
) -> ResidentErased | None:
    """The key of an approved erasure was destroyed (`found`: it existed); None: none is approved."""
    if state.stage != "approved":
        return None
    return ResidentErased(**header._asdict(), subject=state.subject, key=key, key_found=found, streams=streams)


def acknowledge(state: Erasure, header: Header, readers: tuple[Reached, ...]) -> ErasureAcknowledged | None:
    """Every reader is past the erasure; None: nothing is erased, or that is on record."""
    if state.stage != "erased":
        return None
    return ErasureAcknowledged(**header._asdict(), subject=state.subject, readers=readers)
