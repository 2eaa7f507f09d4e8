"""The read models as doors ask them: a connection of its own, no key, no log."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.rows import TupleRow

from eventstore.store_format import must_be_known
from office.connection import CONNECT_SECONDS, NotReachable, database_of
from office.settings import Settings
from projections import prepare


@contextmanager
def views(settings: Settings) -> Iterator[psycopg.Connection[TupleRow]]:
    """A connection on which the queries of `projections` can be asked; tables that are missing are made, empty.

    Raises:
        NotReachable: the database is not there.
        StoreIsNewer: a newer program wrote the store; nothing was touched.
    """
    try:
        connection = psycopg.connect(database_of(settings), connect_timeout=CONNECT_SECONDS, autocommit=True)
    except psycopg.Error as error:
        raise NotReachable(f"the database cannot be reached: {str(error).strip().splitlines()[0]}") from error
    with connection:
        must_be_known(connection)
        prepare(connection)
        yield connection
