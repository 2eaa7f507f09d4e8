"""A connection to the read models for commands that only read; needs no key and no log."""

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
    """A connection for the queries of `projections`; missing tables are created, empty.

    Raises:
        NotReachable: the database cannot be reached.
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
