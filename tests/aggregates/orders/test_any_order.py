"""Any order's life: every command in any order by anybody, the engine at its agenda's times, and what must hold."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from aggregates.event import Event, Role
from aggregates.orders import commands as c
from aggregates.orders import events as e
from aggregates.orders.agenda import NOTHING, agenda
from aggregates.orders.decisions import command_for, decide
from aggregates.orders.state import OPEN, PROMISED, Order, Stage, evolve, fold
from aggregates.orders.what_may_follow import TABLE
from aggregates.petition.decisions import Refused
from tests.aggregates.office import at
from tests.aggregates.orders.market import ORDER, say
from tests.people import SCHOOL, WHO
from tests.rulebook.books import baiyang

BOOK = baiyang()


class AnyOrder(RuleBasedStateMachine):
    """One order, people who do anything, an engine that does what is owed."""

    def __init__(self) -> None:
        super().__init__()
        self.state = Order(id=ORDER)
        self.events: list[Event] = []
        self.now = at("2025-03-03 09:00")

    def _write(self, events: tuple[Event, ...]) -> None:
        before = self.state
        assert events, "a command that is not refused is on record"
        for happened in events:
            self.state = evolve(self.state, happened)
        self.events += events
        if before.stage not in OPEN | {Stage.NEW}:
            assert all(isinstance(happened, e.OrderFieldsRead) for happened in events)

    @initialize(kind=st.sampled_from(["service", "collective_wish"]), age=st.none() | st.integers(0, 120))
    def post(self, kind: str, age: int | None) -> None:
        service = "homework-help" if kind == "service" else None
        self._write(decide(self.state, say(c.Post, self.now, kind=kind, service=service, age=age), BOOK))

    @rule(minutes=st.integers(0, 60 * 24 * 3))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(kind=st.sampled_from(c.COMMANDS), role=st.sampled_from(Role), days=st.integers(-1, 40))
    def somebody_acts(self, kind: type[c.Post], role: Role, days: int) -> None:
        values = {"promised_by": self.now + timedelta(days=days)} if kind is c.Claim else {}
        try:
            events = decide(
                self.state, say(kind, self.now, SCHOOL if role is Role.OFFICER else WHO[role], **values), BOOK
            )
        except Refused:
            return
        before = self.state.stage
        self._write(events)
        assert self.state.stage in TABLE[kind].way[before]

    @precondition(lambda self: self.state.stage is Stage.POSTED)
    @rule(days=st.integers(1, 20))
    def the_school_claims(self, days: int) -> None:
        self._write(decide(self.state, say(c.Claim, self.now, promised_by=self.now + timedelta(days=days)), BOOK))

    @precondition(lambda self: agenda(self.state) != NOTHING)
    @rule(late=st.integers(0, 60 * 24 * 9))
    def the_engine_does_what_is_owed(self, late: int) -> None:
        """Agenda and decide agree: never refused at its time, however late; always refused before."""
        step, due_at = agenda(self.state)
        assert step is not None
        assert due_at is not None
        with pytest.raises(Refused):
            decide(self.state, command_for(step, due_at - timedelta(microseconds=1)), BOOK)
        self.now = max(self.now, due_at) + timedelta(minutes=late)
        self._write(decide(self.state, command_for(step, self.now), BOOK))

    @invariant()
    def an_open_order_owes_something_and_a_closed_one_nothing(self) -> None:
        assert (agenda(self.state) != NOTHING) == self.state.open

    @invariant()
    def each_promise_is_broken_at_most_once_and_never_kept_then(self) -> None:
        broken = [happened.number for happened in self.events if isinstance(happened, e.CommitmentBroken)]
        assert len(broken) == len(set(broken))
        for promise in self.state.promises:
            assert (promise.outcome in {"broken", "late"}) == (promise.number in broken)

    @invariant()
    def only_the_last_promise_runs(self) -> None:
        running = [promise.number for promise in self.state.promises if promise.outcome == "running"]
        assert running in ([], [len(self.state.promises)])
        assert not running or self.state.stage in PROMISED

    @invariant()
    def it_climbs_each_step_once_and_only_up(self) -> None:
        climbed = [happened.climbed for happened in self.events if isinstance(happened, e.OrderEscalated)]
        assert climbed == sorted(set(climbed))

    @invariant()
    def the_fold_is_the_state(self) -> None:
        assert fold(ORDER, self.events) == self.state


def test_any_order() -> None:
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=150, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
