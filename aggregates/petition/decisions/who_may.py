"""Who may ask for what now: stage, role and part, asked for a whole petition before anybody tries.

It says who is let through to the decision of an act, and leaves out what has nothing to begin or to end
(`nothing_to_do` of the decision). What a decision refuses for another reason of its own (a window that is over, a unit
that has it already) shows only when it is asked.
"""

from typing import NamedTuple

from aggregates.event import Role
from aggregates.petition import commands as c
from aggregates.petition.decisions import DECISIONS
from aggregates.petition.decisions.shares import Share, shares
from aggregates.petition.state import Petition
from aggregates.petition.what_may_follow import TABLE
from rulebook.model import Rulebook


class May(NamedTuple):
    """One act that is possible now: whether for the resident, and for whom of the staff."""

    act: type[c.Command]
    resident: bool
    staff: tuple[Share, ...]

    def lets(self, person: str) -> bool:
        """Whether this member of staff may do it."""
        return any(person in share.people for share in self.staff)


def who_may(state: Petition, rules: Rulebook) -> tuple[May, ...]:
    """The acts of people that are possible now, in the table's order; acts that nobody may do are left out.

    The supervisory committee may read everything and is in no list.
    """
    acts = []
    for act, row in TABLE.items():
        if act is c.Receive or state.stage not in row.stages or DECISIONS[act].nothing_to_do(state):
            continue
        may = May(act, Role.RESIDENT in row.roles, shares(act, state, rules))
        if may.resident or may.staff:
            acts.append(may)
    return tuple(acts)
