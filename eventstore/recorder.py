"""The library's application recorder on our one table: one round trip an append, many independent ones in a commit."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, LiteralString, NamedTuple

from eventsourcing.persistence import IntegrityError, Notification, StoredEvent
from eventsourcing.postgres import (
    ConnectionPool,
    PostgresApplicationRecorder,
    PostgresDatastore,
)
from psycopg import Connection, DatabaseError
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row

from eventstore.clock_guard import ClockGuard, Refusal, system_clock
from eventstore.connections import CLIENT_SIDE, CONNECT_SECONDS, SERVER_SIDE
from eventstore.leaf import leaf_hash
from eventstore.set_up import make_ready

CLOCK_DIFFERS, RECORDED_AHEAD = "SQC01", "SQC02"
"""SQLSTATEs with which `schema.sql` refuses an append because of a clock."""

CHANNEL = "suqiu_events"


class Datastore(PostgresDatastore):
    """A connection pool on a DSN. The library takes host, port and user only; this keeps the DSN's other options."""

    def __init__(self, dsn: str, *, pool_size: int = 8) -> None:
        """Take a libpq connection string or URI.

        Raises:
            psycopg.ProgrammingError: `dsn` is neither.
        """
        parts = conninfo_to_dict(dsn)
        super().__init__("", "", "", "", "", originator_id_type="text", schema="suqiu")
        self.dsn = dsn
        self.pool = ConnectionPool(
            connection_class=Connection[DictRow],
            kwargs={"connect_timeout": CONNECT_SECONDS, **CLIENT_SIDE, **parts, "row_factory": dict_row},
            min_size=1,
            max_size=pool_size,
            open=False,
            configure=_lasting(self.after_connect_func()),
            timeout=30,
            reconnect_timeout=30,
        )

    def register_type_adapters(self) -> None:
        """Register nothing: the library would look up its own functions' types, which a role may not be allowed to."""

    def replace_lost_connections(self) -> None:
        """Test all pooled connections after one was lost, and replace dead ones; testing at each use costs a trip."""
        self.pool.check()


def _lasting(configure: Callable[[Connection[Any]], None]) -> Callable[[Connection[Any]], None]:
    """The library's settings of a connection, then `SERVER_SIDE`."""

    def both(connection: Connection[Any]) -> None:
        configure(connection)
        connection.execute(SERVER_SIDE)

    return both


class Row(NamedTuple):
    """An event ready to be written."""

    stored: StoredEvent
    command_id: str
    recorded_at: datetime


class StoredRow(NamedTuple):
    """A row of the log, undecoded."""

    position: int
    stream: str
    version: int
    topic: str
    state: bytes
    recorded_at: datetime
    command_id: str


MERGED: LiteralString = (
    "SELECT originator_id, min(position) FROM suqiu.events WHERE topic = 'petition.merged' "
    'AND substring(encode(state, \'escape\') FROM \'"into":"([^"]*)"\') = %s '
    "GROUP BY originator_id ORDER BY min(position)"
)
"""Streams that were ever merged into a given one; uses an index of its own (`schema.sql`)."""

_COLUMNS = "position, originator_id, originator_version, topic, state, recorded_at, command_id"


class LogRecorder(PostgresApplicationRecorder):
    """Appends and reads rows of `suqiu.events`; `schema.sql` has the reasons."""

    def __init__(self, datastore: Datastore, guard: ClockGuard) -> None:
        """Use a datastore and this process's clock; creates nothing until `create_table`."""
        super().__init__(datastore, events_table_name="events")
        self._guard = guard
        self.channel_name = CHANNEL

    def create_table(self) -> None:
        """Create missing tables; safe to run by many processes at once.

        Raises:
            NotSetUp: one is missing, and the connecting role may not create it.
        """
        with self.datastore.transaction(commit=True) as cursor:
            make_ready(cursor)

    def write(self, connection: Connection[DictRow], rows: Sequence[Row]) -> dict[tuple[str, int], int]:
        """Write rows in one commit; returns (stream, version) → position of those written.

        A stream with a version conflict is skipped whole: its rows are missing in the answer. `connection` comes from
        `datastore.get_connection()`, whose errors are the library's; after a lost one, only reading again tells whether
        it committed.

        Raises:
            Refusal: this process's clock differs too much from the database's, or a row is recorded ahead of it.
        """
        columns: tuple[list[Any], ...] = ([], [], [], [], [], [], [])
        for stored, command_id, recorded_at in rows:
            stream, version = str(stored.originator_id), stored.originator_version
            values = (
                stream,
                version,
                stored.topic,
                stored.state,
                command_id,
                leaf_hash(stream, version, stored.topic, stored.state, command_id, recorded_at),
                recorded_at,
            )
            for column, value in zip(columns, values, strict=True):
                column.append(value)
        guard, since = self._guard, time.monotonic()
        try:
            answer = connection.execute(
                "SELECT * FROM suqiu.append_in_time("
                "%b::text[], %b::bigint[], %b::text[], %b::bytea[], %b::text[], %b::bytea[], %b::timestamptz[], "
                "%b::timestamptz, %b::interval, %b::boolean)",
                (*columns, guard.raw(), guard.tolerance, guard.story),
                prepare=True,
            )
        except DatabaseError as error:
            if error.sqlstate not in (CLOCK_DIFFERS, RECORDED_AHEAD) or error.diag.message_detail is None:
                raise
            waited = timedelta(seconds=time.monotonic() - since)
            rows_ahead = error.sqlstate == RECORDED_AHEAD
            raise Refusal(error.diag.message_detail, rows=rows_ahead, waited=waited) from error
        return {(row["stream"], row["version"]): row["at_position"] for row in answer}

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """The library's interface, for its own tools: all rows or none.

        Raises:
            IntegrityError: a version is taken or skipped.
        """
        recorded_at = kwargs.get("recorded_at") or system_clock()
        command_id = kwargs.get("command_id") or "library"
        rows = [Row(stored, command_id, recorded_at) for stored in stored_events]
        with self.datastore.get_connection() as connection, connection.transaction():
            positions = self.write(connection, rows)
            if len(positions) < len(rows):
                raise IntegrityError("a version of the stream is taken or skipped")
        return sorted(positions.values())

    def stream(self, stream: str, after: int = 0) -> list[StoredRow]:
        """Rows of one stream with versions above `after`, in order."""
        return self._rows(
            f"SELECT {_COLUMNS} FROM suqiu.events WHERE originator_id = %s AND originator_version > %s "  # noqa: S608
            "ORDER BY originator_version",
            (stream, after),
        )

    def page(self, after: int, limit: int) -> list[StoredRow]:
        """Rows of the log with positions above `after`, in order, at most `limit`."""
        return self._rows(
            f"SELECT {_COLUMNS} FROM suqiu.events WHERE position > %s ORDER BY position LIMIT %s",  # noqa: S608
            (after, limit),
        )

    def merged(self, into: str) -> list[str]:
        """Ids of streams that were ever merged into this one, oldest merge first; uses an index of its own."""
        with self.datastore.get_connection() as connection:
            rows = connection.execute(MERGED, (into,)).fetchall()
        return [str(row["originator_id"]) for row in rows]

    def begun(self, prefix: str) -> list[str]:
        """Ids of streams that begin with `prefix`, oldest first. Reads a whole index: for rare questions."""
        with self.datastore.get_connection() as connection:
            rows = connection.execute(
                "SELECT originator_id FROM suqiu.events WHERE originator_version = 1 "
                "AND starts_with(originator_id, %s) ORDER BY position",
                (prefix,),
            ).fetchall()
        return [str(row["originator_id"]) for row in rows]

    def head(self) -> int:
        """The last position written; 0 while the log is empty."""
        with self.datastore.get_connection() as connection:
            row = connection.execute("SELECT position FROM suqiu.head").fetchone()
        assert row is not None
        return int(row["position"])

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """The library's view of the log: notification ids are our gap-free positions."""
        after = (start or 0) - (1 if inclusive_of_start and start else 0)
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM suqiu.events WHERE position > %s AND (%s::bigint IS NULL OR position <= %s) "  # noqa: S608
            "AND (%s OR topic = ANY(%s)) ORDER BY position LIMIT %s",
            (after, stop, stop, not topics, list(topics), limit),
        )
        return [
            Notification(
                id=row.position,
                originator_id=row.stream,
                originator_version=row.version,
                topic=row.topic,
                state=row.state,
            )
            for row in rows
        ]

    def max_notification_id(self) -> int | None:
        """The last position, None while the log is empty."""
        return self.head() or None

    def _rows(self, query: LiteralString, parameters: Sequence[Any]) -> list[StoredRow]:
        with self.datastore.get_connection() as connection:
            answer = connection.execute(query, parameters, prepare=True)
            return [
                StoredRow(
                    row["position"],
                    row["originator_id"],
                    row["originator_version"],
                    row["topic"],
                    bytes(row["state"]),
                    row["recorded_at"],
                    row["command_id"],
                )
                for row in answer
            ]
