"""Appends that share a commit: each gets its own answer, whatever happens to its neighbours or to the database."""

import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from eventsourcing.persistence import DataError, OperationalError
from psycopg_pool import PoolTimeout

from aggregates.petition import commands as c
from eventstore.group_commit import LARGEST_BATCH, Closed, GroupCommit
from eventstore.log import Append, EventLog
from eventstore.recorder import Datastore
from office.handling import Handler
from tests.aggregates.office import say
from tests.eventstore.conftest import MASTER, RECORDED, receive
from tests.people import CLERK
from tests.rulebook.books import baiyang

THREADS = 6
KILLS = 12
"""Then the saboteur rests: a pool whose every new connection is cut waits longer and longer between tries."""


class Gate(EventLog):
    """The real log, held shut while a test wants appends to wait together; it notes its batches."""

    def __init__(self, datastore: Datastore) -> None:
        super().__init__(datastore, MASTER)
        self.open = threading.Event()
        self.batches: list[int] = []

    def append(self, appends: Sequence[Append]) -> list[bool]:
        assert self.open.wait(10)
        self.batches.append(len(appends))
        return super().append(appends)


@pytest.fixture
def gate(event_log: EventLog) -> Gate:
    return Gate(event_log.datastore)


def test_what_arrives_together_shares_a_commit_and_each_has_its_answer(gate: Gate) -> None:
    with ThreadPoolExecutor(40) as pool, GroupCommit(gate) as commit:
        answers = [pool.submit(commit.append, receive(f"p-{number}")) for number in range(39)]
        time.sleep(0.2)
        gate.open.set()
        assert all(answer.result(10) for answer in answers)
    assert len(gate.batches) <= 3
    assert sum(gate.batches) == 39


def test_two_for_the_same_stream_are_written_one_after_the_other(gate: Gate) -> None:
    with ThreadPoolExecutor(10) as pool, GroupCommit(gate) as commit:
        answers = [pool.submit(commit.append, receive("p-1")) for _ in range(9)]
        time.sleep(0.1)
        gate.open.set()
        assert sorted(answer.result(10) for answer in answers) == [False] * 8 + [True]
    assert gate.head() == 1


def test_a_bad_append_is_its_own_caller_s_trouble(gate: Gate) -> None:
    """A NUL cannot stand in PostgreSQL's text: the database refuses the row, and with it the batch it came in."""
    with ThreadPoolExecutor(10) as pool, GroupCommit(gate) as commit:
        good = [pool.submit(commit.append, receive(f"p-{number}")) for number in range(8)]
        bad = pool.submit(commit.append, receive("p-bad")._replace(command_id="a\x00b"))
        time.sleep(0.1)
        gate.open.set()
        assert all(answer.result(10) for answer in good)
        with pytest.raises(DataError, match="0x00"):
            bad.result(10)
    assert gate.read("p-bad") == []
    assert gate.head() == 8


def test_what_waits_at_the_close_is_still_written_and_later_callers_are_told(gate: Gate) -> None:
    commit = GroupCommit(gate)
    with ThreadPoolExecutor(LARGEST_BATCH + 60) as pool:
        answers = [pool.submit(commit.append, receive(f"p-{number % 300}")) for number in range(305)]
        time.sleep(0.3)
        closing = pool.submit(commit.close)
        time.sleep(0.1)
        with pytest.raises(Closed, match="closed for writing"):
            commit.append(receive("p-late"))
        gate.open.set()
        closing.result(20)
        assert sum(answer.result(10) for answer in answers) == 300
    assert max(gate.batches) <= LARGEST_BATCH
    commit.close()
    assert gate.head() == 300


def test_a_lost_database_is_told_to_all_who_wait(gate: Gate) -> None:
    with ThreadPoolExecutor(4) as pool, GroupCommit(gate) as commit:
        answers = [pool.submit(commit.append, receive(f"p-{number}")) for number in range(3)]
        time.sleep(0.1)
        gate.datastore.close()
        gate.open.set()
        for answer in answers:
            with pytest.raises(OperationalError):
                answer.result(10)


def test_a_database_that_is_not_there_is_waited_for_once(event_log: EventLog, database: str) -> None:
    event_log.append([receive("p-1")])
    away = Datastore(database.rsplit("host=", 1)[0] + "host=%2Fnowhere")
    away.pool.timeout = 0.3
    event_log.datastore.close()
    event_log.datastore = event_log.recorder.datastore = away
    with GroupCommit(event_log) as commit:
        handler = Handler(event_log, commit, baiyang(), lambda _=None: RECORDED)
        with pytest.raises(OperationalError) as error:
            handler.execute("p-1", say(c.Accept, RECORDED), "a-1")
        assert isinstance(error.value.__cause__, PoolTimeout)
        assert away.pool.get_stats()["requests_errors"] == 1
    away.close()


def saboteur(dsn: str, done: threading.Event, kills: list[int]) -> None:
    """Ends connections that have begun to work for us at random moments, mostly in the middle of something."""
    chance = random.Random(7)  # noqa: S311 - moments, not secrets
    with psycopg.connect(dsn, autocommit=True) as connection:
        while not done.is_set() and sum(kills) < KILLS:
            killed = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND query LIKE '%%suqiu%%' AND (state = 'active' OR %s) "
                "ORDER BY random() LIMIT 1",
                (chance.random() < 0.2,),
            ).fetchall()
            kills.append(len(killed))
            time.sleep(0.01 + chance.random() * 0.08)


def test_connections_lost_at_any_moment_lose_nothing_double_nothing_and_fail_nothing(
    event_log: EventLog, handler: Handler, database: str
) -> None:
    streams = [f"p-{number}" for number in range(THREADS * 2)]
    event_log.append([receive(stream) for stream in streams])
    done, kills = threading.Event(), list[int]()
    rounds = 30

    def work(thread: int) -> int:
        fresh = 0
        for number in range(rounds):
            for stream in (streams[thread], streams[-1]):
                kind = c.ReadSealedFields
                fresh += not handler.execute(stream, say(kind, RECORDED, CLERK), f"{thread}:{number}:{stream}").repeated
        return fresh

    with ThreadPoolExecutor(THREADS + 1) as pool:
        sabotage = pool.submit(saboteur, database, done, kills)
        try:
            list(pool.map(work, range(THREADS)))
        finally:
            done.set()
        sabotage.result()
    assert sum(kills) > 2, "the saboteur hit somebody"
    records = event_log.page(0, 10_000)
    commands = [record.command_id for record in records]
    assert len(commands) == len(set(commands)) == len(streams) + THREADS * rounds * 2
    assert [record.position for record in records] == list(range(1, len(records) + 1))
