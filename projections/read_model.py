"""The base of a read model: its tables, and how a page of the log changes them."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, ClassVar, LiteralString

from psycopg import Cursor, sql
from psycopg.rows import TupleRow
from pydantic import BaseModel

from aggregates.record import Recorded
from aggregates.streams import is_petition


class ReadModel(ABC):
    """Tables folded from the log. Gets one page at a time, each once, in order, in the caller's transaction.

    `tables` is the SQL that creates them, and `apply` fills them, both with bare table names: the caller's search path
    selects the schema, so that a new generation is built beside the serving one.
    """

    name: ClassVar[str]
    tables: ClassVar[LiteralString]
    keeps: ClassVar[type[BaseModel] | None] = None
    """The type a row stores as JSON to fold further; its fields are part of the shape."""
    version: ClassVar[int] = 1
    """Raise it when the meaning of rows changes although the tables look the same."""

    @property
    def schema(self) -> str:
        """The PostgreSQL schema of the serving generation."""
        return f"view_{self.name}"

    @cached_property
    def shape(self) -> str:
        """Fingerprint of what the tables hold; another one in the database means: rebuild."""
        kept = sorted(self.keeps.model_fields) if self.keeps else []
        return hashlib.sha256(f"{self.version}\n{self.tables}\n{kept}".encode()).hexdigest()[:16]

    def takes(self, stream: str) -> bool:
        """Whether the model gets a stream's rows: of petitions, unless a model says otherwise."""
        return is_petition(stream)

    @abstractmethod
    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Recorded]) -> None:
        """Apply a page of the log, in few statements.

        Raises:
            OutOfStep: an event is not the next one of its stream.
        """


def copy_rows(cursor: Cursor[TupleRow], table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows with one COPY; values in the order of the columns."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)) as copy:
        for row in rows:
            copy.write_row(row)
