"""One generation of a read model's tables, and the position they have reached: written together, or not at all."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection, Cursor, sql
from psycopg.errors import UndefinedTable
from psycopg.rows import TupleRow, tuple_row

from aggregates.record import Recorded
from projections.read_model import ReadModel

ENDED = -1
"""The position of a generation that was replaced: whoever waited for its row learns that it serves no more."""

SETUP_LOCK = 7_320_003

PROGRESS = """
CREATE TABLE progress (
    one      boolean     PRIMARY KEY DEFAULT true CHECK (one),
    position bigint      NOT NULL,
    moved_at timestamptz NOT NULL,
    shape    text        NOT NULL
)
"""


class Moved(Exception):
    """The tables do not stand where the page begins: somebody else wrote it, or they were replaced. Read again."""


class AnotherShape(Exception):
    """The tables were made by another version of this program: rebuild them."""


class Reached(NamedTuple):
    """How far a generation has come; position 0: nothing yet."""

    position: int
    moved_at: datetime
    shape: str


class Generation:
    """A model's tables in one schema, on one connection in autocommit."""

    def __init__(self, model: ReadModel, connection: Connection[Any], schema: str | None = None) -> None:
        """Take the serving generation, or the one in `schema`."""
        self.model = model
        self.schema = schema or model.schema
        self._connection = connection

    def create(self) -> None:
        """Make the tables, at position 0, unless the schema is there already."""
        with self._connection.transaction(), self._cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (SETUP_LOCK,))
            if self._exists(cursor):
                return
            cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(self.schema)))
            self._enter(cursor)
            cursor.execute(PROGRESS)
            cursor.execute(self.model.tables)
            cursor.execute("INSERT INTO progress VALUES (true, 0, now(), %s)", (self.model.shape,))

    def drop(self) -> None:
        """Drop the tables, whatever they hold."""
        self._connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(self.schema)))

    def reached(self) -> Reached | None:
        """How far it has come; None while there are no tables."""
        query = sql.SQL("SELECT position, moved_at, shape FROM {}.progress").format(sql.Identifier(self.schema))
        with self._cursor() as cursor:
            try:
                return self._progress(cursor.execute(query))
            except UndefinedTable:
                return None

    def apply(self, expected: int, page: Sequence[Recorded]) -> int:
        """Write the page that follows position `expected`, and the position reached, in one transaction.

        Raises:
            Moved: the tables do not stand at `expected`; nothing was written.
            AnotherShape: they are not this program's; nothing was written.
        """
        with self._connection.transaction(), self._cursor() as cursor:
            # The row's lock comes first: a swap takes it too, so that no name below changes its meaning half-way.
            reached = self.lock(cursor)
            if reached.shape != self.model.shape:
                raise AnotherShape(f"{self.schema} holds shape {reached.shape}, not {self.model.shape}")
            if reached.position != expected or page[0].position != expected + 1:
                raise Moved(f"{self.schema} stands at {reached.position}, not at {expected}")
            if ours := [record for record in page if self.model.takes(record.stream)]:
                self.model.apply(cursor, ours)
            cursor.execute("UPDATE progress SET position = %s, moved_at = now()", (page[-1].position,))
        return page[-1].position

    def lock(self, cursor: Cursor[TupleRow]) -> Reached:
        """How far it has come, held until the transaction ends."""
        self._enter(cursor)
        return self._progress(cursor.execute("SELECT position, moved_at, shape FROM progress FOR UPDATE"))

    def replace_with(self, other: "Generation", cursor: Cursor[TupleRow], aside: str) -> None:
        """Let `other` serve in this one's place, within the caller's transaction; this one stands in `aside` then.

        The caller holds this one's lock.
        """
        self._enter(cursor)
        cursor.execute("UPDATE progress SET position = %s", (ENDED,))
        for old, new in ((self.schema, aside), (other.schema, self.schema)):
            rename = sql.SQL("ALTER SCHEMA {} RENAME TO {}")
            cursor.execute(rename.format(sql.Identifier(old), sql.Identifier(new)))

    def _exists(self, cursor: Cursor[TupleRow]) -> bool:
        return cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (self.schema,)).fetchone() is not None

    def _enter(self, cursor: Cursor[TupleRow]) -> None:
        cursor.execute("SELECT set_config('search_path', %s, true)", (self.schema,))

    def _cursor(self) -> Cursor[TupleRow]:
        return self._connection.cursor(row_factory=tuple_row)

    @staticmethod
    def _progress(answer: Cursor[TupleRow]) -> Reached:
        row = answer.fetchone()
        assert row is not None
        return Reached(*row)
