"""The heartbeat of one part: a row of `suqiu.parts`, written by the part's own work and by nothing else.

No thread writes it while the work hangs: the working loop calls `beat` as it progresses, and a row is written at most
every few seconds. A holder writes on the connection that has its lock, so that it learns when the lock was taken away.
"""

import os
import socket
import threading
import time
import uuid
from contextlib import suppress
from typing import Any, Final

import psycopg
from psycopg.types.json import Jsonb

from eventstore.build import build_id
from eventstore.connections import lasting
from eventstore.parts.register import SILENT_SECONDS

BEAT_SECONDS: Final = 3.0
FORGOTTEN_AFTER: Final = "1 hour"
"""After this silence a part is no longer listed, unless it still has a lock."""

OF_THIS_PROCESS: Final[dict[str, Any]] = {}
"""What every part of this process adds to its heartbeats, as JSON: the clock's difference, for example."""

_WRITE = """
INSERT INTO suqiu.parts (name, holder, kind, host, pid, backend, holding, build, epoch, detail)
VALUES (%(name)s, %(holder)s, %(kind)s, %(host)s, %(pid)s, pg_backend_pid(), %(holding)s, %(build)s, %(epoch)s,
    %(detail)s)
ON CONFLICT (name, holder) DO UPDATE SET beat_at = clock_timestamp(), backend = EXCLUDED.backend,
    holding = EXCLUDED.holding, epoch = EXCLUDED.epoch, detail = EXCLUDED.detail
"""

_FORGET = """
DELETE FROM suqiu.parts p WHERE (beat_at < clock_timestamp() - %(long)s::interval
    OR (name = %(name)s AND host = %(host)s AND beat_at < clock_timestamp() - %(silent)s * interval '1 second'))
    AND NOT (holding AND EXISTS (SELECT FROM pg_locks l WHERE l.pid = p.backend AND l.locktype = 'advisory'
        AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())))
"""
"""Rows silent for an hour, and silent ones of the same name on this machine; but never one whose connection still has a
lock: by its row a standby knows that the holder is silent, and which connections to terminate."""

_NEXT = """
INSERT INTO suqiu.terms AS t (name, epoch) VALUES (%s, 1)
ON CONFLICT (name) DO UPDATE SET epoch = t.epoch + 1 RETURNING epoch
"""


class Pulse:
    """One part's heartbeat. Thread-safe."""

    def __init__(self, name: str, kind: str | None = None) -> None:
        """Name a part; nothing is written yet. `kind` None: the name, as where there is only one part of the kind."""
        self.name = name
        self.kind = kind or name
        self.holder = uuid.uuid4()
        self.epoch = 0
        self.detail: dict[str, Any] = {}
        self.got_on = time.monotonic()
        """When the work last got on, by this process's own clock."""
        self._holding: psycopg.Connection[Any] | None = None
        self._written = 0.0
        self._on_record = False
        self._turn = threading.Lock()

    @property
    def mark(self) -> str:
        """The `application_name` of this part's connections: all of them are terminated when its lock is taken away."""
        return mark_of(self.holder)

    def hold(self, connection: psycopg.Connection[Any]) -> None:
        """This part holds the lock now: take the lock's next epoch, and write heartbeats on the lock's connection."""
        row = connection.execute(_NEXT, (self.name,)).fetchone()
        assert row is not None
        self.epoch = int(row[0])
        self._holding = connection
        # The previous holder is gone, or a standby that writes its own row again with its next heartbeat.
        connection.execute(
            "DELETE FROM suqiu.parts WHERE name = %s AND holding AND holder <> %s", (self.name, self.holder)
        )
        self._write(connection)

    def beat(self) -> None:
        """Note that the work progresses; the heartbeat is written on the holder's connection, if it is due.

        Raises:
            psycopg.Error: the connection is lost, and the lock with it: the work at hand is no longer this part's.
        """
        self.got_on = time.monotonic()
        if self._holding is not None and self.due:
            self.write(self._holding)

    def write(self, connection: psycopg.Connection[Any]) -> None:
        """Write the heartbeat if it is due, on any connection: for a standby, or a part without a lock."""
        if not self._turn.acquire(blocking=False):
            return
        try:
            if self.due:
                self._write(connection)
        finally:
            self._turn.release()

    @property
    def due(self) -> bool:
        """Whether the last heartbeat was written `BEAT_SECONDS` ago or earlier."""
        return time.monotonic() - self._written >= BEAT_SECONDS

    def let_go(self) -> None:
        """This part no longer holds the lock; its row is deleted if the connection is still usable."""
        connection, self._holding, self.epoch = self._holding, None, 0
        if connection is not None and not connection.closed:
            with suppress(psycopg.Error):
                self._remove(connection)

    def end(self, dsn: str) -> None:
        """The part ended cleanly: delete its row. Without a database the row is left for an hour."""
        if self._on_record:
            with suppress(psycopg.Error), lasting(dsn) as connection:
                self._remove(connection)

    def _write(self, connection: psycopg.Connection[Any]) -> None:
        who = {"name": self.name, "host": socket.gethostname()}
        if not self._on_record:
            connection.execute(_FORGET, {**who, "long": FORGOTTEN_AFTER, "silent": SILENT_SECONDS})
        connection.execute(
            _WRITE,
            {
                **who,
                "holder": self.holder,
                "kind": self.kind,
                "pid": os.getpid(),
                "holding": self._holding is not None,
                "build": build_id(),
                "epoch": self.epoch,
                "detail": Jsonb({**OF_THIS_PROCESS, **self.detail}),
            },
        )
        self._on_record = True
        self._written = time.monotonic()

    def _remove(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute("DELETE FROM suqiu.parts WHERE name = %s AND holder = %s", (self.name, self.holder))
        self._on_record, self._written = False, 0.0


def mark_of(holder: uuid.UUID) -> str:
    """The `application_name` of a holder's connections."""
    return f"suqiu {holder}"
