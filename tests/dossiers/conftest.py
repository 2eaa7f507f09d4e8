"""A store of this room's own, emptied before each test that writes into it; and a Python with `cryptography` alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from eventstore.group_commit import GroupCommit
from eventstore.log import EventLog
from eventstore.recorder import Datastore
from evidence.log_key import keep_key
from machine.embedded_postgres import EmbeddedPostgres
from tests.cli.conftest import Inside
from tests.dossiers.bare import Bare
from tests.dossiers.registry import SIGNER, Registry
from tests.erasure.conftest import MASTER, Place


@pytest.fixture(scope="session")
def dossier_database(postgres: EmbeddedPostgres) -> str:
    """Made once, as making one takes half a second."""
    postgres.make_database("dossier_tests")
    return postgres.dsn("dossier_tests")


@pytest.fixture
def event_log(dossier_database: str) -> Iterator[EventLog]:
    """An empty log."""
    with psycopg.connect(dossier_database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS suqiu, suqiu_keys CASCADE")
    datastore = Datastore(dossier_database)
    yield EventLog(datastore, MASTER)
    datastore.close()


@pytest.fixture
def registry(event_log: EventLog) -> Registry:
    """Its notary, and who makes dossiers of it."""
    return Registry(event_log)


@pytest.fixture
def place(dossier_database: str, event_log: EventLog) -> Iterator[Place]:
    """An office on that log."""
    with GroupCommit(event_log) as commit:
        yield Place(dossier_database, event_log, commit)


@contextmanager
def office_in(postgres: EmbeddedPostgres, name: str) -> Iterator[Place]:
    """An office on a log of its own, for tests that read what one story has written."""
    postgres.make_database(name)
    datastore = Datastore(postgres.dsn(name))
    event_log = EventLog(datastore, MASTER)
    with GroupCommit(event_log) as commit:
        yield Place(postgres.dsn(name), event_log, commit)
    datastore.close()


@pytest.fixture
def inside(dossier_database: str, tmp_path: Path) -> Inside:
    """Commands on that log, beside its keys."""
    data = tmp_path / "data"
    (data / "keys").mkdir(parents=True)
    keep_key(data / "keys" / "log.key", SIGNER)
    master = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="
    return Inside(data, {"SUQIU_DATABASE_URL": dossier_database, "SUQIU_MASTER_KEY": master})


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Bare:
    """A Python that has nothing of ours."""
    return Bare(tmp_path_factory.mktemp("bare"))
