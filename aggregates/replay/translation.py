"""Translates a command to another rulebook: tiers by rank, units by desk, people by role and part.

Each mapping is noted, and what has no counterpart is refused.
"""

from typing import Any

from aggregates.event import Actor, Role
from aggregates.petition import commands as c
from aggregates.petition.decisions.access import may
from aggregates.petition.for_whom import Part
from aggregates.petition.parts import people
from aggregates.petition.state import Petition
from aggregates.petition.what_may_follow import STAFF, TABLE
from rulebook.model import Rulebook, UnknownName


class Untranslatable(Exception):
    """The other rulebook has no counterpart; the message says of what."""


def translated(
    command: c.Command, state: Petition, other: Rulebook, book: Rulebook | None
) -> tuple[c.Command, list[str]]:
    """The command in the other book's terms, and notes on what was mapped. `state`: under the other rules.

    Raises:
        Untranslatable: something has no counterpart.
    """
    notes: list[str] = []
    said: dict[str, Any] = {}
    if isinstance(command, c.Classify):
        return _proposed(command, other, book)
    if isinstance(command, (c.Triage, c.Reclassify)):
        said |= _kind(command, other, book, notes)
    if isinstance(command, c.Receive):
        said |= _place(command, other, notes)
    if "unit" in type(command).model_fields:
        said |= _unit(command, other, notes)
    if isinstance(command, c.TakePapers):
        papers = {paper for matter in other.matters for paper in matter.papers}
        if missing := [paper for paper in command.papers if paper not in papers]:
            raise Untranslatable(f"papers: the other rules know no {'、'.join(missing)}")
    if isinstance(command, c.Supervise):
        leader = command.leader or command.by.id
        said["leader"] = _person(leader, Role.LEADER, other, notes)
    if isinstance(command, c.ConfirmHandOver) and state.handed_over_to and other.access is None:
        said["by"] = _of_the_centre(command, state.handed_over_to, other, notes)
    if other.access is not None and command.by.role in STAFF:
        said["by"] = _with_a_part(command, state, other, notes)
    return (command.model_copy(update=said) if said else command), notes


def _knows(look_up: Any, name: str) -> bool:
    try:
        look_up(name)
    except UnknownName:
        return False
    return True


def tier_like(tier: str, other: Rulebook, book: Rulebook | None) -> str:
    """The other book's tier of this id, or of the same rank from below; the highest if it has fewer."""
    if _knows(other.tier, tier):
        return tier
    ranks = [each.id for each in book.tiers] if book else []
    if tier not in ranks:
        raise Untranslatable(f"tier: the other rules know no {tier!r}, and nobody says of which rank it was")
    return other.tiers[min(ranks.index(tier), len(other.tiers) - 1)].id


def _proposed(command: c.Classify, other: Rulebook, book: Rulebook | None) -> tuple[c.Command, list[str]]:
    proposal, notes = command.proposal, []
    if not _knows(other.category, proposal.category):
        raise Untranslatable(f"category: the other rules know no {proposal.category!r}")
    tier = tier_like(proposal.tier, other, book)
    matter = proposal.matter if proposal.matter and _knows(other.matter, proposal.matter) else None
    if tier != proposal.tier:
        notes.append(f"tier {proposal.tier} → {tier}")
    if matter != proposal.matter:
        notes.append(f"matter {proposal.matter} → none")
    return command.model_copy(update={"proposal": proposal.model_copy(update={"tier": tier, "matter": matter})}), notes


def _kind(command: c.Triage | c.Reclassify, other: Rulebook, book: Rulebook | None, notes: list[str]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if command.tier and (tier := tier_like(command.tier, other, book)) != command.tier:
        said["tier"] = tier
        notes.append(f"tier {command.tier} → {tier}")
    if command.matter and not _knows(other.matter, command.matter):
        said["matter"] = None
        notes.append(f"matter {command.matter} → none")
    if command.complained_about and not _knows(other.unit, command.complained_about):
        said["complained_about"] = None
        notes.append(f"unit complained about {command.complained_about} → none")
    return said


def _place(command: c.Receive, other: Rulebook, notes: list[str]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if command.section and not _knows(other.section_of, command.section):
        said["section"] = None
        notes.append(f"section {command.section} → none")
    if command.complained_about and not _knows(other.unit, command.complained_about):
        said["complained_about"] = None
        notes.append(f"unit complained about {command.complained_about} → none")
    return said


def _unit(command: Any, other: Rulebook, notes: list[str]) -> dict[str, Any]:
    """A unit the other book has not: its desk for a dispatch; its first centre for a hand-over; refused otherwise."""
    unit: str | None = command.unit
    if unit is None or _knows(other.unit, unit):
        return {}
    instead: str | None = None
    if isinstance(command, c.HandOver):
        instead = other.hand_over.centres[0]
    elif not isinstance(command, c.Dispatch):
        raise Untranslatable(f"unit: the other rules know no {unit!r}, and {command.NAME} names one")
    notes.append(f"unit {unit} → {instead or 'the desk of the other rules'}")
    return {"unit": instead}


def _person(person: str, role: Role, other: Rulebook, notes: list[str]) -> str:
    if _knows(other.staff_member, person):
        return person
    instead = next((staff.id for staff in other.staff if staff.role == role.value), None)
    if instead is None:
        raise Untranslatable(f"{role}: the other rules name none")
    notes.append(f"{role} {person} → {instead}")
    return instead


def _of_the_centre(command: c.Command, centre: str, other: Rulebook, notes: list[str]) -> Actor:
    staff = other.unit(centre).staff
    if command.by.id in staff or not staff:
        return command.by
    notes.append(f"{command.by.role} {command.by.id} → {staff[0]}")
    return Actor(role=command.by.role, id=staff[0])


def _with_a_part(command: c.Command, state: Petition, other: Rulebook, notes: list[str]) -> Actor:
    """Who has no part in it there is stood in for by somebody who has: new to the case and of the same role, if any."""
    by, wanted = command.by, TABLE[type(command)].parts
    if not wanted or may(by.id, wanted, state, other):
        return by
    asked = {each.by for each in (state.extension_asked, state.parking_asked) if each}
    able = dict.fromkeys(person for part in Part if part in wanted for person in people(part, state, other))

    def less_fitting(person: str) -> tuple[bool, bool]:
        return person in asked or person in state.handled_by, other.staff_member(person).role != by.role.value

    if not able:
        return by
    instead = min(able, key=less_fitting)
    notes.append(f"{by.role} {by.id} → {instead}")
    return Actor(role=by.role, id=instead)
