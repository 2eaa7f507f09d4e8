"""Findings about deadlines: of each promise, whether it was kept by what was on record, and by how much.

What is recorded after the deadline is late, whatever time it states: it was not on record when the time was up.
Each promise is judged at its end: whatever set it aside later, merged, reclassified or raised, it was missed before.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from aggregates.petition import events as e
from aggregates.petition.decisions import Refused, explained
from aggregates.record import Recorded
from aggregates.replay.dated_back import begun
from aggregates.replay.promises import Promise, judged, promises
from aggregates.replay.steps import Books
from rulebook.clocks import DayCount
from rulebook.promises import LATE_ENTRY

CLOCKS_APART = timedelta(minutes=5)
"""Up to here, an entry is not late: the clocks of who acts and who records may differ."""

Verdict = Literal["kept", "missed", "running", "paused", "set_aside"]
"""`set_aside`: before its end another clock replaced it, or nothing was owed any more."""


class Extension(NamedTuple):
    """More time: the request and the decision, None: not decided."""

    days: int
    asked: Recorded
    decided: Recorded | None

    @property
    def approved(self) -> bool:
        """Whether somebody approved it."""
        return self.decided is not None and getattr(self.decided.event, "approved", False)


class Wait(NamedTuple):
    """A pause of the clock: its begin, the request (for parking), its end; None while it lasts."""

    why: Literal["resident", "parked"]
    begun: Recorded
    asked: Recorded | None
    ended: Recorded | None


class Finding(NamedTuple):
    """The finding about one promise.

    `by`: how long before its deadline it was met, or after it; if it is not met yet, counted until now. `days`: empty
    if the calendars do not cover them. `end`: when it ended, as it is judged; `aside`: the record that set it aside.
    """

    promise: Promise
    verdict: Verdict
    by: timedelta
    judged_at: datetime | None
    days: tuple[DayCount, ...]
    waits: tuple[Wait, ...]
    extensions: tuple[Extension, ...]
    on_record: tuple[Recorded, ...]
    late: tuple[Recorded, ...]
    end: datetime
    aside: Recorded | None
    dated_back: tuple[Recorded, ...]
    entered_late: tuple[Recorded, ...]


def findings(petition: str, records: Sequence[Recorded], books: Books, now: datetime) -> list[Finding]:
    """One finding for each promise, in the order they were made."""
    return [_finding(promise, records, books, now) for promise in promises(petition, records, books)]


def _finding(promise: Promise, records: Sequence[Recorded], books: Books, now: datetime) -> Finding:
    aside = promise.aside
    met = promise.met_later if promise.ended == "breached" else promise.ended_by if promise.ended == "met" else None
    last = aside or met
    until = judged(last) if last else None
    end = promise.end(until or now, books)
    within = _within(promise, records)
    return Finding(
        promise=promise,
        verdict=_verdict(promise, end, now),
        by=abs((until or now) - end),
        judged_at=judged(met) if met else None,
        days=_days(promise, books),
        waits=_waits(promise, records),
        extensions=_extensions(promise, records),
        on_record=tuple(record for record in records if record.recorded_at <= end),
        late=tuple(record for record in records if record.event.at <= end < record.recorded_at),
        end=end,
        aside=aside,
        dated_back=tuple(each for each in within if _stops_or_moves(promise, each) and lateness(each) > CLOCKS_APART),
        entered_late=tuple(
            each for each in within if lateness(each) > LATE_ENTRY and not _stops_or_moves(promise, each)
        ),
    )


def lateness(record: Recorded) -> timedelta:
    """How long after it counts a record was entered."""
    return record.recorded_at - record.event.at


def _stops_or_moves(promise: Promise, record: Recorded) -> bool:
    what = begun(record)
    names = getattr(record.event, "clocks", ("tier",))
    return what is not None and promise.name in names


def _verdict(promise: Promise, end: datetime, now: datetime) -> Verdict:
    if promise.ended == "breached":
        return "missed"
    if promise.ended == "met" and promise.ended_by is not None:
        return "kept" if judged(promise.ended_by) <= end else "missed"
    if promise.aside is not None:
        in_time = judged(promise.aside) <= end or over_when_entered(promise, end)
        return "set_aside" if in_time else "missed"
    if promise.stands is not None and now <= promise.stands.until:
        return "paused"
    return "running" if now <= end else "missed"


def over_when_entered(promise: Promise, end: datetime) -> bool:
    """Whether it is the door's first clock of a paper entered after that had ended, sorted within the hour.

    The clock of the tier that the petition was given counts from the same start, and is judged.
    """
    end_of_it, given = promise.ended_by, judged(promise.given_by)
    if promise.given_by.version != 1 or given <= end or end_of_it is None:
        return False
    return isinstance(end_of_it.event, e.PetitionTriaged) and judged(end_of_it) <= given + LATE_ENTRY


def _days(promise: Promise, books: Books) -> tuple[DayCount, ...]:
    book = books(promise.book)
    if book is None:
        return ()
    try:
        return explained(promise.clock, book).days
    except Refused:
        return ()


def _within(promise: Promise, records: Sequence[Recorded]) -> list[Recorded]:
    """What was recorded while the promise was owed."""
    first = promise.given_by.version
    last = promise.ended_by.version if promise.ended_by else records[-1].version
    return [record for record in records if first <= record.version <= last]


def _extensions(promise: Promise, records: Sequence[Recorded]) -> tuple[Extension, ...]:
    found: list[Extension] = []
    for record in _within(promise, records):
        event = record.event
        if isinstance(event, e.ExtensionAsked) and event.clock == promise.name:
            found.append(Extension(event.days, record, None))
        elif isinstance(event, e.ExtensionDecided) and event.clock == promise.name and found:
            found[-1] = found[-1]._replace(decided=record)
    return tuple(found)


def _waits(promise: Promise, records: Sequence[Recorded]) -> tuple[Wait, ...]:
    found: list[Wait] = []
    asked: Recorded | None = None
    for record in _within(promise, records):
        event = record.event
        if isinstance(event, e.ParkingAsked):
            asked = record
        elif isinstance(event, e.PetitionPaused) and promise.name in event.clocks:
            found.append(Wait("resident", record, None, None))
        elif isinstance(event, e.ParkingDecided) and event.approved and promise.name in event.clocks:
            found.append(Wait("parked", record, asked, None))
        elif isinstance(event, (e.PetitionResumed, e.PetitionUnparked)) and found and found[-1].ended is None:
            found[-1] = found[-1]._replace(ended=record)
    return tuple(found)
