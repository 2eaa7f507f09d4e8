"""A ledger of real messages, lived through to their ends by a fake clock and a dice, in a store of its own."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from aggregates.event import Actor, Event
from aggregates.petition import commands as c
from aggregates.petition.agenda import Step, agenda
from aggregates.petition.decisions import command_for, decide
from aggregates.petition.state import Petition, Stage, evolve
from eventstore.log import Append, EventLog
from eventstore.recorder import Datastore
from eventstore.sealing import MasterKey
from office.intake import BATCH, Intake, read_rows
from office.rules.adoption import adopt_file
from rulebook.classification import TermClassifier
from tests.aggregates.office import at, say
from tests.people import CLERK, somebody_of
from tests.rulebook.books import baiyang
from tests.scale.conftest import messages

__all__ = ["Ledger", "messages"]

MASTER = MasterKey(b"\x09" * 32)
BEGIN = at("2025-09-22 09:00")
END = at("2025-11-20 09:00")
Lived = list[tuple[datetime, tuple[Event, ...]]]
Ledger = Callable[[int], EventLog]


@pytest.fixture
def event_log(database: str) -> Iterator[EventLog]:
    """An empty log."""
    datastore = Datastore(database)
    yield EventLog(datastore, MASTER)
    datastore.close()


@pytest.fixture
def ledger(event_log: EventLog, messages: Path) -> Ledger:
    """So many of the real messages, lived until `END`."""

    def live(rows: int) -> EventLog:
        adopt_file(event_log, baiyang(), BEGIN)
        intake = Intake(event_log, baiyang(), lambda _=None: BEGIN, community="baiyang")
        taken = list(intake.take_in(read_rows(messages.read_bytes().splitlines()[:rows]), CLERK))
        dice, classifier = random.Random(rows), TermClassifier(baiyang())  # noqa: S311 - a generator of tests
        streams = list(dict.fromkeys(each.petition for each in taken if each.petition))
        for first in range(0, len(streams), BATCH):
            part = streams[first : first + BATCH]
            write(event_log, {stream: lived(event_log, stream, classifier, dice) for stream in part})
        return event_log

    return live


def write(event_log: EventLog, lives: dict[str, Lived]) -> None:
    """Many lives at once: the first steps of all, then the second ones, and so on."""
    versions = dict.fromkeys(lives, 1)
    for number in range(max(map(len, lives.values()))):
        appends = []
        for stream, steps in lives.items():
            if number < len(steps):
                noted, events = steps[number]
                appends.append(Append(stream, versions[stream], events, f"step:{number}", noted))
                versions[stream] += len(events)
        assert all(event_log.append(appends))


def lived(event_log: EventLog, stream: str, classifier: TermClassifier, dice: random.Random) -> Lived:
    """A petition from its receipt on: somebody answers it on a day the dice names, or nobody ever does."""
    (received,) = event_log.read(stream)
    texts = event_log.unseal(received, ("title", "text"))
    proposal = classifier.classify(texts["title"] or "", texts["text"] or "")
    state, now, steps = evolve(Petition(id=stream), received.event), BEGIN, Lived()
    answer_at = BEGIN + timedelta(hours=dice.randrange(1, 24 * 30)) if dice.random() < 0.8 else END
    answered = False

    def take(command: c.Command) -> None:
        nonlocal state
        events = decide(state, command.model_copy(update={"noted_at": now}), baiyang())
        steps.append((now, events))
        for event in events:
            state = evolve(state, event)

    while True:
        step, due_at = agenda(state)
        if not answered and answer_at < END and (due_at is None or due_at > answer_at):
            now, answered = max(now, answer_at), True
            if state.stage is Stage.PROPOSED:
                take(say(c.Triage, now))
                take(say(c.Dispatch, now, Actor.engine()))
            if state.stage in (Stage.DISPATCHED, Stage.ACCEPTED):
                take(say(c.Reply, now, somebody_of(state.in_charge)))
            continue
        if step is None or due_at is None or due_at >= END:
            return steps
        now = max(now, due_at)
        take(say(c.Classify, now, proposal=proposal) if step is Step.CLASSIFY else command_for(step, state, now))
