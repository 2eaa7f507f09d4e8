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

from aggregates.event import Actor, Role
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.agenda import NOTHING, Step, agenda
from aggregates.petition.decisions import Refused, command_for, decide, explained
from aggregates.petition.parts import people
from aggregates.petition.state import CLOCK_RUNS, IN_REVIEW, Petition, Stage, evolve, fold
from aggregates.petition.what_may_follow import STAFF, TABLE
from rulebook.proposal import Proposal
from tests.aggregates.office import PETITION, at, say
from tests.people import WHO
from tests.rulebook.books import baiyang

BOOK = baiyang()
TIERS = [tier.id for tier in BOOK.tiers]
UNITS = [unit.id for unit in BOOK.units]
CATEGORIES = [category.id for category in BOOK.categories]
EVERYBODY = [person.id for person in BOOK.staff if not person.id.startswith("lead-b-")] + ["lead-b-101"]
DOORS = BOOK.access.door if BOOK.access else ()
LEADERS = {person.id for person in BOOK.staff if person.role == "leader"}
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
    c.Reclassify: st.fixed_dictionaries(
        {
            "category": st.none() | st.sampled_from(CATEGORIES),
            "tier": st.none() | st.sampled_from(TIERS),
            "complained_about": st.none() | st.sampled_from(UNITS),
        }
    ),
    c.Assist: st.fixed_dictionaries({"unit": st.sampled_from(UNITS)}),
    c.HandOver: st.fixed_dictionaries({"unit": st.sampled_from(BOOK.hand_over.centres)}),
    c.Pause: st.fixed_dictionaries({"days": st.none() | st.integers(1, 10)}),
    c.RequestExtension: st.fixed_dictionaries(
        {"days": st.integers(1, 30), "clock": st.sampled_from(["tier", "tier", "statutory_handle", "first_contact"])}
    ),
    c.DecideExtension: st.fixed_dictionaries({"approved": st.sampled_from([True, True, False])}),
    c.DecideParking: st.fixed_dictionaries({"approved": st.sampled_from([True, True, False])}),
    c.SetUrgency: st.fixed_dictionaries({"cause": st.sampled_from(["life", "elderly", "minor", None])}),
    c.AddResident: st.fixed_dictionaries({"resident": st.sampled_from(["r-1", "r-2", "r-3"])}),
    c.DecideReview: st.fixed_dictionaries({"outcome": st.sampled_from(["upheld", "changed", "revoked"])}),
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
        if before.stage is Stage.WITHDRAWN or (before.stage is Stage.CLOSED and before.final):
            assert all(
                isinstance(happened, (e.SealedFieldsRead, e.ProxyResultBrought, e.StepsSetAside, e.CodeGiven))
                for happened in events
            )
        assert self.state.version == before.version + len(events) == len(self.events)

    @initialize(
        received=moments,
        late=st.none() | st.integers(0, 60 * 24 * 40),
        channel=st.sampled_from(["counter", "online"]),
        complained_about=st.none() | st.sampled_from(UNITS),
    )
    def receive(self, received: datetime, late: int | None, channel: str, complained_about: str | None) -> None:
        self.now = received
        submitted = None if late is None else max(received - timedelta(minutes=late), at("2025-01-01 00:00"))
        self._write(
            self._decide(
                say(c.Receive, self.now, submitted_at=submitted, channel=channel, complained_about=complained_about)
            )
        )

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
        if kind is c.RequestParking:
            values = {"look_again_on": (self.now + timedelta(days=data.draw(st.integers(1, 90)))).date()}
        if kind is c.Resume and role is Role.ENGINE:
            values = {"answer": None}  # nobody said anything: the wait ran out
        by = WHO[role]
        if role in STAFF:
            theirs = self._whose(kind)
            somebody = st.sampled_from(EVERYBODY)
            by = Actor(role=role, id=data.draw(st.sampled_from(theirs) | somebody if theirs else somebody))
        try:
            events = self._decide(say(kind, self.now, by, **values))
        except Refused as refusal:
            event(f"refused: {refusal.code}")
            if refusal.code == "not-your-unit":
                assert by.id not in self._whose(kind)
        else:
            if role in STAFF:
                assert by.id in self._whose(kind), "whose petition it is not did nothing in it"
            before = self.state.stage
            self._write(events)
            assert self.state.stage in TABLE[kind].way[before]

    def _whose(self, kind: type[c.Command]) -> list[str]:
        """Everybody with the part in the petition, as it is now, that this command needs."""
        return sorted({who for part in TABLE[kind].parts for who in people(part, self.state, BOOK)})

    @precondition(lambda self: agenda(self.state) != NOTHING)
    @rule(data=st.data(), minutes=st.just(0) | st.integers(0, 60 * 24 * 20))
    def the_engine_does_what_is_owed(self, data: st.DataObject, minutes: int) -> None:
        """Agenda and decide agree: what is owed is never refused at its time, however late the engine is."""
        step, due_at = agenda(self.state)
        assert step is not None
        assert due_at is not None
        self.now = max(self.now, due_at) + timedelta(minutes=minutes)
        if step not in (Step.CLASSIFY, Step.DISPATCH):
            with pytest.raises(Refused):
                decide(self.state, command_for(step, self.state, due_at - timedelta(microseconds=1)), BOOK)
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
        hours = BOOK.office_hours
        for clock in (each.clock for each in self.state.clocks.values()):
            rosters = {posting.roster for posting in clock.postings}
            for moment in (clock.due_at, *clock.reminders):
                shown = moment.astimezone(BOOK.zone)
                assert hours.opens <= shown.time() <= hours.closes
                assert BOOK.calendar.is_working(shown.date()) or "every_day" in rosters
            assert list(clock.reminders) == sorted(clock.reminders)
            assert all(clock.started_at <= moment <= clock.due_at for moment in clock.reminders)

    @invariant()
    def a_clock_is_what_one_function_says_of_all_that_happened_to_it(self) -> None:
        """No order of pauses, extensions, corrections and rosters loses or gains time."""
        for clock in (each.clock for each in self.state.clocks.values()):
            told = explained(clock, BOOK)
            assert (told.due_at, told.provisional, told.calendar) == (clock.due_at, clock.provisional, clock.calendar)

    @invariant()
    def who_is_complained_about_has_no_part_in_it(self) -> None:
        about = self.state.complained_about
        named = {getattr(happened, "complained_about", None) for happened in self.events} - {None}
        assert {*about} == named, "it only grows"
        if self.state.stage in (Stage.DISPATCHED, Stage.ACCEPTED, Stage.REPLIED):
            assert not named & {self.state.unit, *self.state.assisting}

    @invariant()
    def only_who_works_on_it_or_keeps_it_looks_at_it(self) -> None:
        """By what is on record, and not by what the state says: units that had it, their helpers, doors and leaders."""
        last = self.events[-1] if self.events else None
        if not isinstance(last, e.SealedFieldsRead) or last.by.role not in STAFF:
            return
        had = {getattr(happened, "unit", None) for happened in self.events}
        theirs = {person for unit in had if unit for person in BOOK.unit(unit).staff}
        doors = {person for unit in DOORS for person in BOOK.unit(unit).staff}
        assert last.by.id in theirs | doors | LEADERS | {self.state.taken_in_by}
        about = self.state.complained_about
        assert not any(last.by.id in BOOK.unit(unit).staff for unit in about)

    @invariant()
    def nobody_decides_a_review_of_what_they_handled(self) -> None:
        handled: set[str] = set()
        for happened in self.events:
            if isinstance(happened, e.ReviewDecided):
                assert happened.by.id not in handled
            if isinstance(happened, (e.PetitionDispatched, e.PetitionAccepted, e.PetitionReplied, e.ReviewDecided)):
                handled.add(happened.by.id)

    @invariant()
    def each_other_clock_is_missed_once(self) -> None:
        missed = [(each.clock, each.due_at) for each in self.events if isinstance(each, e.ClockBreached)]
        assert len(missed) == len(set(missed))

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
                tier = happened.to_tier or happened.from_tier
            elif isinstance(happened, e.PetitionTriaged) and tier is not None:
                assert TIERS.index(happened.tier) >= TIERS.index(tier)

    @invariant()
    def the_fold_is_the_state(self) -> None:
        assert fold(PETITION, self.events) == self.state

    @invariant()
    def a_due_time_is_shown_exactly_while_a_clock_runs(self) -> None:
        assert (self.state.due_at is not None) == (self.state.stage in CLOCK_RUNS | IN_REVIEW)

    def teardown(self) -> None:
        """Left alone, it comes to its end or to the leader, who is reminded for ever: nothing is forgotten."""
        for _ in range(400):
            step, due_at = agenda(self.state)
            if step is None or due_at is None or self.state.with_leader or self.state.stage in IN_REVIEW:
                break
            self.now = max(self.now, due_at)
            if step is Step.CLASSIFY:
                self._write(self._decide(say(c.Classify, self.now)))
            else:
                self._write(self._decide(command_for(step, self.state, self.now)))
        kept = self.state.with_leader or self.state.stage in (Stage.MERGED, *IN_REVIEW)
        assert kept or self.state.stage in TERMINAL or not self.events


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
