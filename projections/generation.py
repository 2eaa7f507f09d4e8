"""One generation of a read model's tables, and the position they have reached, written in one transaction."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection, Cursor, InterfaceError, OperationalError, sql
from psycopg.errors import UndefinedTable
from psycopg.rows import TupleRow, tuple_row

from aggregates.record import Entry, Recorded, Unreadable, Waiting, sift
from projections import set_aside
from projections.one_by_one import apply_what_can_be
from projections.read_model import ReadModel

ENDED = -1
"""The position of a generation that was replaced: a process that waited for its row sees that it no longer serves."""

SETUP_LOCK = 7_320_003

PROGRESS = """
CREATE TABLE progress (
    one      boolean     PRIMARY KEY DEFAULT true CHECK (one),
    position bigint      NOT NULL,
    moved_at timestamptz NOT NULL,
    shape    text        NOT NULL
)
"""


ReadStream = Callable[[str, int], Sequence[Entry]]
"""(stream, version) → the stream's rows above that version, as `EventLog.entries_of`."""


Write = Callable[[Cursor[TupleRow], Sequence[Recorded]], list[Unreadable] | None]


class Moved(Exception):
    """The tables are at another position than the page begins at: another process wrote them. Read it again."""


class AnotherShape(Exception):
    """The tables were created by another version of this program: rebuild them."""


class Reached(NamedTuple):
    """The position that a generation has reached (0: none yet), when it was written, and the tables' shape."""

    position: int
    moved_at: datetime
    shape: str


class Generation:
    """A model's tables in one schema, on one connection in autocommit."""

    def __init__(
        self,
        model: ReadModel,
        connection: Connection[Any],
        schema: str | None = None,
        *,
        told: Callable[[Unreadable], None] = lambda _: None,
    ) -> None:
        """Use the serving generation, or the one in `schema`; `told` is called for each stream that is set aside."""
        self.model = model
        self.schema = schema or model.schema
        self._connection = connection
        self._told = told

    def create(self) -> None:
        """Create the tables, at position 0, unless they exist."""
        with self._connection.transaction(), self._cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (SETUP_LOCK,))
            there = self._tables(cursor)
            if "set_aside" in there:
                return
            if not there:
                cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(self.schema)))
            self._enter(cursor)
            cursor.execute(set_aside.TABLE)
            if "progress" in there:
                return
            cursor.execute(PROGRESS)
            cursor.execute(self.model.tables)
            cursor.execute("INSERT INTO progress VALUES (true, 0, now(), %s)", (self.model.shape,))

    def drop(self) -> None:
        """Drop the tables, whatever they hold."""
        self._connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(self.schema)))

    def reached(self) -> Reached | None:
        """The position reached; None: there are no tables."""
        query = sql.SQL("SELECT position, moved_at, shape FROM {}.progress").format(sql.Identifier(self.schema))
        with self._cursor() as cursor:
            try:
                return self._progress(cursor.execute(query))
            except UndefinedTable:
                return None

    def waiting(self) -> list[Waiting]:
        """Streams set aside, the longest waiting first; empty without tables."""
        with self._connection.transaction(), self._cursor() as cursor:
            if "set_aside" not in self._tables(cursor):
                return []
            self._enter(cursor)
            return set_aside.waiting(cursor)

    def apply(self, expected: int, page: Sequence[Entry]) -> int:
        """Apply the page that follows position `expected`, and store the position reached, in one transaction.

        A stream with a row that cannot be decoded, or that the model cannot apply, is set aside from that row on, in
        the same transaction; the others go on. If the model can apply none of several streams, its error is raised.

        Raises:
            Moved: the tables are not at `expected`; nothing was written.
            AnotherShape: another version created the tables; nothing was written.
        """
        try:
            return self._apply(expected, page, self.model.apply)
        except (Moved, AnotherShape, OperationalError, InterfaceError):
            raise
        except Exception:  # noqa: BLE001 - some row fails in the model: find out which
            return self._apply(expected, page, self._one_by_one)

    def _apply(self, expected: int, page: Sequence[Entry], write: Write) -> int:
        stops: list[Unreadable] = []
        with self._connection.transaction(), self._cursor() as cursor:
            # Lock the row first: a swap of schemas takes the same lock, so no table below is swapped half-way.
            reached = self.lock(cursor)
            if reached.shape != self.model.shape:
                raise AnotherShape(f"{self.schema} holds shape {reached.shape}, not {self.model.shape}")
            if reached.position != expected or page[0].position != expected + 1:
                raise Moved(f"{self.schema} stands at {reached.position}, not at {expected}")
            if ours := [entry for entry in page if self.model.takes(entry.stream)]:
                readable, stops = sift(ours, set_aside.waiting_among(cursor, {entry.stream for entry in ours}))
                stops += (write(cursor, readable) or []) if readable else []
                set_aside.set_aside(cursor, stops)
            cursor.execute("UPDATE progress SET position = %s, moved_at = now()", (page[-1].position,))
        for row in stops:
            self._told(row)
        return page[-1].position

    def _one_by_one(self, cursor: Cursor[TupleRow], records: Sequence[Recorded]) -> list[Unreadable]:
        return apply_what_can_be(self.model, self._connection, cursor, records)

    def take_up(self, row: Unreadable, read_stream: ReadStream) -> bool:
        """Apply the rows of a stream set aside from `row` on, as far as possible; whether it is no longer set aside.

        In one transaction, up to the position reached: later rows come with their page.
        """
        entries = read_stream(row.stream, row.version - 1)
        with self._connection.transaction(), self._cursor() as cursor:
            reached = self.lock(cursor)
            if reached.shape != self.model.shape or set_aside.waiting_of(cursor, row.stream) != row:
                return False
            readable, stops = sift(entry for entry in entries if entry.position <= reached.position)
            stops = (self._one_by_one(cursor, readable) if readable else []) or stops
            set_aside.set_aside(cursor, stops)
            if not stops:
                set_aside.take_up(cursor, row.stream)
            return not stops

    def lock(self, cursor: Cursor[TupleRow]) -> Reached:
        """The position reached, its row locked until the transaction ends."""
        self._enter(cursor)
        return self._progress(cursor.execute("SELECT position, moved_at, shape FROM progress FOR UPDATE"))

    def replace_with(self, other: "Generation", cursor: Cursor[TupleRow], aside: str) -> None:
        """Let `other` serve in place of this one, in the caller's transaction; this one's schema is renamed to `aside`.

        The caller holds this one's lock.
        """
        self._enter(cursor)
        cursor.execute("UPDATE progress SET position = %s", (ENDED,))
        for old, new in ((self.schema, aside), (other.schema, self.schema)):
            rename = sql.SQL("ALTER SCHEMA {} RENAME TO {}")
            cursor.execute(rename.format(sql.Identifier(old), sql.Identifier(new)))

    def _tables(self, cursor: Cursor[TupleRow]) -> set[str]:
        rows = cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (self.schema,))
        return {table for (table,) in rows}

    def _enter(self, cursor: Cursor[TupleRow]) -> None:
        cursor.execute("SELECT set_config('search_path', %s, true)", (self.schema,))

    def _cursor(self) -> Cursor[TupleRow]:
        return self._connection.cursor(row_factory=tuple_row)

    @staticmethod
    def _progress(answer: Cursor[TupleRow]) -> Reached:
        row = answer.fetchone()
        assert row is not None
        return Reached(*row)
