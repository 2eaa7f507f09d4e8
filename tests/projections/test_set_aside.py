"""A row that cannot be read or applied stops its own stream only, and is taken up again, once and in order."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection, Cursor
from psycopg.rows import TupleRow

from aggregates.record import Entry, Recorded, Unreadable
from eventstore.log import EventLog
from eventstore.parts import pulse
from projections import read_models
from projections.generation import Generation, ReadStream
from projections.ledger import Ledger
from projections.read_model import ReadModel
from projections.timeline import Timeline
from tests.projections.conftest import tables_of
from tests.projections.poison import write_poison
from tests.projections.town import whole_town
from workers.reading import looks, projection_loop
from workers.reading.projection_runner import ProjectionRunner

pytestmark = pytest.mark.engine
RECORDS = whole_town().records()
STREAMS = sorted({record.stream for record in RECORDS})


def unreadable(record: Recorded) -> Unreadable:
    """A row as a program sees it that does not know its topic."""
    return Unreadable(record.position, record.stream, record.version, record.event.TOPIC, "not known to this program")


def rows_of(records: Sequence[Entry], first: int = 1) -> Callable[[str, int], list[Entry]]:
    """Streams' rows, as a log has them from a position on."""
    return lambda stream, version: [
        each for each in records if each.stream == stream and each.version > version and each.position >= first
    ]


def take_up(generation: Generation, rows: ReadStream) -> list[str]:
    """Look once at everything that waits; the streams that wait no more."""
    return [each.row.stream for each in generation.waiting() if generation.take_up(each.row, rows)]


def test_a_row_that_cannot_be_read_stops_its_stream_only_and_is_said_once(connection: Connection[Any]) -> None:
    bad = next(record for record in RECORDS if record.version == 2)
    page = [unreadable(record) if record is bad else record for record in RECORDS]
    told: list[Unreadable] = []
    serving = Generation(Timeline(), connection, told=told.append)
    serving.create()
    position = 0
    for start in range(0, len(page), 7):
        position = serving.apply(position, page[start : start + 7])
    assert [(row.position, row.topic) for row in told] == [(bad.position, bad.event.TOPIC)]
    assert [each.row for each in serving.waiting()] == told
    assert position == len(RECORDS)
    kept = {row.split(",")[0].strip("(") for row in tables_of(connection, "view_timeline")["entries"]}
    others = [record for record in RECORDS if record.stream != bad.stream or record.version < 2]
    assert kept == {str(record.position) for record in others if Timeline().takes(record.stream)}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_set_aside_and_whenever_it_is_taken_up_each_row_comes_once_and_in_order(
    connection: Connection[Any], data: st.DataObject
) -> None:
    """Given rows unreadable to an older program, pages of any size, looks at any moment: the end is a straight run."""
    model = data.draw(st.sampled_from(read_models()))
    bad = set(data.draw(st.lists(st.integers(1, len(RECORDS)), max_size=6)))
    newer_from = data.draw(st.integers(0, len(RECORDS)))
    """Where a newer program follows the older one, which cannot read the bad rows."""
    for schema in (f"{model.schema}_trial", f"{model.schema}_straight"):
        Generation(model, connection, schema).drop()
    trial, straight = (Generation(model, connection, f"{model.schema}_{name}") for name in ("trial", "straight"))
    for generation in (trial, straight):
        generation.create()
    straight.apply(0, RECORDS)
    old = [unreadable(record) if record.position in bad else record for record in RECORDS]
    position = 0
    while position < len(RECORDS):
        seen = RECORDS if position >= newer_from else old
        if data.draw(st.booleans()):
            take_up(trial, rows_of(seen))
        position = trial.apply(position, seen[position : position + data.draw(st.integers(1, 20))])
    take_up(trial, rows_of(RECORDS))
    assert trial.waiting() == []
    assert tables_of(connection, trial.schema) == tables_of(connection, straight.schema)


def test_taken_up_twice_or_by_two_it_comes_once(connection: Connection[Any]) -> None:
    bad = next(record for record in RECORDS if record.version == 2)
    page = [unreadable(record) if record is bad else record for record in RECORDS]
    first, second = Generation(Timeline(), connection), Generation(Timeline(), connection)
    first.create()
    first.apply(0, page)
    rows = rows_of(RECORDS)
    assert take_up(first, lambda stream, version: (take_up(second, rows), rows(stream, version))[1]) == []
    assert take_up(second, rows) == []
    assert len(tables_of(connection, "view_timeline")["entries"]) == len(
        [record for record in RECORDS if Timeline().takes(record.stream)]
    )


class Choking(Ledger):
    """A ledger that cannot apply the events of some streams."""

    chokes: frozenset[str] = frozenset()
    above = 1
    """The version up to which it can."""

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Recorded]) -> None:
        """Raise for a page with such a row, as a fold would."""
        if any(record.stream in self.chokes and record.version > self.above for record in page):
            raise ValueError("what the row holds")
        super().apply(cursor, page)


def test_a_petition_the_model_cannot_apply_stops_itself_only(connection: Connection[Any]) -> None:
    model = Choking()
    bad = next(record for record in RECORDS if record.version == 2 and model.takes(record.stream)).stream
    model.chokes = frozenset({bad})
    serving = Generation(model, connection)
    serving.create()
    assert serving.apply(0, RECORDS) == len(RECORDS)
    ((row, _),) = serving.waiting()
    assert (row.stream, row.version) == (bad, 2)
    assert row.reason.startswith("cannot be applied: ValueError in test_set_aside.py")
    assert "what the row holds" not in row.reason
    mended = Generation(Ledger(), connection)
    assert take_up(mended, rows_of(RECORDS)) == [bad]
    straight = Generation(Ledger(), connection, "straight")
    straight.create()
    straight.apply(0, RECORDS)
    assert tables_of(connection, "view_ledger") == tables_of(connection, "straight")


def test_a_model_that_can_apply_nothing_is_broken_itself_and_waits(connection: Connection[Any]) -> None:
    model = Choking()
    model.chokes, model.above = frozenset(STREAMS), 0
    serving = Generation(model, connection)
    serving.create()
    with pytest.raises(ValueError, match="what the row holds"):
        serving.apply(0, RECORDS)
    assert serving.waiting() == []
    reached = serving.reached()
    assert reached is not None
    assert reached.position == 0


def test_the_runner_goes_on_beside_rows_of_another_program_and_takes_up_what_it_can_read(
    log: EventLog, connection: Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given rows of a newer program in two streams, then everything else is read; and theirs as soon as it can be."""
    monkeypatch.setattr(projection_loop, "TAKE_UP_SECONDS", 0.2)
    whole_town("-1").write(log)
    stream = log.page(0, 1)[0].stream
    write_poison(log, stream, "petition.of_a_newer_program", b'{"at": "2030-01-01T00:00:00Z"}')
    write_poison(log, "p-unheard-of", "petition.received", b"{")
    whole_town("-2").write(log)
    with ProjectionRunner(log, read_models()) as runner:
        wait_for_head(runner)
        status = {each.name: each for each in runner.status()}
        assert {row.topic for row in (each.row for each in status["ledger"].set_aside)} == {
            "petition.of_a_newer_program",
            "petition.received",
        }
        assert status["outbox"].set_aside == ()
    for model in read_models():
        assert tables_of(connection, model.schema) == straight_without(model, log, connection)


class Asked:
    """A log in which some streams cannot be read; notes who asks for one, and the heartbeat that is on record then.

    At the first question something new is written.
    """

    def __init__(self, log: EventLog, streams: set[str]) -> None:
        self._log = log
        self._streams = streams
        self.datastore = log.datastore
        self.head = log.head
        self.asked: list[tuple[str, object]] = []
        self.asked_when_new_was_read = -1

    def entries(self, after: int, limit: int) -> list[Entry]:
        """As `EventLog.entries`."""
        found = self._seen(self._log.entries(after, limit))
        if found and self.asked and self.asked_when_new_was_read < 0:
            self.asked_when_new_was_read = len(self.asked)
        return found

    def entries_of(self, stream: str, after: int = 0) -> list[Entry]:
        """As `EventLog.entries_of`."""
        if not self.asked:
            whole_town("-2").write(self._log)
        with psycopg.connect(self.datastore.dsn) as connection:
            beat = connection.execute("SELECT beat_at FROM suqiu.parts WHERE name = 'projection ledger'").fetchone()
        self.asked.append((stream, beat))
        return self._seen(self._log.entries_of(stream, after))

    def _seen(self, entries: Sequence[Entry]) -> list[Entry]:
        blind = [each for each in entries if isinstance(each, Recorded) and each.stream in self._streams]
        return [unreadable(each) if each in blind else each for each in entries]


def test_however_much_waits_pages_are_applied_between_and_each_look_is_a_beat(
    log: EventLog, connection: Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given many streams that still cannot be read, then what is new does not wait for the last of them."""
    monkeypatch.setattr(looks, "STRETCH_SECONDS", 0.0)
    monkeypatch.setattr(pulse, "BEAT_SECONDS", 0.0)
    whole_town().write(log)
    waiting = {stream for stream in STREAMS if Ledger().takes(stream)}
    asked = Asked(log, waiting)
    serving = Generation(Ledger(), connection)
    serving.create()
    serving.apply(0, asked.entries(0, 1_000))
    assert len(serving.waiting()) == len(waiting)
    with ProjectionRunner(asked, [Ledger()]) as runner:  # type: ignore[arg-type]
        until(lambda: len({stream for stream, _ in asked.asked}) == len(waiting), seconds=60)
        wait_for_head(runner)
    assert len({beat for _, beat in asked.asked[: len(waiting)]}) == len(waiting), "a heartbeat before each"
    assert asked.asked_when_new_was_read < len(waiting)


def straight_without(model: ReadModel, log: EventLog, connection: Connection[Any]) -> dict[str, list[str]]:
    """The tables as one run over everything that can be read makes them."""
    reference = Generation(model, connection, f"{model.schema}_reference")
    reference.create()
    reference.apply(0, log.entries(0, 100_000))
    return tables_of(connection, reference.schema)


def wait_for_head(runner: ProjectionRunner) -> None:
    """Until nothing is new."""
    until(lambda: all(status.lag == 0 and status.updated_at for status in runner.status()), seconds=60)


def until(true: Callable[[], object], seconds: float) -> None:
    """Wait for something."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "did not come to pass"
        time.sleep(0.05)


def test_a_rebuild_sets_aside_too(log: EventLog, connection: Connection[Any]) -> None:
    whole_town().write(log)
    stream = log.page(0, 1)[0].stream
    write_poison(log, stream, "petition.of_a_newer_program", b"{}")
    runner = ProjectionRunner(log, read_models())
    assert runner.rebuild("ledger") == log.head()
    ((row, since),) = Generation(Ledger(), connection).waiting()
    assert (row.stream, row.position) == (stream, log.head())
    assert since <= datetime.now(UTC)
