"""Reminders: before a clock ends, of what is late, and of leaders who watch a petition."""

from aggregates.event import Event
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.agenda import Step
from aggregates.petition.decisions.decision import Decision, Decisions
from aggregates.petition.decisions.refusal import Refused, event_header, known, owed
from aggregates.petition.decisions.units import leaders_unit
from aggregates.petition.parts import recused
from aggregates.petition.state import IN_REVIEW, Petition
from rulebook.clocks import opening_after
from rulebook.model import Rulebook


def remind(state: Petition, command: c.Remind, rules: Rulebook) -> tuple[Event, ...]:
    """Remind the unit before the tier's deadline; with the leader, remind the leader.

    Raises:
        Refused: the reminder is not due.
    """
    owed(state, command, Step.REMIND, rules)
    again = opening_after(command.at, rules.leader.remind_every_days, rules) if state.with_leader else None
    return (
        e.PetitionReminded(
            **event_header(command, rules, rules.leader.rule if state.with_leader else rules.reminders.rule),
            unit=state.unit,
            number=state.reminders_given + 1,
            due_at=state.due_at,
            next_at=again,
        ),
    )


def _about(state: Petition) -> str | None:
    """The unit that the clock binds."""
    return state.review_unit if state.stage in IN_REVIEW else state.unit


def warn(state: Petition, command: c.Warn, rules: Rulebook) -> tuple[Event, ...]:
    """Warn the unit before a clock other than the tier's ends; a late review, again until it is decided.

    Raises:
        Refused: the warning is not due.
    """
    running = state.clocks[owed(state, command, Step.WARN, rules).clock]
    late = running.breached_at is not None
    return (
        e.ClockWarned(
            **event_header(command, rules, rules.leader.rule if late else rules.reminders.rule),
            clock=running.clock.name,
            unit=_about(state),
            number=running.reminders_given + 1,
            due_at=running.clock.due_at,
            next_at=opening_after(command.at, rules.leader.remind_every_days, rules) if late else None,
        ),
    )


def breach(state: Petition, command: c.Breach, rules: Rulebook) -> tuple[Event, ...]:
    """Record, once, that a clock other than the tier's was missed, and report it to the leader.

    Raises:
        Refused: the clock has not ended.
    """
    clock = state.clocks[owed(state, command, Step.BREACH, rules).clock].clock
    again = opening_after(command.at, rules.leader.remind_every_days, rules) if state.stage in IN_REVIEW else None
    return (
        e.ClockBreached(
            **event_header(command, rules, clock.rule),
            clock=clock.name,
            unit=_about(state),
            due_at=clock.due_at,
            leader=leaders_unit(state, rules),
            next_at=again,
        ),
    )


def supervise(state: Petition, command: c.Supervise, rules: Rulebook) -> tuple[Event, ...]:
    """A leader watches the petition until it is settled.

    Raises:
        Refused: the person is no leader, watches it already, or is of the unit complained about.
    """
    leader = command.leader or command.by.id
    if known("leader", rules.staff_member, leader).role != "leader":
        raise Refused("not-a-leader", f"leader: expected a leader of the rulebook; {leader} has another role")
    if leader == state.supervised_by:
        raise Refused("watches-already", f"leader: {leader} watches it already")
    if leader in recused(state, rules):
        raise Refused("complained-about", f"leader: {leader} is of the unit complained about; name another leader")
    at = opening_after(command.at, rules.supervision.remind_every_days, rules)
    return (e.PetitionSupervised(**event_header(command, rules, rules.supervision.rule), leader=leader, next_at=at),)


def remind_leader(state: Petition, command: c.RemindLeader, rules: Rulebook) -> tuple[Event, ...]:
    """Remind the leader who watches it.

    Raises:
        Refused: the reminder is not due.
    """
    owed(state, command, Step.REMIND_LEADER, rules)
    return (
        e.LeaderReminded(
            **event_header(command, rules, rules.supervision.rule),
            leader=state.supervised_by or "",
            number=state.supervisor_reminders + 1,
            next_at=opening_after(command.at, rules.supervision.remind_every_days, rules),
        ),
    )


DECISIONS: Decisions = {
    c.Remind: Decision(remind, e.PetitionReminded),
    c.Warn: Decision(warn, e.ClockWarned),
    c.Breach: Decision(breach, e.ClockBreached),
    c.Supervise: Decision(supervise, e.PetitionSupervised),
    c.RemindLeader: Decision(remind_leader, e.LeaderReminded),
}
