"""What was done after steps before their time rests on them, but where its class says that it rests on nothing."""

import pytest

from aggregates.event import Event
from aggregates.petition.events import EVENTS, PetitionReminded, StepsSetAside
from aggregates.petition.undoing import STEPS, undone
from aggregates.record import Recorded
from tests.aggregates.office import PETITION
from tests.aggregates.scenario import Case
from tests.eventstore.examples import EXAMPLES

RELEASED = {
    "petition.sealed_fields_read",
    "petition.resident_contacted",
    "petition.resident_joined",
    "petition.confidentiality_set",
    "petition.urgency_set",
    "petition.supervised",
    "petition.steps_set_aside",
}
"""What has rested on nothing since it was released."""


def test_what_was_released_rests_on_what_it_rested_on() -> None:
    assert {kind.TOPIC for kind in EVENTS if kind.RESTS_ON_NOTHING} >= RELEASED


SINCE = [each for each in EXAMPLES if type(each) in set(EVENTS) - {*STEPS, StepsSetAside}]
"""Whatever people do; what sets steps aside says of its own which."""


@pytest.mark.parametrize("example", SINCE, ids=lambda example: example.TOPIC)
def test_an_act_since_keeps_the_steps_but_where_it_rests_on_nothing(example: Event) -> None:
    case = Case().receive("2025-09-24 09:00").until("2025-09-24 13:30")
    assert isinstance(case.events[-1], PetitionReminded)
    step = len(case.events)
    records = [Recorded(n, PETITION, n, case.now, "one", each) for n, each in enumerate([*case.events, example], 1)]
    found = undone(PETITION, records, {step})
    assert found.acted == (None if example.RESTS_ON_NOTHING else example.TOPIC)
    assert (found.standing is None) == (found.acted is not None)
