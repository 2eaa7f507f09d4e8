"""Helpers of every decision about an order: the rulebook's part on orders, the ladder of unclaimed ones, due steps."""

from datetime import datetime
from typing import Any

from aggregates.command import Command
from aggregates.orders.agenda import Step, agenda
from aggregates.orders.events import Next
from aggregates.orders.state import Order
from aggregates.petition.decisions import Refused
from rulebook.calendar import CalendarError
from rulebook.clocks import opening_after
from rulebook.model import Rulebook
from rulebook.orders import Rung, ServiceOrders


def agreed_on(rules: Rulebook) -> ServiceOrders:
    if rules.service_orders is None:
        raise Refused("no-service-orders", f"the rulebook {rules.id} has no part service_orders")
    return rules.service_orders


def event_header(command: Command, rules: Rulebook, rule: str | None = None) -> dict[str, Any]:
    return {"at": command.at, "by": command.by, "rulebook": rules.hash, "rule": rule}


def opening(at: datetime, days: int, rules: Rulebook) -> datetime:
    try:
        return opening_after(at, days, rules)
    except CalendarError as error:
        raise Refused("no-calendar", str(error)) from error


def shown(at: datetime, rules: Rulebook) -> str:
    return at.astimezone(rules.zone).strftime("%Y-%m-%d %H:%M")


def next_rung(climbed: int, at: datetime, rules: Rulebook) -> Next:
    """The next rung of the ladder, due after its working days; above the last, its unit is reminded again and again."""
    agreed = agreed_on(rules)
    if climbed >= len(agreed.unclaimed):
        return remind_again(at, rules)
    rung = agreed.unclaimed[climbed]
    return Next(step=rung.does, at=opening(at, rung.after_days + 1, rules))


def remind_again(at: datetime, rules: Rulebook) -> Next:
    return Next(step="remind", at=opening(at, agreed_on(rules).promise.remind_every_days, rules))


def rung_of(state: Order, rules: Rulebook) -> Rung:
    ladder = agreed_on(rules).unclaimed
    return ladder[min(state.climbed, len(ladder) - 1)]


def owed_now(state: Order, command: Command, step: Step, rules: Rulebook) -> None:
    owed = agenda(state)
    if owed.step is not step or owed.due_at is None or command.at < owed.due_at:
        due = f" at {shown(owed.due_at, rules)}" if owed.due_at else ""
        raise Refused("not-due", f"{command.NAME} is not due: next is {owed.step}{due}")
