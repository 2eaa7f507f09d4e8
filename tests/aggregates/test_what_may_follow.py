"""Every pair of stage and command, and every role: what the table allows really happens, what it refuses says why."""

from datetime import date
from functools import cache

import pytest

from aggregates.event import Actor, Role
from aggregates.petition import commands as c
from aggregates.petition.agenda import Step
from aggregates.petition.decisions import DECISIONS, Refused, decide
from aggregates.petition.for_whom import Part
from aggregates.petition.parts import people
from aggregates.petition.state import CLOCK_RUNS, IN_REVIEW, WAITING, Petition, Stage, fold
from aggregates.petition.what_may_follow import TABLE
from rulebook.model import Rulebook
from tests.aggregates.office import AFTER, PETITION, proposal, say
from tests.aggregates.scenario import Case
from tests.people import CLERK, OFFICER, WHO
from tests.rulebook.books import baiyang

TIMED = {
    c.Remind: Step.REMIND,
    c.Escalate: Step.ESCALATE,
    c.AskFollowUp: Step.FOLLOW_UP,
    c.Close: Step.CLOSE,
    c.Warn: Step.WARN,
    c.Breach: Step.BREACH,
    c.RemindLeader: Step.REMIND_LEADER,
}
"""Commands that are only decided once the agenda owes them."""


def brought_to(stage: Stage, category: str = "administrative") -> Case:
    """A case in this stage, by the shortest way."""
    unsure = stage is Stage.PROPOSED
    case = Case(proposes=proposal(category, needs_human=unsure))
    if stage is Stage.NEW:
        return case
    case.receive("2025-09-24 09:00")
    ways: dict[Stage, list[type[c.Command]]] = {
        Stage.RECEIVED: [],
        Stage.PROPOSED: [c.Classify],
        Stage.TRIAGED: [c.Classify],
        Stage.DISPATCHED: [c.Classify, c.Dispatch],
        Stage.ACCEPTED: [c.Classify, c.Dispatch, c.Accept],
        Stage.RETURNED: [c.Classify, c.Dispatch, c.Return],
        Stage.REPLIED: [c.Classify, c.Dispatch, c.Accept, c.Reply],
        Stage.CONFIRMED: [c.Classify, c.Dispatch, c.Accept, c.Reply, c.Confirm],
        Stage.CLOSED: [c.Classify, c.Dispatch, c.Accept, c.Reply, c.Confirm, c.Close],
        Stage.PAUSED: [c.Classify, c.Dispatch, c.Accept, c.Pause],
        Stage.PARKED: [c.Classify, c.Dispatch, c.Accept, c.RequestParking, c.DecideParking],
        Stage.MERGED: [c.Merge],
        Stage.UNDER_REVIEW: [c.Classify, c.Dispatch, c.Accept, c.Reply, c.RequestReview],
        Stage.UNDER_SECOND_REVIEW: [
            *(c.Classify, c.Dispatch, c.Accept, c.Reply, c.RequestReview, c.DecideReview, c.RequestReview)
        ],
        Stage.WITHDRAWN: [c.Withdraw],
    }
    for kind in ways[stage]:
        case.act(kind, **({"proposal": case.proposes} if kind is c.Classify else {}))
    assert case.state.stage is stage
    return case


def test_every_command_and_every_stage_stands_in_the_table() -> None:
    assert set(TABLE) == set(DECISIONS) == set(c.COMMANDS)
    assert len({kind.NAME for kind in c.COMMANDS}) == len(c.COMMANDS)
    for kind, row in TABLE.items():
        assert row.stages, kind
        assert row.roles, kind
        assert row.meaning, kind


def made_ready(stage: Stage, kind: type[c.Command], category: str = "administrative") -> Case:
    """A case in this stage for which this command means something."""
    ready = AFTER.get(kind, ())
    if kind is c.Recompute:
        case = brought_to(stage, category)
        case.rules = later_calendar()
        return case
    if kind in (c.Warn, c.Breach) and stage in CLOCK_RUNS:
        return uncontacted(stage)
    if kind in (c.Warn, c.Breach) and stage in WAITING:
        return stability_brought_to(stage)
    if kind is c.RemindLeader and stage in (Stage.ACCEPTED, Stage.RETURNED):
        way = c.Accept if stage is Stage.ACCEPTED else c.Return
        slow = Case(proposes=proposal(tier="beyond")).receive("2025-09-24 09:00").act(c.Classify, proposal=PROPOSED)
        return slow.act(c.Dispatch).act(c.Supervise).act(way)
    if not ready or stage in (Stage.DISPATCHED, Stage.ACCEPTED, Stage.PROPOSED, *IN_REVIEW):
        case = brought_to(stage, category)
        for earlier in ready:
            case.act(earlier)
        return case
    case = Case(proposes=proposal(category)).receive("2025-09-24 09:00").step().step()
    if stage is not Stage.RETURNED:
        case.act(c.Accept)
    for earlier in ready:
        case.act(earlier)
    for each in ON_FROM_A_UNIT[stage]:
        case.act(each)
    assert case.state.stage is stage
    return case


ON_FROM_A_UNIT: dict[Stage, tuple[type[c.Command], ...]] = {
    Stage.RETURNED: (c.Return,),
    Stage.PAUSED: (c.Pause,),
    Stage.PARKED: (c.RequestParking, c.DecideParking),
    Stage.REPLIED: (c.Reply,),
    Stage.CONFIRMED: (c.Reply, c.Confirm),
    Stage.CLOSED: (c.Reply, c.Confirm, c.Close),
}


PROPOSED = proposal(tier="beyond")


def uncontacted(stage: Stage) -> Case:
    """A petition whose resident is to be spoken with in two days, sooner than its tier's clock ends."""
    book = baiyang()
    clocks = tuple(each.model_copy(update={"days": 2}) for each in book.clocks if each.name == "first_contact")
    sure = PROPOSED.model_copy(update={"needs_human": stage is Stage.PROPOSED})
    case = Case(book.model_copy(update={"clocks": clocks}), sure).receive("2025-09-24 09:00", channel="online").step()
    if stage is Stage.PROPOSED:
        return case
    case.step()
    if stage is not Stage.DISPATCHED:
        case.act(c.Accept if stage is Stage.ACCEPTED else c.Return)
    return case


def stability_brought_to(stage: Stage) -> Case:
    """A stability petition that waits, with its statutory clocks: those do not."""
    case = Case(proposes=proposal("stability", "beyond")).receive("2025-09-24 09:00").step().step()
    for each in ON_FROM_A_UNIT[stage]:
        case.act(each)
    return case


@cache
def later_calendar() -> Rulebook:
    """Baiyang's rules with a holiday on the days after the stories begin, and clocks that running cases follow."""
    book = baiyang()
    year = next(each for each in book.calendars if each.year == 2025)
    off = {**year.holidays, **{date(2025, 9, day): "临时放假" for day in (24, 25, 26)}, date(2025, 10, 24): "临时放假"}
    others = tuple(each for each in book.calendars if each.year != 2025)
    return book.model_copy(update={"calendars": (year.model_copy(update={"holidays": off}), *others)})


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.NAME)
@pytest.mark.parametrize("stage", Stage)
def test_pair(stage: Stage, kind: type[c.Command]) -> None:
    case = made_ready(stage, kind) if stage in TABLE[kind].stages else brought_to(stage)
    if stage in TABLE[kind].stages:
        if kind in TIMED:
            case.until_owed(TIMED[kind])
            assert case.state.stage is stage, "the way there left the stage"
        before = case.state.version
        second = kind is c.DecideReview and stage is Stage.UNDER_SECOND_REVIEW
        case.act(kind, Actor(role=Role.LEADER, id="leader-2") if second else None)
        assert case.state.version > before
        assert case.state.stage in TABLE[kind].way[stage]
        return
    reason = case.refuses("not-now", kind)
    assert kind.NAME in reason
    assert f"while the petition is {stage}" in reason
    for allowed in TABLE[kind].stages:
        assert allowed in reason


def test_both_ways_of_a_classification_are_gone() -> None:
    reached = set()
    for unsure in (True, False):
        case = brought_to(Stage.RECEIVED).act(c.Classify, proposal=proposal(needs_human=unsure))
        reached.add(case.state.stage)
    assert reached == TABLE[c.Classify].way[Stage.RECEIVED]


NOT_OWED = {c.Resume, c.Unpark}
"""The engine does these only at their time, which the stories tell."""
STAFF = {Role.CLERK, Role.OFFICER, Role.LEADER}


def somebody_in(role: Role, kind: type[c.Command]) -> tuple[Case, Actor]:
    """A case ready for this command, and somebody in this role whose petition it is.

    The window is staffed by clerks; the group for stability has an officer and a leader.
    """
    for stage in (each for each in Stage if each in TABLE[kind].stages):
        case = made_ready(stage, kind, "administrative" if role is Role.CLERK else "stability")
        if kind in TIMED:
            case.until_owed(TIMED[kind])
        state = case.state
        asked = [each.by for each in (state.extension_asked, state.parking_asked) if each]
        for part in TABLE[kind].parts:
            for person in people(part, state, case.rules):
                if person in asked:
                    continue
                if part is Part.CENTRE or case.rules.staff_member(person).role == role:
                    return case, Actor(role=role, id=person)
    raise AssertionError(f"nobody in the role {role} can ever {kind.NAME}")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.NAME)
def test_role(kind: type[c.Command], role: Role) -> None:
    if role in TABLE[kind].roles & STAFF:
        case, who = somebody_in(role, kind)
        case.act(kind, who)
        assert case.events[-1].by.role is role
        return
    stage = min(TABLE[kind].stages, key=list(Stage).index)
    case = made_ready(stage, kind)
    if kind in TIMED:
        case.until_owed(TIMED[kind])
    if role in TABLE[kind].roles and role is Role.ENGINE and kind in NOT_OWED:
        case.refuses("not-due", kind, WHO[role])
    elif role in TABLE[kind].roles:
        case.act(kind, WHO[role])
        assert case.events[-1].by.role is role
    else:
        reason = case.refuses("not-yours", kind, WHO[role])
        assert role in reason
        assert kind.NAME in reason


@pytest.mark.parametrize("stage", list(Stage)[1:])
def test_nothing_counts_before_the_petition_was_received(stage: Stage) -> None:
    case = brought_to(stage)
    early = case.state.received_at
    assert early is not None
    command = say(c.ReadSealedFields, early.replace(year=2024))
    with pytest.raises(Refused, match="before the petition was received") as refused:
        decide(case.state, command, baiyang())
    assert refused.value.code == "too-early"


def test_the_same_events_give_the_same_petition_and_the_same_decision() -> None:
    case = brought_to(Stage.ACCEPTED)
    state = fold(PETITION, case.events)
    assert state == case.state
    reply = say(c.Reply, case.now, case.usual(c.Reply))
    assert decide(state, reply, baiyang()) == decide(state, reply, baiyang())


def test_a_petition_says_nothing_personal() -> None:
    case = brought_to(Stage.REPLIED)
    shown = case.state.model_dump_json()
    for personal in ("路灯", "甲某", "13800000001", "三号楼"):
        assert personal not in shown
    assert isinstance(case.state, Petition)


@pytest.mark.parametrize(
    ("code", "kind", "values"),
    [
        ("unknown-unit", c.Transfer, {"unit": "city-hall"}),
        ("same-unit", c.Transfer, {"unit": "window"}),
        ("unit-of-another-tier", c.Transfer, {"unit": "service-station"}),
        ("unit-of-another-tier", c.Transfer, {"unit": "district-leader"}),
        ("unknown-field", c.ReadSealedFields, {"fields": ("text", "diary")}),
    ],
)
def test_a_name_that_does_not_fit_is_refused(code: str, kind: type[c.Command], values: dict[str, str]) -> None:
    brought_to(Stage.ACCEPTED).refuses(code, kind, **values)


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("unknown-category", {"category": "weather"}),
        ("unknown-tier", {"tier": "moon"}),
        ("unknown-matter", {"matter": "teleport"}),
        ("matter-of-another-category", {"category": "legal", "matter": "temporary-aid"}),
    ],
)
def test_a_triage_names_what_the_rulebook_knows(code: str, values: dict[str, str]) -> None:
    brought_to(Stage.PROPOSED).refuses(code, c.Triage, **values)


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("text-missing", {"text": " \n　"}),
        ("text-too-long", {"text": "诉" * 20_001}),
        ("future-date", {"submitted_at": "2026-01-01T00:00:00+08:00"}),
    ],
)
def test_what_cannot_be_taken_in(code: str, values: dict[str, str]) -> None:
    brought_to(Stage.NEW).refuses(code, c.Receive, **values)


def test_a_text_as_long_as_allowed_is_taken_in() -> None:
    brought_to(Stage.NEW).act(c.Receive, text="诉" * 20_000)


def test_early_steps_are_refused_with_the_time_on_the_offices_clock() -> None:
    case = brought_to(Stage.ACCEPTED)
    reason = case.refuses("not-due", c.Remind)
    assert reason == "remind is not due: next is remind at 2025-09-24 13:15"
    case.act(c.Reply)
    assert case.refuses("not-due", c.Close) == "close is not due: next is follow-up at 2025-09-25 08:30"
    assert "at None" not in case.refuses("not-due", c.AskFollowUp)


def test_the_resident_is_asked_once() -> None:
    case = brought_to(Stage.REPLIED)
    case.act(c.AskFollowUp, CLERK)
    case.refuses("already-asked", c.AskFollowUp, CLERK)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (c.Return, {"reason": " "}),
        (c.Transfer, {"reason": "\n"}),
        (c.Reply, {"text": " "}),
        (c.Reply, {"grounds": "　"}),
        (c.Dispute, {"reason": ""}),
        (c.ReadSealedFields, {"reason": "\t"}),
        (c.Reply, {"text": "答" * 4_001}),
    ],
)
def test_words_are_neither_blank_nor_endless(kind: type[c.Command], values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="String should have"):
        say(kind, brought_to(Stage.NEW).now, **values)


def test_an_error_about_a_command_does_not_repeat_what_was_said() -> None:
    canary = "金丝雀" * 2_000
    with pytest.raises(ValueError, match="at most 4000") as error:
        say(c.Reply, brought_to(Stage.NEW).now, text=canary)
    assert "金丝雀" not in str(error.value)
    with pytest.raises(ValueError, match="text") as error:
        say(c.Receive, brought_to(Stage.NEW).now, text=["金丝雀"], by=OFFICER)
    assert "金丝雀" not in str(error.value)
