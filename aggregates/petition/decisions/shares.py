"""Whom of the staff an act is for: people in its roles with a part that goes with it."""

from collections.abc import Iterator
from typing import NamedTuple

from aggregates.event import Role
from aggregates.petition import commands as c
from aggregates.petition.decisions.door import leaders_above
from aggregates.petition.for_whom import Part
from aggregates.petition.parts import people, units
from aggregates.petition.state import Petition
from aggregates.petition.what_may_follow import STAFF, TABLE
from rulebook.model import Rulebook


class Share(NamedTuple):
    """People who may, by the part they have; `units` where they have it by their unit."""

    part: Part
    units: tuple[str, ...]
    people: tuple[str, ...]


def shares(act: type[c.Command], state: Petition, rules: Rulebook) -> tuple[Share, ...]:
    """Whom of the staff an act is for: those in its roles with a part that goes with it, each named once."""
    roles = TABLE[act].roles & STAFF
    wanted = TABLE[act].parts if rules.access is not None else frozenset({Part.ANYBODY})
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
