"""What was dated back: pauses, parkings and units entered later than the rulebook's tolerance after they began.

Nobody saw them when they counted: for judging, they count from when they were entered. The clocks of the events stay as
they are on record; the end that is judged is the earlier one.
"""

from typing import NamedTuple

from aggregates.event import Clock, Moment, Pause, Posting
from aggregates.petition import events as e
from aggregates.record import Recorded
from rulebook.model import Rulebook
from rulebook.promises import LATE_ENTRY

Entered = dict[tuple[str, Moment], Moment]
"""(what, from when it says it counts) → when it was entered."""


class Begun(NamedTuple):
    """A pause, or a unit that got the petition."""

    what: str
    since: Moment


def begun(record: Recorded) -> Begun | None:
    """What the record begins that clocks are counted by; None: nothing."""
    event = record.event
    if isinstance(event, e.PetitionPaused) or (isinstance(event, e.ParkingDecided) and event.approved):
        return Begun("pause", event.at)
    if isinstance(event, (e.PetitionDispatched, e.PetitionTransferred)):
        return Begun("posting", event.at)
    return None


def note(entered: Entered, record: Recorded, book: Rulebook | None) -> None:
    """Note what a record begins, if it was dated back by more than its book allows."""
    tolerance = book.late_entry if book is not None else LATE_ENTRY
    if (what := begun(record)) is not None and record.recorded_at - record.event.at > tolerance:
        entered[what] = max(record.recorded_at, entered.get(what, record.recorded_at))


def as_entered(clock: Clock, entered: Entered) -> Clock:
    """The clock with pauses and rosters from when they were entered; itself where none was dated back."""
    pauses = tuple(_paused(each, entered) for each in clock.pauses)
    postings: list[Posting] = []
    for each in reversed(clock.postings):
        since = entered.get(("posting", each.since), each.since)
        postings.insert(0, Posting(since=min([since, *(later.since for later in postings[:1])]), roster=each.roster))
    if (pauses, tuple(postings)) == (clock.pauses, clock.postings):
        return clock
    return clock.model_copy(update={"pauses": pauses, "postings": tuple(postings)})


def _paused(each: Pause, entered: Entered) -> Pause:
    since = entered.get(("pause", each.since), each.since)
    return each if since == each.since else Pause(since=since, until=max(since, each.until), why=each.why)
