"""Which acts are possible now, and for whom: both tables evaluated for a petition.

It tells who passes the checks before a decision; what a decision refuses for its own reasons (a window that is over, a
unit that has it already) shows only on trying.
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
"""Acts on a side matter, and when there is nothing to begin or end."""


class Share(NamedTuple):
    """People who may act, by their part; `units`: through which they have it, if any."""

    part: Part
    units: tuple[str, ...]
    people: tuple[str, ...]


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
        gone = NOTHING_TO_DO.get(act)
        if act is c.Receive or state.stage not in row.stages or (gone is not None and gone(state)):
            continue
        may = May(act, Role.RESIDENT in row.roles, shares(act, state, rules))
        if may.resident or may.staff:
            acts.append(may)
    return tuple(acts)


def shares(act: type[c.Command], state: Petition, rules: Rulebook) -> tuple[Share, ...]:
    """The staff an act is for: those with one of its roles and one of its parts, each named once."""
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
    """People excluded from this act: who requested an extension or parking may not approve it; who handled the case
    may not decide its review; after too many returns only leaders of a higher tier may triage or dispatch.
    """
    if act is c.DecideExtension and state.extension_asked is not None:
        yield state.extension_asked.by
    if act is c.DecideParking and state.parking_asked is not None:
        yield state.parking_asked.by
    if act is c.DecideReview:
        yield from state.handled_by
    if act in (c.Triage, c.Dispatch) and state.decided_above == "asked":
        above = leaders_above(state, rules)
        yield from (person.id for person in rules.staff if person.id not in above)
