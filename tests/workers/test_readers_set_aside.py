"""A reader of the log sets a stream aside that it cannot read or handle, goes on, and takes it up by itself."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import OperationalError

from aggregates.record import Entry, Recorded, Unreadable, sift
from eventstore import readers
from eventstore.clock_guard import ClockWrong
from eventstore.log import EventLog
from eventstore.parts import pulse
from eventstore.parts.pulse import BEAT_SECONDS
from eventstore.parts.register import SILENT_SECONDS
from eventstore.readers import move_to, place_of
from eventstore.recorder import Datastore
from eventstore.sealing import CannotOpen, MasterKey
from eventstore.set_aside import set_aside, waiting
from office.set_aside import everything_set_aside
from tests.projections.poison import write_poison
from tests.projections.town import whole_town
from workers.reading import looks, page_reader
from workers.reading.page_reader import PageReader
from workers.reading.troubles import Hangs, concerns_all

pytestmark = pytest.mark.engine


class Asked:
    """A log whose rows so far cannot be read; notes who asks for a stream, and the heartbeat that is on record then.

    At the first question something new is written.
    """

    def __init__(self, log: EventLog, blind: set[int]) -> None:
        self._log = log
        self._blind = Blind(log, blind)
        self.datastore = log.datastore
        self.asked: list[tuple[str, object]] = []
        self.asked_when_new_was_read = -1

    def entries(self, after: int, limit: int) -> list[Entry]:
        """As `EventLog.entries`."""
        found = self._blind.entries(after, limit)
        if found and self.asked and self.asked_when_new_was_read < 0:
            self.asked_when_new_was_read = len(self.asked)
        return found

    def entries_of(self, stream: str, after: int = 0) -> list[Entry]:
        """As `EventLog.entries_of`."""
        if not self.asked:
            whole_town("-2").write(self._log)
        with psycopg.connect(self.datastore.dsn) as connection:
            beat = connection.execute("SELECT beat_at FROM suqiu.parts WHERE name = %s", (Noting.name,)).fetchone()
        self.asked.append((stream, beat))
        return self._blind.entries_of(stream, after)


class Noting(PageReader):
    """Notes what it handles; cannot handle some streams."""

    name = "noting"

    def __init__(self, event_log: EventLog) -> None:
        super().__init__(event_log)
        self.noted: list[Recorded] = []
        self.chokes: dict[str, Exception] = {}
        self.hangs: set[str] = set()

    async def handle(self, page: Sequence[Recorded]) -> None:
        """Note it all, or raise or hang before anything is noted."""
        for record in page:
            if record.stream in self.hangs:
                await asyncio.sleep(60)
            if record.stream in self.chokes:
                raise self.chokes[record.stream]
        self.noted += page


@pytest.fixture
def log(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[EventLog]:
    """A log with a town in it, and readers that look often."""
    monkeypatch.setattr(page_reader, "TAKE_UP_SECONDS", 0.1)
    monkeypatch.setattr(page_reader, "WAKE_UP_SECONDS", 0.05)
    monkeypatch.setattr(page_reader, "STAND_BY_SECONDS", 0.05)
    datastore = Datastore(database)
    log = EventLog(datastore, MasterKey(bytes(32)))
    whole_town().write(log)
    yield log
    datastore.close()


@asynccontextmanager
async def reading(reader: PageReader) -> AsyncIterator[None]:
    """Let it read while the block runs."""
    task = asyncio.create_task(reader.run())
    try:
        yield
    finally:
        reader.stop()
        await asyncio.wait_for(task, 30)


async def at_head(log: EventLog, reader: PageReader) -> None:
    """Until it has read everything."""
    with psycopg.connect(log.datastore.dsn, autocommit=True) as connection:
        for _ in range(1_200):
            if place_of(connection, reader.name) == log.head() and reader.pulse.detail:  # and looked at what waits
                return
            await asyncio.sleep(0.05)
    raise AssertionError("the reader did not come to the head")


async def read_up_to_head(log: EventLog, reader: PageReader) -> None:
    """Until its place is the head, whether it has looked at what waits or not."""
    for _ in range(1_200):
        if place(log, reader) == log.head():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the reader did not come to the head")


async def nothing_left(log: EventLog, reader: PageReader) -> None:
    """Until nothing is set aside any more."""
    for _ in range(1_200):
        if not left(log, reader):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("something is set aside still")


def set_all_aside(log: EventLog, reader: str) -> None:
    """As an earlier process left it that could handle nothing of what is there: everything waits from its first row."""
    firsts = [record for record in log.page(0, 1_000) if record.version == 1]
    rows = [Unreadable(each.position, each.stream, 1, each.event.TOPIC, "cannot be handled") for each in firsts]
    with psycopg.connect(log.datastore.dsn, autocommit=True) as connection:
        set_aside(connection, reader, rows)
        move_to(connection, reader, log.head())


def left(log: EventLog, reader: PageReader) -> list[Unreadable]:
    """What it set aside."""
    with psycopg.connect(log.datastore.dsn, autocommit=True) as connection:
        return [each.row for each in waiting(connection, reader.name)]


async def test_rows_of_another_program_stop_their_streams_only(log: EventLog) -> None:
    """Given rows in two streams that this program does not know, then all others are handled, also later ones."""
    stream = log.page(0, 1)[0].stream
    unknown = write_poison(log, stream, "petition.of_a_newer_program", b"{}")
    broken = write_poison(log, "p-new", "petition.received", b"{")
    after = write_poison(log, "p-new", "petition.received", b"{}")
    whole_town("-2").write(log)
    reader = Noting(log)
    async with reading(reader):
        await at_head(log, reader)
    everything = set(range(1, log.head() + 1)) - {unknown, broken, after}
    assert {record.position for record in reader.noted} == everything
    assert {(row.position, row.topic) for row in left(log, reader)} == {
        (unknown, "petition.of_a_newer_program"),
        (broken, "petition.received"),
    }
    with psycopg.connect(log.datastore.dsn, autocommit=True) as connection:
        assert {(each.reader, each.waiting.row.position) for each in everything_set_aside(connection)} == {
            ("noting", unknown),
            ("noting", broken),
        }


async def test_one_that_cannot_be_handled_is_taken_up_by_itself_when_it_can(log: EventLog) -> None:
    stream = next(record.stream for record in log.page(0, 1_000) if record.version == 2)
    reader = Noting(log)
    reader.chokes[stream] = ValueError("what the row holds")
    async with reading(reader):
        await at_head(log, reader)
        (row,) = left(log, reader)
        assert (row.stream, row.version, row.reason) == (stream, 1, "cannot be handled: ValueError")
        whole_town("-2").write(log)
        await at_head(log, reader)
        assert stream not in {record.stream for record in reader.noted}
        reader.chokes.clear()
        await nothing_left(log, reader)
    assert sorted(record.position for record in reader.noted) == list(range(1, log.head() + 1))
    versions = [record.version for record in reader.noted if record.stream == stream]
    assert versions == sorted(versions)


async def test_everybodys_trouble_sets_nothing_aside(log: EventLog) -> None:
    """Given a server that is away for every stream, then the page waits for it."""
    reader = Noting(log)
    reader.chokes = {record.stream: OperationalError("away") for record in log.page(0, 1_000)}
    async with reading(reader):
        await asyncio.sleep(1)
        assert left(log, reader) == []
        assert reader.noted == []
        reader.chokes = {}
        await at_head(log, reader)
    assert left(log, reader) == []
    assert sorted(record.position for record in reader.noted) == list(range(1, log.head() + 1))


@pytest.mark.parametrize(
    ("error", "meet_it"), [(ClockWrong("ahead"), slice(0, None, 2)), (CannotOpen("another master key"), slice(0, 4))]
)
async def test_what_is_wrong_with_this_process_sets_nothing_aside(
    log: EventLog, error: Exception, meet_it: slice
) -> None:
    """Given a wrong clock or master key that only the streams with something to write meet, then the page waits."""
    streams = list(dict.fromkeys(record.stream for record in log.page(0, 1_000)))
    reader = Noting(log)
    reader.chokes = dict.fromkeys(streams[meet_it], error)
    async with reading(reader):
        with psycopg.connect(log.datastore.dsn, autocommit=True) as connection:
            for _ in range(1_200):  # it began more often than any stream is waited for
                row = connection.execute("SELECT epoch FROM suqiu.terms WHERE name = %s", (reader.name,)).fetchone()
                if left(log, reader) or (row and row[0] > page_reader.PATIENCE + 1):
                    break
                await asyncio.sleep(0.05)
        assert left(log, reader) == []
        assert place(log, reader) == 0
        reader.chokes = {}
        await at_head(log, reader)
    assert {record.position for record in reader.noted} == set(range(1, log.head() + 1))


def place(log: EventLog, reader: PageReader) -> int:
    """Where it stands."""
    with psycopg.connect(log.datastore.dsn, autocommit=True) as connection:
        return place_of(connection, reader.name)


async def test_a_server_that_never_answers_for_one_stream_is_that_streams_trouble(log: EventLog) -> None:
    """Given such a stream, then it waits, however often it is looked at, and all that is written later is read."""
    stream = log.page(0, 1_000)[-1].stream
    reader = Noting(log)
    reader.chokes[stream] = TimeoutError()
    assert concerns_all(reader.chokes[stream])
    async with reading(reader):
        await at_head(log, reader)
        for town in ("-2", "-3"):
            reader.pulse.detail = {}  # until it has looked again
            whole_town(town).write(log)
            await at_head(log, reader)
            assert [row.stream for row in left(log, reader)] == [stream]
        reader.chokes.clear()
        await nothing_left(log, reader)
    assert {record.position for record in reader.noted} == set(range(1, log.head() + 1))


async def test_whatever_is_set_aside_and_still_fails_a_new_reader_reads_on(log: EventLog) -> None:
    """Given that every stream set aside meets what may be everybody's trouble, then the log is read all the same."""
    streams = {record.stream for record in log.page(0, 1_000)}
    set_all_aside(log, Noting.name)
    written = log.head()
    whole_town("-2").write(log)
    reader = Noting(log)
    reader.chokes = dict.fromkeys(streams, Hangs("nothing got on"))
    async with reading(reader):
        await read_up_to_head(log, reader)
        assert {row.stream for row in left(log, reader)} == streams
        reader.chokes = {}
        await nothing_left(log, reader)
    assert sorted(record.position for record in reader.noted) == list(range(1, log.head() + 1))
    assert written < log.head()


async def test_a_stream_that_hangs_when_it_is_taken_up_is_left_before_others_take_it_for_silence(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert page_reader.LETS_GO_SECONDS + BEAT_SECONDS < SILENT_SECONDS
    monkeypatch.setattr(page_reader, "LETS_GO_SECONDS", 0.2)
    set_all_aside(log, Noting.name)
    hanging = min(record.stream for record in log.page(0, 1_000))
    reader = Noting(log)
    reader.hangs = {hanging}
    async with reading(reader):
        await at_head(log, reader)
        for _ in range(600):
            if len(left(log, reader)) == 1:
                break
            await asyncio.sleep(0.05)
        whole_town("-2").write(log)
        await read_up_to_head(log, reader)
        assert [row.stream for row in left(log, reader)] == [hanging]
        reader.hangs = set()
        await nothing_left(log, reader)


async def test_however_much_waits_pages_are_read_between_and_each_look_is_a_beat(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given many streams that still cannot be read, then what is new does not wait for the last of them."""
    monkeypatch.setattr(looks, "STRETCH_SECONDS", 0.0)
    monkeypatch.setattr(pulse, "BEAT_SECONDS", 0.0)
    everything = {record.position for record in log.page(0, 1_000)}
    streams = {record.stream for record in log.page(0, 1_000)}
    set_all_aside(log, Noting.name)
    asked = Asked(log, everything)
    reader = Noting(asked)  # type: ignore[arg-type]
    async with reading(reader):
        await at_head(log, reader)
    assert [stream for stream, _ in asked.asked[: len(streams)]] == list(dict.fromkeys(s for s, _ in asked.asked))
    assert len({beat for _, beat in asked.asked[: len(streams)]}) == len(streams), "a heartbeat before each"
    assert asked.asked_when_new_was_read < len(streams)


async def test_of_two_readers_that_meet_a_stream_that_hangs_one_gets_past_it(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given one who stands by and cuts off whoever is silent, all at an eighth of the real times, then all is read."""
    monkeypatch.setattr(page_reader, "LETS_GO_SECONDS", page_reader.LETS_GO_SECONDS / 8)
    monkeypatch.setattr(readers, "SILENT_SECONDS", SILENT_SECONDS / 8)
    monkeypatch.setattr(pulse, "BEAT_SECONDS", 0.05)
    hanging = min(record.stream for record in log.page(0, 1_000))
    both = Noting(log), Noting(log)
    for reader in both:
        reader.hangs = {hanging}
    async with reading(both[0]), reading(both[1]):
        await read_up_to_head(log, both[0])
        assert [row.stream for row in left(log, both[0])] == [hanging]
        for reader in both:
            reader.hangs = set()
        await nothing_left(log, both[0])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(programs=st.lists(st.tuples(st.sets(st.integers(1, 40), max_size=6), st.booleans()), max_size=4))
def test_through_upgrades_and_deaths_each_stream_is_handled_in_order_and_whole(
    log: EventLog, programs: list[tuple[set[int], bool]]
) -> None:
    """Given programs that read more or less, one after the other, some dying on the way: nothing is left out."""
    with psycopg.connect(log.datastore.dsn, autocommit=True) as connection:
        connection.execute("DELETE FROM suqiu.set_aside")
        connection.execute("DELETE FROM suqiu.readers")
    noted: list[Recorded] = []
    for blind, dies in [*programs, (set(), False)]:
        reader = Noting(Blind(log, blind))  # type: ignore[arg-type]
        asyncio.run(read_for(reader, log, dies=dies))
        noted += reader.noted
    assert left(log, reader) == []
    seen: dict[str, int] = {}
    for record in noted:
        assert record.version <= seen.get(record.stream, 0) + 1, "handled before what stands before it"
        seen[record.stream] = max(seen.get(record.stream, 0), record.version)
    last = {record.stream: record.version for record in log.page(0, 1_000)}
    assert seen == last


async def read_for(reader: Noting, log: EventLog, *, dies: bool) -> None:
    """Read up to the head; or die before the place of what was handled is kept."""
    if dies:
        with psycopg.connect(log.datastore.dsn, autocommit=True) as connection:
            place, aside = place_of(connection, reader.name), {row.stream for row in left(log, reader)}
        await reader.handle(sift(reader._petitions.entries(place, 20), aside).readable)
        return
    async with reading(reader):
        await at_head(log, reader)


class Blind:
    """A log as a program sees it that cannot read some of its rows."""

    def __init__(self, log: EventLog, blind: set[int]) -> None:
        self._log = log
        self._blind = blind
        self.datastore = log.datastore

    def entries(self, after: int, limit: int) -> list[Entry]:
        """As `EventLog.entries`."""
        return list(map(self._seen, self._log.entries(after, limit)))

    def entries_of(self, stream: str, after: int = 0) -> list[Entry]:
        """As `EventLog.entries_of`."""
        return list(map(self._seen, self._log.entries_of(stream, after)))

    def _seen(self, entry: Entry) -> Entry:
        if entry.position not in self._blind or isinstance(entry, Unreadable):
            return entry
        return Unreadable(entry.position, entry.stream, entry.version, entry.event.TOPIC, "unknown")
