"""Whether a deadline was kept is judged by what was on record at it."""

from datetime import timedelta

import pytest

from aggregates.petition import commands as c
from aggregates.petition.decisions import Refused, decide
from aggregates.petition.events import PetitionReplied
from aggregates.petition.state import Petition, fold
from tests.aggregates.office import PETITION, RECEIPT, RESIDENT, at, proposal
from tests.people import CLERK, ENGINE
from tests.rulebook.books import baiyang

RULES = baiyang()
RECEIVED = at("2025-09-22 09:00")


def at_a_unit() -> Petition:
    """Due the same day at 17:30."""
    events = decide(
        Petition(id=PETITION),
        c.Receive(
            at=RECEIVED, by=CLERK, receipt=RECEIPT, resident=RESIDENT, community="baiyang", channel="counter", text="灯"
        ),
        RULES,
    )
    state = fold(PETITION, events)
    events += decide(state, c.Classify(at=RECEIVED, by=ENGINE, proposal=proposal()), RULES)
    events += decide(fold(PETITION, events), c.Dispatch(at=RECEIVED, by=CLERK), RULES)
    return fold(PETITION, events)


def reply(**when: object) -> c.Reply:
    return c.Reply.model_validate({"by": CLERK, "outcome": "resolved", "text": "好了", "grounds": "现场", **when})


@pytest.mark.parametrize(("noted", "on_time"), [("2025-09-22 17:30", True), ("2025-09-22 17:31", False)])
def test_a_reply_entered_after_the_deadline_is_late_whenever_it_was_given(noted: str, on_time: bool) -> None:
    given = reply(at=at("2025-09-22 11:00"), noted_at=at(noted))
    (replied,) = decide(at_a_unit(), given, RULES)
    assert isinstance(replied, PetitionReplied)
    assert (replied.at, replied.on_time) == (at("2025-09-22 11:00"), on_time)


def test_nothing_counts_from_an_instant_to_come() -> None:
    now = at("2025-09-22 11:00")
    with pytest.raises(Refused) as refused:
        decide(at_a_unit(), reply(at=now + timedelta(minutes=1), noted_at=now), RULES)
    assert refused.value.code == "future-date"
    assert decide(at_a_unit(), reply(at=now, noted_at=now), RULES)
