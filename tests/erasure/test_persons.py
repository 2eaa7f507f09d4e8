"""Whose petitions are one person's is known where it was proven; a telephone number proves nothing."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregates.event import Actor
from aggregates.known import BEFORE_CODES, BY_CODE, NOTED, Known
from aggregates.petition import commands as c
from aggregates.petition.decisions import Refused
from eventstore.key_backup import lines, restore
from office.codes import new_code
from office.intake import submission
from office.keys.persons import Persons
from office.keys.retaining import due
from tests.erasure.conftest import CANARY, MASTER, Place
from tests.people import AT_THE_COUNTER, CLERK, LEADER, OFFICER, RESIDES

PHONE = "13900000001"


def brought(place: Place, what: str) -> tuple[str, str]:
    """A petition of today under that telephone number, and its pseudonym."""
    petition = place.brings(submission({"text": f"{what} {CANARY}", "phone": PHONE})).petition
    assert petition is not None
    return petition, place.event_log.read(petition)[0].event.resident  # type: ignore[attr-defined]


def persons_of(place: Place) -> Persons:
    return Persons(place.event_log, place.now)


def test_a_stranger_with_the_victims_number_erases_nothing_of_theirs_and_learns_no_receipt(place: Place) -> None:
    victims, victim = brought(place, "我的事")
    strangers, stranger = brought(place, "冒用号码")
    assert victim != stranger
    assert place.eraser.all_of(stranger) == (stranger,)
    assert place.eraser.streams_of(stranger) == (strangers,)
    place.erases(stranger)
    assert CANARY in (place.words(victims)["text"] or "")


@pytest.mark.parametrize(
    ("by", "known", "linked"),
    [
        (RESIDES, BY_CODE, True),
        (CLERK, AT_THE_COUNTER, True),
        (LEADER, AT_THE_COUNTER, True),
        (CLERK, NOTED, False),
        (OFFICER, AT_THE_COUNTER, False),
        (RESIDES, NOTED, False),
    ],
)
def test_only_both_codes_or_the_counter_join(place: Place, by: Actor, known: Known, linked: bool) -> None:
    _, one = brought(place, "一")
    _, other = brought(place, "二")
    if linked:
        assert persons_of(place).link(one, other, by, known)
        assert not persons_of(place).link(other, one, by, known), "it was known"
        assert set(place.eraser.all_of(one)) == {one, other} == set(place.eraser.all_of(other))
    else:
        with pytest.raises(Refused) as refused:
            persons_of(place).link(one, other, by, known)
        assert refused.value.code == "not-proven"
        assert place.eraser.all_of(one) == (one,)


def test_a_link_stands_in_no_event_and_goes_with_an_erasure(place: Place) -> None:
    _, one = brought(place, "一")
    _, other = brought(place, "二")
    head = place.event_log.head()
    persons_of(place).link(one, other, CLERK, AT_THE_COUNTER)
    assert place.event_log.head() == head
    place.erases(one)
    assert place.eraser.all_of(one) == (one,)
    assert place.eraser.all_of(other) == (other,)
    with place.event_log.datastore.get_connection() as connection:
        left = connection.execute("SELECT resident FROM suqiu_keys.persons").fetchall()
        codes = connection.execute("SELECT resident FROM suqiu_keys.codes").fetchall()
    assert [row["resident"] for row in left] == [row["resident"] for row in codes] == [other]


def test_the_last_of_what_is_known_to_be_theirs_decides_how_long_it_is_kept(place: Place) -> None:
    old, one = brought(place, "一")
    new, other = brought(place, "二")
    place.withdraws(old)
    place.later(days=366 * 5 + 1)
    assert [each.resident for each in due(place.event_log, place.rules, place.time)] == [one]
    persons_of(place).link(one, other, CLERK, AT_THE_COUNTER)
    assert due(place.event_log, place.rules, place.time) == [], "one of theirs is open"
    place.withdraws(new)
    place.later(days=366 * 5 + 1)
    found = due(place.event_log, place.rules, place.time)
    assert {each.resident: each.streams for each in found} == {one: (old,), other: (new,)}


def test_links_and_codes_come_back_with_the_keys(place: Place) -> None:
    petition, one = brought(place, "一")
    _, other = brought(place, "二")
    persons_of(place).link(one, other, CLERK, AT_THE_COUNTER)
    code = place.intake.codes.give(petition, one)
    whole = list(lines(place.event_log.datastore))
    assert not any(code in line for line in whole)
    with place.event_log.datastore.get_connection() as connection:
        connection.execute("DELETE FROM suqiu_keys.persons; DELETE FROM suqiu_keys.codes")
    restore(place.event_log.datastore, MASTER, whole)
    assert set(place.eraser.all_of(one)) == {one, other}
    assert place.intake.codes.whose(petition, code, place.time) == one


NAMES = [f"r-{letter}" for letter in "abcdef"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=8))
def test_in_whatever_order_they_are_joined_and_side_by_side_it_comes_to_the_same(
    place: Place, pairs: list[tuple[str, str]]
) -> None:
    with place.event_log.datastore.get_connection() as connection:
        connection.execute("DELETE FROM suqiu_keys.persons")
    with ThreadPoolExecutor(3) as side_by_side:
        list(side_by_side.map(lambda pair: persons_of(place).link(*pair, CLERK, AT_THE_COUNTER), pairs))
    groups = {name: {name} for name in NAMES}
    for one, other in pairs:
        together = groups[one] | groups[other]
        groups |= dict.fromkeys(together, together)
    for name in NAMES:
        assert set(place.eraser.all_of(name)) == groups[name], list(itertools.chain(pairs))


def test_guesses_side_by_side_count_one_by_one(place: Place) -> None:
    petition, _ = brought(place, "被猜")

    def guess(_: int) -> str:
        try:
            return place.intake.codes.whose(petition, new_code(), place.time)
        except Refused as refused:
            return refused.code

    with ThreadPoolExecutor(8) as side_by_side:
        came = list(side_by_side.map(guess, range(24)))
    assert sorted(came) == ["code-wrong"] * 5 + ["too-many-tries"] * 19
    place.later(minutes=59)
    assert guess(0) == "too-many-tries"
    place.later(minutes=2)
    assert [guess(0) for _ in range(6)] == ["code-wrong"] * 5 + ["too-many-tries"], "five an hour, then five a day"
    place.later(hours=23)
    assert guess(0) == "too-many-tries"


def test_a_petition_from_before_has_no_code_until_one_is_given_at_the_counter(place: Place) -> None:
    place.comes(1)
    before, whose = place.comes(1, "以前的一件")
    with pytest.raises(Refused, match="none was given out; the counter gives one"):
        place.intake.codes.whose(before, new_code(), place.time)
    code = place.intake.codes.give(before, whose)
    assert place.intake.codes.known(before, whose, code.lower().replace("-", " "), place.time) == BY_CODE


def test_no_handler_does_anew_what_was_done_before_there_were_codes(place: Place) -> None:
    petition, _ = brought(place, "一")
    with pytest.raises(Refused) as refused:
        place.handler.execute(petition, c.Withdraw(at=place.time, by=RESIDES, known=BEFORE_CODES), "as before")
    assert refused.value.code == "code-needed"
