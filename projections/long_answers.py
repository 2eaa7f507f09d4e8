"""Large results, fetched in batches: between two batches the connection is free, whatever happens to the reader.

The driver's own `stream` holds the connection's lock as long as its generator lives. An exception in its consumer keeps
the generator alive in the traceback, and then nobody can close the connection: the program hangs.
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
