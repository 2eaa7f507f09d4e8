"""One bad row, or one record that cannot be, keeps nobody else from being looked after; found by the fault harness."""

from collections.abc import Collection, Iterator
from datetime import timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from aggregates.event import Actor
from aggregates.known import BY_CODE
from aggregates.messages.outbox import stream_of
from aggregates.petition.events import PetitionPaused, PetitionResumed
from aggregates.petition.state import Stage
from aggregates.streams import is_petition
from eventstore.group_commit import GroupCommit
from eventstore.log import Append, EventLog
from eventstore.recorder import Datastore
from eventstore.sealing import MasterKey
from office.handling import Handler
from office.keys.retaining import _ends
from office.rules.adoption import adopt, adopt_file, unfinished
from tests.messages.written import write_message
from tests.projections.poison import write_poison
from tests.projections.town import whole_town
from tests.replay.lives import with_days
from tests.rulebook.books import baiyang
from workers.adoption_activities import AdoptionActivities
from workers.messaging.sender import waiting_messages
from workers.reading.rebuilding import open_petitions, states_of
from workers.rhythm.reconciling import owing_of
from workflows.adoption_contract import Adopted, Turn

pytestmark = pytest.mark.engine

NEW = ("petition.from_tomorrow", b'{"at":"2027-01-01T00:00:00Z"}')


@pytest.fixture
def log(database: str) -> Iterator[EventLog]:
    """A log with a town in it."""
    datastore = Datastore(database)
    log = EventLog(datastore, MasterKey(bytes(32)))
    whole_town().write(log)
    yield log
    datastore.close()


def petitions_of(log: EventLog) -> list[str]:
    return [stream for stream in log.begun("") if is_petition(stream)]


def named(log: EventLog, only: Collection[str] | None = None) -> set[str]:
    """Which messages wait for a gateway."""
    return {each.message for each in waiting_messages(log, only)}


def test_a_row_that_cannot_be_read_keeps_only_its_own_petition_from_being_reconciled(log: EventLog) -> None:
    before, (bad, other, *_) = states_of(log).of, petitions_of(log)
    kept, silent = _ends(log), write_message(log, bad)
    waiting = write_message(log, other)
    assert {stream for ends in kept.values() for stream in ends} == before.keys(), "everybody's is known"
    assert any(all(ends.values()) for ends in kept.values()), "and somebody's is closed"
    assert named(log) == {silent, waiting}
    write_poison(log, bad, *NEW)
    write_poison(log, "p-of-tomorrow", *NEW)
    assert states_of(log).of == {stream: state for stream, state in before.items() if stream != bad}
    assert states_of(log, only=[bad, other]).of.keys() == {other}
    assert {owing.id for owing in owing_of(log).owing} == before.keys() - {bad}
    assert open_petitions(log)[1] == len(before) - 1
    assert _ends(log) == {}, "whose data is to be erased cannot be known: nobody's is"
    assert named(log) == {silent, waiting}, "the petition's own row says nothing of its messages"
    write_poison(log, stream_of(bad), *NEW)
    assert named(log) == {waiting}, "whether the one beside the bad row still waits cannot be known"
    assert named(log, [silent, waiting]) == {waiting}


def test_a_record_that_cannot_be_keeps_only_its_own_petition_from_being_reconciled(log: EventLog) -> None:
    """An act that stands twice: a petition that is paused while it is paused waits for no end that can be told."""
    before = states_of(log).of
    twice = next(state for state in before.values() if state.stage is Stage.DISPATCHED)
    records = log.read(twice.id)
    at = records[-1].recorded_at
    said = {"at": at, "by": Actor.resident(), "rulebook": baiyang().hash, "resident": twice.resident}
    paused = PetitionPaused(**said, until=at + timedelta(days=1), clocks=("tier",), what="户口簿")
    resumed = PetitionResumed(**said, known=BY_CODE, cause="answered", moved=(), answer=None)
    assert log.append([Append(twice.id, len(records), (paused, paused, resumed), "twice", at)]) == [True]
    assert {owing.id for owing in owing_of(log).owing} == before.keys() - {twice.id}


def test_an_adoption_is_brought_to_everybody_else(log: EventLog) -> None:
    now = max(record.recorded_at for record in log.page(0, 10_000)) + timedelta(days=1)
    bad = petitions_of(log)[0]
    write_poison(log, bad, *NEW)
    adopt_file(log, baiyang(), now)
    adopt(log, with_days("district", 4), Actor.engine(), now, now.date())
    with GroupCommit(log) as commit:
        bodies = AdoptionActivities(Handler(log, commit, baiyang(), lambda _=None: now + timedelta(hours=9)))
        far = Adopted(book=baiyang().id, number=2)
        while not far.done:
            far = ActivityEnvironment().run(bodies.count_again, Turn(adopted=far, now=now))
    assert far.petitions == len(petitions_of(log)), "looked at, all of them"
    assert unfinished(log, baiyang().id) == []
