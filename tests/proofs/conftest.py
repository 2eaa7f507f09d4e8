"""A log of 200 events with its checkpoints, and a database for each test that changes it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from aggregates.petition import commands as c
from aggregates.petition.decisions import decide
from aggregates.petition.events import SealedFieldsRead
from aggregates.petition.state import Petition
from cli.main import run
from eventstore.log import Append, EventLog
from eventstore.proofs.notes import KeySigner
from eventstore.recorder import Datastore
from eventstore.sealing import MasterKey
from evidence.log_key import keep_key
from evidence.notary import Notary
from machine.embedded_postgres import EmbeddedPostgres
from tests.aggregates.office import at, say
from tests.eventstore.examples import EXAMPLES
from tests.rulebook.books import baiyang

MASTER = MasterKey(b"\x07" * 32)
SIGNER = KeySigner("suqiu/baiyang", b"\x01" * 32)
RECORDED = datetime(2025, 9, 24, 1, 0, 0, 123456, tzinfo=UTC)
LOOKED = next(example for example in EXAMPLES if isinstance(example, SealedFieldsRead))
PETITIONS = 25
CHECKPOINTS = (50, 137, 200)
DATABASE = "proofs"
TEMPLATE = "proofs_template"


def now(_engine: datetime | None = None) -> datetime:
    return RECORDED


def receive(stream: str, second: int = 0) -> Append:
    events = decide(Petition(id=stream), say(c.Receive, at("2025-09-24 09:00")), baiyang())
    return Append(stream, 0, events, f"receive:{stream}", RECORDED + timedelta(seconds=second))


def look(stream: str, version: int, second: int = 0) -> Append:
    return Append(stream, version, (LOOKED,), f"look:{stream}:{version}", RECORDED + timedelta(seconds=second))


def grow(event_log: EventLog, until: int, count: int = PETITIONS) -> None:
    """Append events of petitions in turn until the log has so many."""
    for place in range(event_log.head(), until):
        version, stream = divmod(place, count)
        append = look(f"p-{stream}", version, place) if version else receive(f"p-{stream}", place)
        assert event_log.append([append]) == [True]


def filled(dsn: str, sizes: tuple[int, ...] = CHECKPOINTS) -> None:
    datastore = Datastore(dsn)
    event_log = EventLog(datastore, MASTER)
    event_log.keyring.identity_secret()
    for size in sizes:
        grow(event_log, size)
        Notary(event_log, SIGNER, lambda _=None, size=size: RECORDED + timedelta(seconds=size)).checkpoint()
    datastore.close()


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres) -> str:
    """The name of a database with the log of 200 events."""
    postgres.make_database(TEMPLATE)
    filled(postgres.dsn(TEMPLATE))
    return TEMPLATE


@pytest.fixture(scope="session")
def log_dsn(postgres: EmbeddedPostgres, template: str) -> Iterator[str]:
    """The DSN of a copy of it, for tests that change it and leave it as they found it (`changed`)."""
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{DATABASE}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    yield postgres.dsn(DATABASE)
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{DATABASE}" WITH (FORCE)')


ANY_AGE = ("--within", "999999")
"""Words of a person who knows that this log is an old one, to a witness."""
TABLES = ("events", "head", "stories", "nodes", "checkpoints", "cosignatures")


@contextmanager
def changed(dsn: str, *statements: str) -> Iterator[None]:
    """Change rows as somebody with every right can, and put them back afterwards."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for table in TABLES:
            connection.execute(f"CREATE TABLE public.{table} AS SELECT * FROM suqiu.{table}")
        unguard(connection)
        try:
            for statement in statements:
                connection.execute(statement)
            yield
        finally:
            unguard(connection)
            for table in TABLES:
                connection.execute(f"DELETE FROM suqiu.{table}")
                connection.execute(f"INSERT INTO suqiu.{table} SELECT * FROM public.{table}")
                connection.execute(f"DROP TABLE public.{table}")


def unguard(connection: psycopg.Connection[Any]) -> None:
    """Take away what refuses changes; opening the log puts it there again."""
    for table in ("events", "checkpoints", "cosignatures"):
        connection.execute(f"ALTER TABLE suqiu.{table} DISABLE TRIGGER USER")


Typed = Callable[..., tuple[int, str]]


@pytest.fixture
def typed(log_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Type a command on that log; answers its exit code and what it wrote."""
    monkeypatch.setenv("SUQIU_DATABASE_URL", log_dsn)
    monkeypatch.setenv("SUQIU_DATA", str(tmp_path))
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")  # nobody's: another's on this machine knows other petitions
    monkeypatch.setenv("SUQIU_MASTER_KEY", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=")
    (tmp_path / "keys").mkdir()
    keep_key(tmp_path / "keys" / "log.key", SIGNER)

    def type_in(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = run(["audit", *words])
        answer = capsys.readouterr()
        return code, answer.out + answer.err

    return type_in


def row(answer: tuple[int, str]) -> dict[str, Any]:
    """What a command with --json answered."""
    return dict(json.loads(answer[1].splitlines()[0]))
