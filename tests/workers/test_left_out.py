"""What goes through the whole log leaves a petition out whose rows cannot be read or make no sense, and no other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregates.messages.outbox import stream_of
from aggregates.streams import is_order, is_petition
from eventstore.log import EventLog
from eventstore.recorder import Datastore
from eventstore.sealing import MasterKey
from evidence.tracing import choose
from projections.traces.choosing import Wanted
from tests.messages.written import write_message
from tests.projections.poison import write_poison
from tests.projections.town import whole_town
from workers.messaging.sender import waiting_messages
from workers.rhythm.reconciling import owing_of

pytestmark = pytest.mark.engine
GOLDEN = Path(__file__).parents[1] / "eventstore" / "golden"


@pytest.fixture
def log(database: str) -> Iterator[EventLog]:
    """A log with a town in it."""
    datastore = Datastore(database)
    log = EventLog(datastore, MasterKey(bytes(32)))
    whole_town().write(log)
    yield log
    datastore.close()


def attended(log: EventLog) -> set[str]:
    """Every petition and order on record."""
    return {each.stream for each in log.entries(0, 10_000) if is_petition(each.stream) or is_order(each.stream)}


def test_unreadable_rows_leave_their_own_streams_out(log: EventLog) -> None:
    everything = attended(log)
    one = log.page(0, 1)[0].stream
    other = next(each for each in sorted(everything) if each != one)
    waiting, gone = write_message(log, other), write_message(log, one, delivered=True)
    assert [each.message for each in waiting_messages(log)] == [waiting], "not the delivered one"
    position = write_poison(log, one, "petition.of_a_newer_program", b"{}")
    write_poison(log, "m-unheard-of", "message.written", b"{")
    owing, left_out = owing_of(log)
    assert [(row.stream, row.position, row.topic) for row in left_out if is_petition(row.stream)] == [
        (one, position, "petition.of_a_newer_program")
    ]
    assert {each.id for each in owing} == everything - {one}
    assert owing_of(log, [one]).owing == []
    assert [each.message for each in waiting_messages(log)] == [waiting]
    write_poison(log, stream_of(other), "message.of_a_newer_program", b"{}")
    assert waiting_messages(log) == []
    assert waiting_messages(log, [waiting, gone]) == []
    heard: list[str] = []
    kept = choose(log, Wanted(), lambda row: heard.append(row.stream))
    assert one in heard
    assert one not in {each.stream for each in kept}
    assert {each.stream for each in kept if each.kind == "petition"} == {
        each for each in everything if is_petition(each)
    } - {one}


def test_petitions_that_cannot_be_leave_themselves_out(log: EventLog) -> None:
    """Given lives no office led, each an event of any kind after a receipt, then all others owe what they owed."""
    before = owing_of(log).owing
    received = log.recorder.page(0, 1)[0]
    assert received.topic == "petition.received"
    for number, example in enumerate(sorted(GOLDEN.glob("petition.*.json"))):
        stream = f"p-impossible-{number}"
        write_poison(log, stream, received.topic, received.state)
        write_poison(log, stream, example.name.rsplit(".v", 1)[0], example.read_bytes())
    owing, left_out = owing_of(log)
    assert left_out, "none of these lives was impossible"
    assert [each for each in owing if not each.id.startswith("p-impossible")] == before
