"""Events whose recording times cannot be true, and what was done about each: for `suqiu audit verify`."""

import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate, groupby
from math import inf
from typing import Any, NamedTuple

from psycopg import Connection

from aggregates.office.events import TIMES, TimesNoted
from aggregates.streams import is_petition
from eventstore.clock_guard import TOLERANCE, time_of
from eventstore.log import EventLog
from eventstore.proofs import archive
from eventstore.proofs.recorded_times import contradicted, recorded_at, seconds_ahead, times_outside_stories
from eventstore.proofs.untimely import untimely
from eventstore.stories import events_told
from eventstore.stream_lookup import bodies
from evidence.falling_times import FALLS, STORE, Fall, Sight, events_noted, falls, sizes_noted

SET_ASIDE = "petition.steps_set_aside"


class Untimely(NamedTuple):
    """One event. `seconds`: how far ahead it was recorded (negative: behind), compared with the rest of the log.

    `put_right`: an act on record names it: one in its stream, or, outside of petitions, one of the office's.
    """

    position: int
    stream: str
    version: int
    topic: str
    recorded_at: datetime
    seconds: float
    put_right: bool

    @property
    def ahead(self) -> bool:
        """Whether it was recorded ahead, which no right clock does; one that is behind may only have waited."""
        return self.seconds > 0

    @property
    def falls(self) -> bool:
        """Whether its time lies so far behind what stands before it that no two clocks explain it."""
        return self.seconds < -FALLS.total_seconds()

    @property
    def open(self) -> bool:
        """Whether it is to be put on record by an act: it was recorded ahead, or times fall."""
        return (self.ahead or self.falls) and not self.put_right


class Judged(NamedTuple):
    """`events`: all whose time cannot be true, in the log's order. `told`: how many were not judged.

    Those were recorded with a simulated clock, as the demo's are. `falls`: checkpoints and cosignatures dated before a
    checkpoint that they continue.
    """

    events: list[Untimely]
    told: int
    falls: list[Fall]


def untimely_events(connection: Connection[Any], outside: Sequence[Sight] = ()) -> Judged:
    """Events whose times cannot be true by more than the tolerance, and checkpoints. The log must be whole.

    `outside`: what others than the store know of the log's times.

    Raises:
        psycopg.Error: the database was lost.
    """
    positions, times = times_outside_stories(connection)
    now, told = time_of(connection).timestamp(), events_told(connection)
    signed = archive.times(connection)
    sights = [*(Sight(size, made, STORE) for size, made in sorted(signed.items())), *outside]
    covered = {each.size: bisect_right(positions, each.size) for each in sights}
    judged = [
        each
        for each in sights
        if not covered[each.size] or positions[covered[each.size] - 1] == each.size  # else it was signed in a story
    ]
    known: dict[int, float] = {}
    for each in judged:
        # An outsider's clock may differ by more than the processes' here do, which share the database's.
        at = each.at.timestamp() if each.where == STORE else (each.at + FALLS - TOLERANCE).timestamp()
        known[covered[each.size]] = min(at, known.get(covered[each.size], inf))
    found = untimely(times, now, known, TOLERANCE.total_seconds())
    noted = sizes_noted(connection)
    fallen = falls(judged, noted)
    wrong = noted | {each.first.size for each in fallen}
    closed = {
        covered[each.size]: each.at.timestamp()
        for each in sorted(judged, key=lambda each: (each.size, each.at))
        if each.closed and each.size not in wrong and each.at.timestamp() <= now + TOLERANCE.total_seconds()
    }
    found |= {index: by for index, by in _behind(times, closed).items() if index not in found}
    return Judged(_described(connection, {positions[index]: by for index, by in found.items()}), told, fallen)


def _behind(times: Sequence[float], closed: dict[int, float]) -> dict[int, float]:
    """Index → seconds (negative) of each time that lies before a checkpoint which does not hold the event."""
    found: dict[int, float] = {}
    sizes = sorted(closed)
    latest = list(accumulate((closed[size] for size in sizes), max))
    for index, at in enumerate(times):
        place = bisect_right(sizes, index)
        if place and at < latest[place - 1] - FALLS.total_seconds():
            found[index] = at - latest[place - 1]
    return found


def ahead_now(connection: Connection[Any]) -> list[Untimely]:
    """Events recorded ahead of the present by more than the tolerance; uses an index.

    Raises:
        psycopg.Error: the database was lost.
    """
    return _described(connection, seconds_ahead(connection))


def ahead_in(event_log: EventLog, stream: str) -> set[int]:
    """Versions of a stream that were recorded ahead.

    Reads the times of the whole log if anything contradicts one of the stream's, else only an index.

    Raises:
        PersistenceError: the database was lost.
    """
    with event_log.datastore.get_connection() as connection:
        if not contradicted(connection, stream):
            return set()
        found = untimely_events(connection).events
        return {each.version for each in found if each.stream == stream and each.ahead}


def _described(connection: Connection[Any], seconds: dict[int, float]) -> list[Untimely]:
    if not seconds:
        return []
    found = recorded_at(connection, seconds)
    put_right = bodies(connection, {each.stream for each in found}, SET_ASIDE)
    known = {(body.stream, version) for body in put_right for version in _named(body.state)}
    known |= {noted for body in bodies(connection, [TIMES], TimesNoted.TOPIC) for noted in _noted(body.state)}
    late = known | events_noted(connection)
    return [
        Untimely(
            position,
            stream,
            version,
            topic,
            at.astimezone(UTC),
            seconds[position],
            (stream, version) in (known if seconds[position] > 0 else late),
        )
        for position, stream, version, topic, at in found
    ]


def _named(state: bytes) -> list[int]:
    body = json.loads(state)
    return [*body["versions"], *body["noted"]]


def _noted(state: bytes) -> Iterator[tuple[str, int]]:
    """The (stream, version) pairs that an act names outside of petitions, which are corrected by their own acts."""
    for each in json.loads(state)["streams"]:
        if not is_petition(each["stream"]):
            yield from ((each["stream"], version) for version in each["versions"])


class ByStream(NamedTuple):
    """The untimely events of one stream, for a list."""

    stream: str
    events: list[Untimely]

    @property
    def seconds(self) -> float:
        """The difference furthest from zero."""
        return max((event.seconds for event in self.events), key=abs)


def by_stream(events: Sequence[Untimely]) -> list[ByStream]:
    """The events of each stream together, the first stream first."""
    first = {event.stream: event.position for event in reversed(events)}
    in_order = sorted(events, key=lambda event: (first[event.stream], event.position))
    return [ByStream(stream, list(each)) for stream, each in groupby(in_order, key=lambda event: event.stream)]
