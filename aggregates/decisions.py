"""What follows from a command: `decide(state, command, rules) -> events`, or a refusal that says why.

Pure. One small function a command; the table in `what_may_follow.py` is asked first.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

from aggregates import commands as c
from aggregates import events as e
from aggregates.agenda import Step, agenda
from aggregates.events import Actor, Clock, Event, Role
from aggregates.state import Petition, Stage, evolve
from aggregates.what_may_follow import TABLE
from rulebook.calendar import CalendarError
from rulebook.clocks import deadline, moment_at, opening_after
from rulebook.model import Rulebook, UnknownName

T = TypeVar("T")
READABLE = ("title", "text", "name", "phone", "address")


class Refused(Exception):
    """A command that may not follow now. `code` is stable for programs, the message is for a clerk."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def decide(state: Petition, command: c.Command, rules: Rulebook) -> tuple[Event, ...]:
    """Events that follow from a command.

    Raises:
        Refused: the command may not follow now, is not this role's, or names something the rulebook does not know.
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
    if state.received_at and command.at < state.received_at:
        raise Refused(
            "too-early",
            f"{command.NAME} at {command.at.isoformat()} would be before the petition was received",
        )
    return _DECISIONS[type(command)](state, command, rules)


def _said(command: c.Command, rules: Rulebook, rule: str | None = None) -> dict[str, Any]:
    return {"at": command.at, "by": command.by, "rulebook": rules.hash, "rule": rule}


def tier_clock(rules: Rulebook, tier: str, start: datetime) -> Clock:
    """The clock of a tier from `start`, with its reminders, as the rulebook says.

    Raises:
        Refused: the calendar does not reach back to `start`.
    """
    try:
        promise = deadline(rules.tier(tier).clock, start, rules)
    except CalendarError as error:
        raise Refused("no-calendar", str(error)) from error
    reminders = (moment_at(part, promise.started_at, promise.due_at, rules) for part in rules.reminders.at)
    return Clock(
        rule=promise.rule,
        started_at=promise.started_at,
        due_at=promise.due_at,
        reminders=tuple(reminders),
        provisional=promise.provisional,
        calendar=promise.calendar,
    )


def _receive(_: Petition, command: c.Receive, rules: Rulebook) -> tuple[Event, ...]:
    if not command.text.strip():
        raise Refused("text-missing", "text: expected what the resident asks for; found nothing")
    if len(command.text) > rules.intake.max_text_chars:
        raise Refused(
            "text-too-long",
            f"text: expected at most {rules.intake.max_text_chars} characters; found {len(command.text)}",
        )
    counted_from, start = _start(command, rules)
    door = rules.tiers[0].id
    clock = tier_clock(rules, door, start)
    return (
        e.PetitionReceived(
            **{**_said(command, rules, clock.rule), "at": start},
            receipt=command.receipt,
            resident=command.resident,
            channel=command.channel,
            community=command.community,
            anonymous=command.anonymous,
            submitted_at=command.submitted_at,
            counted_from=counted_from,
            tier=door,
            clock=clock,
            title=command.title,
            text=command.text,
            name=command.name,
            phone=command.phone,
            address=command.address,
        ),
    )


def _start(command: c.Receive, rules: Rulebook) -> tuple[Literal["submission", "entry"], datetime]:
    """A petition counts from when it was submitted, if it was entered within the rulebook's days of that."""
    submitted = command.submitted_at
    if submitted is None:
        return "entry", command.at
    if submitted > command.at:
        raise Refused("future-date", f"submitted_at: expected a time that has been; found {submitted.isoformat()}")
    late = command.at - submitted > timedelta(days=rules.intake.counts_from_submission_within_days)
    return ("entry", command.at) if late else ("submission", submitted)


def _classify(state: Petition, command: c.Classify, rules: Rulebook) -> tuple[Event, ...]:
    proposal = command.proposal
    classified = e.PetitionClassified(
        **_said(command, rules, rules.triage.rule),
        **proposal.model_dump(),
        unit=rules.desk(proposal.category, state.tier or rules.tiers[0].id),
    )
    if proposal.needs_human:
        return (classified,)
    triaged = _triaged(
        evolve(state, classified),
        command,
        rules,
        "automatic",
        proposal.category,
        proposal.tier,
        proposal.matter,
    )
    return (classified, triaged)


def _triage(state: Petition, command: c.Triage, rules: Rulebook) -> tuple[Event, ...]:
    matter = command.matter
    named = _known("matter", rules.matter, matter) if matter else None
    category = command.category or (named.category if named else state.category)
    tier = command.tier or (named.tier if named else state.proposed_tier)
    assert category is not None
    assert tier is not None
    _known("category", rules.category, category)
    _known("tier", rules.tier, tier)
    if named and named.category != category:
        raise Refused("matter-of-another-category", f"matter: {matter} is {named.category}, not {category}")
    kept = matter or (state.matter if state.matter and rules.matter(state.matter).category == category else None)
    same = (category, tier, kept) == (state.category, state.proposed_tier, state.matter)
    return (_triaged(state, command, rules, "confirmed" if same else "corrected", category, tier, kept),)


def _known(field: str, look_up: Callable[[str], T], value: str) -> T:
    try:
        return look_up(value)
    except UnknownName as error:
        raise Refused(f"unknown-{field}", f"{field}: {error}") from error


def _triaged(
    state: Petition,
    command: c.Command,
    rules: Rulebook,
    basis: Any,
    category: str,
    tier: str,
    matter: str | None,
) -> Event:
    """A petition that has risen already is not sent down again; its clock runs on."""
    order = [entry.id for entry in rules.tiers]
    assert state.tier is not None
    assert state.received_at is not None
    assert state.clock is not None
    risen = state.escalations > 0 and order.index(state.tier) >= order.index(tier)
    stays = state.with_leader or risen or tier == state.tier
    clock = state.clock if stays else tier_clock(rules, tier, state.received_at)
    return e.PetitionTriaged(
        **_said(command, rules, clock.rule),
        category=category,
        tier=state.tier if stays else tier,
        matter=matter,
        basis=basis,
        clock=clock,
    )


def _dispatch(state: Petition, command: c.Dispatch, rules: Rulebook) -> tuple[Event, ...]:
    unit = command.unit or _desk(state, rules)
    _unit_of_tier(unit, state, rules)
    return (
        e.PetitionDispatched(
            **_said(command, rules, rules.returns.rule),
            unit=unit,
            tier=state.tier or "",
            return_by=_return_by(command.at, rules),
        ),
    )


def _desk(state: Petition, rules: Rulebook) -> str:
    assert state.category is not None
    assert state.tier is not None
    if state.with_leader:
        return rules.leader.unit
    matter = rules.matter(state.matter) if state.matter else None
    return matter.desk if matter and matter.tier == state.tier else rules.desk(state.category, state.tier)


def _unit_of_tier(unit: str, state: Petition, rules: Rulebook) -> None:
    """The leader's own unit is of no tier: it has what rose to it, and nothing is sent there past the ladder."""
    named, leader = _known("unit", rules.unit, unit), rules.leader.unit
    fits = state.with_leader if unit == leader else named.tier == state.tier
    if not fits:
        fitting = ", ".join(entry.id for entry in rules.units if entry.tier == state.tier and entry.id != leader)
        raise Refused("unit-of-another-tier", f"unit: expected one of the tier {state.tier}: {fitting}; found {unit!r}")


def _return_by(at: datetime, rules: Rulebook) -> datetime:
    return opening_after(at, rules.returns.window_days + 1, rules)


def _accept(state: Petition, command: c.Accept, rules: Rulebook) -> tuple[Event, ...]:
    return (e.PetitionAccepted(**_said(command, rules), unit=_at_unit(state)),)


def _at_unit(state: Petition) -> str:
    assert state.unit is not None
    return state.unit


def _return(state: Petition, command: c.Return, rules: Rulebook) -> tuple[Event, ...]:
    if state.with_leader:
        raise Refused("nobody-above", "return: the leader has it; there is nobody to return it to")
    if state.return_by and command.at >= state.return_by:
        raise Refused(
            "window-closed",
            f"return: the window in which the unit could say so ended {_shown(state.return_by, rules)}; "
            "transfer or reply",
        )
    return (
        e.PetitionReturned(
            **_said(command, rules, rules.returns.rule),
            unit=_at_unit(state),
            resident=state.resident,
            reason=command.reason,
            count=state.returns + 1,
        ),
    )


def _transfer(state: Petition, command: c.Transfer, rules: Rulebook) -> tuple[Event, ...]:
    if command.unit == state.unit:
        raise Refused("same-unit", f"unit: expected another unit than {state.unit}")
    _unit_of_tier(command.unit, state, rules)
    return (
        e.PetitionTransferred(
            **_said(command, rules, rules.returns.rule),
            from_unit=_at_unit(state),
            unit=command.unit,
            resident=state.resident,
            reason=command.reason,
            return_by=_return_by(command.at, rules),
        ),
    )


def _owed(state: Petition, command: c.Command, step: Step, rules: Rulebook) -> None:
    owed = agenda(state)
    if owed.step is not step or owed.due_at is None or command.at < owed.due_at:
        due = f" at {_shown(owed.due_at, rules)}" if owed.due_at else ""
        raise Refused("not-due", f"{command.NAME} is not due: next is {owed.step}{due}")


def _shown(at: datetime, rules: Rulebook) -> str:
    return at.astimezone(rules.zone).strftime("%Y-%m-%d %H:%M")


def _remind(state: Petition, command: c.Remind, rules: Rulebook) -> tuple[Event, ...]:
    _owed(state, command, Step.REMIND, rules)
    again = opening_after(command.at, rules.leader.remind_every_days, rules) if state.with_leader else None
    return (
        e.PetitionReminded(
            **_said(command, rules, rules.leader.rule if state.with_leader else rules.reminders.rule),
            unit=state.unit,
            number=state.reminders_given + 1,
            due_at=state.due_at,
            next_at=again,
        ),
    )


def _escalate(state: Petition, command: c.Escalate, rules: Rulebook) -> tuple[Event, ...]:
    _owed(state, command, Step.ESCALATE, rules)
    return (_escalated(state, command, rules, "deadline", state.due_at),)


def _escalated(
    state: Petition, command: c.Command, rules: Rulebook, cause: Any, missed: datetime | None
) -> e.PetitionEscalated:
    """The tier above takes over from now on; above the last one stands the leader, reminded until it is done."""
    assert state.tier is not None
    above = None if state.with_leader else rules.tier_after(state.tier)
    if above is None:
        clock, unit, next_at = (
            None,
            rules.leader.unit,
            opening_after(command.at, rules.leader.remind_every_days, rules),
        )
    else:
        clock, unit, next_at = (
            tier_clock(rules, above.id, command.at),
            rules.desk(state.category or "", above.id),
            None,
        )
    return e.PetitionEscalated(
        **_said(command, rules, clock.rule if clock else rules.leader.rule),
        cause=cause,
        from_tier=state.tier,
        to_tier=above.id if above else None,
        unit=unit,
        missed_due_at=missed,
        clock=clock,
        return_by=_return_by(command.at, rules) if clock else None,
        next_at=next_at,
    )


def _reply(state: Petition, command: c.Reply, rules: Rulebook) -> tuple[Event, ...]:
    due_at = state.due_at
    return (
        e.PetitionReplied(
            **_said(command, rules, state.clock.rule if state.clock else None),
            unit=_at_unit(state),
            resident=state.resident,
            outcome=command.outcome,
            text=command.text,
            grounds=command.grounds,
            on_time=due_at is None or command.at <= due_at,
            ask_at=opening_after(command.at, rules.follow_up.ask_after_days, rules),
        ),
    )


def _ask(state: Petition, command: c.AskFollowUp, rules: Rulebook) -> tuple[Event, ...]:
    if state.answer_by is not None:
        raise Refused("already-asked", "follow-up: the resident was asked already; note the answer: confirm or dispute")
    if command.by.role is Role.ENGINE:
        _owed(state, command, Step.FOLLOW_UP, rules)
    until = opening_after(command.at, rules.follow_up.close_after_days, rules)
    return (e.FollowUpAsked(**_said(command, rules, rules.follow_up.rule), answer_by=until),)


def _confirm(_: Petition, command: c.Confirm, rules: Rulebook) -> tuple[Event, ...]:
    return (e.PetitionConfirmed(**_said(command, rules), satisfied=command.satisfied),)


def _dispute(state: Petition, command: c.Dispute, rules: Rulebook) -> tuple[Event, ...]:
    disputed = e.PetitionDisputed(**_said(command, rules), resident=state.resident, reason=command.reason)
    return (disputed, _escalated(evolve(state, disputed), command, rules, "dispute", None))


def _withdraw(state: Petition, command: c.Withdraw, rules: Rulebook) -> tuple[Event, ...]:
    return (e.PetitionWithdrawn(**_said(command, rules), resident=state.resident, reason=command.reason),)


def _close(state: Petition, command: c.Close, rules: Rulebook) -> tuple[Event, ...]:
    _owed(state, command, Step.CLOSE, rules)
    confirmed = state.stage is Stage.CONFIRMED
    rule = None if confirmed else rules.follow_up.rule
    return (e.PetitionClosed(**_said(command, rules, rule), reason="confirmed" if confirmed else "unanswered"),)


def _read(state: Petition, command: c.ReadSealedFields, rules: Rulebook) -> tuple[Event, ...]:
    for field in command.fields:
        if field not in READABLE:
            raise Refused("unknown-field", f"fields: expected among {', '.join(READABLE)}; found {field!r}")
    return (
        e.SealedFieldsRead(
            **_said(command, rules), fields=command.fields, resident=state.resident, reason=command.reason
        ),
    )


_DECISIONS: dict[type[c.Command], Callable[[Petition, Any, Rulebook], tuple[Event, ...]]] = {
    c.Receive: _receive,
    c.Classify: _classify,
    c.Triage: _triage,
    c.Dispatch: _dispatch,
    c.Accept: _accept,
    c.Return: _return,
    c.Transfer: _transfer,
    c.Remind: _remind,
    c.Escalate: _escalate,
    c.Reply: _reply,
    c.AskFollowUp: _ask,
    c.Confirm: _confirm,
    c.Dispute: _dispute,
    c.Withdraw: _withdraw,
    c.Close: _close,
    c.ReadSealedFields: _read,
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
        Step.FOLLOW_UP: c.AskFollowUp,
        Step.CLOSE: c.Close,
    }
    assert state.open
    return kinds[step](at=at, by=Actor.engine())
