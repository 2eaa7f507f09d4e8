"""Every running part, on any machine, by its last heartbeat in the store (`suqiu.parts`)."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.errors import UndefinedTable
from psycopg.rows import class_row

SILENT_SECONDS = 15.0
"""A part whose heartbeat is older hangs or is gone: a standby takes over."""


class Part(NamedTuple):
    """One running part. `holding`: it does the work; the others of its name stand by. Times are the database's.

    `name` is the lock's (`relay`, `messenger`, `message sender`, `notary`, `projection ledger`, …), or `worker`,
    `message worker`, `rhythm` where any number work side by side; `kind` is the same but for read models, `projection`.
    `epoch` counts the holders a lock has had, 0 for who holds none; `silent_seconds` is the heartbeat's age.
    """

    name: str
    kind: str
    holder: UUID
    host: str
    pid: int
    holding: bool
    build: str
    epoch: int
    started_at: datetime
    beat_at: datetime
    silent_seconds: float
    detail: dict[str, Any]

    @property
    def silent(self) -> bool:
        """Whether its heartbeat is older than `SILENT_SECONDS`."""
        return self.silent_seconds > SILENT_SECONDS


def parts(connection: psycopg.Connection[Any]) -> list[Part]:
    """Every part that has not ended cleanly, holders first; silent ones for an hour.

    Empty where the store was never opened by a program that has heartbeats. The connection is in autocommit.

    Raises:
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=class_row(Part)) as cursor:
        try:
            return cursor.execute(
                "SELECT name, kind, holder, host, pid, holding, build, epoch, started_at, beat_at, "
                "extract(epoch FROM clock_timestamp() - beat_at)::float8 AS silent_seconds, detail "
                "FROM suqiu.parts ORDER BY name, holding DESC, started_at"
            ).fetchall()
        except UndefinedTable:
            return []
