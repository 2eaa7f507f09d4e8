"""An office that signs what is not so, with its own key in its own log: the count does not come out, and it is said."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from aggregates.event import Actor, Clock, Event, Role
from aggregates.petition import commands as c
from aggregates.petition import events as e
from eventstore.log import Append
from evidence.dossiers import verify
from evidence.dossiers.making import NoDossier
from office.rules.adoption import adopt_file
from tests.aggregates.office import at, proposal
from tests.dossiers.registry import Registry
from tests.people import LEADER, WHO
from tests.replay.disputes import following, with_day_off
from tests.replay.lives import Filed

PETITION = "p-" + "7" * 32
DAY = timedelta(days=1)
Alter = Callable[[Any], Event] | str


def life() -> Filed:
    """Extended, paused, counted again under a new calendar, answered late, disputed, reviewed."""
    case = Filed(proposes=proposal("stability", "district")).receive("2025-09-23 15:00")
    case.step().step()
    case.act(c.RequestExtension, days=2).act(c.DecideExtension, LEADER)
    case.until("2025-09-24 10:00").act(c.Pause).until("2025-09-26 10:00").act(c.Resume)
    case.rules = following(with_day_off(at("2025-09-30 00:00").date()))
    case.act(c.Recompute, cause="calendar")
    case.until("2025-11-20 10:00").act(c.Reply)
    return case


def later(clock: Clock, by: timedelta = DAY) -> Clock:
    """The clock, ending later than it does."""
    return clock.model_copy(update={"due_at": clock.due_at + by})


def changed(**values: Any) -> Alter:
    return lambda event: event.model_copy(update=values)


def clock_of(**values: Any) -> Alter:
    return lambda event: event.model_copy(update={"clock": event.clock.model_copy(update=values)})


def by_who_asked(event: Any) -> Event:
    (asked,) = life().all_of(e.ExtensionAsked)
    return event.model_copy(update={"by": asked.by})


def moved(event: Any) -> Event:
    found = event.moved if isinstance(event.moved, tuple) else (event.moved,)
    after = tuple(each.model_copy(update={"clock": later(each.clock)}) for each in found)
    return event.model_copy(update={"moved": after if isinstance(event.moved, tuple) else after[0]})


def as_leader_too(event: Any) -> Event:
    (asked,) = life().all_of(e.ExtensionAsked)
    return event.model_copy(update={"by": Actor(role=Role.LEADER, id=asked.by.id)})


WRITTEN_LATE = "written after the end"
"""The event stays as it is, and is written into the log only after the clock's end."""


WORDS: list[tuple[str, type[Event], Alter, str]] = [
    ("a later end", e.PetitionReceived, lambda event: event.model_copy(update={"clock": later(event.clock)}), "due_at"),
    (
        "a later end beside",
        e.PetitionTriaged,
        lambda event: event.model_copy(update={"beside": tuple(later(each) for each in event.beside)}),
        "due_at",
    ),
    ("more days than the rule has", e.PetitionTriaged, clock_of(days=30), "days of the tier clock"),
    ("a later start", e.PetitionTriaged, clock_of(started_at=at("2025-09-24 09:00")), "started_at"),
    ("a clock forgotten", e.PetitionTriaged, changed(beside=()), "a clock of the rulebook"),
    ("another rule", e.PetitionTriaged, clock_of(rule="clock.beyond"), "rule of the tier clock"),
    ("not provisional", e.PetitionTriaged, clock_of(provisional=True), "provisional"),
    (
        "a pause that was not",
        e.PetitionTriaged,
        clock_of(pauses=(e.Pause(since=at("2025-09-23 15:10"), until=at("2025-09-29 15:20")),)),
        "pauses",
    ),
    ("an extension nobody asked for", e.PetitionTriaged, clock_of(extra_days=3), "extra_days"),
    ("approved by who asked", e.ExtensionDecided, by_who_asked, "who asked for the extension approved it"),
    ("approved by who asked, in another role", e.ExtensionDecided, as_leader_too, "who asked for the extension"),
    ("approved by nobody who may", e.ExtensionDecided, changed(by=WHO[Role.ENGINE]), "who is no leader"),
    ("more days than the rule extends by", e.ExtensionAsked, changed(days=400), "400 days more, of at most"),
    ("asked for after the end", e.ExtensionAsked, WRITTEN_LATE, "only after the clock had ended"),
    ("approved after the end", e.ExtensionDecided, WRITTEN_LATE, "only after the clock had ended"),
    ("paused after the end", e.PetitionPaused, WRITTEN_LATE, "only after the clock had ended"),
    ("a pause without a bound", e.PetitionPaused, changed(until=at("2025-10-20 09:00")), "at most 2 pauses of 10"),
    ("received once more", e.PetitionPaused, lambda _: life().records[0].event, "cannot stand there"),
    ("resumed from a time to come", e.PetitionResumed, changed(at=at("2025-09-26 11:00")), "after it was recorded"),
    ("extended by more", e.ExtensionDecided, moved, "due_at"),
    ("extended without a word", e.ExtensionDecided, changed(moved=None), "due_at"),
    (
        "what may not stand still does",
        e.PetitionPaused,
        lambda event: event.model_copy(update={"clocks": (*event.clocks, "statutory_handle")}),
        "does not let it stand still",
    ),
    ("resumed with more", e.PetitionResumed, moved, "due_at"),
    ("resumed without", e.PetitionResumed, changed(moved=()), "due_at"),
    ("counted again with more", e.ClocksRecomputed, moved, "due_at"),
    (
        "risen later than due",
        e.PetitionEscalated,
        lambda event: event.model_copy(update={"missed_due_at": event.missed_due_at + DAY}),
        "missed_due_at",
    ),
    (
        "missed later than due",
        e.ClockBreached,
        lambda event: event.model_copy(update={"due_at": event.due_at + DAY}),
        "due_at",
    ),
    ("a longer clock above", e.PetitionEscalated, clock_of(days=20), "days of the tier clock"),
]


@pytest.mark.parametrize(("what", "kind", "alter", "said"), WORDS, ids=[each[0] for each in WORDS])
def test_the_count_does_not_come_out(registry: Registry, what: str, kind: type[Event], alter: Alter, said: str) -> None:
    case = life()
    registry.known = (*registry.known, case.rules)
    place = next(number for number, each in enumerate(case.records) if type(each.event) is kind)
    event = case.records[place].event
    late = {"recorded_at": at("2025-10-14 10:00")} if isinstance(alter, str) else {}
    case.records[place] = case.records[place]._replace(event=event if isinstance(alter, str) else alter(event), **late)
    registry.write({PETITION: case.records[: place + 1]}, [at("2025-09-25 09:00"), at("2025-10-15 09:00")])
    made = registry.dossier(PETITION)
    with pytest.raises(verify.Wrong) as caught:
        verify.verify(made.content)
    assert said in caught.value.said.en, what
    assert f"Event {place + 1}" in caught.value.said.en


def test_the_true_record_comes_out(registry: Registry) -> None:
    case = life()
    registry.known = (*registry.known, case.rules)
    registry.write({PETITION: case.records}, [at("2025-09-25 09:00")])
    found = verify.verify(registry.dossier(PETITION).content).findings
    assert {each.clock.name for each in found} == {"tier", "hand_over", "statutory_accept", "statutory_handle"}


def test_what_is_dated_back_is_refused(registry: Registry) -> None:
    """The reply is written after the deadline's checkpoint, and says that it was there before."""
    case = Filed(proposes=proposal("public_service", "district")).receive("2025-09-23 15:00").step().step()
    registry.write({PETITION: case.records})
    registry.sign(at("2025-09-26 17:31"))
    case.now = at("2025-09-26 17:20")
    case.act(c.Reply)
    (reply,) = case.records[-1:]
    assert all(registry.event_log.append([Append(PETITION, len(case.records) - 1, (reply.event,), "reply", case.now)]))
    registry.now = at("2025-09-26 18:00")
    with pytest.raises(verify.Wrong, match="dated back, or a clock was wrong"):
        verify.verify(registry.dossier(PETITION).content)


def test_dated_back_by_less_than_clocks_may_differ_by_is_not_called_proven(registry: Registry) -> None:
    case = Filed(proposes=proposal("public_service", "district")).receive("2025-09-23 15:00").step().step()
    registry.write({PETITION: case.records})
    registry.sign(at("2025-09-26 17:31"))
    case.now = at("2025-09-26 17:29")
    case.act(c.Reply)
    (reply,) = case.records[-1:]
    assert all(registry.event_log.append([Append(PETITION, len(case.records) - 1, (reply.event,), "reply", case.now)]))
    registry.now = at("2025-09-26 18:00")
    verified = verify.verify(registry.dossier(PETITION).content)
    (found,) = [each for each in verified.findings if each.clock.tier == "district"]
    assert (found.verdict, found.proven) == ("kept", "contradicted")
    assert "A checkpoint shows otherwise" in found.sentences[0].en
    assert "a checkpoint shows otherwise" in found.sentences[-1].en


def test_a_start_that_is_put_off_is_refused(registry: Registry) -> None:
    """It was submitted a day before it was entered, and would have to count from then."""
    case = Filed(proposes=proposal("public_service", "district")).receive(
        "2025-09-23 15:00", submitted_at=at("2025-09-22 10:00")
    )
    first = case.records[0]
    received = Filed().receive("2025-09-23 15:00").records[0].event
    event = received.model_copy(update={"submitted_at": at("2025-09-22 10:00")})
    registry.write({PETITION: [first._replace(event=event)]})
    with pytest.raises(verify.Wrong, match="It counts from the entry, which the rulebook does not allow"):
        verify.verify(registry.dossier(PETITION).content)


def test_an_office_that_calls_itself_on_time_is_not_believed(registry: Registry) -> None:
    case = Filed(proposes=proposal("public_service", "district")).receive("2025-09-23 15:00").step().step()
    case.now = at("2025-09-26 17:31")
    case.act(c.Reply)
    case.records[-1] = case.records[-1]._replace(event=case.records[-1].event.model_copy(update={"on_time": True}))
    registry.write({PETITION: case.records})
    verified = verify.verify(registry.dossier(PETITION).content)
    (found,) = [each for each in verified.findings if each.clock.tier == "district"]
    assert (found.verdict, found.by) == ("missed", timedelta(minutes=1))
    assert any("calls itself on time" in each.en for each in verified.remarks)


def test_a_rulebook_that_was_not_in_force_is_named(registry: Registry) -> None:
    case = Filed(proposes=proposal("public_service", "district"))
    case.rules = following(case.rules)
    case.receive("2025-09-23 15:00").step().step().act(c.Reply)
    registry.known = (*registry.known, case.rules)
    adopt_file(registry.event_log, registry.known[0], at("2025-09-01 09:00"))
    registry.write({PETITION: case.records})
    verified = verify.verify(registry.dossier(PETITION).content)
    assert any("a rulebook that was not the one in force then" in each.en for each in verified.remarks)


def test_a_record_that_cannot_be_followed_is_told_and_no_traceback(registry: Registry) -> None:
    case = life()
    registry.known = (*registry.known, case.rules)
    case.records[2] = case.records[2]._replace(event=changed(beside=())(case.records[2].event))
    registry.write({PETITION: case.records})
    with pytest.raises(NoDossier, match="the record cannot be followed"):
        registry.dossier(PETITION)
