"""Decisions between units: dispatch, accept, return, transfer, escalate."""

from aggregates.event import Event
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.agenda import Step
from aggregates.petition.decisions.decision import Decision, Decisions
from aggregates.petition.decisions.door import decided_by_the_tier_above
from aggregates.petition.decisions.promises import posted
from aggregates.petition.decisions.refusal import Refused, event_header, owed, shown
from aggregates.petition.decisions.units import desk, escalated, of_the_tier, return_by
from aggregates.petition.state import Petition
from rulebook.model import Rulebook


def dispatch(state: Petition, command: c.Dispatch, rules: Rulebook) -> tuple[Event, ...]:
    """Give it to a unit. If the desk is complained about, escalate it to the tier above.

    Raises:
        Refused: the unit is unknown, complained about or of another tier; or the tier above decides.
    """
    decided_by_the_tier_above(state, command, rules)
    unit = command.unit or desk(state, rules)
    if unit is None:
        return (escalated(state, command, rules, "complaint", None),)
    of_the_tier(unit, state, rules)
    return (
        e.PetitionDispatched(
            **event_header(command, rules, rules.returns.rule),
            unit=unit,
            tier=state.tier or "",
            return_by=return_by(command.at, rules),
            moved=posted(state, unit, command.at, rules),
        ),
    )


def accept(state: Petition, command: c.Accept, rules: Rulebook) -> tuple[Event, ...]:
    """The unit accepts it."""
    return (e.PetitionAccepted(**event_header(command, rules), unit=at_unit(state)),)


def at_unit(state: Petition) -> str:
    """The responsible unit."""
    assert state.unit is not None
    return state.unit


def give_back(state: Petition, command: c.Return, rules: Rulebook) -> tuple[Event, ...]:
    """The unit returns it as not theirs, within its window; after so many returns the tier above decides.

    Raises:
        Refused: it is with the leader, the tier above has decided, or the window is over.
    """
    if state.with_leader:
        raise Refused("nobody-above", "return: the leader has it; there is nobody to return it to")
    if state.decided_above == "decided":
        raise Refused(
            "decided-above",
            "return: the tier above decided that it is this unit's; reply, or ask another unit to assist",
        )
    if state.return_by and command.at >= state.return_by:
        raise Refused(
            "window-closed",
            f"return: the window in which the unit could say so ended {shown(state.return_by, rules)}; "
            "transfer or reply",
        )
    return (
        e.PetitionReturned(
            **event_header(command, rules, rules.returns.rule),
            unit=at_unit(state),
            resident=state.resident,
            reason=command.reason,
            count=state.returns + 1,
            decided_above=state.returns_here + 1 >= rules.returns.decided_above_after,
        ),
    )


def transfer(state: Petition, command: c.Transfer, rules: Rulebook) -> tuple[Event, ...]:
    """Move it to another unit of the tier; the clock runs on.

    Raises:
        Refused: it is the same unit, or one that is unknown, complained about or of another tier.
    """
    if command.unit == state.unit:
        raise Refused("same-unit", f"unit: expected another unit than {state.unit}")
    of_the_tier(command.unit, state, rules)
    return (
        e.PetitionTransferred(
            **event_header(command, rules, rules.returns.rule),
            from_unit=at_unit(state),
            unit=command.unit,
            resident=state.resident,
            reason=command.reason,
            return_by=return_by(command.at, rules),
            moved=posted(state, command.unit, command.at, rules),
        ),
    )


def escalate(state: Petition, command: c.Escalate, rules: Rulebook) -> tuple[Event, ...]:
    """Escalate it after the tier's deadline.

    Raises:
        Refused: the deadline has not passed.
    """
    owed(state, command, Step.ESCALATE, rules)
    return (escalated(state, command, rules, "deadline", state.due_at),)


DECISIONS: Decisions = {
    c.Dispatch: Decision(dispatch, e.PetitionDispatched),
    c.Accept: Decision(accept, e.PetitionAccepted),
    c.Return: Decision(give_back, e.PetitionReturned),
    c.Transfer: Decision(transfer, e.PetitionTransferred),
    c.Escalate: Decision(escalate, e.PetitionEscalated),
}
