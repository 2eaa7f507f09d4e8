"""Events outside of petitions that a wrong clock recorded ahead: a leader records that their times are wrong.

Nothing is corrected in them, as no deadline is counted from them; a petition's steps are set aside one by one.
"""

from datetime import datetime
from typing import NamedTuple

from aggregates.event import Actor, Header
from aggregates.office.decisions import note_times as decide_times
from aggregates.office.events import STREAMS_NOTED, TIMES, TimesOf, WrongClock
from aggregates.record import Recorded
from aggregates.streams import is_petition
from eventstore.log import Append, EventLog
from eventstore.once import append_once
from evidence.untimely_events import Untimely, by_stream, untimely_events
from rulebook.problems import Expected


class NothingToNote(Expected):
    """Every event outside of petitions that was recorded ahead is named by an act already."""


class Noted(NamedTuple):
    """How many events, of how many streams, the act names."""

    events: int
    streams: int


def note_times(event_log: EventLog, by: Actor, reason: WrongClock, rulebook: str, now: datetime) -> Noted:
    """Append an act that names every such event; several acts for very many streams.

    Raises:
        NothingToNote: there is no such event.
        PersistenceError: the database was lost.
    """
    found: list[Untimely] = []
    named: list[TimesOf] = []

    def decide(records: list[Recorded]) -> Append:
        with event_log.datastore.get_connection() as connection:
            ahead = untimely_events(connection).events
        found[:] = [each for each in ahead if each.ahead and not each.put_right and not is_petition(each.stream)]
        if not found:
            raise NothingToNote("nothing outside of petitions was recorded ahead that no act names yet")
        named[:] = [
            TimesOf(stream=each.stream, versions=tuple(event.version for event in each.events))
            for each in by_stream(found)
        ]
        acts = decide_times(Header(now, by, rulebook), reason, named, STREAMS_NOTED)
        return Append(TIMES, len(records), acts, f"note-times:{len(records) + 1}", now)

    append_once(event_log, TIMES, decide)
    return Noted(len(found), len(named))
