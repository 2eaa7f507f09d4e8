"""Events outside of petitions that a wrong clock recorded ahead: a leader's word on record that their times are wrong.

Nothing has to be put right in them, as no deadline is counted from them; a petition's steps are set aside one by one.
"""

from datetime import datetime
from typing import NamedTuple

from aggregates.event import Actor
from aggregates.office import STREAMS_NOTED, TIMES, TimesNoted, TimesOf, WrongClock
from aggregates.streams import is_petition
from eventstore.log import Append, PetitionLog
from evidence.untimely_events import by_stream, untimely_events


class NothingToNote(Exception):
    """No event outside of petitions was recorded ahead that no act names yet."""


class Noted(NamedTuple):
    """How many events of how many streams the act names."""

    events: int
    streams: int


def note_times(petitions: PetitionLog, by: Actor, reason: WrongClock, rulebook: str, now: datetime) -> Noted:
    """Append an act that names every such event; several, where there are very many streams.

    Raises:
        NothingToNote: there is none.
        PersistenceError: the database was lost.
    """
    while True:
        version = len(petitions.read(TIMES))
        with petitions.datastore.get_connection() as connection:
            found = untimely_events(connection).events
        left = [each for each in found if each.ahead and not each.put_right and not is_petition(each.stream)]
        if not left:
            raise NothingToNote("nothing outside of petitions was recorded ahead that no act names yet")
        named = tuple(
            TimesOf(stream=each.stream, versions=tuple(event.version for event in each.events))
            for each in by_stream(left)
        )
        acts = tuple(
            TimesNoted(
                at=now, by=by, rulebook=rulebook, rule=None, reason=reason, streams=named[at : at + STREAMS_NOTED]
            )
            for at in range(0, len(named), STREAMS_NOTED)
        )
        if petitions.append([Append(TIMES, version, acts, f"note-times:{version + 1}", now)])[0]:
            return Noted(len(left), len(named))
