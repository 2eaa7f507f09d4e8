"""The log: once, in order, without gaps, and never again changed."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from eventsourcing.persistence import EventStore, IntegrityError

from aggregates.petition import commands as c
from aggregates.petition.events import SealedFieldsRead
from eventstore.codec import Envelope, EventMapper
from eventstore.group_commit import GroupCommit
from eventstore.log import Append, EventLog
from office.handling import Handler, UnknownPetition
from tests.aggregates.office import say
from tests.eventstore.conftest import RECORDED, receive
from tests.eventstore.examples import EXAMPLES, sealed
from tests.people import CLERK

THREADS = 6
LOOKED = next(example for example in EXAMPLES if isinstance(example, SealedFieldsRead))


def read_on(stream: str, version: int, command: str) -> Append:
    """An append of one event that may always follow."""
    return Append(stream, version, (LOOKED,), command, RECORDED)


def positions(event_log: EventLog) -> list[int]:
    return [record.position for record in event_log.page(0, 100_000)]


def test_an_empty_log(event_log: EventLog) -> None:
    assert event_log.head() == 0
    assert event_log.page(0, 10) == []
    assert event_log.read("p-1") == []
    assert event_log.recorder.max_notification_id() is None
    assert event_log.append([]) == []


def test_what_is_recorded_says_where_when_and_for_which_command(event_log: EventLog) -> None:
    event_log.append([receive("p-1")])
    record = event_log.read("p-1")[0]
    assert (record.position, record.stream, record.version) == (1, "p-1", 1)
    assert (record.recorded_at, record.command_id) == (RECORDED, "receive:p-1")
    assert event_log.read("p-1", after=1) == []


def test_a_taken_or_skipped_version_is_not_written(event_log: EventLog) -> None:
    assert event_log.append([receive("p-1")]) == [True]
    assert event_log.append([receive("p-1")]) == [False]
    assert event_log.append([read_on("p-1", 2, "c")]) == [False]
    assert event_log.append([read_on("p-2", 1, "c")]) == [False]
    assert event_log.append([read_on("p-1", 1, "c")]) == [True]
    assert positions(event_log) == [1, 2]


def test_one_clash_in_a_batch_costs_the_others_nothing(event_log: EventLog) -> None:
    event_log.append([receive("p-1")])
    batch = [receive("p-0"), receive("p-1"), read_on("p-1", 5, "c")._replace(stream="p-9"), receive("p-2")]
    assert event_log.append(batch) == [True, False, False, True]
    assert [(record.position, record.stream) for record in event_log.page(0, 10)] == [
        (1, "p-1"),
        (2, "p-0"),
        (3, "p-2"),
    ]
    assert event_log.head() == 3


def test_events_of_one_command_are_written_together_or_not_at_all(event_log: EventLog) -> None:
    event_log.append([receive("p-1")])
    two = Append("p-1", 1, (LOOKED, LOOKED), "c", RECORDED)
    assert event_log.append([two, read_on("p-2", 7, "c")]) == [True, False]
    assert event_log.append([two]) == [False]
    assert [record.version for record in event_log.read("p-1")] == [1, 2, 3]


def test_many_writers_leave_no_gap_and_no_double(event_log: EventLog) -> None:
    def write(thread: int) -> int:
        written = 0
        for number in range(25):
            own, shared = f"p-{thread}-{number}", f"p-shared-{number}"
            written += sum(event_log.append([receive(own), receive(shared)]))
        return written

    with ThreadPoolExecutor(THREADS) as pool:
        written = sum(pool.map(write, range(THREADS)))
    assert written == THREADS * 25 + 25
    assert positions(event_log) == list(range(1, written + 1))
    assert event_log.head() == written


def test_who_has_seen_a_position_has_seen_all_below_it(event_log: EventLog) -> None:
    """Readers page along while six threads write: what they collect is the log, in order, without a hole."""
    done = threading.Event()

    def follow() -> list[int]:
        seen: list[int] = []
        while not (done.is_set() and len(seen) == event_log.head()):
            page = [record.position for record in event_log.page(seen[-1] if seen else 0, 7)]
            assert page == list(range(len(seen) + 1, len(seen) + len(page) + 1))
            seen += page
        return seen

    def write(thread: int) -> None:
        for number in range(25):
            event_log.append([receive(f"p-{thread}-{number}-{part}") for part in range(1 + (thread + number) % 4)])

    with ThreadPoolExecutor(THREADS + 2) as pool:
        followers = [pool.submit(follow) for _ in range(2)]
        writers = [pool.submit(write, thread) for thread in range(THREADS)]
        try:
            for writer in writers:
                writer.result()
        finally:
            done.set()
        assert {tuple(follower.result()) for follower in followers} == {tuple(positions(event_log))}


def test_a_command_sent_ten_times_by_six_threads_is_one_event(event_log: EventLog, handler: Handler) -> None:
    streams = [f"p-{number}" for number in range(5)]
    event_log.append([receive(stream) for stream in streams])
    barrier = threading.Barrier(THREADS)

    def send(_: int) -> list[bool]:
        barrier.wait()
        answers = [
            handler.execute(stream, say(c.ReadSealedFields, RECORDED, CLERK), f"read:{stream}")
            for _ in range(10)
            for stream in streams
        ]
        assert all(len(answer.events) == 1 and answer.petition.version >= 2 for answer in answers)
        return [answer.repeated for answer in answers]

    with ThreadPoolExecutor(THREADS) as pool:
        repeated = [told for answers in pool.map(send, range(THREADS)) for told in answers]
    assert repeated.count(False) == len(streams)
    for stream in streams:
        assert [record.version for record in event_log.read(stream)] == [1, 2]


def test_different_commands_at_once_all_stand_one_after_the_other(event_log: EventLog, handler: Handler) -> None:
    event_log.append([receive("p-1")])

    def send(thread: int) -> None:
        for number in range(8):
            assert not handler.execute("p-1", say(c.ReadSealedFields, RECORDED, CLERK), f"{thread}:{number}").repeated

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(send, range(THREADS)))
    records = event_log.read("p-1")
    assert [record.version for record in records] == list(range(1, THREADS * 8 + 2))
    assert len({record.command_id for record in records}) == len(records)


def test_a_petition_nobody_took_in_is_unknown(handler: Handler) -> None:
    with pytest.raises(UnknownPetition, match="no petition p-404 is on record"):
        handler.execute("p-404", say(c.Accept, RECORDED), "a-1")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE suqiu.events SET topic = 'petition.closed'",
        "UPDATE suqiu.events SET topic = topic WHERE false",
        "DELETE FROM suqiu.events",
        "TRUNCATE suqiu.events",
        "INSERT INTO suqiu.events SELECT * FROM suqiu.events ON CONFLICT (position) DO UPDATE SET topic = 'x'",
    ],
)
def test_the_log_refuses_to_be_changed(event_log: EventLog, database: str, statement: str) -> None:
    event_log.append([receive("p-1")])
    before = event_log.page(0, 10)
    with (
        psycopg.connect(database) as connection,
        pytest.raises(psycopg.errors.RaiseException, match="append-only"),
    ):
        connection.execute(statement)
    assert event_log.page(0, 10) == before


def test_the_schema_is_made_by_many_processes_at_once(database: str) -> None:
    from eventstore.recorder import Datastore

    stores = [Datastore(database, pool_size=2) for _ in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        logs = list(pool.map(lambda store: EventLog(store, None), stores))
    assert [log.head() for log in logs] == [0] * THREADS
    for store in stores:
        store.close()


def test_making_the_schema_again_waits_for_no_writer_for_ever(event_log: EventLog) -> None:
    with GroupCommit(event_log) as commit, ThreadPoolExecutor(THREADS) as pool:
        made = [pool.submit(EventLog, event_log.datastore, None) for _ in range(10)]
        written = [pool.submit(commit.append, receive(f"p-{number}")) for number in range(50)]
        assert all(answer.result(30) for answer in written)
        assert all(log.result(30) for log in made)
    assert event_log.head() == 50


def test_the_library_s_event_store_works_on_our_recorder(event_log: EventLog) -> None:
    store = EventStore(EventMapper(), event_log.recorder)
    envelopes = [Envelope("p-lib", number, sealed(example, number)) for number, example in enumerate(EXAMPLES, 1)]
    store.put(envelopes[:10])
    store.put(envelopes[10:])
    assert list(store.get("p-lib")) == envelopes
    assert list(store.get("p-lib", gt=3, lte=5)) == envelopes[3:5]
    assert list(store.get("p-lib", desc=True, limit=1)) == envelopes[-1:]
    assert [record.event for record in event_log.read("p-lib")] == [envelope.event for envelope in envelopes]
    with pytest.raises(IntegrityError, match="taken or skipped"):
        store.put([envelopes[0]])
    with pytest.raises(IntegrityError, match="taken or skipped"):
        store.put([Envelope("p-new", 1, envelopes[0].event), Envelope("p-lib", 3, envelopes[0].event)])
    assert event_log.read("p-new") == [], "all or nothing"
    assert positions(event_log) == list(range(1, len(envelopes) + 1))


def test_the_library_reads_notifications_by_position(event_log: EventLog) -> None:
    event_log.append([receive(f"p-{number}") for number in range(9)])
    event_log.append([read_on("p-3", 1, "c")])
    recorder = event_log.recorder

    def ids(*arguments: object, **named: object) -> list[int]:
        return [notification.id for notification in recorder.select_notifications(*arguments, **named)]  # type: ignore[arg-type]

    assert ids(None, 100) == list(range(1, 11))
    assert ids(3, 2) == [3, 4]
    assert ids(3, 2, inclusive_of_start=False) == [4, 5]
    assert ids(8, 10, stop=9) == [8, 9]
    assert ids(1, 10, topics=["petition.sealed_fields_read"]) == [10]
    assert recorder.max_notification_id() == 10


def test_the_library_s_subscription_is_told_of_each_event(event_log: EventLog) -> None:
    event_log.append([receive("p-1")])
    seen: list[int] = []
    with event_log.recorder.subscribe(gt=0) as subscription:
        for number in range(2, 8):
            event_log.append([receive(f"p-{number}")])
        for notification in subscription:
            seen.append(notification.id)
            if len(seen) == 7:
                break
    assert seen == list(range(1, 8))
