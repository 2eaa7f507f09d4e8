"""What `who_may` says beforehand is what `decide` does: over every scenario of both towns, at every step of them."""

from pathlib import Path
from typing import Any

import pytest

from aggregates.event import Actor, Event, Role
from aggregates.petition import commands as c
from aggregates.petition.decisions import Refused, decide
from aggregates.petition.decisions.access import has_part
from aggregates.petition.decisions.who_may import who_may
from aggregates.petition.for_whom import Part
from aggregates.petition.state import Petition, Stage
from aggregates.petition.what_may_follow import STAFF, TABLE
from office.rules.scenarios import check_file, scenario_files
from projections.words import PARTS
from rulebook.model import Rulebook
from tests.aggregates.office import say
from tests.aggregates.scenario import Case
from tests.aggregates.test_what_may_follow import TIMED, brought_to, made_ready
from tests.towns import FROZEN

TOWNS = {"baiyang": FROZEN, "linhe": Path(__file__).parents[2] / "rulebook" / "linhe"}


@pytest.mark.parametrize("town", ["baiyang", "linhe"])
def test_whoever_acts_was_said_to_be_able_to_and_nobody_else_was(town: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[type[c.Command]] = set()

    def watched(state: Petition, command: c.Command, rules: Rulebook) -> tuple[Event, ...]:
        events = decide(state, command, rules)
        who, act = command.by, type(command)
        if act is not c.Receive and who.role in STAFF | {Role.RESIDENT}:
            (row,) = (each for each in who_may(state, rules) if each.act is act)
            assert row.resident if who.role is Role.RESIDENT else row.lets(who.id), (who, act.NAME)
            seen.add(act)
        return events

    monkeypatch.setattr("aggregates.scenarios.playing.decide", watched)
    for file in scenario_files(TOWNS[town]):
        assert not any(check_file(file).outcomes)
    by_people = {act for act, row in TABLE.items() if row.roles & (STAFF | {Role.RESIDENT})}
    if town == "baiyang":
        assert len(seen) > len(by_people) * 0.8, by_people - seen


@pytest.mark.parametrize("town", ["baiyang", "linhe"])
def test_of_the_staff_exactly_those_are_named_who_have_a_part_and_the_role(
    town: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages: dict[Any, tuple[Petition, Rulebook]] = {}

    def watched(state: Petition, command: c.Command, rules: Rulebook) -> tuple[Event, ...]:
        stages.setdefault((state.stage, state.tier, bool(state.below), state.with_leader), (state, rules))
        return decide(state, command, rules)

    monkeypatch.setattr("aggregates.scenarios.playing.decide", watched)
    for file in scenario_files(TOWNS[town]):
        check_file(file)
    assert len(stages) > 10
    for state, rules in stages.values():
        for row in who_may(state, rules):
            named = [person for share in row.staff for person in share.people]
            assert len(named) == len(set(named))
            for person in rules.staff:
                asks = row.act.model_construct(by=Actor(role=Role(person.role), id=person.id))
                let = asks.by.role in TABLE[row.act].roles & STAFF and _has_part(asks, state, rules)
                expected = let and not _barred(row.act, person.id, state)
                told = (row.act.NAME, person.id, state.stage)
                assert person.id in named if expected else not (person.id in named and not let), told


def _has_part(command: c.Command, state: Petition, rules: Rulebook) -> bool:
    try:
        has_part(command, state, rules)
    except Refused:
        return False
    return True


def _barred(act: type[c.Command], person: str, state: Petition) -> bool:
    """Who has a part, and still does not decide what they asked or did themselves, or what is for those above."""
    asked = {c.DecideExtension: state.extension_asked, c.DecideParking: state.parking_asked}.get(act)
    return (
        (asked is not None and asked.by == person)
        or (act is c.DecideReview and person in state.handled_by)
        or (act in (c.Triage, c.Dispatch) and state.decided_above == "asked")
    )


def test_each_part_has_a_word_in_chinese() -> None:
    assert set(PARTS) == {*Part, "resident"}


REFUSED_ALL_THE_SAME = {
    c.Recompute: "unchanged",  # until something new is in force
    c.AskFollowUp: "not-due",  # of the engine, before its day
    c.Close: "not-due",
    c.DecideReview: "decided-before",  # the first review's leader, of the second
}
"""Acts that are offered, and why they are refused with nothing done before."""
NOT_SO_AGAIN = {
    c.Transfer: "same-unit",
    c.Reclassify: "nothing-changes",
    c.Assist: "assists-already",
    c.TakePapers: "papers-out",
    c.Supervise: "watches-already",
    c.RequestExtension: "asked-already",
    c.RequestParking: "asked-already",
    c.Recompute: "unchanged",
    c.AddResident: "joined-already",
    c.SetConfidential: "nothing-changes",
    c.SetUrgency: "nothing-changes",
    c.AskFollowUp: "already-asked",
}
"""Acts that are offered again, and refused where they say the same as before: not, say, of another unit."""


@pytest.mark.parametrize("kind", [kind for kind in TABLE if kind is not c.Receive], ids=lambda kind: kind.NAME)
def test_what_is_offered_is_not_refused_for_want_of_something_to_begin_or_to_end(kind: type[c.Command]) -> None:
    """What begins or ends something says in `decisions` when there is `nothing_to_do`."""
    for stage in (each for each in Stage if each in TABLE[kind].stages):
        plain, done = brought_to(stage), made_ready(stage, kind)
        assert refusal_of_what_is_offered(plain, kind) in (None, REFUSED_ALL_THE_SAME.get(kind))
        if kind in TIMED or kind is c.DecideReview:
            continue
        done.act(kind)
        assert refusal_of_what_is_offered(done, kind) in (None, NOT_SO_AGAIN.get(kind))


def refusal_of_what_is_offered(case: Case, kind: type[c.Command]) -> str | None:
    """Why the act, as it is usually spoken, is refused although it is offered; None where it is not."""
    if all(each.act is not kind for each in who_may(case.state, case.rules)):
        return None
    try:
        decide(case.state, say(kind, case.now, case.usual(kind)), case.rules)
    except Refused as refused:
        return refused.code
    return None
