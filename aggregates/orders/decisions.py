"""Decisions about a service order: `decide(state, command, rules) -> events`, or a refusal.

Pure. One small function a command; first the table in `what_may_follow.py` is checked. From the claim to the rating:
`promises.py`; while nobody claims: `ladder.py`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from aggregates.command import Command
from aggregates.event import Actor, Event, Role
from aggregates.orders import commands as c
from aggregates.orders import events as e
from aggregates.orders.agenda import Step
from aggregates.orders.ladder import agreed_on, event_header, next_rung, owed_now, remind_again, rung_of
from aggregates.orders.parts import has_part, may_know_who, not_complained_about, opens
from aggregates.orders.promises import (
    break_commitment,
    broken_before,
    claim,
    deliver,
    provider_of,
    rate,
    release,
    start,
)
from aggregates.orders.state import Order, Stage
from aggregates.orders.what_may_follow import STAFF, TABLE
from aggregates.petition.decisions import Refused
from aggregates.petition.decisions.refusal import not_ahead
from aggregates.petition.decisions.whose_word import whose_word
from rulebook.model import Rulebook, UnknownName

READABLE = ("text", "name", "phone", "address")


def decide(state: Order, command: Command, rules: Rulebook) -> tuple[Event, ...]:
    """The events that follow from a command.

    Raises:
        Refused: stage, role or part do not allow it, `at` is wrong, or the rulebook does not know a name.
    """
    row = TABLE[type(command)]
    if state.stage not in row.stages:
        allowed = ", ".join(sorted(row.stages))
        raise Refused(
            "not-now", f"{command.NAME} is not possible while the order is {state.stage}; only while: {allowed}"
        )
    if command.by.role not in row.roles:
        allowed = ", ".join(sorted(row.roles))
        raise Refused("not-yours", f"{command.NAME} is not for the role {command.by.role}; it is for: {allowed}")
    not_ahead(command, rules)
    has_part(command, state, rules)
    begun = state.promise.claimed_at if state.promise else state.posted_at
    if begun and command.at < begun:
        what = "claimed" if state.promise else "posted"
        raise Refused("too-early", f"{command.NAME} at {command.at.isoformat()} would be before the order was {what}")
    return _DECISIONS[type(command)](state, command, rules)


def _post(_: Order, command: c.Post, rules: Rulebook) -> tuple[Event, ...]:
    agreed = agreed_on(rules)
    if command.kind == "service" and command.service is None:
        known = ", ".join(service.id for service in agreed.services)
        raise Refused("service-missing", f"service: expected one of the list of services: {known}; found nothing")
    charge = command.charge or "free"
    if command.service is not None:
        try:
            charge = agreed.service(command.service).charge
        except UnknownName as error:
            raise Refused("unknown-service", f"service: {error}") from error
    first = command.age is not None and command.age >= agreed.first.from_age
    for_all = command.kind in {"need", "collective_wish"}
    return (
        e.OrderPosted(
            **event_header(command, rules, agreed.first.rule if first else agreed.unclaimed[0].rule),
            **command.model_dump(include=_AS_TOLD),
            tier=rules.tiers[0].id,
            source="community" if for_all and command.by.role is not Role.RESIDENT else "resident",
            charge=charge,
            first=first,
            priority=rules.urgency.elderly if first else rules.urgency.otherwise,
            next=next_rung(0, command.at, rules),
        ),
    )


_AS_TOLD = {"receipt", "resident", "community", "kind", "service", "petition", "text", "name", "phone", "address"}


def _assign(state: Order, command: c.Assign, rules: Rulebook) -> tuple[Event, ...]:
    by_hand = command.by.role is not Role.ENGINE
    if not by_hand:
        owed_now(state, command, Step.ASSIGN, rules)
    unit = command.unit or _team(state, rules)
    not_complained_about(state, unit)
    if command.unit:
        provider_of(unit, rules)
    assert state.next is not None
    takes_its_step = state.next.step == "assign"
    climbed = state.climbed + takes_its_step
    return (
        e.OrderAssigned(
            **event_header(command, rules, rung_of(state, rules).rule if takes_its_step else None),
            unit=unit,
            cause="by_hand" if by_hand else "unclaimed",
            climbed=climbed,
            # Assigned by hand again, it escalates when it would have.
            next=next_rung(climbed, command.at, rules) if takes_its_step else state.next,
        ),
    )


def _team(state: Order, rules: Rulebook) -> str:
    services = {service.id: service for service in agreed_on(rules).services}
    service = services.get(state.service or "")
    return _not_kept_out((*(service.teams if service else ()), rung_of(state, rules).unit), state, rules)


def _not_kept_out(units: tuple[str, ...], state: Order, rules: Rulebook) -> str:
    """The first unit that is not complained about; where all are, the leader's, or who stands in for the leader."""
    out = state.origin.complained_about if state.origin else ()
    leader, stands_in = rules.leader.unit, rules.leader.stands_in
    return next((unit for unit in (*units, leader) if unit not in out), stands_in)


def _escalate(state: Order, command: c.Escalate, rules: Rulebook) -> tuple[Event, ...]:
    owed_now(state, command, Step.ESCALATE, rules)
    rung = rung_of(state, rules)
    return (
        e.OrderEscalated(
            **event_header(command, rules, rung.rule),
            from_tier=state.tier,
            to_tier=rung.tier,
            unit=_not_kept_out((rung.unit,), state, rules),
            climbed=state.climbed + 1,
            next=next_rung(state.climbed + 1, command.at, rules),
        ),
    )


def _remind(state: Order, command: c.Remind, rules: Rulebook) -> tuple[Event, ...]:
    owed_now(state, command, Step.REMIND, rules)
    promise = state.promise
    about: Literal["unclaimed", "promise", "late"] = (
        "unclaimed" if promise is None else "late" if promise.outcome == "broken" else "promise"
    )
    return (
        e.OrderReminded(
            **event_header(
                command, rules, rules.reminders.rule if about == "promise" else agreed_on(rules).promise.rule
            ),
            unit=state.unit or rung_of(state, rules).unit,
            about=about,
            number=state.reminders_given + 1,
            next=None if about == "promise" else remind_again(command.at, rules),
        ),
    )


def _for_all(state: Order, command: Command, who: str, already: tuple[str, ...]) -> None:
    if state.kind != "collective_wish":
        raise Refused("not-collective", f"{command.NAME}: only for a collective wish; this is a {state.kind}")
    if who in already:
        raise Refused("already-said", f"{command.NAME}: this resident has done so already")


def _support(state: Order, command: c.Support, rules: Rulebook) -> tuple[Event, ...]:
    _for_all(state, command, command.supporter, state.supporters)
    said = {"supporter": command.supporter, "known": whose_word(command)}
    return (e.OrderSupported(**event_header(command, rules), **said),)


def _inspect(state: Order, command: c.Inspect, rules: Rulebook) -> tuple[Event, ...]:
    _for_all(state, command, command.inspector, state.inspectors)
    said = {"inspector": command.inspector, "satisfied": command.satisfied, "known": whose_word(command)}
    return (e.OrderInspected(**event_header(command, rules), **said),)


def _withdraw(state: Order, command: c.Withdraw, rules: Rulebook) -> tuple[Event, ...]:
    said = {"resident": state.resident, "known": whose_word(command), "reason": command.reason}
    gone = e.OrderWithdrawn(**event_header(command, rules), **said)
    return (*broken_before(state, command, rules), gone)


def _close(state: Order, command: c.Close, rules: Rulebook) -> tuple[Event, ...]:
    owed_now(state, command, Step.CLOSE, rules)
    rated = state.stage is Stage.RATED
    rule = None if rated else agreed_on(rules).rating.rule
    return (e.OrderClosed(**event_header(command, rules, rule), reason="rated" if rated else "unrated"),)


def _read(state: Order, command: c.ReadFields, rules: Rulebook) -> tuple[Event, ...]:
    for field in command.fields:
        if field not in READABLE:
            raise Refused("unknown-field", f"fields: expected among {', '.join(READABLE)}; found {field!r}")
    if command.by.role in STAFF and not opens(command.by, state, rules):
        raise Refused("not-your-unit", "read: only the unit that has claimed the order, while it is at it")
    may_know_who(command, state, rules)
    return (
        e.OrderFieldsRead(
            **event_header(command, rules), fields=command.fields, resident=state.resident, reason=command.reason
        ),
    )


_DECISIONS: dict[type[Command], Callable[[Order, Any, Rulebook], tuple[Event, ...]]] = {
    c.Post: _post,
    c.Assign: _assign,
    c.Escalate: _escalate,
    c.Remind: _remind,
    c.Claim: claim,
    c.Start: start,
    c.BreakCommitment: break_commitment,
    c.Release: release,
    c.Deliver: deliver,
    c.Rate: rate,
    c.Support: _support,
    c.Inspect: _inspect,
    c.Withdraw: _withdraw,
    c.Close: _close,
    c.ReadFields: _read,
}

_STEPS: dict[Step, type[Command]] = {
    Step.ASSIGN: c.Assign,
    Step.ESCALATE: c.Escalate,
    Step.REMIND: c.Remind,
    Step.BREAK: c.BreakCommitment,
    Step.CLOSE: c.Close,
}


def command_for(step: Step, at: datetime) -> Command:
    """The engine's command for a step of the agenda."""
    return _STEPS[step](at=at, by=Actor.engine())
