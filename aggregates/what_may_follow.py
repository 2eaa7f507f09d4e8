"""The one table of what may follow what: which command, in which stages, by which roles.

`decide` asks it first; `docs/life.md` renders it; a test walks every (stage, command) pair of it.
"""

from collections.abc import Mapping
from typing import NamedTuple

from aggregates import commands as c
from aggregates.events import Role
from aggregates.state import OPEN, Stage

S = Stage
R = Role


class Row(NamedTuple):
    """One command: the stages it is allowed in, the roles that may ask, and what it means for the resident."""

    stages: frozenset[Stage]
    roles: frozenset[Role]
    meaning: str


STAFF = frozenset({R.CLERK, R.OFFICER, R.LEADER})
DESK = frozenset({R.CLERK, R.LEADER})
ENGINE = frozenset({R.ENGINE})
AT_A_UNIT = frozenset({S.DISPATCHED, S.ACCEPTED})

TABLE: Mapping[type[c.Command], Row] = {
    c.Receive: Row(frozenset({S.NEW}), DESK | {R.RESIDENT, R.OFFICER}, "taken in; the resident has a receipt"),
    c.Classify: Row(frozenset({S.RECEIVED}), ENGINE, "the classifier proposes what kind it is"),
    c.Triage: Row(frozenset({S.PROPOSED, S.RETURNED}), DESK, "a person confirms or corrects the kind"),
    c.Dispatch: Row(frozenset({S.TRIAGED, S.RETURNED}), DESK | ENGINE, "given to a unit"),
    c.Accept: Row(frozenset({S.DISPATCHED}), STAFF, "the unit takes it"),
    c.Return: Row(AT_A_UNIT, STAFF, "the unit says it is not theirs"),
    c.Transfer: Row(AT_A_UNIT, STAFF, "moved to another unit of the same tier"),
    c.Remind: Row(AT_A_UNIT | {S.PROPOSED, S.RETURNED}, ENGINE, "the unit is reminded before the deadline"),
    c.Escalate: Row(AT_A_UNIT | {S.PROPOSED, S.RETURNED}, ENGINE, "the tier above takes over"),
    c.Reply: Row(AT_A_UNIT, STAFF, "the resident is answered"),
    c.AskFollowUp: Row(frozenset({S.REPLIED}), DESK | ENGINE, "the resident is asked whether it is settled"),
    c.Confirm: Row(frozenset({S.REPLIED}), DESK | {R.RESIDENT}, "the resident says it is settled"),
    c.Dispute: Row(frozenset({S.REPLIED}), DESK | {R.RESIDENT}, "the resident says it is not settled"),
    c.Withdraw: Row(OPEN, DESK | {R.RESIDENT}, "the resident takes it back"),
    c.Close: Row(frozenset({S.REPLIED, S.CONFIRMED}), DESK | ENGINE, "nothing more is owed"),
    c.ReadSealedFields: Row(
        frozenset(Stage) - {S.NEW}, STAFF | {R.SUPERVISOR}, "somebody looks at personal data, and says why"
    ),
}
