"""The finding about one promise: its verdict, and what proves it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from evidence.verifier.clock import Clock
from evidence.verifier.dossier import Event
from evidence.verifier.limits import LATE_ENTRY, Said
from evidence.verifier.notes import Checkpoint
from evidence.verifier.times import Sight


@dataclass
class Finding:
    """The findings about one promise.

    `verdict`: kept, missed, running, paused or set_aside. `proven`: by_witness (a witness whose key was given saw the
    act before the end: `witness`), by_checkpoint (by the log's own clock), between_checkpoints (the recording time
    decides), contradicted (recording time and checkpoint disagree), or not_over. `before` and `after`: the checkpoints
    around the end. `end`: when it ended, as it is judged; `aside`: the event that set it aside.
    `outside`: events that were not decided under the rules in force.
    """

    clock: Clock
    end: datetime
    aside: Event | None
    verdict: str
    judged: Event | None
    by: timedelta
    proven: str
    before: Checkpoint | None
    after: Checkpoint | None
    on_record: list[Event]
    late: list[Event]
    units: list[Event]
    outside: list[Event]
    witness: Sight | None = None
    sentences: list[Said] = field(default_factory=list)


GIVEN_TO = ("petition.dispatched", "petition.transferred")
"""Topics by which a unit gets the petition, whose roster counts from then on."""


def while_owed(clock: Clock, event: Event) -> bool:
    """Whether the event was written while the clock was owed."""
    return clock.given_by.version <= event.version and not (clock.ended_by and event.version > clock.ended_by.version)


def late_by(event: Event) -> timedelta:
    """How long after it counts an event was recorded."""
    return event.recorded - event.at


def proof_of(verdict: str, last: Event | None, before: Checkpoint | None, after: Checkpoint | None) -> str:
    """What proves it; `last` met it or set it aside. Within `CLOCKS_APART` a checkpoint may contradict the record."""
    in_before = last is not None and before is not None and last.position <= before.size
    not_in_after = after is not None and (last is None or last.position > after.size)
    if verdict == "kept":
        return "contradicted" if not_in_after else "by_checkpoint" if in_before else "between_checkpoints"
    if verdict == "missed":
        return "contradicted" if in_before else "by_checkpoint" if not_in_after else "between_checkpoints"
    return "contradicted" if verdict == "set_aside" and not_in_after else "not_over"


def verdict_of(clock: Clock, end: datetime, now: datetime) -> str:
    """The verdict on a clock that ended so: whatever set it aside after its end, it was missed before."""
    if clock.ended == "breached":
        return "missed"
    if clock.ended == "met" and clock.ended_by is not None:
        return "kept" if clock.ended_by.judged <= end else "missed"
    if clock.aside is not None:
        return "set_aside" if clock.aside.judged <= end or over_when_entered(clock, end) else "missed"
    if clock.stands is not None and now <= clock.stands[1]:
        return "paused"
    return "running" if now <= end else "missed"


def over_when_entered(clock: Clock, end: datetime) -> bool:
    """Whether it is the door's first clock of a paper entered after that had ended, sorted within the hour.

    The clock of the tier that the petition was given counts from the same start, and is judged.
    """
    sorted_by, given = clock.ended_by, clock.given_by.judged
    if clock.given_by.version != 1 or given <= end or sorted_by is None:
        return False
    return sorted_by.topic == "petition.triaged" and sorted_by.judged <= given + LATE_ENTRY
