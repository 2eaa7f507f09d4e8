"""Who has which part in a petition, by its state and the rulebook; which part an act needs: `for_whom.py`."""

from collections.abc import Iterable

from aggregates.petition.for_whom import Part
from aggregates.petition.state import IN_REVIEW, Petition, Stage
from rulebook.model import Rulebook, UnknownName

DOORS_TURN = frozenset(
    {Stage.RECEIVED, Stage.PROPOSED, Stage.TRIAGED, Stage.RETURNED, Stage.MERGED, Stage.REPLIED, Stage.CONFIRMED}
)
"""Stages in which the door acts next: triage, dispatch, merge, follow-up."""


def staff_of(unit: str | None, rules: Rulebook) -> tuple[str, ...]:
    """The staff of a unit; empty for None, or a unit the rulebook does not know any more."""
    if unit is None:
        return ()
    try:
        return rules.unit(unit).staff
    except UnknownName:
        return ()


def recused(state: Petition, rules: Rulebook) -> frozenset[str]:
    """Who has no part in it: the people of each unit complained about, of the day it was named and of today."""
    today = (person for unit in state.complained_about for person in staff_of(unit, rules))
    return frozenset((*state.recused, *today))


def people(part: Part, state: Petition, rules: Rulebook) -> tuple[str, ...]:
    """Everybody who has this part; never anybody who is recused."""
    out = recused(state, rules)
    of_units = (person for unit in units(part, state, rules) for person in staff_of(unit, rules))
    everybody = (*of_units, *_persons(part, state, rules))
    return tuple(dict.fromkeys(person for person in everybody if person not in out))


def units(part: Part, state: Petition, rules: Rulebook) -> tuple[str, ...]:  # noqa: PLR0911 - one arm a part
    """The units whose staff have this part; empty for a part of single persons."""
    match part:
        case Part.DOOR:
            return rules.access.door if rules.access else ()
        case Part.DOORS_TURN:
            waits_at_the_door = state.stage is Stage.PAUSED and state.before is Stage.PROPOSED
            turn = state.stage in DOORS_TURN or waits_at_the_door
            return rules.access.door if rules.access and turn else ()
        case Part.IN_CHARGE:
            return _named(state.in_charge)
        case Part.BELOW:
            return tuple(unit for unit in state.below if unit in state.assisting)
        case Part.ASSISTING:
            return state.assisting
        case Part.NOTES:
            return _notes(state, rules)
        case Part.PAPERS:
            return _named(state.papers_for)
        case Part.CENTRE:
            return _named(state.handed_over_to)
        case Part.REVIEWING:
            return _named(state.review_unit) if state.stage in IN_REVIEW else ()
        case _:
            return ()


def _named(unit: str | None) -> tuple[str, ...]:
    return (unit,) if unit else ()


def _persons(part: Part, state: Petition, rules: Rulebook) -> Iterable[str]:
    match part:
        case Part.ANYBODY:
            return [person.id for person in rules.staff]
        case Part.TOOK_IN:
            return _took_in(state, rules)
        case Part.ON_THE_SPOT:
            return _on_the_spot(state, rules)
        case Part.LEADER:
            return _leaders(state, rules)
        case _:
            return []


def _took_in(state: Petition, rules: Rulebook) -> list[str]:
    """Who took it in, and their colleagues at that door; of an online petition, every door's staff."""
    doors = rules.access.door if rules.access and state.stage is not Stage.NEW else ()
    taker = state.taken_in_by
    through = doors if taker is None else [unit.id for unit in rules.units_of(taker) if unit.id in doors]
    return [*_named(taker), *(person for unit in through for person in staff_of(unit, rules))]


def _on_the_spot(state: Petition, rules: Rulebook) -> list[str]:
    """The grid leads of its section, or the lead who took it in, while it is at the lowest tier."""
    if state.with_leader or state.tier != rules.tiers[0].id:
        return []
    leads = [state.taken_in_by] if state.taken_in_by in rules.grid_leads else []
    for section in rules.sections:
        if section.id == state.section:
            leads += [section.lead, *(building.lead for building in section.buildings)]
            leads += [entrance.lead for building in section.buildings for entrance in building.entrances]
    return [lead for lead in leads if lead]


def _notes(state: Petition, rules: Rulebook) -> tuple[str, ...]:
    """The units that note for the responsible unit, by its tier; none for the leader's."""
    unit = state.in_charge
    if rules.access is None or unit is None or state.with_leader:
        return ()
    try:
        tier = rules.unit(unit).tier
    except UnknownName:
        return ()
    return rules.access.notes_for.get(tier, ())


def _leaders(state: Petition, rules: Rulebook) -> list[str]:
    """Leaders of the petition's or the review's tier, or above; if all are recused, any other leader."""
    leaders = [person.id for person in rules.staff if person.role == "leader"]
    tier = state.review_tier if state.stage in IN_REVIEW else None if state.with_leader else state.tier
    if tier is None and not state.with_leader and state.stage not in IN_REVIEW:
        return leaders
    above = [leader for leader in leaders if stands_above(leader, tier, rules)]
    out = recused(state, rules)
    return above if any(leader not in out for leader in above) else leaders


def stands_above(person: str, tier: str | None, rules: Rulebook) -> bool:
    """Whether somebody works in a unit of this tier or above, or with the leader; None: only with the leader."""
    order = [entry.id for entry in rules.tiers]
    lowest = order.index(tier) if tier in order else len(order)
    high = (rules.leader.unit, rules.leader.stands_in)
    return any(unit.id in high or order.index(unit.tier) >= lowest for unit in rules.units_of(person))
