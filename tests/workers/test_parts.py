"""Heartbeats: every part that runs is on record with the database's time, and one that hangs is not."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from eventstore.log import EventLog
from eventstore.parts import pulse as pulses
from eventstore.parts.pulse import Pulse
from eventstore.parts.register import SILENT_SECONDS, parts
from eventstore.readers import standing_alone
from eventstore.recorder import Datastore

pytestmark = pytest.mark.engine


@pytest.fixture
def connection(database: str) -> Iterator[Connection[Any]]:
    """A connection to a store that was opened once."""
    datastore = Datastore(database)
    EventLog(datastore, None)
    datastore.close()
    with psycopg.connect(database, autocommit=True) as opened:
        yield opened


def silence(connection: Connection[Any], part: Pulse, seconds: float = SILENT_SECONDS + 1) -> None:
    """Let time go by since a part's last heartbeat."""
    connection.execute(
        "UPDATE suqiu.parts SET beat_at = clock_timestamp() - %s * interval '1 second' WHERE holder = %s",
        (seconds, part.holder),
    )


def test_a_holder_and_who_stands_by_are_on_record_until_they_end(database: str, connection: Connection[Any]) -> None:
    first, second = Pulse("relay"), Pulse("relay")
    with standing_alone(database, first) as held, standing_alone(database, second) as other:
        assert held is not None
        assert other is None
        holds, waits = parts(connection)
        assert (holds.holder, holds.holding, holds.epoch) == (first.holder, True, 1)
        assert (waits.holder, waits.holding, waits.epoch) == (second.holder, False, 0)
        assert 0 <= holds.silent_seconds < SILENT_SECONDS
    assert [part.holder for part in parts(connection)] == [second.holder]
    second.end(database)
    assert parts(connection) == []


def test_a_store_that_no_such_program_opened_has_no_parts(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as opened:
        assert parts(opened) == []


def test_a_heartbeat_is_written_by_work_only_and_tells_of_its_process(
    database: str, connection: Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulses, "BEAT_SECONDS", 0.0)
    monkeypatch.setattr(pulses, "OF_THIS_PROCESS", {"clock_ahead_seconds": 3})
    part = Pulse("notary")
    with standing_alone(database, part) as held:
        assert held is not None
        (before,) = parts(connection)
        time.sleep(0.05)
        assert parts(connection)[0].beat_at == before.beat_at
        part.detail["position"] = 7
        part.beat()
        (after,) = parts(connection)
        assert after.beat_at > before.beat_at
        assert after.started_at == before.started_at
        assert after.detail == {"clock_ahead_seconds": 3, "position": 7}


def test_a_silent_holder_is_cut_off_and_can_write_nothing_any_more(
    database: str, connection: Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulses, "BEAT_SECONDS", 0.0)
    old, new = Pulse("messenger"), Pulse("messenger")
    with standing_alone(database, old) as held:
        assert held is not None
        with standing_alone(database, new) as other:
            assert other is None, "a holder that beats keeps its lock"
        silence(connection, old)
        with standing_alone(database, new) as other:
            assert other is not None
            assert new.epoch == 2
            with pytest.raises(psycopg.OperationalError):
                held.execute("UPDATE suqiu.readers SET position = 1")
            with pytest.raises(psycopg.OperationalError):
                old.beat()
            assert [part.holder for part in parts(connection) if part.holding] == [new.holder]


def test_a_holder_for_whom_the_server_is_at_work_is_not_silent(database: str, connection: Connection[Any]) -> None:
    busy, other = Pulse("notary"), Pulse("notary")
    with standing_alone(database, busy) as held:
        assert held is not None
        silence(connection, busy)
        work = threading.Thread(target=_sleep_on, args=(held,))
        work.start()
        until(
            lambda: connection.execute(
                "SELECT 1 FROM pg_stat_activity WHERE application_name = %s AND wait_event = 'PgSleep'", (busy.mark,)
            ).fetchone()
        )
        with standing_alone(database, other) as mine:
            assert mine is None
        held.cancel_safe()
        work.join()


def _sleep_on(connection: Connection[Any]) -> None:
    with suppress(psycopg.errors.QueryCanceled):
        connection.execute("SELECT pg_sleep(60)")


def until(true: Callable[[], object], seconds: float = 30) -> None:
    """Wait for something."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "did not come to pass"
        time.sleep(0.02)


def test_rows_of_the_silent_are_forgotten_after_an_hour_and_on_this_machine_by_who_follows(
    connection: Connection[Any],
) -> None:
    gone, here, new = Pulse("worker"), Pulse("rhythm"), Pulse("rhythm")
    for part in (gone, here):
        part.write(connection)
    silence(connection, gone, 3_700)
    silence(connection, here)
    new.write(connection)
    assert [part.holder for part in parts(connection)] == [new.holder]


@pytest.mark.parametrize(("follows", "seconds"), [("rhythm", 3_700), ("relay", SILENT_SECONDS + 1)])
def test_a_holder_that_hangs_is_not_forgotten_while_it_has_its_lock(
    database: str, connection: Connection[Any], follows: str, seconds: float
) -> None:
    """Given a holder that is silent, when another part or one of its name begins, then it can still be relieved."""
    hangs, begins, new = Pulse("relay"), Pulse(follows), Pulse("relay")
    with standing_alone(database, hangs) as held:
        assert held is not None
        silence(connection, hangs, seconds)
        begins.write(connection)
        assert {part.holder for part in parts(connection)} == {hangs.holder, begins.holder}
        with standing_alone(database, new) as taken:
            assert taken is not None
            assert [part.holder for part in parts(connection) if part.holding] == [new.holder]


def test_a_holder_that_is_gone_with_its_lock_is_forgotten(database: str, connection: Connection[Any]) -> None:
    gone, begins = Pulse("relay"), Pulse("worker")
    with standing_alone(database, gone) as held:
        assert held is not None
        connection.execute("SELECT pg_terminate_backend(backend, 10000) FROM suqiu.parts")
    silence(connection, gone, 3_700)
    begins.write(connection)
    assert [part.holder for part in parts(connection)] == [begins.holder]
