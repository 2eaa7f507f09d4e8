"""Who may ask for what now: the two tables, asked for a whole petition before anybody tries.

It says who is let through to the decision of an act; what a decision refuses for a reason of its own (a window that is
over, a unit that has it already) shows only when it is asked.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from aggregates.event import Role
from aggregates.petition import commands as c
from aggregates.petition.decisions.door import leaders_above
from aggregates.petition.for_whom import FOR_WHOM, Part
from aggregates.petition.parts import people, units
from aggregates.petition.state import Petition
from aggregates.petition.what_may_follow import STAFF, TABLE
from rulebook.model import Rulebook

NOTHING_TO_DO: Mapping[type[c.Command], Callable[[Petition], bool]] = {
    c.DecideExtension: lambda state: state.extension_asked is None,
    c.DecideParking: lambda state: state.parking_asked is None,
    c.CarryPapers: lambda state: state.papers_stage != "taken",
    c.BringResult: lambda state: state.papers_stage != "carried",
    c.ConfirmHandOver: lambda state: state.handed_over_to is None or state.hand_over_confirmed,
    c.OpenMediation: lambda state: bool(state.mediation),
    c.EndMediation: lambda state: not state.mediation,
    c.Refer: lambda state: state.referred_to is not None,
    c.DecideReferral: lambda state: state.referred_to is None,
    c.EndAssist: lambda state: not state.assisting,
}
"""Acts that begin or end something beside the straight way, and when there is nothing to begin or to end."""


class Share(NamedTuple):
    """People who may, by the part they have; `units` where they have it by their unit."""

    part: Part
    units: tuple[str, ...]
    people: tuple[str, ...]


class May(NamedTuple):
    """One act that may be asked for now: by the resident, and by whom of the staff."""

    act: type[c.Command]
    resident: bool
    staff: tuple[Share, ...]

    def lets(self, person: str) -> bool:
        """Whether this member of staff may ask for it."""
        return any(person in share.people for share in self.staff)


def who_may(state: Petition, rules: Rulebook) -> tuple[May, ...]:
    """The acts of people that may follow now, in the order of the table; what nobody may now is left out.

    The supervisory committee reads everything and stands in no list.
    """
    acts = []
    for act, row in TABLE.items():
        gone = NOTHING_TO_DO.get(act)
        if act is c.Receive or state.stage not in row.stages or (gone is not None and gone(state)):
            continue
        may = May(act, Role.RESIDENT in row.roles, shares(act, state, rules))
        if may.resident or may.staff:
            acts.append(may)
    return tuple(acts)


def shares(act: type[c.Command], state: Petition, rules: Rulebook) -> tuple[Share, ...]:
    """Whom of the staff an act is for: those in its roles with a part that goes with it, each named once."""
    roles = TABLE[act].roles & STAFF
    wanted = FOR_WHOM[act].parts if rules.access is not None else frozenset({Part.ANYBODY})
    named: set[str] = set(_not_these(act, state, rules))
    found = []
    for part in Part:
        if part not in wanted:
            continue
        ids = tuple(who for who in people(part, state, rules) if Role(rules.staff_member(who).role) in roles)
        fresh = tuple(who for who in ids if who not in named)
        if fresh:
            found.append(Share(part, units(part, state, rules), fresh))
            named.update(fresh)
    return tuple(found)


def _not_these(act: type[c.Command], state: Petition, rules: Rulebook) -> Iterator[str]:
    """Who asked does not decide it; who handled the case does not review it; back and forth only those above decide."""
    if act is c.DecideExtension and state.extension_asked is not None:
        yield state.extension_asked.by
    if act is c.DecideParking and state.parking_asked is not None:
        yield state.parking_asked.by
    if act is c.DecideReview:
        yield from state.handled_by
    if act in (c.Triage, c.Dispatch) and state.decided_above == "asked":
        above = leaders_above(state, rules)
        yield from (person.id for person in rules.staff if person.id not in above)
