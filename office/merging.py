"""Checks on merged petitions that no decision can make, because a decision sees one stream only.

Which petition may be merged into which, and which are unmerged when the one they were merged into was withdrawn.
"""

from collections.abc import Callable, Iterator, Sequence

import structlog

from aggregates.event import Actor
from aggregates.petition.commands import Unmerge
from aggregates.petition.decisions import Refused
from aggregates.petition.events import PetitionMerged, PetitionWithdrawn
from aggregates.petition.state import Petition, Stage, fold
from aggregates.readers import Field, Seen, sees
from aggregates.record import Recorded
from aggregates.streams import PETITION
from eventstore.log import EventLog
from office.composition import Office
from office.handling import Handler
from office.identity import Identities

log = structlog.get_logger(__name__)

LEFT_ALONE = "并入的诉求已不再办理"
"""The reason the engine records; programs read the event's cause."""


def merge_target(office: Office, identities: Identities, petition: str, named: str, by: Actor) -> str:
    """The id of the petition `named` by its receipt or its id, if `petition` may be merged into it.

    What it refuses names other petitions by their ids alone: their receipts are other residents'.

    Raises:
        BadReceipt: the receipt cannot be one.
        Refused: no petition is called so, or `by` may not know of it; it is merged itself or no longer open; or others
            are merged into `petition`, so that they would form a chain.
    """
    other = named.strip() if named.strip().startswith(PETITION) else identities.petition(named)
    event_log, records = office.event_log, office.event_log.read(other)
    state = fold(other, (record.event for record in records))
    if not records or sees(by, state, Field.CASE, office.rules) is Seen.UNKNOWN:
        raise Refused("unknown-receipt", f"into: no petition with {named.strip()[:40]!r} is on record here")
    if state.stage is Stage.MERGED:
        raise Refused("merged-itself", f"into: that petition is merged itself, into {state.merged_into}; name that one")
    if not state.open and other != petition:
        raise Refused("not-open", f"into: that petition is {state.stage}; nothing would be owed to this resident there")
    if other != petition and (hanging := next(merged_into(event_log, petition), None)):
        raise Refused(
            "others-merged",
            f"merge: {hanging.id} is merged into this petition; unmerge it, or merge the other one into this",
        )
    return other


def unmerge_left_alone(
    handler: Handler, page: Sequence[Recorded], progress: Callable[[], None] = lambda: None
) -> list[str]:
    """Unmerge the petitions whose target was withdrawn; returns their ids. Idempotent.

    Merging and withdrawing may cross: a petition merged into one already withdrawn is unmerged too. One merged into an
    answered petition stays: that answer is its answer.

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


def _stands(event_log: EventLog, petition: str) -> bool:
    """Whether residents merged into this petition will get an answer, or had one: it is open or was answered."""
    stage = fold(petition, (record.event for record in event_log.read(petition))).stage
    return stage not in (Stage.NEW, Stage.MERGED, Stage.WITHDRAWN)


def merged_into(event_log: EventLog, petition: str) -> Iterator[Petition]:
    """The petitions now merged into this one."""
    for stream in event_log.recorder.merged(petition):
        state = fold(stream, (record.event for record in event_log.read(stream)))
        if state.merged_into == petition and state.stage is Stage.MERGED:
            yield state
