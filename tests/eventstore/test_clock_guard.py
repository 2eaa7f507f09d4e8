"""A wrong clock does no harm: nothing is written ahead of the database's time, or by a clock far off."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from eventsourcing.persistence import PersistenceError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregates.petition import commands as c
from eventstore.clock_guard import ClockGuard, ClockWrong, span
from eventstore.codec import Envelope, EventMapper, sealed_fields
from eventstore.group_commit import GroupCommit
from eventstore.leaf import leaf_hash
from eventstore.log import EventLog
from eventstore.recorder import Datastore
from office.handling import Handler
from tests.aggregates.office import say
from tests.eventstore.conftest import MASTER, RECORDED, receive
from tests.eventstore.examples import EXAMPLES
from tests.people import CLERK
from tests.rulebook.books import baiyang

MOMENT = timedelta(milliseconds=300)
"""More than a question to the database takes, and less than a test wants to wait."""


def off(by: timedelta, tolerance: timedelta = timedelta(seconds=60), *, story: bool = False) -> ClockGuard:
    """A process whose clock is so far off."""
    return ClockGuard(lambda: datetime.now(UTC) + by, tolerance, story=story)


def ahead_of_time(database: str) -> list[float]:
    """Seconds that each event was recorded ahead of the time its transaction began, as the database noted it."""
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT extract(epoch FROM e.recorded_at - w.at)::float "
            "FROM suqiu.events e JOIN public.planted w USING (position)"
        )
        return [row[0] for row in rows]


def note_the_time(database: str) -> None:
    """Let the database itself note beside each event when its statement came."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            """CREATE TABLE public.planted (position bigint, at timestamptz);
            CREATE FUNCTION suqiu.note_time() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN INSERT INTO public.planted VALUES (NEW.position, statement_timestamp()); RETURN NEW; END $$;
            CREATE TRIGGER note_time AFTER INSERT ON suqiu.events FOR EACH ROW EXECUTE FUNCTION suqiu.note_time()"""
        )


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (timedelta(days=2), "2 d 0 h ahead"),
        (timedelta(days=-1), "behind, more than 60 s"),
        (timedelta(seconds=75), "75 s ahead, more than 60 s"),
    ],
)
def test_a_clock_beyond_the_tolerance_writes_nothing_and_says_by_how_much(
    event_log: EventLog, by: timedelta, said: str
) -> None:
    wrong = EventLog(event_log.datastore, MASTER, off(by))
    with pytest.raises(ClockWrong, match=said) as told:
        wrong.append([receive("p-1"), receive("p-2")])
    assert "SUQIU_CLOCK_TOLERANCE" in str(told.value)
    assert event_log.head() == 0
    assert event_log.append([receive("p-1")]) == [True]


def test_the_tolerance_is_the_settings_to_say(event_log: EventLog) -> None:
    narrow = EventLog(event_log.datastore, MASTER, off(timedelta(seconds=-30), timedelta(seconds=20)))
    with pytest.raises(ClockWrong, match="more than 20 s"):
        narrow.append([receive("p-1")])
    wide = EventLog(event_log.datastore, MASTER, off(timedelta(seconds=-30), timedelta(seconds=40)))
    assert wide.append([receive("p-1")]) == [True]


def test_a_clock_a_moment_ahead_waits_that_moment_and_is_corrected(event_log: EventLog, database: str) -> None:
    note_the_time(database)
    guard = off(MOMENT)
    early = EventLog(event_log.datastore, MASTER, guard)
    noted, began = guard.now(), time.monotonic()
    assert early.append([receive("p-1")._replace(recorded_at=noted)]) == [True]
    assert time.monotonic() - began >= MOMENT.total_seconds() - 0.1
    assert early.read("p-1")[0].recorded_at == noted, "the same rows: the leaf covers their time"
    assert guard.now() <= datetime.now(UTC) + MOMENT / 3, "from then on it goes by the database's time"
    assert max(ahead_of_time(database)) <= 0


@pytest.mark.parametrize("by", [timedelta(seconds=40), timedelta(seconds=-40), timedelta()])
def test_asked_once_a_clock_within_the_tolerance_goes_by_the_databases_time(event_log: EventLog, by: timedelta) -> None:
    guard = off(by)
    with event_log.datastore.get_connection() as connection:
        assert abs(guard.ask(connection) - by) < timedelta(seconds=5)
    assert guard.wrong is None
    assert abs(guard.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_story_is_told_of_another_time_and_judged_by_its_own_clock(event_log: EventLog) -> None:
    to_come = datetime.now(UTC) + timedelta(days=400)
    story = EventLog(event_log.datastore, MASTER, off(timedelta(), story=True))
    assert story.append([receive("p-1")._replace(recorded_at=to_come)]) == [True]
    wrong = EventLog(event_log.datastore, MASTER, off(timedelta(days=2), story=True))
    with pytest.raises(ClockWrong):
        wrong.append([receive("p-2")])
    with pytest.raises(ClockWrong, match=r"(400 d 0 h|399 d 23 h) ahead"):  # and nobody else's may be
        event_log.append([receive("p-3")._replace(recorded_at=to_come)])


def test_where_a_story_stands_is_kept_stretch_by_stretch(event_log: EventLog, database: str) -> None:
    story = EventLog(event_log.datastore, MASTER, off(timedelta(), story=True))
    assert event_log.append([receive("p-1")]) == [True]
    assert story.append([receive("p-2"), receive("p-3")]) == [True, True]
    assert story.append([receive("p-3")]) == [False]
    assert story.append([receive("p-4"), receive("p-1")]) == [True, False]
    assert event_log.append([receive("p-5")]) == [True]
    assert story.append([receive("p-6")]) == [True]
    marks = [event_log.read(stream)[0].position for stream in ("p-2", "p-4", "p-6")]
    with psycopg.connect(database) as connection:
        stretches = connection.execute("SELECT first, until FROM suqiu.stories ORDER BY first").fetchall()
    assert stretches == [(marks[0], marks[1]), (marks[2], marks[2])]


def test_all_who_share_a_commit_are_told_and_one_who_is_ahead_holds_up_its_own_process_only(
    event_log: EventLog,
) -> None:
    wrong = EventLog(event_log.datastore, MASTER, off(timedelta(days=2)))
    with GroupCommit(wrong) as commit, ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(commit.append, receive(f"p-{number}")) for number in range(8)]
        assert all(isinstance(answer.exception(30), ClockWrong) for answer in answers)
    assert event_log.head() == 0


def test_an_act_is_refused_before_anything_is_decided_and_taken_up_when_the_clock_is_right(
    event_log: EventLog,
) -> None:
    event_log.append([receive("p-1")])
    by = timedelta(days=2)
    guard = ClockGuard(lambda: datetime.now(UTC) + by)
    late = EventLog(event_log.datastore, MASTER, guard)
    look = say(c.ReadSealedFields, RECORDED, CLERK)
    with GroupCommit(late) as commit:
        handler = Handler(late, commit, baiyang(), guard.now)
        for _ in range(2):
            with pytest.raises(ClockWrong, match="2 d 0 h ahead"):
                handler.execute("p-1", look, "look")
        with pytest.raises(ClockWrong):  # remembered: before the petition is even looked for
            handler.execute("p-404", look, "look")
        by = timedelta()
        assert not handler.execute("p-1", look, "look").repeated
    assert len(event_log.read("p-1")) == 2


def test_a_program_of_an_earlier_version_records_nothing_a_minute_ahead(event_log: EventLog, database: str) -> None:
    """It calls `append_events` with its seven arguments and says nothing of its clock."""

    def earlier(stream: str, recorded: datetime) -> int:
        event = next(example for example in EXAMPLES if not sealed_fields(type(example)))
        stored = EventMapper().to_stored_event(Envelope(stream, 1, event))
        leaf = leaf_hash(stream, 1, stored.topic, stored.state, "c", recorded)
        columns = ([stream], [1], [stored.topic], [stored.state], ["c"], [leaf], [recorded])
        with psycopg.connect(database) as connection:
            return connection.execute(
                "SELECT * FROM suqiu.append_events("
                "%b::text[], %b::bigint[], %b::text[], %b::bytea[], %b::text[], %b::bytea[], %b::timestamptz[])",
                columns,
            ).rowcount

    assert earlier("p-1", datetime.now(UTC)) == 1
    with pytest.raises(psycopg.DatabaseError, match=r"ahead of the database's time .*: set the clock"):
        earlier("p-2", datetime.now(UTC) + timedelta(days=2))
    assert event_log.head() == 1
    with pytest.raises(PersistenceError), event_log.datastore.get_connection() as connection:
        connection.execute(
            "INSERT INTO suqiu.events SELECT 2, 'p-2', 1, topic, state, now() + interval '1 hour', 'c', leaf_hash "
            "FROM suqiu.events"
        )


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    offsets=st.lists(st.integers(-400, 400), min_size=2, max_size=4),
    steps=st.lists(st.integers(-200, 200), min_size=1, max_size=4),
    asks=st.booleans(),
)
def test_whatever_the_clocks_do_nothing_is_ever_recorded_ahead(
    database: str, offsets: list[int], steps: list[int], asks: bool
) -> None:
    """Processes side by side, each clock off by its own milliseconds and stepped on the way, by others again."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS suqiu, suqiu_keys CASCADE; DROP TABLE IF EXISTS public.planted")
    datastore = Datastore(database)
    EventLog(datastore, MASTER)
    note_the_time(database)

    def one(process: int) -> int:
        by = [timedelta(milliseconds=offsets[process])]
        guard = ClockGuard(lambda: datetime.now(UTC) + by[0])
        log = EventLog(datastore, MASTER, guard)
        if asks:
            with datastore.get_connection() as connection:
                guard.ask(connection)
        written = 0
        for number, step in enumerate(steps):
            noted = guard.now()
            written += log.append([receive(f"p-{process}-{number}")._replace(recorded_at=noted)])[0]
            by[0] += timedelta(milliseconds=step)
        return written

    try:
        with ThreadPoolExecutor(len(offsets)) as pool:
            written = list(pool.map(one, range(len(offsets))))
        assert written == [len(steps)] * len(offsets)
        seconds = ahead_of_time(database)
        assert len(seconds) == sum(written)
        assert max(seconds) <= 0
    finally:
        datastore.close()


def test_a_difference_is_said_in_its_largest_units() -> None:
    given_spans = [timedelta(days=2, hours=3), timedelta(hours=-5), timedelta(seconds=200), timedelta(seconds=75.4)]
    assert [span(each) for each in given_spans] == ["2 d 3 h", "5 h 0 min", "3 min 20 s", "75 s"]
    assert span(timedelta(milliseconds=250)) == "0.25 s"
