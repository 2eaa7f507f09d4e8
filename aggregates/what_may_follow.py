"""The one table of what may follow what: which command, in which stages, where it leads, by which roles.

`decide` asks it first; `docs/life.md` renders it; a test walks every (stage, command) pair of it.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from aggregates import commands as c
from aggregates.events import Role
from aggregates.state import OPEN, Stage

S = Stage
R = Role
Way = Mapping[Stage, frozenset[Stage]]


class Row(NamedTuple):
    """One command: from which stage it leads to which, the roles that may ask, and what it means for the resident."""

    way: Way
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
AT_A_UNIT = frozenset({S.DISPATCHED, S.ACCEPTED})
UNDER_WAY = AT_A_UNIT | {S.PROPOSED, S.RETURNED}

TABLE: Mapping[type[c.Command], Row] = {
    c.Receive: Row(_leads({S.NEW}, S.RECEIVED), DESK | {R.RESIDENT, R.OFFICER}, "taken in; the resident has a receipt"),
    c.Classify: Row(_leads({S.RECEIVED}, S.PROPOSED, S.TRIAGED), ENGINE, "the classifier proposes what kind it is"),
    c.Triage: Row(_leads({S.PROPOSED, S.RETURNED}, S.TRIAGED), DESK, "a person confirms or corrects the kind"),
    c.Dispatch: Row(_leads({S.TRIAGED, S.RETURNED}, S.DISPATCHED), DESK | ENGINE, "given to a unit"),
    c.Accept: Row(_leads({S.DISPATCHED}, S.ACCEPTED), STAFF, "the unit takes it"),
    c.Return: Row(_leads(AT_A_UNIT, S.RETURNED), STAFF, "the unit says it is not theirs"),
    c.Transfer: Row(_leads(AT_A_UNIT, S.DISPATCHED), STAFF, "moved to another unit of the same tier"),
    c.Remind: Row(_stays(UNDER_WAY), ENGINE, "the unit is reminded before the deadline"),
    c.Escalate: Row(
        _leads(UNDER_WAY - {S.PROPOSED}, S.DISPATCHED) | _stays({S.PROPOSED}), ENGINE, "the tier above takes over"
    ),
    c.Reply: Row(_leads(AT_A_UNIT, S.REPLIED), STAFF, "the resident is answered"),
    c.AskFollowUp: Row(_stays({S.REPLIED}), DESK | ENGINE, "the resident is asked whether it is settled"),
    c.Confirm: Row(_leads({S.REPLIED}, S.CONFIRMED), DESK | {R.RESIDENT}, "the resident says it is settled"),
    c.Dispute: Row(_leads({S.REPLIED}, S.DISPATCHED), DESK | {R.RESIDENT}, "the resident says it is not settled"),
    c.Withdraw: Row(_leads(OPEN, S.WITHDRAWN), DESK | {R.RESIDENT}, "the resident takes it back"),
    c.Close: Row(_leads({S.REPLIED, S.CONFIRMED}, S.CLOSED), DESK | ENGINE, "nothing more is owed"),
    c.ReadSealedFields: Row(
        _stays(frozenset(Stage) - {S.NEW}), STAFF | {R.SUPERVISOR}, "somebody looks at personal data, and says why"
    ),
}
