"""Somebody who looks at the log past all links: how far it is at which time, and what every petition owes.

Reads by itself, beside the parts: what it says is what the harness waits for, and what it measures.
"""

import threading
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from typing import NamedTuple

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from aggregates.petition.agenda import agenda
from aggregates.petition.state import Petition, evolve
from aggregates.streams import is_petition
from eventstore.codec import UnreadableEvent, decode
from projections import read_models
from tests.faults.clock import TownClock
from tests.faults.journal import Journal

PAGE = 5_000
LOOK_SECONDS = 0.5
IMPOSSIBLE = (AssertionError, LookupError, ValueError)
"""What a record that cannot be may raise when it is folded: the checker says so."""
READERS = ("relay", "messenger", "message sender")


class Due(NamedTuple):
    """What a petition owes, and when."""

    petition: str
    step: str
    due_at: datetime


class Onlooker:
    """Folds the log as it grows, on a thread of its own; notes in the journal how far it is when."""

    def __init__(self, dsn: str, clock: TownClock, journal: Journal) -> None:
        self._dsn = dsn
        self._clock = clock
        self._journal = journal
        self._states: dict[str, Petition] = {}
        self._owed: dict[str, Due] = {}
        self._position = 0
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._looked = threading.Event()
        self._thread = threading.Thread(target=self._run, name="onlooker", daemon=True)

    def start(self) -> None:
        """Start looking."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ending.set()
        self._thread.join(30)

    def owed(self) -> list[Due]:
        """What open petitions owe, soonest first."""
        with self._lock:
            return sorted(self._owed.values(), key=lambda due: due.due_at)

    def overdue(self, by: datetime) -> list[Due]:
        """What should have been done by an instant of the town and was not."""
        return [due for due in self.owed() if due.due_at <= by]

    def known(self, petition: str) -> bool:
        """Whether it is on record."""
        with self._lock:
            return petition in self._states

    def look(self) -> int:
        """Look now; the position reached.

        Raises:
            psycopg.Error: the database is not there.
        """
        with closing(psycopg.connect(self._dsn, autocommit=True, connect_timeout=5)) as connection:
            return self._look(connection)

    def behind(self) -> dict[str, int]:
        """By how many events readers and read models are behind the log, those that are.

        Raises:
            psycopg.Error: the database is not there.
        """
        with closing(psycopg.connect(self._dsn, autocommit=True, connect_timeout=5)) as connection:
            connection.execute("SET statement_timeout = '10s'")
            return behind(connection)

    def _run(self) -> None:
        while not self._ending.wait(LOOK_SECONDS):
            try:
                with closing(psycopg.connect(self._dsn, autocommit=True, connect_timeout=5)) as connection:
                    connection.execute("SET statement_timeout = '10s'")
                    while not self._ending.wait(LOOK_SECONDS):
                        self._look(connection)
            except psycopg.Error:
                continue

    def _look(self, connection: Connection[TupleRow]) -> int:
        with self._lock:
            while rows := connection.execute(
                "SELECT position, originator_id, topic, state FROM suqiu.events WHERE position > %s "
                "ORDER BY position LIMIT %s",
                (self._position, PAGE),
            ).fetchall():
                for position, stream, topic, state in rows:
                    self._take(stream, topic, bytes(state))
                    self._position = position
                self._journal.note("head", position=self._position)
            return self._position

    def _take(self, stream: str, topic: str, state: bytes) -> None:
        if not is_petition(stream):
            return
        try:
            event = decode(topic, state)
        except UnreadableEvent:
            self._owed.pop(stream, None)
            return
        try:
            after = self._states[stream] = evolve(self._states.get(stream) or Petition(id=stream), event)
            step, due_at = agenda(after)
        except IMPOSSIBLE:
            step = due_at = None
        if step is None or due_at is None:
            self._owed.pop(stream, None)
        else:
            self._owed[stream] = Due(stream, step.value, due_at)


def behind(connection: Connection[TupleRow], readers: Iterable[str] = READERS) -> dict[str, int]:
    """By how many events each of them is behind; a reader that never moved is behind by all of them."""
    row = connection.execute("SELECT position FROM suqiu.head").fetchone()
    assert row is not None
    head = int(row[0])
    places = dict.fromkeys(readers, 0)
    places |= dict(connection.execute("SELECT name, position FROM suqiu.readers").fetchall())
    found = {name: head - places[name] for name in readers}
    for model in read_models():
        made = connection.execute("SELECT to_regclass(%s)", (f"{model.schema}.progress",)).fetchone()
        reached = made and made[0] and connection.execute(f"SELECT position FROM {model.schema}.progress").fetchone()
        found[model.name] = head - int(reached[0]) if reached else head
    return {name: lag for name, lag in found.items() if lag > 0}
