"""A deadline is moved by what was on record before its end, whatever time an entry made afterwards gives."""

import pytest

from aggregates.petition import commands as c
from aggregates.petition.decisions.refusal import Refused
from tests.aggregates.office import at, proposal
from tests.people import LEADER
from tests.replay.lives import Filed


def district() -> Filed:
    """With its district unit until 2025-09-26 17:30."""
    return Filed(proposes=proposal("public_service", "district")).receive("2025-09-23 15:00").step().step()


@pytest.mark.parametrize("kind", [c.RequestExtension, c.Pause, c.RequestParking])
def test_what_is_entered_after_the_deadline_cannot_move_it(kind: type[c.Command]) -> None:
    """Given: the third day is over. When: an entry says that more time was asked for the day before. Then: refused."""
    case = district()
    case.now = at("2025-09-26 17:31")
    with pytest.raises(Refused, match="what is late cannot be moved"):
        case.act(kind, when="2025-09-25 10:00")


@pytest.mark.parametrize(
    ("ask", "decide"), [(c.RequestExtension, c.DecideExtension), (c.RequestParking, c.DecideParking)]
)
def test_what_is_approved_after_the_deadline_moves_nothing(ask: type[c.Command], decide: type[c.Command]) -> None:
    case = district()
    case.until("2025-09-25 10:00").act(ask)
    case.now = at("2025-09-26 17:31")
    with pytest.raises(Refused, match="what is late cannot be moved"):
        case.act(decide, LEADER, when="2025-09-26 10:00")
    case.act(decide, LEADER, approved=False)
    assert not any(clock.pauses for clock in (case.state.clocks["tier"].clock,))
