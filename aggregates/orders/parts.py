"""Who has which part in a service order, by its state, the petition it came from and the rulebook.

Which part an act needs stands in `what_may_follow.py`; the parts are those of petitions (`petition/for_whom.py`).
"""

from collections.abc import Iterable

from aggregates.command import Command
from aggregates.event import Actor, Role
from aggregates.orders import commands as c
from aggregates.orders.ladder import agreed_on
from aggregates.orders.state import PROMISED, Order, Stage
from aggregates.orders.what_may_follow import STAFF, TABLE
from aggregates.petition.decisions import Refused
from aggregates.petition.for_whom import MAY_KNOW_WHO, Part
from aggregates.petition.parts import staff_of, stands_above
from rulebook.model import Rulebook, UnknownName

IDENTITY = frozenset({"name", "phone"})
"""What says who ordered. Where to come to, the provider has to know while the promise runs."""

DOORS_TURN = frozenset({Stage.POSTED, Stage.DELIVERED})
"""Stages in which the door acts next: somebody is to take it, or the resident is asked how it was."""


def recused(state: Order, rules: Rulebook) -> frozenset[str]:
    """Whom the petition it came from complains about: they have no part in it. Of the day of naming, and of today."""
    if state.origin is None:
        return frozenset()
    today = (person for unit in state.origin.complained_about for person in _people_of(unit, rules))
    return frozenset((*state.origin.recused, *today))


def people(part: Part, state: Order, rules: Rulebook) -> tuple[str, ...]:
    """Everybody who has this part; never anybody who is recused."""
    out = recused(state, rules)
    return tuple(dict.fromkeys(person for person in _persons(part, state, rules) if person not in out))


def may(person: str, wanted: Iterable[Part], state: Order, rules: Rulebook) -> bool:
    """Whether the person has one of these parts in the order."""
    return any(part is Part.ANYBODY or person in people(part, state, rules) for part in wanted)


def has_part(command: Command, state: Order, rules: Rulebook) -> None:
    """Refuse staff without the part in the order that this act needs.

    Raises:
        Refused: the petition it came from complains about them, they have no part that the act needs, or they would see
            who ordered, which is confidential.
    """
    if command.by.role not in STAFF:
        return
    person = command.by.id
    if person in recused(state, rules):
        raise Refused(
            "complained-about",
            f"{command.NAME}: {person} is of the unit complained about and has no part in this order",
        )
    wanted = TABLE[type(command)].parts
    if rules.access is None or may(person, wanted, state, rules):
        return
    told = "; ".join(
        f"{part} ({', '.join(ids)})" for part in Part if part in wanted if (ids := _named(part, state, rules))
    )
    raise Refused("not-your-unit", f"{command.NAME}: this is not for {person}; it is for {told or 'nobody now'}")


def opens(reader: Actor, state: Order, rules: Rulebook) -> bool:
    """Whether somebody of the staff may open what is sealed in it; by a book without `access`, by their role alone."""
    if rules.access is not None:
        return may(reader.id, TABLE[c.ReadFields].parts, state, rules)
    return reader.role is not Role.OFFICER or reader.id in people(Part.IN_CHARGE, state, rules)


def may_know_who(command: c.ReadFields, state: Order, rules: Rulebook) -> None:
    """Refuse who looks at who ordered, where the petition it came from is confidential and they may not know.

    Raises:
        Refused: `confidential`.
    """
    hidden = sorted(IDENTITY & {*command.fields})
    if state.origin is None or not state.origin.confidential or not hidden or command.by.role is Role.SUPERVISOR:
        return
    if command.by.role is not Role.OFFICER and (rules.access is None or may(command.by.id, MAY_KNOW_WHO, state, rules)):
        return
    raise Refused(
        "confidential",
        f"fields: {', '.join(hidden)} are confidential here and not shown to units; ask the window to pass on what "
        "the resident must hear",
    )


def not_complained_about(state: Order, unit: str) -> None:
    """Refuse a unit that the petition of this order complains about.

    Raises:
        Refused: `complained-about`.
    """
    if state.origin is not None and unit in state.origin.complained_about:
        raise Refused(
            "complained-about", f"unit: {unit} is complained about here and cannot have it; name another unit"
        )


def _named(part: Part, state: Order, rules: Rulebook) -> tuple[str, ...]:
    """Whom a refusal names; where anybody may claim, whoever that is stands in the lists of service orders."""
    return ("`suqiu order lists`",) if part is Part.OFFERS else people(part, state, rules)


def _persons(part: Part, state: Order, rules: Rulebook) -> Iterable[str]:  # noqa: PLR0911 - one arm a part
    match part:
        case Part.DOOR:
            return _door(rules)
        case Part.DOORS_TURN:
            return _door(rules) if state.stage in DOORS_TURN else ()
        case Part.TOOK_IN:
            return _took_in(state, rules)
        case Part.IN_CHARGE:
            return _people_of(state.unit, rules) if state.stage in PROMISED else ()
        case Part.OFFERS:
            providers = agreed_on(rules).providers(rules.units).values()
            return (person for provider in providers for person in provider.people)
        case Part.LEADER:
            return _leaders(state, rules)
        case _:
            return ()


def _door(rules: Rulebook) -> tuple[str, ...]:
    units = rules.access.door if rules.access else ()
    return tuple(person for unit in units for person in staff_of(unit, rules))


def _took_in(state: Order, rules: Rulebook) -> tuple[str, ...]:
    """Who posted it, and their colleagues at that door; of one a resident posted alone, nobody."""
    taker = state.taken_in_by
    if taker is None:
        return ()
    doors = rules.access.door if rules.access else ()
    through = (unit.id for unit in rules.units_of(taker) if unit.id in doors)
    return (taker, *(person for unit in through for person in staff_of(unit, rules)))


def _leaders(state: Order, rules: Rulebook) -> list[str]:
    """Leaders of the order's tier or above; if all of them are recused, any other leader."""
    leaders = [person.id for person in rules.staff if person.role == "leader"]
    above = [leader for leader in leaders if stands_above(leader, state.tier or rules.tiers[0].id, rules)]
    out = recused(state, rules)
    return above if any(leader not in out for leader in above) else leaders


def _people_of(unit: str | None, rules: Rulebook) -> tuple[str, ...]:
    """The people of a unit or a partner unit; empty for one the rulebook does not know any more."""
    if unit is None or rules.service_orders is None:
        return staff_of(unit, rules)
    try:
        return rules.service_orders.provider(unit, rules.units).people
    except UnknownName:
        return staff_of(unit, rules)
