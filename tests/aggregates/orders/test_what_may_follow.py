"""Every pair of stage and command, and every role, of a service order."""

import pytest

from aggregates.command import Command
from aggregates.event import Role
from aggregates.orders import commands as c
from aggregates.orders.agenda import Step
from aggregates.orders.state import Stage
from aggregates.orders.what_may_follow import TABLE
from tests.aggregates.orders.market import Errand, brought_to
from tests.people import WHO

TIMED = {c.Escalate: Step.ESCALATE, c.Remind: Step.REMIND, c.BreakCommitment: Step.BREAK, c.Close: Step.CLOSE}
"""Commands that are only decided once the agenda owes them."""
WISH = {"kind": "collective_wish", "service": None}


def ready(stage: Stage, kind: type[Command]) -> Errand:
    """An order in a stage, at the time when the command may follow."""
    errand = brought_to(stage, **WISH)
    if kind in TIMED and stage in TABLE[kind].stages:
        errand.until_owed(TIMED[kind])
        assert errand.state.stage is stage, "the way there left the stage"
    return errand


def test_every_command_stands_in_the_table() -> None:
    assert set(TABLE) == set(c.COMMANDS)
    assert len({kind.NAME for kind in c.COMMANDS}) == len(c.COMMANDS)
    assert all(row.stages and row.roles and row.meaning for row in TABLE.values())


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.NAME)
@pytest.mark.parametrize("stage", Stage)
def test_pair(stage: Stage, kind: type[Command]) -> None:
    errand = ready(stage, kind)
    if stage in TABLE[kind].stages:
        before = errand.state.version
        errand.act(kind)
        assert errand.state.version > before
        assert errand.state.stage in TABLE[kind].way[stage]
        return
    reason = errand.refuses("not-now", kind)
    assert kind.NAME in reason
    assert f"while the order is {stage}" in reason
    for allowed in TABLE[kind].stages:
        assert allowed in reason


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.NAME)
def test_role(kind: type[Command], role: Role) -> None:
    stage = min(TABLE[kind].stages, key=list(Stage).index)
    errand = ready(stage, kind)
    if role not in TABLE[kind].roles:
        assert role in errand.refuses("not-yours", kind, WHO[role])
    elif role is Role.OFFICER and kind is not c.Post:
        errand.refuses("not-your-unit", kind, WHO[role])  # station-1 acts for no partner unit
    elif role is Role.ENGINE and kind is c.Assign:
        errand.refuses("not-due", kind, WHO[role])
    else:
        errand.act(kind, WHO[role])
        assert errand.events[-1].by.role is role


@pytest.mark.parametrize("kind", TIMED, ids=lambda kind: kind.NAME)
def test_early_steps_are_refused_with_the_time(kind: type[Command]) -> None:
    stage = min(TABLE[kind].stages, key=list(Stage).index)
    assert "next is" in brought_to(stage, **WISH).refuses("not-due", kind)
