"""A resident's data is erased by two people, once, whatever stops half-way; the record stays whole."""

from typing import Any

import pytest

from aggregates.event import Actor, Role
from aggregates.petition.decisions import Refused
from aggregates.petition.state import fold
from eventstore.log import ERASED
from projections import read_models
from projections.generation import Generation
from tests.erasure.conftest import CANARY, Place
from tests.people import AT_THE_COUNTER, CLERK, LEADER

GONE = dict.fromkeys(("title", "text", "name", "phone", "address"), ERASED)


def test_everything_of_a_resident_is_erased_and_nothing_of_another(place: Place) -> None:
    first, resident = place.comes(1)
    second, same = place.comes(1, "水管漏水")
    other, _ = place.comes(2)
    assert resident == same
    place.withdraws(first)
    place.tells()
    before, states = place.leaves(), [fold(p, (r.event for r in place.event_log.read(p))) for p in (first, second)]
    place.erases(resident)
    assert place.words(first) == place.words(second) == GONE
    assert place.words(first, 1) == {"reason": ERASED}
    assert CANARY in (place.words(other)["text"] or "")
    messages = place.event_log.read("m-" + first.partition("-")[2])
    assert messages
    assert all(set(place.event_log.unseal(each, ("zh", "en")).values()) == {ERASED} for each in messages)
    assert place.leaves()[: len(before)] == before
    assert place.leaves_counted_again() == place.leaves()
    assert [fold(p, (r.event for r in place.event_log.read(p))) for p in (first, second)] == states
    erased = place.eraser.load(resident).erased
    assert erased is not None
    assert set(erased.event.streams) == {first, second}  # type: ignore[attr-defined]


def test_what_is_said_about_the_erased_is_not_kept_and_who_comes_again_has_another_key(place: Place) -> None:
    first, resident = place.comes(1)
    place.erases(resident)
    place.withdraws(first)
    assert place.words(first, 1) == {"reason": ERASED}
    again, same = place.comes(1, "再来一次")
    assert same == resident
    assert CANARY in (place.words(again)["text"] or "")
    assert place.eraser.carry_out(resident).stage == "erased", "what was approved is about the old key only"
    assert CANARY in (place.words(again)["text"] or "")
    place.erases(resident)
    assert place.words(again) == GONE


@pytest.mark.parametrize(
    ("asker", "approver", "code"),
    [
        (CLERK, CLERK, "not-yours"),
        (LEADER, LEADER, "somebody-else"),
        (CLERK, Actor(role=Role.SUPERVISOR, id="supervisor-1"), "not-yours"),
        (CLERK, Actor.engine(), "not-yours"),
        (Actor.engine(), LEADER, "not-yours"),
        (Actor.resident(), LEADER, "not-yours"),
    ],
)
def test_it_takes_two_people_and_the_second_is_a_leader(place: Place, asker: Actor, approver: Actor, code: str) -> None:
    petition, resident = place.comes(1)
    with pytest.raises(Refused) as refused:
        asked_and_approved(place, resident, asker, approver)
    assert refused.value.code == code
    assert place.eraser.carry_out(resident).stage != "erased"
    assert CANARY in (place.words(petition)["text"] or "")


def asked_and_approved(place: Place, resident: str, asker: Actor, approver: Actor) -> None:
    place.eraser.ask(resident, asker, "resident_asked", known=AT_THE_COUNTER)
    place.eraser.decide(resident, approver, approved=True)


def test_what_is_refused_is_not_erased_and_can_be_asked_again(place: Place) -> None:
    petition, resident = place.comes(1)
    with pytest.raises(Refused, match="nobody has asked"):
        place.eraser.decide(resident, LEADER, approved=True)
    place.eraser.ask(resident, CLERK, "not_needed")
    assert place.eraser.decide(resident, LEADER, approved=False).stage == "none"
    assert place.eraser.carry_out(resident).stage == "none"
    assert CANARY in (place.words(petition)["text"] or "")
    place.erases(resident)
    assert place.words(petition) == GONE


def test_every_step_twice_is_once(place: Place) -> None:
    _, resident = place.comes(1)
    for _ in range(3):
        place.eraser.ask(resident, CLERK, "resident_asked", known=AT_THE_COUNTER)
    for _ in range(3):
        place.eraser.decide(resident, LEADER, approved=True)
    for _ in range(3):
        place.eraser.carry_out(resident)
    topics = [record.event.TOPIC for record in place.event_log.read(f"erasure-{resident}")]
    assert topics == ["resident.erasure_asked", "resident.erasure_decided", "resident.erased"]


class Stopped(Exception):
    """The process ends here."""


@pytest.mark.parametrize("where", ["before the key", "after the key"])
def test_what_stops_between_decision_and_completion_is_finished(
    place: Place, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    petition, resident = place.comes(1)
    place.eraser.ask(resident, CLERK, "resident_asked", known=AT_THE_COUNTER)
    place.eraser.decide(resident, LEADER, approved=True)
    destroy = place.event_log.keyring.destroy

    def stops(*given: Any) -> bool:
        if where == "after the key":
            destroy(*given)
        raise Stopped

    monkeypatch.setattr(place.event_log.keyring, "destroy", stops)
    with pytest.raises(Stopped):
        place.eraser.carry_out(resident)
    monkeypatch.undo()
    assert place.eraser.load(resident).stage == "approved"
    again, _ = place.comes(1, "其间又来") if where == "after the key" else (None, None)
    place.eraser.finish()
    state = place.eraser.load(resident)
    assert state.stage == "erased"
    assert state.erased is not None
    assert state.erased.event.key_found is (where == "before the key")  # type: ignore[attr-defined]
    assert place.words(petition) == GONE
    if again is not None:
        assert CANARY in (place.words(again)["text"] or ""), "a key made since is not the one that was approved"


def test_it_is_acknowledged_once_every_reader_has_gone_past(place: Place) -> None:
    _, resident = place.comes(1)
    place.erases(resident)
    progress = place.eraser.acknowledge(resident)
    assert {each.reader for each in progress.behind} == {model.name for model in read_models()}
    with place.event_log.datastore.get_connection() as connection:
        for model in read_models():
            serving = Generation(model, connection)
            serving.create()
            serving.apply(0, place.event_log.page(0, 1_000))
            connection.execute("SET search_path TO DEFAULT")
    assert place.eraser.finish() == 1
    assert place.eraser.finish() == 0
    state = place.eraser.acknowledge(resident).erasure
    assert state.stage == "acknowledged"
    assert state.acknowledged is not None
    assert {each.reader for each in state.acknowledged.event.readers} == {model.name for model in read_models()}  # type: ignore[attr-defined]
