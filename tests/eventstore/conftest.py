"""A log of its own for each test, on the session's PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from aggregates.petition import commands as c
from aggregates.petition.decisions import decide
from aggregates.petition.state import Petition
from eventstore.group_commit import GroupCommit
from eventstore.log import Append, EventLog
from eventstore.recorder import Datastore
from eventstore.sealing import MasterKey
from machine.embedded_postgres import EmbeddedPostgres
from office.handling import Handler
from tests.aggregates.office import at, say
from tests.rulebook.books import baiyang

MASTER = MasterKey(b"\x07" * 32)
RECORDED = datetime(2025, 9, 24, 1, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture(scope="session")
def eventstore_database(postgres: EmbeddedPostgres) -> str:
    """A database for this room's tests: made once, as making one takes half a second."""
    postgres.make_database("eventstore_tests")
    return postgres.dsn("eventstore_tests")


@pytest.fixture
def database(eventstore_database: str) -> Iterator[str]:
    """The DSN of that database, emptied after the test."""
    yield eventstore_database
    with psycopg.connect(eventstore_database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute("DROP SCHEMA IF EXISTS suqiu, suqiu_keys CASCADE; DROP TABLE IF EXISTS public.planted")


@pytest.fixture
def event_log(database: str) -> Iterator[EventLog]:
    """An empty log."""
    datastore = Datastore(database)
    yield EventLog(datastore, MASTER)
    datastore.close()


@pytest.fixture
def handler(event_log: EventLog) -> Iterator[Handler]:
    """Commands on that log, whose clock stands still."""
    with GroupCommit(event_log) as commit:
        yield Handler(event_log, commit, baiyang(), lambda _=None: RECORDED)


def receive(stream: str, **values: object) -> Append:
    """The first append of a petition."""
    events = decide(Petition(id=stream), say(c.Receive, at("2025-09-24 09:00"), **values), baiyang())
    return Append(stream, 0, events, f"receive:{stream}", RECORDED)
