"""Decisions: `decide(state, command, rules) -> events`, or a refusal with its reason.

Pure. One small function a command, by subject: `door`, `routing`, `helping`, `reminding`, `waiting`, `answers`,
`looking`, `setting_aside`, each with a table of its commands at its end; who may at all: `access`. The table in
`what_may_follow.py` is asked first.
"""

from datetime import datetime

from aggregates.event import Actor, Event
from aggregates.petition import commands as c
from aggregates.petition.agenda import Step
from aggregates.petition.decisions import answers, door, helping, looking, reminding, routing, setting_aside, waiting
from aggregates.petition.decisions.access import has_part
from aggregates.petition.decisions.decision import Decisions
from aggregates.petition.decisions.promises import explained
from aggregates.petition.decisions.refusal import Refused, not_ahead
from aggregates.petition.state import Petition
from aggregates.petition.what_may_follow import TABLE
from rulebook.model import Rulebook

__all__ = ["DECISIONS", "Refused", "command_for", "decide", "explained"]


def decide(state: Petition, command: c.Command, rules: Rulebook) -> tuple[Event, ...]:
    """The events that follow from a command.

    Raises:
        Refused: stage, role or person do not allow it, `at` is wrong, or the rulebook does not know a name.
    """
    row = TABLE[type(command)]
    if state.stage not in row.stages:
        allowed = ", ".join(sorted(row.stages))
        raise Refused(
            "not-now",
            f"{command.NAME} is not possible while the petition is {state.stage}; only while: {allowed}",
        )
    if command.by.role not in row.roles:
        allowed = ", ".join(sorted(row.roles))
        raise Refused("not-yours", f"{command.NAME} is not for the role {command.by.role}; it is for: {allowed}")
    not_ahead(command, rules)
    if state.received_at and command.at < state.received_at:
        raise Refused(
            "too-early",
            f"{command.NAME} at {command.at.isoformat()} would be before the petition was received",
        )
    has_part(command, state, rules)
    return DECISIONS[type(command)].decide(state, command, rules)


DECISIONS: Decisions = {
    **door.DECISIONS,
    **routing.DECISIONS,
    **helping.DECISIONS,
    **reminding.DECISIONS,
    **waiting.DECISIONS,
    **answers.DECISIONS,
    **looking.DECISIONS,
    **setting_aside.DECISIONS,
}
"""What decides each command: the tables at the ends of those files."""


def command_for(step: Step, state: Petition, at: datetime) -> c.Command:
    """The engine's command for a step of the agenda; `classify` needs a proposal and is built by its activity.

    Raises:
        KeyError: for `classify`.
    """
    kinds: dict[Step, type[c.Command]] = {
        Step.DISPATCH: c.Dispatch,
        Step.REMIND: c.Remind,
        Step.ESCALATE: c.Escalate,
        Step.WARN: c.Warn,
        Step.BREACH: c.Breach,
        Step.REMIND_LEADER: c.RemindLeader,
        Step.RESUME: c.Resume,
        Step.LOOK_AGAIN: c.Unpark,
        Step.FOLLOW_UP: c.AskFollowUp,
        Step.CLOSE: c.Close,
    }
    assert state.open
    return kinds[step](at=at, by=Actor.engine())
