"""What follows from a command on a service order: `decide(state, command, rules) -> events`, or a refusal.

Pure. One small function a command; the table in `what_may_follow.py` is asked first.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from aggregates.commands import Command
from aggregates.decisions import Refused
from aggregates.decisions.refusal import not_ahead
from aggregates.events import Actor, Event, Role
from aggregates.orders import commands as c
from aggregates.orders import events as e
from aggregates.orders.agenda import Step, agenda
from aggregates.orders.events import Next
from aggregates.orders.state import PROMISED, Order, Promise, Stage
from aggregates.orders.what_may_follow import TABLE
from rulebook.calendar import CalendarError
from rulebook.clocks import moment_at, opening_after
from rulebook.model import Rulebook, UnknownName
from rulebook.orders import Provider, Rung, ServiceOrders

READABLE = ("text", "name", "phone", "address")


def decide(state: Order, command: Command, rules: Rulebook) -> tuple[Event, ...]:
    """Events that follow from a command.

    Raises:
        Refused: the command may not follow now, is not this role's, or names something the rulebook does not know.
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
    begun = state.promise.claimed_at if state.promise else state.posted_at
    if begun and command.at < begun:
        what = "claimed" if state.promise else "posted"
        raise Refused("too-early", f"{command.NAME} at {command.at.isoformat()} would be before the order was {what}")
    return _DECISIONS[type(command)](state, command, rules)


def _agreed(rules: Rulebook) -> ServiceOrders:
    if rules.service_orders is None:
        raise Refused("no-service-orders", f"the rulebook {rules.id} has no part service_orders")
    return rules.service_orders


def _said(command: Command, rules: Rulebook, rule: str | None = None) -> dict[str, Any]:
    return {"at": command.at, "by": command.by, "rulebook": rules.hash, "rule": rule}


def _opening(at: datetime, days: int, rules: Rulebook) -> datetime:
    try:
        return opening_after(at, days, rules)
    except CalendarError as error:
        raise Refused("no-calendar", str(error)) from error


def _next_rung(climbed: int, at: datetime, rules: Rulebook) -> Next:
    """The next step of the ladder, after its working days; above it the last unit is reminded for ever."""
    agreed = _agreed(rules)
    if climbed >= len(agreed.unclaimed):
        return _remind_again(at, rules)
    rung = agreed.unclaimed[climbed]
    return Next(step=rung.does, at=_opening(at, rung.after_days + 1, rules))


def _remind_again(at: datetime, rules: Rulebook) -> Next:
    return Next(step="remind", at=_opening(at, _agreed(rules).promise.remind_every_days, rules))


def _rung(state: Order, rules: Rulebook) -> Rung:
    ladder = _agreed(rules).unclaimed
    return ladder[min(state.climbed, len(ladder) - 1)]


def _post(_: Order, command: c.Post, rules: Rulebook) -> tuple[Event, ...]:
    agreed = _agreed(rules)
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
            **_said(command, rules, agreed.first.rule if first else agreed.unclaimed[0].rule),
            **command.model_dump(include=_AS_TOLD),
            tier=rules.tiers[0].id,
            source="community" if for_all and command.by.role is not Role.RESIDENT else "resident",
            charge=charge,
            first=first,
            priority=rules.urgency.elderly if first else rules.urgency.otherwise,
            next=_next_rung(0, command.at, rules),
        ),
    )


_AS_TOLD = {"receipt", "resident", "community", "kind", "service", "petition", "text", "name", "phone", "address"}


def _provider(unit: str, rules: Rulebook) -> Provider:
    try:
        return _agreed(rules).provider(unit, rules.units)
    except UnknownName as error:
        raise Refused("unknown-unit", f"unit: {error}") from error


def _acts_for(provider: Provider, command: Command) -> None:
    """The desk may note what anybody does; others act for their own unit only."""
    if command.by.role is Role.OFFICER and command.by.id not in provider.people:
        people = ", ".join(provider.people)
        raise Refused(
            "not-your-unit", f"{command.NAME}: {command.by.id} does not act for {provider.id}; these do: {people}"
        )


def _at_hand(state: Order, command: Command, rules: Rulebook) -> Promise:
    promise = state.promise
    assert promise is not None
    _acts_for(_provider(promise.unit, rules), command)
    return promise


def _assign(state: Order, command: c.Assign, rules: Rulebook) -> tuple[Event, ...]:
    by_hand = command.by.role is not Role.ENGINE
    if not by_hand:
        _owed(state, command, Step.ASSIGN, rules)
    unit = command.unit or _team(state, rules)
    _provider(unit, rules)
    assert state.next is not None
    takes_its_step = state.next.step == "assign"
    climbed = state.climbed + takes_its_step
    return (
        e.OrderAssigned(
            **_said(command, rules, _rung(state, rules).rule if takes_its_step else None),
            unit=unit,
            cause="by_hand" if by_hand else "unclaimed",
            climbed=climbed,
            # Given from one to the other by hand, it rises when it would have risen.
            next=_next_rung(climbed, command.at, rules) if takes_its_step else state.next,
        ),
    )


def _team(state: Order, rules: Rulebook) -> str:
    services = {service.id: service for service in _agreed(rules).services}
    service = services.get(state.service or "")
    return service.teams[0] if service else _rung(state, rules).unit


def _owed(state: Order, command: Command, step: Step, rules: Rulebook) -> None:
    owed = agenda(state)
    if owed.step is not step or owed.due_at is None or command.at < owed.due_at:
        due = f" at {_shown(owed.due_at, rules)}" if owed.due_at else ""
        raise Refused("not-due", f"{command.NAME} is not due: next is {owed.step}{due}")


def _shown(at: datetime, rules: Rulebook) -> str:
    return at.astimezone(rules.zone).strftime("%Y-%m-%d %H:%M")


def _escalate(state: Order, command: c.Escalate, rules: Rulebook) -> tuple[Event, ...]:
    _owed(state, command, Step.ESCALATE, rules)
    rung = _rung(state, rules)
    return (
        e.OrderEscalated(
            **_said(command, rules, rung.rule),
            from_tier=state.tier,
            to_tier=rung.tier,
            unit=rung.unit,
            climbed=state.climbed + 1,
            next=_next_rung(state.climbed + 1, command.at, rules),
        ),
    )


def _remind(state: Order, command: c.Remind, rules: Rulebook) -> tuple[Event, ...]:
    _owed(state, command, Step.REMIND, rules)
    promise = state.promise
    about: Literal["unclaimed", "promise", "late"] = (
        "unclaimed" if promise is None else "late" if promise.outcome == "broken" else "promise"
    )
    return (
        e.OrderReminded(
            **_said(command, rules, rules.reminders.rule if about == "promise" else _agreed(rules).promise.rule),
            unit=state.unit or _rung(state, rules).unit,
            about=about,
            number=state.reminders_given + 1,
            next=None if about == "promise" else _remind_again(command.at, rules),
        ),
    )


def _claim(state: Order, command: c.Claim, rules: Rulebook) -> tuple[Event, ...]:
    provider = _provider(command.unit, rules)
    _acts_for(provider, command)
    if state.service and state.service not in provider.offers and command.unit != state.unit:
        able = ", ".join(
            each.id for each in _agreed(rules).providers(rules.units).values() if state.service in each.offers
        )
        raise Refused("not-offered", f"unit: expected one that offers {state.service}: {able}; found {command.unit!r}")
    limit = _agreed(rules).promise
    latest = _opening(command.at, limit.at_most_days + 1, rules)
    if not command.at < command.promised_by <= latest:
        raise Refused(
            "promise-out-of-bounds",
            f"promised_by: expected a time after the claim and not after {_shown(latest, rules)}; "
            f"found {_shown(command.promised_by, rules)}",
        )
    ahead = (moment_at(part, command.at, command.promised_by, rules) for part in rules.reminders.at)
    return (
        e.OrderClaimed(
            **_said(command, rules, limit.rule),
            unit=provider.id,
            partner=provider.partner,
            number=len(state.promises) + 1,
            promised_by=command.promised_by,
            reminders=tuple(moment for moment in ahead if command.at < moment < command.promised_by),
        ),
    )


def _start(state: Order, command: c.Start, rules: Rulebook) -> tuple[Event, ...]:
    return (e.OrderStarted(**_said(command, rules), unit=_at_hand(state, command, rules).unit),)


def _break(state: Order, command: c.BreakCommitment, rules: Rulebook) -> tuple[Event, ...]:
    _owed(state, command, Step.BREAK, rules)
    return _broken(state, command, rules)


def _broken(state: Order, command: Command, rules: Rulebook) -> tuple[Event, ...]:
    assert state.promise is not None
    return (
        e.CommitmentBroken(
            **_said(command, rules, _agreed(rules).promise.rule),
            unit=state.promise.unit,
            number=state.promise.number,
            promised_by=state.promise.promised_by,
            next=_remind_again(command.at, rules),
        ),
    )


def _broken_before(state: Order, command: Command, rules: Rulebook) -> tuple[Event, ...]:
    """The promise broken at this very moment, where its time has passed and nobody noted it yet."""
    promise = state.promise
    late = promise is not None and promise.outcome == "running" and command.judged_at > promise.promised_by
    return _broken(state, command, rules) if late else ()


def _release(state: Order, command: c.Release, rules: Rulebook) -> tuple[Event, ...]:
    promise = _at_hand(state, command, rules)
    released = e.OrderReleased(
        **_said(command, rules),
        unit=promise.unit,
        number=promise.number,
        resident=state.resident,
        reason=command.reason,
        next=_next_rung(state.climbed, command.at, rules),
    )
    return (*_broken_before(state, command, rules), released)


def _deliver(state: Order, command: c.Deliver, rules: Rulebook) -> tuple[Event, ...]:
    promise = _at_hand(state, command, rules)
    rating = _agreed(rules).rating
    delivered = e.OrderDelivered(
        **_said(command, rules, rating.rule),
        unit=promise.unit,
        number=promise.number,
        kept=promise.outcome == "running" and command.judged_at <= promise.promised_by,
        rate_by=_opening(command.at, rating.close_after_days, rules),
        resident=state.resident,
        words=command.words,
    )
    return (*_broken_before(state, command, rules), delivered)


def _rate(state: Order, command: c.Rate, rules: Rulebook) -> tuple[Event, ...]:
    if command.score is None and command.satisfied is None:
        raise Refused("rating-missing", "score: expected 1 to 5, or satisfied: yes or no; found neither")
    rated = state.promises[-1]
    if command.by.id in _provider(rated.unit, rules).people:
        raise Refused("own-rating", f"rate: {command.by.id} acts for {rated.unit} and cannot note its rating")
    rating = _agreed(rules).rating
    satisfied = command.satisfied
    return (
        e.OrderRated(
            **_said(command, rules, rating.rule),
            unit=rated.unit,
            number=rated.number,
            satisfied=(command.score or 0) >= rating.satisfied_from if satisfied is None else satisfied,
            score=command.score,
            resident=state.resident,
            words=command.words,
        ),
    )


def _for_all(state: Order, command: Command, who: str, already: tuple[str, ...]) -> None:
    if state.kind != "collective_wish":
        raise Refused("not-collective", f"{command.NAME}: only for a collective wish; this is a {state.kind}")
    if who in already:
        raise Refused("already-said", f"{command.NAME}: this resident has done so already")


def _support(state: Order, command: c.Support, rules: Rulebook) -> tuple[Event, ...]:
    _for_all(state, command, command.supporter, state.supporters)
    return (e.OrderSupported(**_said(command, rules), supporter=command.supporter),)


def _inspect(state: Order, command: c.Inspect, rules: Rulebook) -> tuple[Event, ...]:
    _for_all(state, command, command.inspector, state.inspectors)
    said = _said(command, rules)
    return (e.OrderInspected(**said, inspector=command.inspector, satisfied=command.satisfied),)


def _withdraw(state: Order, command: c.Withdraw, rules: Rulebook) -> tuple[Event, ...]:
    gone = e.OrderWithdrawn(**_said(command, rules), resident=state.resident, reason=command.reason)
    return (*_broken_before(state, command, rules), gone)


def _close(state: Order, command: c.Close, rules: Rulebook) -> tuple[Event, ...]:
    _owed(state, command, Step.CLOSE, rules)
    rated = state.stage is Stage.RATED
    rule = None if rated else _agreed(rules).rating.rule
    return (e.OrderClosed(**_said(command, rules, rule), reason="rated" if rated else "unrated"),)


def _read(state: Order, command: c.ReadFields, rules: Rulebook) -> tuple[Event, ...]:
    for field in command.fields:
        if field not in READABLE:
            raise Refused("unknown-field", f"fields: expected among {', '.join(READABLE)}; found {field!r}")
    if command.by.role is Role.OFFICER:
        if state.stage not in PROMISED or state.unit is None:
            raise Refused("not-your-unit", "read: only the unit that has claimed the order, while it is at it")
        _acts_for(_provider(state.unit, rules), command)
    said = _said(command, rules)
    return (e.OrderFieldsRead(**said, fields=command.fields, resident=state.resident, reason=command.reason),)


_DECISIONS: dict[type[Command], Callable[[Order, Any, Rulebook], tuple[Event, ...]]] = {
    c.Post: _post,
    c.Assign: _assign,
    c.Escalate: _escalate,
    c.Remind: _remind,
    c.Claim: _claim,
    c.Start: _start,
    c.BreakCommitment: _break,
    c.Release: _release,
    c.Deliver: _deliver,
    c.Rate: _rate,
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
