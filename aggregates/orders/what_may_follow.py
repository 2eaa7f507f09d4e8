"""The one table of what may follow what for a service order: which command, where it leads, by which roles, for whom.

`decide` asks it first; the docs render it; a test walks every (stage, command) pair of it. Of the staff a command is
for those who have one of its `parts` in the order: the parts of petitions (`aggregates/petition/for_whom.py`).
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from aggregates.command import Command
from aggregates.event import Role
from aggregates.orders import commands as c
from aggregates.orders.state import OPEN, PROMISED, Stage
from aggregates.petition import for_whom as whom
from aggregates.petition.for_whom import Part

S = Stage
R = Role
P = Part


class Row(NamedTuple):
    """One command: from which stage it leads to which, the roles that may ask, and what it means.

    `parts`: what somebody of the staff must have to do with the order, one of them; `why`: why those.
    """

    way: Mapping[Stage, frozenset[Stage]]
    roles: frozenset[Role]
    parts: frozenset[Part]
    meaning: str
    why: str

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
    c.Post: Row(
        _leads({S.NEW}, S.POSTED),
        STAFF | {R.RESIDENT},
        whom.ANYBODY,
        "ordered or posted; it can be claimed",
        "one door: whoever is asked takes it in",
    ),
    c.Assign: Row(
        _stays(WAITS),
        DESK | ENGINE,
        whom.ORDERS_DESK,
        "the community gives it to a team",
        "the door gives it out; a leader, where nobody takes it",
    ),
    c.Escalate: Row(_stays(WAITS), ENGINE, whom.NOBODY, "nobody claimed it: the tier above has it", "the engine's"),
    c.Remind: Row(_stays(WAITS | PROMISED), ENGINE, whom.NOBODY, "the unit is reminded", "the engine's"),
    c.Claim: Row(
        _leads(WAITS, S.CLAIMED),
        STAFF,
        whom.ORDERS_DESK | {P.OFFERS},
        "a team or partner unit takes it and promises a time",
        "who acts for the unit promises for it, or the door notes that they did",
    ),
    c.Start: Row(
        _leads({S.CLAIMED}, S.STARTED),
        STAFF,
        whom.ORDERS_UNIT,
        "the unit begins",
        "the unit, or the door notes that it did",
    ),
    c.BreakCommitment: Row(
        _stays(PROMISED), ENGINE, whom.NOBODY, "the promised time passed: the commitment was not kept", "the engine's"
    ),
    c.Release: Row(
        _leads(PROMISED, S.POSTED),
        STAFF,
        whom.ORDERS_UNIT,
        "the unit gives it back",
        "the unit, or the door takes it from one that may not have it any more",
    ),
    c.Deliver: Row(
        _leads(PROMISED, S.DELIVERED), STAFF, whom.ORDERS_UNIT, "it is done", "the unit, or the door notes that it did"
    ),
    c.Rate: Row(
        _leads({S.DELIVERED}, S.RATED),
        DESK | {R.RESIDENT},
        whom.FOR_WHO_ORDERED,
        "the resident says how it was",
        "the resident's word, noted by who has to do with residents; never by who delivered",
    ),
    c.Support: Row(
        _stays(WAITS | PROMISED),
        DESK | {R.RESIDENT},
        whom.FOR_WHO_ORDERED,
        "another resident wants the same",
        "the resident's word",
    ),
    c.Inspect: Row(
        _stays({S.DELIVERED}),
        DESK | {R.RESIDENT},
        whom.FOR_WHO_ORDERED,
        "a resident looks at what was delivered for all",
        "the resident's word",
    ),
    c.Withdraw: Row(
        _leads(WAITS | PROMISED, S.WITHDRAWN),
        DESK | {R.RESIDENT},
        whom.FOR_WHO_ORDERED,
        "whoever asked takes it back",
        "the resident's word; it ends the order, so no unit says it",
    ),
    c.Close: Row(_leads({S.DELIVERED, S.RATED}, S.CLOSED), ENGINE, whom.NOBODY, "nothing more is owed", "the engine's"),
    c.ReadFields: Row(
        _stays(OPEN | {S.CLOSED, S.WITHDRAWN}),
        STAFF | {R.SUPERVISOR},
        frozenset({P.IN_CHARGE, P.TOOK_IN, P.DOORS_TURN, P.LEADER}),
        "personal data is looked at",
        "the unit while it is at it, who took it in, the door in its turn, leaders and the committee; nobody else",
    ),
}
