"""Setting a store up as its owner, apart from the parts that work in it."""

from typing import NamedTuple

import psycopg
from psycopg.rows import dict_row

from eventstore.set_up import set_up
from office.connection import CONNECT_SECONDS, database_of
from office.settings import Settings


class SetUp(NamedTuple):
    """What was set up: in which database, owned by whom, for which role (None: the owner alone)."""

    database: str
    owner: str
    program: str | None


def set_up_store(settings: Settings, program: str | None) -> SetUp:
    """Make what this version needs, and grant the role `program` what the parts do; may be repeated.

    Raises:
        NotReachable, psycopg.Error: the database is not there, or refuses.
        NotSetUp: the connecting role does not own the store.
    """
    with psycopg.connect(database_of(settings), connect_timeout=CONNECT_SECONDS, row_factory=dict_row) as connection:
        with connection.cursor() as cursor:
            set_up(cursor, program)
        return SetUp(connection.info.dbname, connection.info.user, program)
