"""(d) Verifying events/s from the rows against SHA-256 over the same bytes, and (e) appending with the log on and off.

Verifying is all of `suqiu audit verify --leaves-only`: rows read, leaves, tree and map of heads. The baseline reads the
same rows and hashes each body once. With the log off an append writes a leaf that was not counted.
"""

import asyncio
import time
from hashlib import sha256

import psycopg
from psycopg.rows import tuple_row

from aggregates.event import Actor
from aggregates.petition.events import PetitionReceived
from bench.ground import Ground, Result
from bench.submissions import SAYS
from eventstore import recorder
from eventstore.leaf import leaf_hash
from eventstore.log import Append
from eventstore.proofs import heads
from evidence.auditing import verify
from office.intake import Offered, submission

EVENTS = 200_000
LIFE = 8
"""Events of a petition."""
APPENDS = 4_000
BATCH = 200
EVENTS_PER_SECOND = 100_000
APPEND_GOAL = 0.8


def fill(ground: Ground) -> None:
    """A log of real rows: lives of petitions, copied under other streams with leaves of their own."""
    intake = ground.office.intake
    assert intake is not None
    row = Offered(1, submission({"text": SAYS * 4}), None)
    list(intake.take_in([row], Actor.resident()))
    shapes = _shapes(ground.dsn)
    with psycopg.connect(ground.dsn) as connection:
        first = ground.office.event_log.head()
        command = "COPY suqiu.events FROM STDIN"
        with connection.cursor() as cursor, cursor.copy(command) as copy:
            for position in range(first + 1, EVENTS + 1):
                number, version = divmod(position - first - 1, LIFE)
                stream, (topic, state, at) = f"p-{sha256(str(number).encode()).hexdigest()[:32]}", shapes[version]
                leaf = leaf_hash(stream, version + 1, topic, state, f"c-{position}", at)
                copy.write_row((position, stream, version + 1, topic, state, at, f"c-{position}", leaf))
        connection.execute("UPDATE suqiu.head SET position = %s", (EVENTS,))
    with psycopg.connect(ground.dsn, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE suqiu.events")


def _shapes(dsn: str) -> list[tuple[str, bytes, object]]:
    """Bodies of a life: what was taken in, and what an office writes after it."""
    with psycopg.connect(dsn) as connection, connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(
            "SELECT topic, state, recorded_at FROM suqiu.events WHERE topic = 'petition.received' LIMIT 1"
        ).fetchall()
    topic, state, at = rows[0]
    short = (
        b'{"at":"2025-09-24T01:00:00Z","by":{"role":"officer","id":"station-1"},"rulebook":"sha256:'
        + b"ab" * 32
        + b'",'
        b'"rule":"returns.window","unit":"team-repairs","tier":"community","return_by":"2025-09-26T01:00:00Z",'
        b'"due_at":"2025-09-24T09:30:00Z","number":1,"next_at":null,"moved":[]}'
    )
    return [(topic, bytes(state), at), *(("petition.dispatched", short, at) for _ in range(LIFE - 1))]


def ours(dsn: str) -> float:
    """Events/s verified."""
    began = time.perf_counter()
    found = verify(dsn, None)
    taken = time.perf_counter() - began
    assert found.wrong is None, found.wrong
    assert found.events == EVENTS
    return EVENTS / taken


def plain(dsn: str) -> float:
    """Events/s of one SHA-256 over each body, bytes already in memory."""
    with psycopg.connect(dsn) as connection, connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        bodies = [row[0] for row in cursor.execute("SELECT state FROM suqiu.events ORDER BY position")]
    began = time.perf_counter()
    for body in bodies:
        sha256(body).digest()
    return len(bodies) / (time.perf_counter() - began)


async def measure(ground: Ground, rounds: int) -> Result:
    """Verifying beside plain hashing; below 100,000 events/s it misses its goal, whatever the ratio."""
    await asyncio.to_thread(fill, ground)
    mine, baseline = [], []
    for _ in range(rounds):
        baseline.append(await asyncio.to_thread(plain, ground.dsn))
        mine.append(await asyncio.to_thread(ours, ground.dsn))
    goal = EVENTS_PER_SECOND / (sum(baseline) / len(baseline))
    return Result(f"audit verify / SHA-256 of the bodies, {EVENTS} events", "events/s", mine, baseline, round(goal, 3))


def append(ground: Ground, name: str) -> float:
    """Events/s appended in batches: new petitions of one event."""
    event_log = ground.office.event_log
    taken = next(record for record in event_log.page(0, 50) if isinstance(record.event, PetitionReceived))
    event = taken.event.model_copy(update={"title": "路灯", "text": SAYS * 4, "address": "白杨社区一片3号楼"})
    began = time.perf_counter()
    for first in range(0, APPENDS, BATCH):
        batch = [
            Append(f"p-{name}-{number}", 0, (event,), f"c-{name}-{number}", taken.recorded_at)
            for number in range(first, first + BATCH)
        ]
        assert all(event_log.append(batch))
    return APPENDS / (time.perf_counter() - began)


async def measure_appending(ground: Ground, rounds: int) -> Result:
    """With leaves, and without."""
    intake = ground.office.intake
    assert intake is not None
    list(intake.take_in([Offered(1, submission({"text": "路灯坏了"}), None)], Actor.resident()))
    mine, baseline = [], []
    counted = recorder.leaf_hash
    await asyncio.to_thread(append, ground, "warm")
    for number in range(rounds):
        recorder.leaf_hash = lambda *_: heads.EMPTY_MAP  # type: ignore[assignment]
        try:
            baseline.append(await asyncio.to_thread(append, ground, f"off-{number}"))
        finally:
            recorder.leaf_hash = counted
        mine.append(await asyncio.to_thread(append, ground, f"on-{number}"))
    return Result("appending with the log on / off", "events/s", mine, baseline, APPEND_GOAL)
