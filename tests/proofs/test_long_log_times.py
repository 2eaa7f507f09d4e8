"""Whether times can be true is asked of a long log without reading it."""

import psycopg
import pytest

from eventstore.log import EventLog
from eventstore.proofs.recorded_times import contradicted
from eventstore.recorder import Datastore
from evidence.untimely_events import ahead_now
from tests.proofs.conftest import MASTER

EVENTS = 60_000
READ = (
    "SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_xact_user_tables "
    "WHERE relid IN ('suqiu.events'::regclass, 'suqiu.checkpoints'::regclass)"
)


@pytest.fixture
def long_log(database: str) -> str:
    """A log of weeks, one event a minute, each signed, its indices kept up as autovacuum does it."""
    datastore = Datastore(database)
    EventLog(datastore, MASTER)
    datastore.close()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("ALTER TABLE suqiu.events DISABLE TRIGGER USER")
        connection.execute(
            "INSERT INTO suqiu.events SELECT n, 'p-' || n %% (%(all)s / 10), 1 + n / (%(all)s / 10), "
            "'petition.reminded', convert_to(repeat(md5(n::text), 10), 'UTF8'), "
            "now() - (%(all)s - n) * interval '1 minute', n::text, '' FROM generate_series(1, %(all)s) n",
            {"all": EVENTS},
        )
        connection.execute(
            "INSERT INTO suqiu.checkpoints SELECT position, repeat('x', 400), recorded_at + interval '1 second' "
            "FROM suqiu.events"
        )
        for table in ("events", "checkpoints"):
            connection.execute(f"SELECT brin_summarize_new_values('suqiu.{table}_in_time')")
            connection.execute(f"ANALYZE suqiu.{table}")
    return database


def test_it_is_asked_by_the_index_of_times(long_log: str) -> None:
    with psycopg.connect(long_log) as connection:
        assert ahead_now(connection) == []
        assert not contradicted(connection, "p-1")
        assert not contradicted(connection, "p-4321")
        assert connection.execute(READ).fetchone() < (EVENTS // 2,)
        assert connection.execute("SHOW enable_seqscan").fetchone() == ("on",), "the rest goes on as before"


def test_what_one_event_contradicts_is_found(long_log: str) -> None:
    with psycopg.connect(long_log) as connection:
        connection.execute(
            "UPDATE suqiu.events SET recorded_at = recorded_at + interval '2 days' WHERE position = ANY(%s)",
            ([20_001, EVENTS],),
        )
        assert [each.position for each in ahead_now(connection)] == [EVENTS]
        assert contradicted(connection, "p-2001")
        assert not contradicted(connection, "p-2002")
        connection.execute(
            "UPDATE suqiu.checkpoints SET made_at = made_at - interval '2 days' WHERE size = %s", (EVENTS - 1,)
        )
        assert contradicted(connection, "p-5999"), "a checkpoint that covers it was signed before it"
