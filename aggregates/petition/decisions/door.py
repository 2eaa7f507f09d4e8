"""Decisions at intake: receive, classify, triage, correct, merge; who asks, and who may know it."""

from datetime import datetime, timedelta
from typing import Any, Literal

from aggregates.event import Clock, Event, Role, Urgent
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.decisions.decision import Decision, Decisions
from aggregates.petition.decisions.promises import clocks_beside, promised
from aggregates.petition.decisions.refusal import Refused, event_header, known
from aggregates.petition.decisions.units import first_desk
from aggregates.petition.decisions.whose_word import whose_word
from aggregates.petition.parts import recused, staff_of, stands_above
from aggregates.petition.state import Petition, evolve
from rulebook.model import Rulebook


def receive(_: Petition, command: c.Receive, rules: Rulebook) -> tuple[Event, ...]:
    """Take the petition in: it gets its receipt and its first clocks.

    Raises:
        Refused: `submitted_at` is in the future, or the section is unknown.
    """
    if not command.text.strip():
        raise Refused("text-missing", "text: expected what the resident asks for; found nothing")
    if len(command.text) > rules.intake.max_text_chars:
        raise Refused(
            "text-too-long",
            f"text: expected at most {rules.intake.max_text_chars} characters; found {len(command.text)}",
        )
    if command.complained_about:
        known("unit", rules.unit, command.complained_about)
    counted_from, start = _start(command, rules)
    door = rules.tiers[0]
    clock = promised(door.clock, start, rules)
    return (
        e.PetitionReceived(
            **{**event_header(command, rules, clock.rule), "at": start},
            receipt=command.receipt,
            resident=command.resident,
            channel=command.channel,
            community=command.community,
            anonymous=command.anonymous,
            confidential=command.confidential,
            **_complaint(command.complained_about, rules),
            urgent=command.urgent,
            priority=_priority(command.urgent, rules),
            submitted_at=command.submitted_at,
            counted_from=counted_from,
            tier=door.id,
            clock=clock,
            beside=clocks_beside(None, command.channel, start, rules),
            title=command.title,
            text=command.text,
            name=command.name,
            phone=command.phone,
            address=command.address,
            section=_section(command, rules),
        ),
    )


def _section(command: c.Receive, rules: Rulebook) -> str | None:
    """The section of the grid, even if one of its buildings was named: no smaller place is recorded."""
    return known("section", rules.section_of, command.section).id if command.section else None


def _start(command: c.Receive, rules: Rulebook) -> tuple[Literal["submission", "entry"], datetime]:
    """When the petition starts to count: at submission if entered within the rulebook's limit, else at entry.

    Raises:
        Refused: `submitted_at` is after `at`.
    """
    submitted = command.submitted_at
    if submitted is None:
        return "entry", command.at
    if submitted > command.at:
        raise Refused("future-date", f"submitted_at: expected a time that has been; found {submitted.isoformat()}")
    late = command.at - submitted > timedelta(days=rules.intake.counts_from_submission_within_days)
    return ("entry", command.at) if late else ("submission", submitted)


def _complaint(unit: str | None, rules: Rulebook) -> dict[str, Any]:
    """The unit complained about, and who works there now."""
    return {"complained_about": unit, "recused": staff_of(unit, rules)}


def _priority(cause: Urgent | None, rules: Rulebook) -> int:
    urgency = rules.urgency
    return {"life": urgency.life, "elderly": urgency.elderly, "minor": urgency.minor}.get(
        cause or "", urgency.otherwise
    )


def classify(state: Petition, command: c.Classify, rules: Rulebook) -> tuple[Event, ...]:
    """Record the classifier's proposal; from the confidence line on, the petition is triaged with it automatically."""
    proposal = command.proposal
    _, unit = first_desk(proposal.category, state.tier or rules.tiers[0].id, state, rules)
    classified = e.PetitionClassified(
        **event_header(command, rules, rules.triage.rule), **proposal.model_dump(), unit=unit
    )
    if proposal.needs_human:
        return (classified,)
    after = evolve(state, classified)
    sorted_as = _Sorted(proposal.category, proposal.tier, proposal.matter)
    return (classified, _triaged(after, command, rules, "automatic", sorted_as))


def triage(state: Petition, command: c.Triage, rules: Rulebook) -> tuple[Event, ...]:
    """A person confirms or corrects the proposal.

    Raises:
        Refused: after too many returns, by anybody but a leader of a higher tier; or a name is unknown or does not fit.
    """
    decided_by_the_tier_above(state, command, rules)
    found = _sorted(state, command, rules)
    same = found == _Sorted(state.category or "", state.proposed_tier or "", state.matter)
    basis = "confirmed" if same else "corrected"
    return (_triaged(state, command, rules, basis, found, command.complained_about),)


def decided_by_the_tier_above(state: Petition, command: c.Command, rules: Rulebook) -> None:
    """After the rulebook's number of returns, refuse everybody but a leader of a higher tier.

    Raises:
        Refused: `decided-above`, if the actor is not one of `leaders_above`.
    """
    if state.decided_above != "asked":
        return
    leaders = leaders_above(state, rules)
    if command.by.role is not Role.LEADER or command.by.id not in leaders:
        raise Refused(
            "decided-above",
            f"{command.NAME}: it was returned {rules.returns.decided_above_after} times; "
            f"a leader of the tier above decides whose it is: {', '.join(leaders)}",
        )


def leaders_above(state: Petition, rules: Rulebook) -> list[str]:
    """Leaders of a tier above the petition's, or over all tiers; if all are recused, any other leader."""
    order = [tier.id for tier in rules.tiers]
    higher = order[order.index(state.tier or order[0]) + 1 :]
    out = recused(state, rules)
    leaders = [person.id for person in rules.staff if person.role == "leader" and person.id not in out]
    above = [leader for leader in leaders if stands_above(leader, higher[0] if higher else None, rules)]
    return above or leaders


class _Sorted(tuple[str, str, str | None]):
    """Category, tier and matter together."""

    __slots__ = ()

    def __new__(cls, category: str, tier: str, matter: str | None) -> "_Sorted":
        return super().__new__(cls, (category, tier, matter))


def _sorted(state: Petition, command: c.Triage | c.Reclassify, rules: Rulebook) -> _Sorted:
    """What the person named, completed from the matter and from what was known before.

    Raises:
        Refused: a name is unknown, or the matter belongs to another category.
    """
    matter = command.matter
    named = known("matter", rules.matter, matter) if matter else None
    category = command.category or (named.category if named else state.category)
    tier = command.tier or (named.tier if named else state.proposed_tier)
    assert category is not None
    assert tier is not None
    known("category", rules.category, category)
    known("tier", rules.tier, tier)
    if command.complained_about:
        known("unit", rules.unit, command.complained_about)
    if named and named.category != category:
        raise Refused("matter-of-another-category", f"matter: {matter} is {named.category}, not {category}")
    kept = matter or (state.matter if state.matter and rules.matter(state.matter).category == category else None)
    return _Sorted(category, tier, kept)


def _clocks(state: Petition, found: _Sorted, rules: Rulebook) -> tuple[str, Clock, tuple[Clock, ...]]:
    """The petition's tier and its clocks, from where they began: time used stays used.

    A petition that has risen already is not sent down again; its clock runs on.
    """
    category, tier, _ = found
    order = [entry.id for entry in rules.tiers]
    assert state.tier is not None
    assert state.received_at is not None
    assert state.clock is not None
    risen = state.escalations > 0 and order.index(state.tier) >= order.index(tier)
    stays = state.with_leader or risen or tier == state.tier
    clock = state.clock if stays else promised(rules.tier(tier).clock, state.clock.started_at, rules, like=state.clock)
    had = [each.clock for each in state.clocks.values()]
    beside = clocks_beside(category, state.channel, state.received_at, rules, had)
    return state.tier if stays else tier, clock, beside


def _triaged(
    state: Petition,
    command: c.Command,
    rules: Rulebook,
    basis: Any,
    found: _Sorted,
    complained_about: str | None = None,
) -> Event:
    tier, clock, beside = _clocks(state, found, rules)
    return e.PetitionTriaged(
        **event_header(command, rules, clock.rule),
        category=found[0],
        tier=tier,
        matter=found[2],
        basis=basis,
        clock=clock,
        beside=beside,
        **_complaint(complained_about, rules),
    )


def reclassify(state: Petition, command: c.Reclassify, rules: Rulebook) -> tuple[Event, ...]:
    """Correct the kind after the dispatch. The unit keeps it unless the tier changes or the unit is complained about.

    Raises:
        Refused: nothing changes; or a name is unknown or does not fit.
    """
    found = _sorted(state, command, rules)
    tier, clock, beside = _clocks(state, found, rules)
    complained = command.complained_about
    if (
        found == (state.category, tier, state.matter)
        and tier == state.tier
        and complained in (None, *state.complained_about)
    ):
        raise Refused("nothing-changes", "reclassify: it is of this category, tier and matter already; name another")
    return (
        e.PetitionReclassified(
            **event_header(command, rules, clock.rule),
            category=found[0],
            tier=tier,
            matter=found[2],
            unit_stays=tier == state.tier and (complained is None or complained != state.unit),
            clock=clock,
            beside=beside,
            **_complaint(complained, rules),
            resident=state.resident,
            reason=command.reason,
        ),
    )


def contact(_: Petition, command: c.Contact, rules: Rulebook) -> tuple[Event, ...]:
    """Record that somebody spoke with the resident."""
    return (e.ResidentContacted(**event_header(command, rules), how=command.how),)


def add_resident(state: Petition, command: c.AddResident, rules: Rulebook) -> tuple[Event, ...]:
    """Add a resident who asks for the same.

    Raises:
        Refused: the resident is one of those who ask already.
    """
    if command.resident in (state.resident, *state.joined):
        raise Refused("joined-already", "join: this resident is one of those who ask already")
    return (
        e.ResidentJoined(
            **event_header(command, rules),
            resident=command.resident,
            number=state.residents + 1,
            known=whose_word(command),
            name=command.name,
            phone=command.phone,
            address=command.address,
        ),
    )


def set_confidential(state: Petition, command: c.SetConfidential, rules: Rulebook) -> tuple[Event, ...]:
    """Hide from the units who asks, or no longer; no longer is the resident's own, proven word.

    Raises:
        Refused: it is so already, or nobody has proven to be the resident.
    """
    if command.confidential == state.confidential:
        raise Refused(
            "nothing-changes", f"confidential: it is {'' if state.confidential else 'not '}confidential already"
        )
    known = whose_word(command, proven=not command.confidential)
    return (e.ConfidentialitySet(**event_header(command, rules), confidential=command.confidential, known=known),)


def set_urgency(state: Petition, command: c.SetUrgency, rules: Rulebook) -> tuple[Event, ...]:
    """Set or remove the cause of urgency, and with it the priority.

    Raises:
        Refused: it is noted already.
    """
    if command.cause == state.urgent:
        raise Refused("nothing-changes", f"urgent: {command.cause or 'not urgent'} is noted already")
    priority = _priority(command.cause, rules)
    return (e.UrgencySet(**event_header(command, rules, rules.urgency.rule), cause=command.cause, priority=priority),)


def merge(state: Petition, command: c.Merge, rules: Rulebook) -> tuple[Event, ...]:
    """Merge into a petition that reported the same before. The caller has checked that one (`office/merging.py`).

    Raises:
        Refused: `into` is this petition.
    """
    if command.into == state.id:
        raise Refused("same-petition", "merge: a petition cannot be merged into itself; give the other one's receipt")
    return (
        e.PetitionMerged(
            **event_header(command, rules),
            into=command.into,
            resident=state.resident,
            reason=command.reason,
        ),
    )


def unmerge(state: Petition, command: c.Unmerge, rules: Rulebook) -> tuple[Event, ...]:
    """Undo a merge, with the clocks as they were: not the same thing, or the other petition was withdrawn.

    The time in between counts, as the resident waited: what became due meanwhile is due at once. Whether the other one
    was withdrawn is found by `office/merging.py`.
    """
    return (
        e.PetitionUnmerged(
            **event_header(command, rules),
            was_in=state.merged_into or "",
            cause="left_alone" if command.by.role is Role.ENGINE else "different",
            known=whose_word(command),
            resident=state.resident,
            reason=command.reason,
        ),
    )


def withdraw(state: Petition, command: c.Withdraw, rules: Rulebook) -> tuple[Event, ...]:
    """The resident withdraws it; nothing is owed any more. For several residents, staff do it once all agree.

    Raises:
        Refused: one of several residents withdraws, or nobody has proven to be the resident.
    """
    known = whose_word(command, proven=True)
    if state.joined and command.by.role is Role.RESIDENT:
        raise Refused(
            "joint",
            f"withdraw: {state.residents} residents ask for this together; staff note it (--by) once all of them agree",
        )
    said = {"resident": state.resident, "known": known, "reason": command.reason}
    return (e.PetitionWithdrawn(**event_header(command, rules), **said),)


def give_code(state: Petition, command: c.GiveCode, rules: Rulebook) -> tuple[Event, ...]:
    """A resident at the counter gets a new code; the code itself is made by the office and is in no event.

    Raises:
        Refused: there are not so many residents.
    """
    if not 1 <= command.number <= state.residents:
        raise Refused("no-such-resident", f"number: expected 1 to {state.residents}; found {command.number}")
    return (e.CodeGiven(**event_header(command, rules), number=command.number, seen=command.seen),)


DECISIONS: Decisions = {
    c.Receive: Decision(receive, e.PetitionReceived),
    c.Classify: Decision(classify, e.PetitionClassified),
    c.Triage: Decision(triage, e.PetitionTriaged),
    c.Reclassify: Decision(reclassify, e.PetitionReclassified),
    c.Contact: Decision(contact, e.ResidentContacted),
    c.AddResident: Decision(add_resident, e.ResidentJoined),
    c.SetConfidential: Decision(set_confidential, e.ConfidentialitySet),
    c.SetUrgency: Decision(set_urgency, e.UrgencySet),
    c.Merge: Decision(merge, e.PetitionMerged),
    c.Unmerge: Decision(unmerge, e.PetitionUnmerged),
    c.Withdraw: Decision(withdraw, e.PetitionWithdrawn),
    c.GiveCode: Decision(give_code, e.CodeGiven),
}
