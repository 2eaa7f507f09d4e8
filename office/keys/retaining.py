"""Retention: residents due for erasure, counted from the day the last of their petitions and orders was closed."""

from datetime import date, datetime
from typing import NamedTuple

import structlog

from aggregates.event import Actor
from aggregates.kinds import kind_of
from aggregates.orders.state import Order
from aggregates.petition.state import Petition
from aggregates.record import Recorded
from aggregates.streams import is_attended
from eventstore.log import EventLog
from eventstore.persons import persons
from office.keys.erasing import Eraser
from rulebook.model import Rulebook
from rulebook.retention import Keeping, kept_until

log = structlog.get_logger(__name__)

PAGE = 2_000


class Due(NamedTuple):
    """A resident due for erasure: all their streams, the day the last one closed, and the last day of the retention."""

    resident: str
    streams: tuple[str, ...]
    closed: date
    kept_until: date
    rule: str


def due(event_log: EventLog, rules: Rulebook, now: datetime) -> list[Due]:
    """Everybody whose retention ended before the day of `now`, longest closed first; empty if the rulebook has no rule.

    Raises:
        PersistenceError: the database was lost.
    """
    today = now.astimezone(rules.zone).date()
    keeping = rules.retention.on(today) if rules.retention else None
    if keeping is None:
        return []
    alive = event_log.keyring.residents()
    ends = _ends(event_log)
    with event_log.datastore.get_connection() as connection:
        person = persons(connection, ends)
    theirs: dict[str, dict[str, datetime | None]] = {}
    for resident, streams in ends.items():
        theirs.setdefault(person.get(resident, resident), {}).update(streams)
    found = []
    for resident, streams in ends.items():
        of_person = theirs[person.get(resident, resident)]
        if resident in alive and (entry := _due(resident, streams, of_person, keeping, rules, today)):
            found.append(entry)
    return sorted(found, key=lambda each: (each.closed, each.resident))


def erase_due(event_log: EventLog, eraser: Eraser, rules: Rulebook, now: datetime) -> list[Due]:
    """Erase the data of everybody who is due; idempotent.

    Raises:
        PersistenceError, CannotOpen: the database was lost, or the master key is another; it is safe to repeat.
    """
    found = due(event_log, rules, now)
    engine = Actor.engine()
    for each in found:
        eraser.ask(each.resident, engine, "retention", each.rule)
        eraser.decide(each.resident, engine, approved=True, rule=each.rule)
        eraser.carry_out(each.resident)
    return found


def _due(
    resident: str,
    streams: dict[str, datetime | None],
    of_person: dict[str, datetime | None],
    keeping: Keeping,
    rules: Rulebook,
    today: date,
) -> Due | None:
    closings = [end for end in of_person.values() if end is not None]
    if len(closings) < len(of_person):
        return None  # a petition or order of theirs is open
    closed = max(closings).astimezone(rules.zone).date()
    until = kept_until(closed, keeping)
    return Due(resident, tuple(streams), closed, until, keeping.rule) if until < today else None


def _ends(event_log: EventLog) -> dict[str, dict[str, datetime | None]]:
    """Each resident's petitions and orders, and when each was closed (None: open).

    Empty while any row of a petition or order cannot be decoded: it may be about any of them, and a destroyed key does
    not come back.
    """
    states: dict[str, Petition | Order] = {}
    closed: dict[str, datetime | None] = {}
    whose: dict[str, dict[str, None]] = {}
    for page in event_log.sifted(PAGE):
        if unread := [row for row in page.stops if is_attended(row.stream)]:
            log.error("retention.waits", row=str(unread[0]))
            return {}
        for record in page.readable:
            _take(states, closed, whose, record)
    return {resident: {stream: closed[stream] for stream in streams} for resident, streams in whose.items()}


def _take(
    states: dict[str, Petition | Order],
    closed: dict[str, datetime | None],
    whose: dict[str, dict[str, None]],
    record: Recorded,
) -> None:
    stream, event = record.stream, record.event
    kind = kind_of(stream)
    if kind is None:
        return
    state = states[stream] = kind.evolve(states[stream] if stream in states else kind.new(stream), event)
    if state.open:
        closed[stream] = None
    elif closed.get(stream) is None:
        closed[stream] = record.recorded_at
    if resident := getattr(event, "resident", ""):
        whose.setdefault(resident, {})[stream] = None
