"""Who of the staff may act on a petition: never the unit complained about, others by their part in it."""

from collections.abc import Iterable

from aggregates.event import Actor
from aggregates.petition import commands as c
from aggregates.petition.decisions.refusal import Refused
from aggregates.petition.decisions.shares import shares
from aggregates.petition.for_whom import Part
from aggregates.petition.parts import people, recused, staff_of
from aggregates.petition.state import Petition
from aggregates.petition.what_may_follow import STAFF, TABLE
from rulebook.model import Rulebook


def has_part(command: c.Command, state: Petition, rules: Rulebook) -> None:
    """Refuse staff without the part in the petition that this act needs.

    Raises:
        Refused: they are of the unit complained about, or have no part that the act needs.
    """
    if command.by.role not in STAFF:
        return
    person = command.by.id
    _is_not_complained_about(command.NAME, person, state, rules)
    wanted = TABLE[type(command)].parts
    if rules.access is None or not wanted or may(person, wanted, state, rules) or _nobody_on_the_way(wanted, state):
        return
    raise Refused(
        "not-your-unit", f"{command.NAME}: this is not for {person}; it is for {_whom(type(command), state, rules)}"
    )


def may_open_letter(by: Actor, unit: str | None, state: Petition, rules: Rulebook) -> None:
    """Refuse who may not open a letter: a resident's is for those who may read the petition, a unit's for that unit.

    Raises:
        Refused: they are of the unit complained about, not staff, or the letter is for others.
    """
    if by.role not in TABLE[c.ReadSealedFields].roles:
        raise Refused("not-yours", f"message: expected somebody of the staff; found {by.role}, who has their own copy")
    _is_not_complained_about("message", by.id, state, rules)
    if by.role not in STAFF:
        return
    if unit is None:
        if rules.access is None or may(by.id, TABLE[c.ReadSealedFields].parts, state, rules):
            return
        told = _whom(c.ReadSealedFields, state, rules)
    else:
        own = staff_of(unit, rules)
        every = tuple(person.id for person in rules.staff if person.role == "leader")
        leaders = people(Part.LEADER, state, rules) if rules.access else every
        if by.id in own or by.id in leaders:
            return
        told = f"{unit} ({', '.join(own)}); {Part.LEADER} ({', '.join(leaders)})"
    raise Refused("not-your-unit", f"message: this is not for {by.id}; it is for {told}; the committee")


def _is_not_complained_about(what: str, person: str, state: Petition, rules: Rulebook) -> None:
    if person in recused(state, rules):
        raise Refused(
            "complained-about", f"{what}: {person} is of the unit complained about and has no part in this petition"
        )


def may(person: str, wanted: Iterable[Part], state: Petition, rules: Rulebook) -> bool:
    """Whether the person has one of these parts in the petition."""
    return any(part is Part.ANYBODY or person in people(part, state, rules) for part in wanted)


def _nobody_on_the_way(wanted: Iterable[Part], state: Petition) -> bool:
    """Skip the check of parts when no hand-over is open: `confirm_hand_over` then refuses with `nothing-to-confirm`."""
    return Part.CENTRE in wanted and (state.handed_over_to is None or state.hand_over_confirmed)


def _whom(act: type[c.Command], state: Petition, rules: Rulebook) -> str:
    """Whom the act is for: their parts, units and ids."""
    told = []
    for part, of, ids in shares(act, state, rules):
        named = ", ".join(ids)
        told.append(f"{part}: {', '.join(of)} ({named})" if of else f"{part} ({named})")
    return "; ".join(told) or "nobody now"
