"""Which unit may have a petition: desks and tiers; never the unit complained about."""

from datetime import datetime
from typing import Any

from aggregates.command import Command
from aggregates.petition import events as e
from aggregates.petition.decisions.promises import posting, promised
from aggregates.petition.decisions.refusal import Refused, event_header, known
from aggregates.petition.state import Petition
from rulebook.clocks import opening_after
from rulebook.model import Rulebook


def leaders_unit(state: Petition, rules: Rulebook) -> str:
    """The leader's unit, or its stand-in if the leader's unit is complained about."""
    return rules.leader.stands_in if rules.leader.unit in state.complained_about else rules.leader.unit


def desk(state: Petition, rules: Rulebook) -> str | None:
    """The unit the rulebook dispatches to; None: it is complained about, and the tier above must take over.

    The leader's own unit is nobody's desk, even if a matter says so: it gets only what has risen to it.
    """
    assert state.category is not None
    assert state.tier is not None
    if state.with_leader:
        return leaders_unit(state, rules)
    matter = rules.matter(state.matter) if state.matter else None
    wanted = [matter.desk] if matter and matter.tier == state.tier and matter.desk != rules.leader.unit else []
    wanted.append(rules.desk(state.category, state.tier))
    return next((unit for unit in wanted if unit not in state.complained_about), None)


def first_desk(category: str, tier: str, state: Petition, rules: Rulebook) -> tuple[str | None, str]:
    """From this tier upwards, the first tier whose desk is not complained about, and the desk; None: the leader."""
    above = rules.tier(tier)
    while rules.desk(category, above.id) in state.complained_about:
        higher = rules.tier_after(above.id)
        if higher is None:
            return None, leaders_unit(state, rules)
        above = higher
    return above.id, rules.desk(category, above.id)


def not_complained_about(state: Petition, unit: str) -> None:
    """Refuse a unit that this petition complains about.

    Raises:
        Refused: `complained-about`, if `unit` is one of those it complains about.
    """
    if unit in state.complained_about:
        raise Refused(
            "complained-about", f"unit: {unit} is complained about here and cannot have it; name another unit"
        )


def of_the_tier(unit: str, state: Petition, rules: Rulebook) -> None:
    """Refuse a unit that is not of the petition's tier; the leader's own unit only gets what has risen to it.

    Raises:
        Refused: the unit is unknown, complained about, or of another tier.
    """
    named, leader = known("unit", rules.unit, unit), rules.leader.unit
    not_complained_about(state, unit)
    fits = state.with_leader if unit == leader else named.tier == state.tier
    if not fits and not (state.with_leader and unit == leaders_unit(state, rules)):
        fitting = ", ".join(
            entry.id
            for entry in rules.units
            if entry.tier == state.tier and entry.id not in (leader, *state.complained_about)
        )
        raise Refused("unit-of-another-tier", f"unit: expected one of the tier {state.tier}: {fitting}; found {unit!r}")


def escalated(
    state: Petition, command: Command, rules: Rulebook, cause: Any, missed: datetime | None
) -> e.PetitionEscalated:
    """The escalation to the tier above, with a new clock; above the last tier the leader, reminded until it is done.

    Raises:
        Refused: `no-calendar`, if the calendars do not cover the new clock.
    """
    assert state.tier is not None
    higher = None if state.with_leader else rules.tier_after(state.tier)
    tier, unit = (
        first_desk(state.category or "", higher.id, state, rules) if higher else (None, leaders_unit(state, rules))
    )
    clock = (
        promised(rules.tier(tier).clock, command.at, rules, postings=posting(unit, command.at, rules)) if tier else None
    )
    return e.PetitionEscalated(
        **event_header(command, rules, clock.rule if clock else rules.leader.rule),
        cause=cause,
        from_tier=state.tier,
        to_tier=tier,
        unit=unit,
        missed_due_at=missed,
        clock=clock,
        return_by=return_by(command.at, rules) if clock else None,
        next_at=None if clock else opening_after(command.at, rules.leader.remind_every_days, rules),
    )


def return_by(at: datetime, rules: Rulebook) -> datetime:
    """The end of the window in which a unit may return it."""
    return opening_after(at, rules.returns.window_days + 1, rules)
