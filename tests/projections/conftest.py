"""A log in a fresh database, and read models written by hand, page by page."""

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import Connection, sql
from psycopg.rows import tuple_row

from eventstore.log import EventLog
from eventstore.recorder import Datastore
from eventstore.sealing import MasterKey
from machine.embedded_postgres import EmbeddedPostgres
from projections import read_models
from projections.generation import Generation
from projections.read_model import ReadModel
from tests.projections.town import TOWN

MASTER = MasterKey(os.urandom(32))

Tables = dict[str, list[str]]


@pytest.fixture
def log(database: str) -> Iterator[EventLog]:
    """An empty log in a database of its own."""
    datastore = Datastore(database)
    yield EventLog(datastore, MASTER)
    datastore.close()


@pytest.fixture
def connection(database: str) -> Iterator[Connection[Any]]:
    """A connection for queries, in autocommit."""
    with psycopg.connect(database, autocommit=True) as opened:
        yield opened


@pytest.fixture(scope="session")
def town_hall(postgres: EmbeddedPostgres) -> Iterator[Connection[Any]]:
    """A connection to the read models of `TOWN`, made once: for tests that only ask."""
    postgres.make_database("town_hall")
    datastore = Datastore(postgres.dsn("town_hall"))
    log = EventLog(datastore, MASTER)
    TOWN.write(log)
    with psycopg.connect(postgres.dsn("town_hall"), autocommit=True) as opened:
        for model in read_models():
            project(model, log, opened)
        yield opened
    datastore.close()


def project(model: ReadModel, log: EventLog, connection: Connection[Any], page: int = 1_000) -> None:
    """Bring a model up to the log's head, without any runner."""
    serving = Generation(model, connection)
    serving.create()
    reached = serving.reached()
    position = reached.position if reached else 0
    while events := log.page(position, page):
        position = serving.apply(position, events)


def tables_of(connection: Connection[Any], schema: str) -> Tables:
    """Every row of a schema's tables as sorted text; without what is about time and about what waits."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        names = cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", (schema,)).fetchall()
        return {
            name: sorted(
                row
                for (row,) in cursor.execute(
                    sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(schema, name))
                )
            )
            for (name,) in names
            if name not in ("progress", "set_aside")
        }
