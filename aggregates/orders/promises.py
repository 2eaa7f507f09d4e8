"""Decisions about a promise: claim, start, broken commitment, release, delivery, rating."""

from aggregates.command import Command
from aggregates.event import Event, Role
from aggregates.orders import commands as c
from aggregates.orders import events as e
from aggregates.orders.agenda import Step
from aggregates.orders.ladder import agreed_on, event_header, next_rung, opening, owed_now, remind_again, shown
from aggregates.orders.parts import may, not_complained_about
from aggregates.orders.state import Order, Promise
from aggregates.petition.decisions import Refused
from aggregates.petition.decisions.whose_word import whose_word
from aggregates.petition.for_whom import ORDERS_DESK
from rulebook.clocks import moment_at
from rulebook.model import Rulebook, UnknownName
from rulebook.orders import Provider


def provider_of(unit: str, rules: Rulebook) -> Provider:
    try:
        return agreed_on(rules).provider(unit, rules.units)
    except UnknownName as error:
        raise Refused("unknown-unit", f"unit: {error}") from error


def acts_for(provider: Provider, command: Command, *, everybody: bool = False) -> None:
    """Refuse officers who do not act for the unit, or `everybody` who does not.

    Raises:
        Refused: `not-your-unit`.
    """
    if (everybody or command.by.role is Role.OFFICER) and command.by.id not in provider.people:
        people = ", ".join(provider.people)
        raise Refused(
            "not-your-unit", f"{command.NAME}: {command.by.id} does not act for {provider.id}; these do: {people}"
        )


def _at_hand(state: Order, command: Command, rules: Rulebook) -> Promise:
    promise = state.promise
    assert promise is not None
    _acts_or_notes(provider_of(promise.unit, rules), state, command, rules)
    return promise


def _acts_or_notes(provider: Provider, state: Order, command: Command, rules: Rulebook) -> None:
    """Refuse who neither acts for the unit nor keeps the door; by a book without `access`, officers only.

    Raises:
        Refused: `not-your-unit`.
    """
    if rules.access is None or not may(command.by.id, ORDERS_DESK, state, rules):
        acts_for(provider, command, everybody=rules.access is not None)


def claim(state: Order, command: c.Claim, rules: Rulebook) -> tuple[Event, ...]:
    provider = provider_of(command.unit, rules)
    not_complained_about(state, provider.id)
    _acts_or_notes(provider, state, command, rules)
    if state.service and state.service not in provider.offers and command.unit != state.unit:
        able = ", ".join(
            each.id for each in agreed_on(rules).providers(rules.units).values() if state.service in each.offers
        )
        raise Refused("not-offered", f"unit: expected one that offers {state.service}: {able}; found {command.unit!r}")
    limit = agreed_on(rules).promise
    latest = opening(command.at, limit.at_most_days + 1, rules)
    if not command.at < command.promised_by <= latest:
        raise Refused(
            "promise-out-of-bounds",
            f"promised_by: expected a time after the claim and not after {shown(latest, rules)}; "
            f"found {shown(command.promised_by, rules)}",
        )
    ahead = (moment_at(part, command.at, command.promised_by, rules) for part in rules.reminders.at)
    return (
        e.OrderClaimed(
            **event_header(command, rules, limit.rule),
            unit=provider.id,
            partner=provider.partner,
            number=len(state.promises) + 1,
            promised_by=command.promised_by,
            reminders=tuple(moment for moment in ahead if command.at < moment < command.promised_by),
        ),
    )


def start(state: Order, command: c.Start, rules: Rulebook) -> tuple[Event, ...]:
    return (e.OrderStarted(**event_header(command, rules), unit=_at_hand(state, command, rules).unit),)


def break_commitment(state: Order, command: c.BreakCommitment, rules: Rulebook) -> tuple[Event, ...]:
    owed_now(state, command, Step.BREAK, rules)
    return _broken(state, command, rules)


def _broken(state: Order, command: Command, rules: Rulebook) -> tuple[Event, ...]:
    assert state.promise is not None
    return (
        e.CommitmentBroken(
            **event_header(command, rules, agreed_on(rules).promise.rule),
            unit=state.promise.unit,
            number=state.promise.number,
            promised_by=state.promise.promised_by,
            next=remind_again(command.at, rules),
        ),
    )


def broken_before(state: Order, command: Command, rules: Rulebook) -> tuple[Event, ...]:
    """The broken commitment, if the promised time passed before this act and that is not recorded yet."""
    promise = state.promise
    late = promise is not None and promise.outcome == "running" and command.judged_at > promise.promised_by
    return _broken(state, command, rules) if late else ()


def release(state: Order, command: c.Release, rules: Rulebook) -> tuple[Event, ...]:
    promise = _at_hand(state, command, rules)
    released = e.OrderReleased(
        **event_header(command, rules),
        unit=promise.unit,
        number=promise.number,
        resident=state.resident,
        reason=command.reason,
        next=next_rung(state.climbed, command.at, rules),
    )
    return (*broken_before(state, command, rules), released)


def deliver(state: Order, command: c.Deliver, rules: Rulebook) -> tuple[Event, ...]:
    promise = _at_hand(state, command, rules)
    rating = agreed_on(rules).rating
    delivered = e.OrderDelivered(
        **event_header(command, rules, rating.rule),
        unit=promise.unit,
        number=promise.number,
        kept=promise.outcome == "running" and command.judged_at <= promise.promised_by,
        rate_by=opening(command.at, rating.close_after_days, rules),
        resident=state.resident,
        words=command.words,
    )
    return (*broken_before(state, command, rules), delivered)


def rate(state: Order, command: c.Rate, rules: Rulebook) -> tuple[Event, ...]:
    if command.score is None and command.satisfied is None:
        raise Refused("rating-missing", "score: expected 1 to 5, or satisfied: yes or no; found neither")
    rated = state.promises[-1]
    if command.by.id in provider_of(rated.unit, rules).people:
        raise Refused("own-rating", f"rate: {command.by.id} acts for {rated.unit} and cannot note its rating")
    rating = agreed_on(rules).rating
    satisfied = command.satisfied
    return (
        e.OrderRated(
            **event_header(command, rules, rating.rule),
            unit=rated.unit,
            number=rated.number,
            satisfied=(command.score or 0) >= rating.satisfied_from if satisfied is None else satisfied,
            score=command.score,
            known=whose_word(command),
            resident=state.resident,
            words=command.words,
        ),
    )
