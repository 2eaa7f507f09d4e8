"""Answers of many rows, read piece by piece: the connection is free between two pieces, whatever becomes of the reader.

The driver's own `stream` holds the connection's lock for as long as its generator lives. An exception in whoever reads
it keeps the generator alive in its traceback, and then nobody can close the connection: the program stands still.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, TypeAlias, TypeVar

from psycopg import Connection
from psycopg.rows import RowFactory
from psycopg.sql import SQL, Composed

T = TypeVar("T")
Query: TypeAlias = SQL | Composed
PIECE = 2_000
"""Rows fetched at once."""
_NUMBERS = count()


def rows_of(
    connection: Connection[Any],
    query: Query,
    values: Sequence[Any] | dict[str, Any],
    *,
    row_factory: RowFactory[T],
) -> Iterator[T]:
    """The rows of a query in order, never all of them in memory.

    Raises:
        psycopg.Error: the database was lost or refuses.
    """
    with connection.cursor(f"long_{next(_NUMBERS)}", row_factory=row_factory, withhold=True) as answer:
        answer.itersize = PIECE
        answer.execute(query, values)
        yield from answer
