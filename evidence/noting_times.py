"""Events outside of petitions that a wrong clock recorded ahead, and times that fall: a leader puts on record which.

Nothing is corrected in them, as no deadline is counted from the former; a petition's steps are set aside one by one. Of
the latter, whatever was counted from them stays as it was counted, and whoever verifies a dossier is told.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from aggregates.event import Actor, Header
from aggregates.office.decisions import note_falls
from aggregates.office.decisions import note_times as decide_times
from aggregates.office.events import STREAMS_NOTED, TIMES, TimesOf, WrongClock
from aggregates.record import Recorded
from aggregates.streams import is_petition
from eventstore.log import Append, EventLog
from eventstore.once import append_once
from eventstore.proofs import archive
from eventstore.proofs.notes import Verifier
from evidence.cosigning import countersigned
from evidence.falling_times import FALLS, Sight, sizes_noted
from evidence.untimely_events import Untimely, by_stream, untimely_events
from rulebook.problems import Expected


class NothingToNote(Expected):
    """An act names already whatever was recorded ahead outside of petitions, and every time that falls."""


class Noted(NamedTuple):
    """How many events, of how many streams, the acts name as recorded ahead; and how many events and checkpoints as
    falling.
    """

    events: int
    streams: int
    behind: int
    checkpoints: int


def note_times(
    event_log: EventLog,
    by: Actor,
    reason: WrongClock,
    rulebook: str,
    now: datetime,
    known: Sequence[Verifier] = (),
) -> Noted:
    """Append acts that name every such event and checkpoint; several for very many streams. `known`: the witnesses.

    Raises:
        NothingToNote: there is no such event.
        PersistenceError: the database was lost.
    """
    found: list[Untimely] = []
    behind: list[Untimely] = []
    checkpoints: list[int] = []
    named: list[TimesOf] = []

    def decide(records: list[Recorded]) -> Append:
        with event_log.datastore.get_connection() as connection:
            outside: list[Sight] = []
            countersigned(connection, known, (), outside.append)
            judged, noted = untimely_events(connection, outside), sizes_noted(connection)
            last = archive.latest(connection)
        found[:] = [each for each in judged.events if each.ahead and each.open and not is_petition(each.stream)]
        behind[:] = [each for each in judged.events if each.falls and each.open]
        wrong = {each.first.size for each in judged.falls if not each.noted}
        if last is not None and last.at > now + FALLS:  # the notary signs nothing after it until an act names it
            wrong.add(last.size)
        checkpoints[:] = sorted(wrong - noted)
        if not found and not behind and not checkpoints:
            raise NothingToNote(
                "nothing outside of petitions was recorded ahead, and no time falls, that no act names yet"
            )
        named[:] = _named(found)
        header = Header(now, by, rulebook)
        acts = (
            *decide_times(header, reason, named, STREAMS_NOTED),
            *note_falls(header, reason, _named(behind), checkpoints, STREAMS_NOTED),
        )
        return Append(TIMES, len(records), acts, f"note-times:{len(records) + 1}", now)

    append_once(event_log, TIMES, decide)
    return Noted(len(found), len(named), len(behind), len(checkpoints))


def _named(events: list[Untimely]) -> list[TimesOf]:
    return [
        TimesOf(stream=each.stream, versions=tuple(event.version for event in each.events))
        for each in by_stream(events)
    ]
