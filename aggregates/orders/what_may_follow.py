"""The one table of what may follow what for a service order: which command, where it leads, by which roles.

`decide` asks it first; the docs render it; a test walks every (stage, command) pair of it.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from aggregates.command import Command
from aggregates.event import Role
from aggregates.orders import commands as c
from aggregates.orders.state import OPEN, PROMISED, Stage

S = Stage
R = Role


class Row(NamedTuple):
    """One command: from which stage it leads to which, the roles that may ask, and what it means."""

    way: Mapping[Stage, frozenset[Stage]]
    roles: frozenset[Role]
    meaning: str

    @property
    def stages(self) -> frozenset[Stage]:
        """The stages it is allowed in."""
        return frozenset(self.way)


def _leads(stages: Iterable[Stage], *to: Stage) -> dict[Stage, frozenset[Stage]]:
    return {stage: frozenset(to) for stage in stages}


def _stays(stages: Iterable[Stage]) -> dict[Stage, frozenset[Stage]]:
    return {stage: frozenset({stage}) for stage in stages}


STAFF = frozenset({R.CLERK, R.OFFICER, R.LEADER})
DESK = frozenset({R.CLERK, R.LEADER})
ENGINE = frozenset({R.ENGINE})
WAITS = frozenset({S.POSTED})

TABLE: Mapping[type[Command], Row] = {
    c.Post: Row(_leads({S.NEW}, S.POSTED), STAFF | {R.RESIDENT}, "ordered or posted; it can be claimed"),
    c.Assign: Row(_stays(WAITS), DESK | ENGINE, "the community gives it to a team"),
    c.Escalate: Row(_stays(WAITS), ENGINE, "nobody claimed it: the tier above has it"),
    c.Remind: Row(_stays(WAITS | PROMISED), ENGINE, "the unit is reminded"),
    c.Claim: Row(_leads(WAITS, S.CLAIMED), STAFF, "a team or partner unit takes it and promises a time"),
    c.Start: Row(_leads({S.CLAIMED}, S.STARTED), STAFF, "the unit begins"),
    c.BreakCommitment: Row(_stays(PROMISED), ENGINE, "the promised time passed: the commitment was not kept"),
    c.Release: Row(_leads(PROMISED, S.POSTED), STAFF, "the unit gives it back"),
    c.Deliver: Row(_leads(PROMISED, S.DELIVERED), STAFF, "it is done"),
    c.Rate: Row(_leads({S.DELIVERED}, S.RATED), DESK | {R.RESIDENT}, "the resident says how it was"),
    c.Support: Row(_stays(WAITS | PROMISED), DESK | {R.RESIDENT}, "another resident wants the same"),
    c.Inspect: Row(_stays({S.DELIVERED}), DESK | {R.RESIDENT}, "a resident looks at what was delivered for all"),
    c.Withdraw: Row(_leads(WAITS | PROMISED, S.WITHDRAWN), DESK | {R.RESIDENT}, "whoever asked takes it back"),
    c.Close: Row(_leads({S.DELIVERED, S.RATED}, S.CLOSED), ENGINE, "nothing more is owed"),
    c.ReadFields: Row(_stays(OPEN | {S.CLOSED, S.WITHDRAWN}), STAFF | {R.SUPERVISOR}, "personal data is looked at"),
}
