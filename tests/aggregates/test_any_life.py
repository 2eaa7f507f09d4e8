"""Any life: every command in any order by anybody, the engine at its agenda's times, and what must hold throughout."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from aggregates import commands as c
from aggregates import events as e
from aggregates.agenda import NOTHING, Step, agenda
from aggregates.decisions import Refused, command_for, decide
from aggregates.events import Role
from aggregates.state import CLOCK_RUNS, Petition, Stage, evolve, fold
from aggregates.what_may_follow import TABLE
from rulebook.classification import Proposal
from tests.aggregates.office import PETITION, WHO, at, baiyang, say

BOOK = baiyang()
TIERS = [tier.id for tier in BOOK.tiers]
CATEGORIES = [category.id for category in BOOK.categories]
TERMINAL = (Stage.CLOSED, Stage.WITHDRAWN)

moments = st.integers(0, 60 * 24 * 660).map(lambda minutes: at("2025-01-31 00:00") + timedelta(minutes=minutes))
proposals = st.builds(
    lambda category, tier, matter, unsure: Proposal(
        category=category,
        tier=tier,
        matter=matter.id if matter and matter.category == category else None,
        confidence=0.5,
        needs_human=unsure,
        reasons=(),
    ),
    st.sampled_from(CATEGORIES),
    st.sampled_from(TIERS),
    st.none() | st.sampled_from(BOOK.matters),
    st.booleans(),
)
values_of: dict[type[c.Command], st.SearchStrategy[dict[str, Any]]] = {
    c.Classify: st.fixed_dictionaries({"proposal": proposals}),
    c.Triage: st.fixed_dictionaries(
        {
            "category": st.none() | st.sampled_from(CATEGORIES),
            "tier": st.none() | st.sampled_from(TIERS),
            "matter": st.none() | st.sampled_from([matter.id for matter in BOOK.matters]),
        }
    ),
    c.Dispatch: st.fixed_dictionaries({"unit": st.none() | st.sampled_from([unit.id for unit in BOOK.units])}),
    c.Transfer: st.fixed_dictionaries({"unit": st.sampled_from([unit.id for unit in BOOK.units])}),
}


def outcome(state: Petition, command: c.Command) -> tuple[tuple[e.Event, ...], str, str]:
    """The events, or the refusal's code and reason."""
    try:
        return decide(state, command, BOOK), "", ""
    except Refused as refusal:
        return (), refusal.code, str(refusal)


class AnyLife(RuleBasedStateMachine):
    """One petition, people who do anything, an engine that does what is owed."""

    def __init__(self) -> None:
        super().__init__()
        self.state = Petition(id=PETITION)
        self.events: list[e.Event] = []
        self.now = at("2025-01-31 00:00")

    def _decide(self, command: c.Command) -> tuple[e.Event, ...]:
        first, again = (outcome(self.state, command) for _ in range(2))
        assert first == again, "decide is deterministic"
        events, code, reason = first
        if code:
            assert reason
            raise Refused(code, reason)
        assert events, "a command that is not refused is on record"
        return events

    def _write(self, events: tuple[e.Event, ...]) -> None:
        before = self.state
        for happened in events:
            self.state = evolve(self.state, happened)
        self.events += events
        if before.stage in TERMINAL:
            assert all(isinstance(happened, e.SealedFieldsRead) for happened in events)
        assert self.state.version == before.version + len(events) == len(self.events)

    @initialize(received=moments, late=st.none() | st.integers(0, 60 * 24 * 40))
    def receive(self, received: datetime, late: int | None) -> None:
        self.now = received
        submitted = None if late is None else max(received - timedelta(minutes=late), at("2025-01-01 00:00"))
        self._write(self._decide(say(c.Receive, self.now, submitted_at=submitted)))

    @rule(minutes=st.integers(0, 60 * 24 * 3))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(data=st.data(), kind=st.sampled_from(c.COMMANDS))
    def somebody_in_the_right_role_acts(self, data: st.DataObject, kind: type[c.Command]) -> None:
        self._somebody(data, kind, data.draw(st.sampled_from(sorted(TABLE[kind].roles))))

    @rule(data=st.data(), kind=st.sampled_from(c.COMMANDS), role=st.sampled_from(Role))
    def anybody_acts(self, data: st.DataObject, kind: type[c.Command], role: Role) -> None:
        self._somebody(data, kind, role)

    @rule(data=st.data())
    def somebody_does_what_may_follow(self, data: st.DataObject) -> None:
        fitting = [kind for kind in c.COMMANDS if self.state.stage in TABLE[kind].stages and kind is not c.Withdraw]
        kind = data.draw(st.sampled_from(fitting))
        self._somebody(data, kind, data.draw(st.sampled_from(sorted(TABLE[kind].roles))))

    def _somebody(self, data: st.DataObject, kind: type[c.Command], role: Role) -> None:
        values = data.draw(values_of.get(kind, st.just({})))
        try:
            events = self._decide(say(kind, self.now, WHO[role], **values))
        except Refused as refusal:
            event(f"refused: {refusal.code}")
        else:
            before = self.state.stage
            self._write(events)
            assert self.state.stage in TABLE[kind].way[before]

    @precondition(lambda self: agenda(self.state) != NOTHING)
    @rule(data=st.data(), minutes=st.just(0) | st.integers(0, 60 * 24 * 20))
    def the_engine_does_what_is_owed(self, data: st.DataObject, minutes: int) -> None:
        """Agenda and decide agree: what is owed is never refused at its time, however late the engine is."""
        step, due_at = agenda(self.state)
        assert step is not None
        assert due_at is not None
        self.now = max(self.now, due_at) + timedelta(minutes=minutes)
        if step in (Step.REMIND, Step.ESCALATE):
            early = say(c.Remind if step is Step.REMIND else c.Escalate, due_at - timedelta(microseconds=1))
            with pytest.raises(Refused):
                decide(self.state, early, BOOK)
        command: c.Command = (
            say(c.Classify, self.now, proposal=data.draw(proposals))
            if step is Step.CLASSIFY
            else command_for(step, self.state, self.now)
        )
        self._write(self._decide(command))

    @invariant()
    def an_open_petition_owes_something_and_a_closed_one_nothing(self) -> None:
        if self.state.open:
            step, due_at = agenda(self.state)
            assert step is not None
            assert due_at is not None
        else:
            assert agenda(self.state) == NOTHING

    @invariant()
    def a_clock_ends_within_office_hours_and_its_reminders_before_it(self) -> None:
        clock, hours = self.state.clock, BOOK.office_hours
        if clock is None:
            return
        for moment in (clock.due_at, *clock.reminders):
            shown = moment.astimezone(BOOK.zone)
            assert hours.opens <= shown.time() <= hours.closes
            assert BOOK.calendar.is_working(shown.date())
        assert list(clock.reminders) == sorted(clock.reminders)
        assert all(clock.started_at <= moment <= clock.due_at for moment in clock.reminders)

    @invariant()
    def each_clock_is_missed_once(self) -> None:
        missed = [
            (happened.from_tier, happened.missed_due_at)
            for happened in self.events
            if isinstance(happened, e.PetitionEscalated) and happened.cause == "deadline"
        ]
        assert len(missed) == len(set(missed))

    @invariant()
    def it_only_ever_rises_once_it_has_risen(self) -> None:
        tier = None
        for happened in self.events:
            if isinstance(happened, e.PetitionEscalated):
                assert TIERS.index(happened.to_tier or TIERS[-1]) >= TIERS.index(happened.from_tier)
                tier = happened.to_tier or TIERS[-1]
            elif isinstance(happened, e.PetitionTriaged) and tier is not None:
                assert TIERS.index(happened.tier) >= TIERS.index(tier)

    @invariant()
    def the_fold_is_the_state(self) -> None:
        assert fold(PETITION, self.events) == self.state

    @invariant()
    def a_due_time_is_shown_exactly_while_a_clock_runs(self) -> None:
        assert (self.state.due_at is not None) == (self.state.stage in CLOCK_RUNS)

    def teardown(self) -> None:
        """Left alone, it comes to its end or to the leader, who is reminded for ever: nothing is forgotten."""
        for _ in range(20):
            step, due_at = agenda(self.state)
            if step is None or due_at is None or self.state.with_leader:
                break
            self.now = max(self.now, due_at)
            if step is Step.CLASSIFY:
                self._write(self._decide(say(c.Classify, self.now)))
            else:
                self._write(self._decide(command_for(step, self.state, self.now)))
        assert self.state.stage in TERMINAL or self.state.with_leader or not self.events


def test_any_life() -> None:
    run_state_machine_as_test(
        AnyLife,
        settings=settings(
            max_examples=200, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_thousands_of_lives() -> None:
    run_state_machine_as_test(
        AnyLife,
        settings=settings(
            max_examples=4_000, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
