"""The runner keeps up with the log whatever dies around it, and ends when asked."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import PersistenceError
from psycopg import Connection, Cursor
from psycopg.rows import TupleRow

from aggregates.record import Recorded
from eventstore import readers
from eventstore.log import EventLog
from eventstore.recorder import Datastore
from machine.embedded_postgres import EmbeddedPostgres
from projections import read_models
from projections.ledger import Ledger, count
from projections.timeline import Timeline
from tests.projections.conftest import MASTER, tables_of
from tests.projections.test_rebuild import await_head, from_zero
from tests.projections.town import whole_town
from workers.reading import projection_loop
from workers.reading.projection_runner import ProjectionRunner

pytestmark = pytest.mark.engine


@pytest.fixture
def rival(database: str) -> Iterator[EventLog]:
    """The same log, as another process would open it."""
    datastore = Datastore(database)
    yield EventLog(datastore, MASTER)
    datastore.close()


def until(true: Callable[[], bool], seconds: float = 8) -> float:
    """Wait for something; answers the seconds it took."""
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < seconds, "did not come to pass"
        time.sleep(0.01)
    return time.monotonic() - start


def holders(connection: Connection[Any]) -> list[int]:
    """Backends that hold a projection's lock."""
    rows = connection.execute(
        "SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    ).fetchall()
    return [pid for (pid,) in rows]


def cut(connection: Connection[Any]) -> int:
    """Cut the connections that hold a lock, listen and write; answers how many."""
    pids = holders(connection)
    for pid in pids:
        connection.execute("SELECT pg_terminate_backend(%s)", (pid,))
    return len(pids)


def assert_exact(log: EventLog, connection: Connection[Any]) -> None:
    """Every model holds what one straight run would."""
    for model in read_models():
        assert tables_of(connection, model.schema) == from_zero(model, log, connection)


def test_it_catches_up_and_is_told_of_what_follows(
    log: EventLog, connection: Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection_loop, "WAKE_UP_SECONDS", 60)
    whole_town().write(log)
    with ProjectionRunner(log, read_models(), page=10) as runner:
        await_head(runner)
        assert all(status.running for status in runner.status())
        time.sleep(0.2)
        whole_town("-2").write(log)
        await_head(runner, seconds=2)
        start = time.monotonic()
    assert time.monotonic() - start < 1
    assert not any(status.running for status in runner.status())
    assert {status.position for status in runner.status()} == {log.head()}
    assert all(status.updated_at is not None for status in runner.status())
    assert_exact(log, connection)


def test_status_speaks_before_anything_ran(log: EventLog) -> None:
    whole_town().write(log)
    for status in ProjectionRunner(log, read_models()).status():
        assert (status.position, status.lag, status.updated_at, status.running) == (0, log.head(), None, False)


def test_a_lost_notice_stalls_nothing(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "CHANNEL", "nobody_speaks_here")
    monkeypatch.setattr(projection_loop, "WAKE_UP_SECONDS", 0.2)
    with ProjectionRunner(log, read_models()) as runner:
        until(lambda: all(status.running for status in runner.status()))
        whole_town().write(log)
        await_head(runner, seconds=3)


def test_cut_connections_between_and_in_pages_cost_and_double_nothing(
    log: EventLog, connection: Connection[Any]
) -> None:
    for number in range(5):
        whole_town(f"-{number}").write(log)
    cuts = 0
    with ProjectionRunner(log, read_models(), page=3) as runner:
        while any(status.lag for status in runner.status()) and cuts < 12:
            time.sleep(0.05)
            cuts += cut(connection)
        await_head(runner)
        cut(connection)
        whole_town("-last").write(log)
        await_head(runner)
    assert cuts > 2
    assert_exact(log, connection)


def test_one_of_two_runners_projects_and_the_other_takes_over(
    log: EventLog, rival: EventLog, connection: Connection[Any]
) -> None:
    first, second = ProjectionRunner(log, read_models(), page=5), ProjectionRunner(rival, read_models(), page=5)
    with second:
        with first:
            for number in range(4):
                whole_town(f"-{number}").write(log)
            await_head(first)
            assert len(holders(connection)) == len(read_models())
        whole_town("-after").write(rival)
        await_head(second)
        assert all(status.running for status in second.status())
    assert_exact(log, connection)


_OTHER_PROCESS = """
import sys, time
from eventstore.log import EventLog
from eventstore.recorder import Datastore
from eventstore.sealing import MasterKey
from projections import read_models
from workers.reading.projection_runner import ProjectionRunner
ProjectionRunner(EventLog(Datastore(sys.argv[1]), MasterKey(bytes(32))), read_models(), page=1).start()
time.sleep(60)
"""


def test_a_killed_process_leaves_whole_pages_and_frees_its_locks(
    log: EventLog, connection: Connection[Any], database: str
) -> None:
    for number in range(6):
        whole_town(f"-{number}").write(log)
    process = subprocess.Popen([sys.executable, "-c", _OTHER_PROCESS, database], cwd=Path(__file__).parents[2])
    try:
        runner = ProjectionRunner(log, read_models(), page=50)
        until(lambda: any(0 < status.position < status.head for status in runner.status()), seconds=20)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with runner:
        await_head(runner)
    assert_exact(log, connection)


def test_a_model_that_fails_says_so_and_holds_up_no_other(
    log: EventLog,
) -> None:
    class Broken(Timeline):
        mended = False

        def apply(self, cursor: Cursor[TupleRow], page: Sequence[Recorded]) -> None:
            if not self.mended:
                raise ValueError("broken")
            super().apply(cursor, page)

    broken = Broken()
    whole_town().write(log)
    with ProjectionRunner(log, (Ledger(), broken)) as runner:
        until(lambda: runner.status()[0].lag == 0)
        assert runner.status()[1].position == 0
        broken.mended = True
        await_head(runner)


def test_tables_made_by_another_version_are_rebuilt_by_itself(log: EventLog, connection: Connection[Any]) -> None:
    whole_town().write(log)

    class Older(Ledger):
        version = 0
        tables = "CREATE TABLE petitions (petition text PRIMARY KEY)"

        def apply(self, cursor: Cursor[TupleRow], page: Sequence[Recorded]) -> None:
            cursor.executemany("INSERT INTO petitions VALUES (%s)", [(str(record.position),) for record in page])

    with ProjectionRunner(log, (Older(),)) as old:
        await_head(old)
    with ProjectionRunner(log, (Ledger(),)) as runner:
        until(lambda: "state" in columns(connection))
        await_head(runner)
    assert count(connection) == 12


def columns(connection: Connection[Any]) -> set[str]:
    """Columns of the ledger's table."""
    rows = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'view_ledger'"
    ).fetchall()
    return {name for (name,) in rows}


def test_a_lost_database_is_waited_for(short_folder: Path) -> None:
    server = EmbeddedPostgres(short_folder / "pg-lost", logs=short_folder / "logs")
    server.start()
    datastore = Datastore(server.dsn())
    try:
        log = EventLog(datastore, MASTER)
        with ProjectionRunner(log, read_models()) as runner:
            whole_town().write(log)
            await_head(runner)
            server.stop()
            time.sleep(0.5)
            server.start()
            until(lambda: _writes(log))
            await_head(runner)
            server.stop()
            time.sleep(0.2)
            start = time.monotonic()
        assert time.monotonic() - start < 1.5
    finally:
        datastore.close()
        server.stop()


def _writes(log: EventLog) -> bool:
    try:
        with psycopg.connect(log.datastore.dsn):
            pass
        whole_town(f"-after-{time.monotonic_ns()}").write(log)
    except (psycopg.Error, PersistenceError):
        return False
    return True
