"""The outbox: one row a message, its recipient and what became of it. Its text stays sealed in the log."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, LiteralString, NamedTuple

from psycopg import Connection, Cursor, sql
from psycopg.rows import TupleRow, class_row, tuple_row

from aggregates.messages.events import MessageDelivered, MessageFailed, MessageRead, MessageWritten
from aggregates.record import Recorded
from aggregates.streams import MESSAGES
from projections.paging import Page, check_limit, read_cursor, write_cursor
from projections.read_model import ReadModel, copy_rows

STATUSES = ("outbox", "unreachable", "waiting", "delivered", "failed")
"""outbox: for staff · unreachable: no address · waiting: for the gateway · delivered: it took it · failed: given up."""

GIVEN_UP_WITHIN = "24 hours"

_BY_WAY = {"outbox": "outbox", "nowhere": "unreachable", "gateway": "waiting"}


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message. `not_before`: when it may be sent, None: at once.

    `attempts`: the gateway's tries, once ended; `reads`: how often its text was opened.
    """

    message: str
    petition: str
    receipt: str
    status: str
    audience: str
    unit: str | None
    hint: str
    template: str
    template_version: int
    cause: int
    cause_topic: str
    written_at: datetime
    not_before: datetime | None
    gateway: str | None
    reference: str | None
    attempts: int
    code: str | None
    ended_at: datetime | None
    reads: int


class Outbox(ReadModel):
    """Rows are created by `message.written` and updated by delivery, failure and looks."""

    name: ClassVar[str] = "outbox"
    tables: ClassVar[LiteralString] = """
        CREATE TABLE messages (
            message          text        PRIMARY KEY,
            petition         text        NOT NULL,
            receipt          text        NOT NULL,
            status           text        NOT NULL,
            audience         text        NOT NULL,
            unit             text,
            hint             text        NOT NULL,
            template         text        NOT NULL,
            template_version integer     NOT NULL,
            cause            bigint      NOT NULL,
            cause_topic      text        NOT NULL,
            written_at       timestamptz NOT NULL,
            not_before       timestamptz,
            gateway          text,
            reference        text,
            attempts         integer     NOT NULL,
            code             text,
            ended_at         timestamptz,
            reads            integer     NOT NULL
        );
        CREATE INDEX ON messages (written_at, message);
        CREATE INDEX ON messages (receipt);
        CREATE INDEX ON messages (status) WHERE status IN ('waiting', 'failed', 'unreachable');
    """

    def takes(self, stream: str) -> bool:
        """Streams of messages."""
        return stream.startswith(MESSAGES)

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Recorded]) -> None:
        """Insert new messages first: what became of one follows it in the log."""
        copy_rows(cursor, "messages", _COLUMNS, [_values(event) for _, event in _of(page, MessageWritten)])
        ended = [
            ("delivered", event.gateway, event.reference, event.attempts, None, event.at, event.message)
            for _, event in _of(page, MessageDelivered)
        ] + [
            ("failed", event.gateway, None, event.attempts, event.code, event.at, event.message)
            for _, event in _of(page, MessageFailed)
        ]
        if ended:
            cursor.executemany(_ENDED, ended)
        if read := [(event.message,) for _, event in _of(page, MessageRead)]:
            cursor.executemany("UPDATE messages SET reads = reads + 1 WHERE message = %s", read)


_COLUMNS = tuple(field.name for field in fields(OutboxRow))
_ENDED = (
    "UPDATE messages SET status = %s, gateway = %s, reference = %s, attempts = %s, code = %s, ended_at = %s "
    "WHERE message = %s"
)


def _of(page: Sequence[Recorded], kind: type[Any]) -> list[tuple[Recorded, Any]]:
    return [(record, record.event) for record in page if isinstance(record.event, kind)]


def _values(event: MessageWritten) -> tuple[Any, ...]:
    return (
        event.message,
        event.petition,
        event.receipt,
        _BY_WAY[event.way],
        event.to,
        event.unit,
        event.hint,
        event.template,
        event.template_version,
        event.cause,
        event.cause_topic,
        event.at,
        event.not_before,
        None,
        None,
        0,
        None,
        None,
        0,
    )


@dataclass(frozen=True, slots=True)
class Filter:
    """Filters on messages; None: no filter. `hidden`: petitions whose messages are left out: not for this reader."""

    status: str | None = None
    receipt: str | None = None
    audience: str | None = None
    unit: str | None = None
    hidden: Sequence[str] = ()


class Undelivered(NamedTuple):
    """Messages given up within `GIVEN_UP_WITHIN`, with their codes; those waiting, and since when (`seconds`)."""

    failed: int
    codes: list[str]
    waiting: int
    seconds: float


def undelivered(connection: Connection[Any]) -> Undelivered:
    """Messages the gateway has not taken: given up lately, or still tried; as far as the outbox has come.

    Raises:
        psycopg.errors.UndefinedTable: the outbox has no tables yet.
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=class_row(Undelivered)) as cursor:
        row = cursor.execute(
            "SELECT count(*) FILTER (WHERE lost) AS failed, "
            "COALESCE(array_agg(DISTINCT code ORDER BY code) FILTER (WHERE lost), '{}') AS codes, "
            "count(*) FILTER (WHERE waits) AS waiting, "
            "COALESCE(extract(epoch FROM clock_timestamp() - min(may_leave) FILTER (WHERE waits)), 0)::float8 "
            "AS seconds "
            "FROM (SELECT code, COALESCE(not_before, written_at) AS may_leave, "
            "status = 'failed' AND ended_at > clock_timestamp() - %s::interval AS lost, "
            "status = 'waiting' AND COALESCE(not_before, written_at) < clock_timestamp() AS waits "
            "FROM view_outbox.messages WHERE status IN ('waiting', 'failed', 'unreachable')) AS them",
            (GIVEN_UP_WITHIN,),
        ).fetchone()
    assert row is not None
    return row


def list_messages(
    connection: Connection[Any], which: Filter, *, limit: int = 50, cursor: str | None = None
) -> Page[OutboxRow]:
    """Messages in the order they were written.

    Raises:
        ValueError: the limit is not between 1 and 1000.
        BadCursor: the cursor was not returned by this list.
    """
    check_limit(limit)
    wanted = [(name, getattr(which, name)) for name in ("status", "receipt", "audience", "unit")]
    given = [(name, value) for name, value in wanted if value is not None]
    where = sql.SQL(" AND ").join(
        [sql.SQL("petition <> ALL(%s)"), *(sql.SQL("{} = %s").format(sql.Identifier(name)) for name, _ in given)]
    )
    values: list[Any] = [list(which.hidden), *(value for _, value in given)]
    after = sql.SQL("true")
    place: list[Any] = []
    if cursor is not None:
        place = list(read_cursor(cursor))
        after = sql.SQL("(written_at, message) > (%s, %s)")
    with connection.cursor(row_factory=tuple_row) as count:
        answer = count.execute(sql.SQL("SELECT count(*) FROM view_outbox.messages WHERE {}").format(where), values)
        (total,) = answer.fetchone() or (0,)
    query = sql.SQL("SELECT {} FROM view_outbox.messages WHERE {} AND {} ORDER BY written_at, message LIMIT %s").format(
        sql.SQL(", ").join(map(sql.Identifier, _COLUMNS)), where, after
    )
    with connection.cursor(row_factory=class_row(OutboxRow)) as rows:
        found = rows.execute(query, [*values, *place, limit + 1]).fetchall()
    shown = tuple(found[:limit])
    going_on = write_cursor(shown[-1].written_at, shown[-1].message) if len(found) > limit else None
    return Page(total, shown, going_on)
