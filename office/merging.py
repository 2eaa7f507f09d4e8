"""Petitions that were merged: what no decision can see, because it looks at one stream only.

Which one may be merged into which, and who goes on by themselves when the one they were merged into is gone.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import structlog

from aggregates.event import Actor
from aggregates.petition.commands import Unmerge
from aggregates.petition.decisions import Refused
from aggregates.petition.events import PetitionMerged, PetitionWithdrawn
from aggregates.petition.state import Petition, Stage, fold
from aggregates.record import Recorded
from eventstore.log import EventLog
from office.handling import Handler
from office.identity import Identities

log = structlog.get_logger(__name__)

LEFT_ALONE = "并入的诉求已不再办理"
"""What the engine gives as its reason; the event's cause says the same for programs."""


class Target(NamedTuple):
    """The petition that another one is merged into."""

    id: str
    receipt: str


def merge_target(petitions: EventLog, identities: Identities, petition: str, receipt: str) -> Target:
    """The petition of `receipt`, if `petition` may be merged into it.

    Raises:
        BadReceipt: it cannot be a receipt.
        Refused: nobody has given it out, it is merged itself, nothing is owed there, or others are merged into
            `petition` and would hang on a chain.
    """
    other = identities.petition(receipt)
    records = petitions.read(other)
    if not records:
        raise Refused("unknown-receipt", f"into: no petition with {receipt.strip()[:40]!r} is on record here")
    state = fold(other, (record.event for record in records))
    if state.stage is Stage.MERGED:
        raise Refused(
            "merged-itself", f"into: that petition is merged itself, into {state.merged_into_receipt}; name that one"
        )
    if not state.open and other != petition:
        raise Refused("not-open", f"into: that petition is {state.stage}; nothing would be owed to this resident there")
    if other != petition and (hanging := next(merged_into(petitions, petition), None)):
        raise Refused(
            "others-merged",
            f"merge: {hanging.receipt} is merged into this petition; unmerge it, or merge the other one into this",
        )
    return Target(other, state.receipt)


def unmerge_left_alone(
    handler: Handler, page: Sequence[Recorded], progress: Callable[[], None] = lambda: None
) -> list[str]:
    """Let petitions go on by themselves that were merged into one that is gone; their ids. Done again, it does nothing.

    The target was withdrawn; or, as merging and withdrawing may cross, it was gone before the merging was written. One
    that was answered leaves nobody alone: its answer is theirs.

    Raises:
        PersistenceError: the database was lost.
    """
    gone_on: list[str] = []
    for record in page:
        if not isinstance(record.event, PetitionWithdrawn | PetitionMerged):
            continue
        alone = [each.id for each in merged_into(handler.log, record.stream)]
        if isinstance(record.event, PetitionMerged) and not _stands(handler.log, record.event.into):
            alone.append(record.stream)
        for petition in alone:
            progress()
            answer = handler.decide_once(
                petition,
                f"engine:left-alone:{record.position}",
                lambda state: (
                    Unmerge(at=handler.now(), by=Actor.engine(), reason=LEFT_ALONE)
                    if state.stage is Stage.MERGED
                    else None
                ),
            )
            if answer.events and not answer.repeated:
                log.info("petition.left_alone", petition=petition, stage=answer.petition.stage.value)
                gone_on.append(petition)
    return gone_on


def _stands(petitions: EventLog, petition: str) -> bool:
    """Whether somebody merged into it hears of an end: it is open, or was answered."""
    stage = fold(petition, (record.event for record in petitions.read(petition))).stage
    return stage not in (Stage.NEW, Stage.MERGED, Stage.WITHDRAWN)


def merged_into(petitions: EventLog, petition: str) -> Iterator[Petition]:
    """The petitions that are merged into this one now."""
    for stream in petitions.recorder.merged(petition):
        state = fold(stream, (record.event for record in petitions.read(stream)))
        if state.merged_into == petition and state.stage is Stage.MERGED:
            yield state
