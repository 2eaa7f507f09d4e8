"""Decided again under its own rules, a case is identical; what was altered is named, whatever it is."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from aggregates.adoption import RulebookAdopted
from aggregates.personal import Sealed, personal_fields
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.decisions import DECISIONS, decide
from aggregates.petition.events import EVENTS
from aggregates.petition.state import Petition, Stage, fold
from aggregates.petition.what_may_follow import TABLE
from aggregates.record import Recorded
from aggregates.replay.otherwise import otherwise
from aggregates.replay.reconstruction import _ARMS
from aggregates.replay.steps import compared, replay
from tests.aggregates.office import PETITION, at, say
from tests.aggregates.test_what_may_follow import TIMED, made_ready
from tests.replay.lives import Filed, FiledLife, books, with_days
from tests.rulebook.books import baiyang

SEALED = Sealed(key="k", nonce="n", ciphertext="c", commitment="ab")


def sealed(event: e.Event) -> e.Event:
    """An event as the store gives it back."""
    return event.model_copy(
        update={name: SEALED for name in personal_fields(type(event)) if getattr(event, name) is not None}
    )


class Replayed(FiledLife):
    """Every life replays, sealed texts or not: replaying under the same rules yields the same events."""

    def teardown(self) -> None:
        super().teardown()
        kept = [record._replace(event=sealed(record.event)) for record in self.records]
        for records in (self.records, kept):
            told = replay(PETITION, records, books(baiyang()))
            assert told.identical, [str(each) for each in told.differences]
        assert told.events == len(self.records)
        again = otherwise(PETITION, self.records, books(baiyang()), baiyang(), self.now)
        assert (again.stuck, again.refused, again.mapped) == (None, [], [])
        for was, now in zip(self.events, [record.event for record in again.records], strict=True):
            assert was == now


def test_any_life_is_decided_again_just_so() -> None:
    run_state_machine_as_test(
        Replayed,
        settings=settings(
            max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_thousands_of_lives_are_decided_again_just_so() -> None:
    run_state_machine_as_test(
        Replayed,
        settings=settings(
            max_examples=2_000, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_every_event_tells_its_command() -> None:
    assert {decision.event for decision in DECISIONS.values()} == set(EVENTS)
    assert len(DECISIONS) == len(EVENTS), "two commands say that they lead to the same event"
    assert set(_ARMS) < set(EVENTS)


@pytest.mark.parametrize("kind", c.COMMANDS, ids=lambda kind: kind.NAME)
def test_every_command_is_reconstructed_and_no_decision_looks_into_a_text(kind: type[c.Command]) -> None:
    """In every stage it may be said in: a command nobody thought of here is in COMMANDS, and fails."""
    for stage in sorted(TABLE[kind].stages, key=list(Stage).index):
        case = made_ready(stage, kind)
        if kind in TIMED:
            case.until_owed(TIMED[kind])
        before = case.state
        usual = say(kind, case.now, case.usual(kind))
        if kind is c.DecideReview and stage is Stage.UNDER_SECOND_REVIEW:
            usual = usual.model_copy(update={"by": usual.by.model_copy(update={"id": "leader-2"})})
        events = decide(before, usual, case.rules)
        step = [
            Recorded(n, PETITION, n, case.now, "one", sealed(event))
            for n, event in enumerate(events, before.version + 1)
        ]
        assert compared(before, step, books(case.rules)) == []


def story() -> Filed:
    case = Filed().receive("2025-09-24 09:00").step().step()
    return case.until("2025-09-24 10:00").act(c.Accept).until("2025-09-24 11:00").act(c.Reply).until("2025-10-20 09:00")


ALTERED: dict[str, tuple[int, dict[str, Any], str]] = {
    "a unit": (2, {"unit": "convenience-team"}, "unit"),
    "a tier": (2, {"tier": "district"}, "tier"),
    "a due time": (1, {"clock.due_at": timedelta(hours=1)}, "clock.due_at"),
    "an outcome that was late": (6, {"on_time": False}, "on_time"),
    "who did it": (5, {"by": e.Actor.engine()}, ""),
    "the rulebook": (4, {"rulebook": "sha256:00"}, ""),
    "a rule": (6, {"rule": "clock.district"}, "rule"),
}


@pytest.mark.parametrize("what", ALTERED)
def test_what_was_altered_is_named(what: str) -> None:
    version, change, field = ALTERED[what]
    records = story().records
    event = records[version - 1].event
    if "clock.due_at" in change:
        assert isinstance(event, e.PetitionReceived)
        later = event.clock.due_at + change["clock.due_at"]
        change = {"clock": event.clock.model_copy(update={"due_at": later})}
    records[version - 1] = records[version - 1]._replace(event=event.model_copy(update=change))
    told = replay(PETITION, records, books(baiyang()))
    assert not told.identical
    assert field in {each.field for each in told.differences}
    first = told.differences[0]
    assert first.recorded in str(first)
    assert first.now in str(first)


def foreign() -> e.Event:
    return RulebookAdopted(
        at=at("2025-09-24 09:30"),
        by=e.Actor.engine(),
        rulebook=baiyang().hash,
        book="baiyang",
        effective_from=at("2025-09-24 09:30").date(),
        content="{}",
    )


@pytest.mark.parametrize("place", range(8))
@pytest.mark.parametrize("how", ["foreign", "missing", "twice", "of another place", "alone"])
def test_a_record_that_cannot_be_is_a_difference_and_no_traceback(place: int, how: str) -> None:
    records = story().records
    one = records[place]
    if how == "foreign":
        records[place] = one._replace(event=foreign())
    elif how == "missing":
        del records[place]
    elif how == "twice":
        records.insert(place, one)
    elif how == "alone":
        records = [one._replace(event=e.PetitionEscalated.model_validate(escalation()))]
    else:
        records[place] = one._replace(event=records[(place + 3) % 8].event)
    told = replay(PETITION, records, books(baiyang()))
    if how == "missing" and place == 7:
        assert told.identical, "a record cut at its end is for the checkpoints to find"
    else:
        assert not told.identical
    otherwise(PETITION, records, books(baiyang()), baiyang(), at("2025-11-01 09:00"))


def escalation() -> dict[str, Any]:
    case = Filed().receive("2025-09-30 15:00").until("2025-10-01 00:00")
    return case.all_of(e.PetitionEscalated)[0].model_dump() | {"cause": "dispute"}


def test_a_rule_changed_midway_is_replayed_under_both_books() -> None:
    case = Filed().receive("2025-09-30 15:00").until("2025-10-01 00:00")
    shorter = with_days("district", 2)
    case.rules = shorter
    case.until("2025-10-30 00:00")
    assert {record.event.rulebook for record in case.records} == {baiyang().hash, shorter.hash}
    assert replay(PETITION, case.records, books(baiyang(), shorter)).identical
    told = replay(PETITION, case.records, books(baiyang()))
    assert {each.field for each in told.differences} == {""}
    assert "never adopted" in told.differences[0].now


def test_a_late_entry_is_replayed_with_both_its_times() -> None:
    case = Filed().receive("2025-09-24 09:00").step().step().act(c.Accept).until("2025-09-24 16:59")
    case.now = at("2025-09-24 17:45")
    case.act(c.Reply, when="2025-09-24 17:00")
    replied = case.all_of(e.PetitionReplied)[0]
    assert not replied.on_time, "what is entered late was not on record"
    assert replay(PETITION, case.records, books(baiyang())).identical


def test_nothing_on_record_is_identical() -> None:
    assert replay(PETITION, [], books()).identical
    assert fold(PETITION, []) == Petition(id=PETITION)
