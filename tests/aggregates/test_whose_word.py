"""What residents may do carries how they were known; without it nobody acts in their name."""

import pytest

from aggregates.command import Command, ResidentsWord
from aggregates.event import Role
from aggregates.known import BEFORE_CODES, BY_CODE, NOTED, Known
from aggregates.orders import commands as orders
from aggregates.orders.what_may_follow import TABLE as TABLE_OF_ORDERS
from aggregates.petition import commands as c
from aggregates.petition.decisions import DECISIONS, Refused
from aggregates.petition.decisions.whose_word import whose_word
from aggregates.petition.what_may_follow import TABLE
from tests.aggregates.office import at
from tests.people import AT_THE_COUNTER, CLERK, ENGINE, RESIDES

NOW = at("2025-09-24 09:00")
BEGINS = {c.Receive, orders.Post}
"""What residents begin with: the code is told for it."""
THEIRS = [
    kind
    for table in (TABLE, TABLE_OF_ORDERS)
    for kind, row in table.items()
    if Role.RESIDENT in row.roles and kind not in BEGINS
]


@pytest.mark.parametrize("kind", THEIRS, ids=lambda kind: f"{kind.__module__}:{kind.NAME}")
def test_whatever_residents_may_do_says_how_they_were_known(kind: type[Command]) -> None:
    assert issubclass(kind, ResidentsWord)
    if kind in DECISIONS:
        assert "known" in DECISIONS[kind].event.model_fields


@pytest.mark.parametrize("known", [None, NOTED, AT_THE_COUNTER])
def test_a_resident_acts_with_the_code_alone(known: Known | None) -> None:
    with pytest.raises(Refused) as refused:
        whose_word(c.Dispute(at=NOW, by=RESIDES, known=known, reason="没有"))
    assert refused.value.code == "code-needed"


def test_what_cannot_be_taken_back_is_not_only_noted() -> None:
    for known in (None, NOTED):
        note = c.Withdraw(at=NOW, by=CLERK, known=known)
        assert whose_word(note) == NOTED
        with pytest.raises(Refused) as refused:
            whose_word(note, proven=True)
        assert refused.value.code == "not-proven"
    for proven in (BY_CODE, AT_THE_COUNTER, BEFORE_CODES):
        assert whose_word(c.Withdraw(at=NOW, by=CLERK, known=proven), proven=True) == proven


def test_what_the_engine_does_is_nobodys_word() -> None:
    assert whose_word(c.Resume(at=NOW, by=ENGINE)) is None


@pytest.mark.parametrize(("how", "seen"), [("counter", None), ("code", "id_card"), ("noted", "id_card")])
def test_who_looked_says_at_what_and_nobody_else(how: str, seen: str | None) -> None:
    with pytest.raises(ValueError, match="what was looked at"):
        Known.model_validate({"how": how, "seen": seen})
