"""Decisions: `decide(state, command, rules) -> events`, or a refusal with its reason.

Pure. One small function a command, by subject: `door`, `routing`, `helping`, `reminding`, `waiting`, `answers`,
`looking`; the actor's part: `access`. First the table in `what_may_follow.py` is checked, then that in `for_whom.py`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from aggregates.event import Actor, Event
from aggregates.petition import commands as c
from aggregates.petition.agenda import Step
from aggregates.petition.decisions import answers, door, helping, looking, reminding, routing, setting_aside, waiting
from aggregates.petition.decisions.access import has_part
from aggregates.petition.decisions.promises import explained
from aggregates.petition.decisions.refusal import Refused, not_ahead
from aggregates.petition.state import Petition
from aggregates.petition.what_may_follow import TABLE
from rulebook.model import Rulebook

__all__ = ["Refused", "command_for", "decide", "explained"]


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
    return _DECISIONS[type(command)](state, command, rules)


_DECISIONS: dict[type[c.Command], Callable[[Petition, Any, Rulebook], tuple[Event, ...]]] = {
    c.Receive: door.receive,
    c.Classify: door.classify,
    c.Triage: door.triage,
    c.Reclassify: door.reclassify,
    c.Contact: door.contact,
    c.AddResident: door.add_resident,
    c.SetConfidential: door.set_confidential,
    c.SetUrgency: door.set_urgency,
    c.Merge: door.merge,
    c.Unmerge: door.unmerge,
    c.Withdraw: door.withdraw,
    c.ReadSealedFields: looking.read,
    c.SetAside: setting_aside.set_aside,
    c.Dispatch: routing.dispatch,
    c.Accept: routing.accept,
    c.Return: routing.give_back,
    c.Transfer: routing.transfer,
    c.Escalate: routing.escalate,
    c.Assist: helping.assist,
    c.EndAssist: helping.end_assist,
    c.TakePapers: helping.take_papers,
    c.CarryPapers: helping.carry_papers,
    c.BringResult: helping.bring_result,
    c.HandOver: helping.hand_over,
    c.ConfirmHandOver: helping.confirm_hand_over,
    c.OpenMediation: helping.open_mediation,
    c.EndMediation: helping.end_mediation,
    c.Refer: helping.refer,
    c.DecideReferral: helping.decide_referral,
    c.Remind: reminding.remind,
    c.Warn: reminding.warn,
    c.Breach: reminding.breach,
    c.Supervise: reminding.supervise,
    c.RemindLeader: reminding.remind_leader,
    c.RequestExtension: waiting.ask_extension,
    c.DecideExtension: waiting.decide_extension,
    c.Pause: waiting.pause,
    c.Resume: waiting.resume,
    c.RequestParking: waiting.ask_parking,
    c.DecideParking: waiting.decide_parking,
    c.Unpark: waiting.unpark,
    c.Recompute: waiting.recompute,
    c.Reply: answers.reply,
    c.AskFollowUp: answers.ask,
    c.Confirm: answers.confirm,
    c.Dispute: answers.dispute,
    c.RequestReview: answers.request_review,
    c.DecideReview: answers.decide_review,
    c.Close: answers.close,
}


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
