"""The one way to append outside of a handler: once, in order, within bounds, whatever others do."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from eventsourcing.persistence import OperationalError

from aggregates.petition.events import SealedFieldsRead
from aggregates.record import Recorded
from eventstore.log import Append, EventLog
from eventstore.once import TRIES, TooBusy, append_each, append_once
from tests.eventstore.conftest import RECORDED
from tests.eventstore.examples import EXAMPLES

LOOKED = next(example for example in EXAMPLES if isinstance(example, SealedFieldsRead))
STREAM = "office-trial"


def next_one(stream: str, command: str = "c") -> Callable[[list[Recorded]], Append]:
    return lambda records: Append(stream, len(records), (LOOKED,), f"{command}:{len(records) + 1}", RECORDED)


def test_what_is_decided_is_written_and_answered_with_what_it_was_decided_from(event_log: EventLog) -> None:
    first = append_once(event_log, STREAM, next_one(STREAM))
    assert (first.records, first.events) == ([], (LOOKED,))
    second = append_once(event_log, STREAM, next_one(STREAM))
    assert [record.version for record in second.records] == [1]
    assert [record.version for record in event_log.read(STREAM)] == [1, 2]


def test_where_nothing_is_to_be_done_nothing_is_written(event_log: EventLog) -> None:
    done = append_once(event_log, STREAM, lambda _: None)
    assert (done.append, done.events) == (None, ())
    assert event_log.head() == 0


def test_many_at_once_each_write_once(event_log: EventLog) -> None:
    def write(person: int) -> int:
        command = f"by-{person}"
        append_once(event_log, STREAM, lambda records: Append(STREAM, len(records), (LOOKED,), command, RECORDED))
        return person

    with ThreadPoolExecutor(4) as people:
        assert list(people.map(write, range(TRIES - 2))) == list(range(TRIES - 2))
    records = event_log.read(STREAM)
    assert sorted(record.command_id for record in records) == sorted(f"by-{each}" for each in range(TRIES - 2))
    assert [record.version for record in records] == list(range(1, TRIES - 1))


def test_whoever_always_finds_others_faster_is_told(event_log: EventLog) -> None:
    numbers = count(1)

    def too_late(records: list[Recorded]) -> Append:
        event_log.append([Append(STREAM, len(records), (LOOKED,), f"other:{next(numbers)}", RECORDED)])
        return Append(STREAM, len(records), (LOOKED,), "ours", RECORDED)

    with pytest.raises(TooBusy, match=f"{STREAM}: changed {TRIES} times"):
        append_once(event_log, STREAM, too_late)
    assert len(event_log.read(STREAM)) == TRIES
    assert all(record.command_id != "ours" for record in event_log.read(STREAM))


@pytest.mark.parametrize("committed", [True, False])
def test_a_connection_lost_on_the_way_costs_nothing_and_doubles_nothing(
    event_log: EventLog, monkeypatch: pytest.MonkeyPatch, committed: bool
) -> None:
    write, losses = EventLog.append, iter([True, True])

    def lost(self: EventLog, appends: list[Append]) -> list[bool]:
        if next(losses, False):
            if committed:
                write(self, appends)
            raise OperationalError("the server was stopped")
        return write(self, appends)

    monkeypatch.setattr(EventLog, "append", lost)
    done = append_once(event_log, STREAM, next_one(STREAM))
    assert done.events == (LOOKED,)
    assert [record.command_id for record in event_log.read(STREAM)] == ["c:1"]


def test_a_database_that_stays_away_is_said(event_log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = count()

    def lost(*_: object) -> list[bool]:
        next(tries)
        raise OperationalError("the server is stopped")

    monkeypatch.setattr(EventLog, "append", lost)
    with pytest.raises(OperationalError):
        append_once(event_log, STREAM, next_one(STREAM))
    assert next(tries) == TRIES


def test_of_many_only_those_are_decided_again_that_others_were_faster_in(event_log: EventLog) -> None:
    streams, asked = [f"office-trial-{number}" for number in range(5)], []

    def append_for(stream: str) -> Append | None:
        asked.append(stream)
        records = event_log.read(stream)
        if stream == streams[2] and not records:
            event_log.append([Append(stream, 0, (LOOKED,), "other", RECORDED)])
        return None if stream == streams[3] else Append(stream, len(records), (LOOKED,), "ours", RECORDED)

    append_each(event_log, streams, append_for, 2)
    assert asked == [streams[0], streams[1], streams[2], streams[3], streams[2], streams[4]]
    assert [record.command_id for record in event_log.read(streams[2])] == ["other", "ours"]
    assert event_log.read(streams[3]) == []
    assert all(len(event_log.read(stream)) == 1 for stream in (streams[0], streams[1], streams[4]))


def test_many_of_which_one_is_never_reached_are_told_which(event_log: EventLog) -> None:
    numbers = count(1)

    def too_late(stream: str) -> Append:
        version = len(event_log.read(stream))
        event_log.append([Append(stream, version, (LOOKED,), f"other:{next(numbers)}", RECORDED)])
        return Append(stream, version, (LOOKED,), "ours", RECORDED)

    with pytest.raises(TooBusy, match=STREAM):
        append_each(event_log, [STREAM], too_late, 10)
