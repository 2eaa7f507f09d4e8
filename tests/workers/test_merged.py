"""Petitions merged into each other in any order: nobody is left hanging on one that is gone. Real store, no engine."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from aggregates.known import BY_CODE
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.decisions import Refused
from aggregates.petition.state import Stage
from eventstore.recorder import MERGED
from eventstore.sealing import MasterKey
from office.composition import Office, office
from office.identity import Identities
from office.merging import merge_target, unmerge_left_alone
from tests.messages.conftest import NOW, submit
from tests.people import CLERK, RESIDES
from tests.workflows.town import test_settings as settings_of

AMONG = 4
TRIES = 3


@pytest.fixture
def here(database: str) -> Iterator[Office]:
    """An office whose clock stands still."""
    with office(settings_of(database), now=lambda _=None: NOW, master=MasterKey(os.urandom(32))) as ours:
        yield ours


class Merged(RuleBasedStateMachine):
    """Some petitions, merged, taken out, withdrawn; a relay that comes by, sometimes late, sometimes twice."""

    office: Office
    lives = 0

    def __init__(self) -> None:
        super().__init__()
        Merged.lives += 1
        self.ids = [
            submit(self.office, f"第{number}盏路灯坏了", external_id=f"{Merged.lives}-{number}")
            for number in range(AMONG)
        ]
        self.acts = 0
        self.place = self.relayed = self.office.event_log.recorder.head()

    def _stages(self) -> dict[str, Stage]:
        return {each: self.office.handler.load(each).stage for each in self.ids}

    def _act(self, petition: str, command: c.Command) -> None:
        self.acts += 1
        self.office.handler.execute(petition, command, f"test:{self.acts}")

    @rule(one=st.integers(0, AMONG - 1), into=st.integers(0, AMONG - 1), looked=st.booleans())
    def somebody_merges(self, one: int, into: int, looked: bool) -> None:
        """Through the door; or, where `looked` is False, past it, as two who act at the same moment do."""
        petition, target = self.ids[one], self.ids[into]
        receipt = self.office.handler.load(target).receipt
        try:
            if looked:
                merge_target(self.office, self._identities(), petition, receipt, CLERK)
            self._act(petition, c.Merge(at=NOW, by=CLERK, into=target, reason="同一盏灯"))
        except Refused:
            return

    def _identities(self) -> Identities:
        assert self.office.intake is not None
        return self.office.intake.identities

    @rule(one=st.integers(0, AMONG - 1), kind=st.sampled_from([c.Withdraw, c.Unmerge]))
    def a_resident_acts(self, one: int, kind: type[c.Command]) -> None:
        try:
            self._act(self.ids[one], kind(at=NOW, by=RESIDES, reason="样例"))  # type: ignore[call-arg]
        except Refused:
            return

    @rule(again=st.booleans())
    def the_relay_comes_by(self, again: bool) -> None:
        """At least once: it may have been killed after a page, and read it again."""
        for _ in range(TRIES):
            page = self.office.event_log.page(self.place if again else self.relayed, 500)
            if not page:
                break
            unmerge_left_alone(self.office.handler, page)
            self.relayed = page[-1].position
        self.nobody_hangs_on_what_is_gone()

    def nobody_hangs_on_what_is_gone(self) -> None:
        stages = self._stages()
        for petition in self.ids:
            state = self.office.handler.load(petition)
            if state.stage is Stage.MERGED:
                assert state.merged_into is not None
                assert stages[state.merged_into] not in (Stage.WITHDRAWN, Stage.MERGED), stages

    @invariant()
    def the_engine_takes_out_only_who_was_merged(self) -> None:
        for petition in self.ids:
            merged = 0
            for record in self.office.event_log.read(petition):
                merged += isinstance(record.event, e.PetitionMerged) - isinstance(record.event, e.PetitionUnmerged)
                assert merged in (0, 1)

    def teardown(self) -> None:
        self.the_relay_comes_by(again=True)


def test_nobody_is_left_merged_into_what_is_gone(here: Office) -> None:
    Merged.office = here
    run_state_machine_as_test(
        Merged,
        settings=settings(
            max_examples=25, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_what_was_answered_leaves_nobody_alone(here: Office) -> None:
    """Its answer is theirs; who is told so may still ask to go on alone."""
    first, double = submit(here, "路灯坏了"), submit(here, "路灯还是坏的", external_id="2")
    here.handler.execute(double, c.Merge(at=NOW, by=CLERK, into=first, reason="同一盏"), "m")
    assert unmerge_left_alone(here.handler, here.event_log.page(0, 500)) == []
    assert here.handler.load(double).stage is Stage.MERGED
    here.handler.execute(first, c.Withdraw(at=NOW, by=RESIDES, known=BY_CODE, reason="不要了"), "w")
    page = here.event_log.page(0, 500)
    assert unmerge_left_alone(here.handler, page) == [double]
    assert unmerge_left_alone(here.handler, page) == [], "told again, it does nothing"
    here.handler.execute(double, c.Merge(at=NOW, by=CLERK, into=first, reason="又合并"), "m2")
    assert unmerge_left_alone(here.handler, here.event_log.page(page[-1].position, 500)) == [double]


def test_who_is_merged_into_one_is_found_by_an_index_and_not_by_reading_the_log(here: Office) -> None:
    first, double = submit(here, "路灯坏了"), submit(here, "路灯还是坏的", external_id="2")
    here.handler.execute(double, c.Merge(at=NOW, by=CLERK, into=first, reason="同一盏"), "m")
    assert here.event_log.recorder.merged(first) == [double]
    assert here.event_log.recorder.merged(double) == []
    with here.event_log.datastore.get_connection() as connection:
        connection.execute("SET enable_seqscan = off")  # a log of three rows is read faster than an index
        plan = connection.execute("EXPLAIN " + MERGED, (first,)).fetchall()
    assert "merged_petitions" in str(plan)
