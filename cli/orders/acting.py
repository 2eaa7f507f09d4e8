"""Service orders as what acts are done to: how one is found, who may act, and what is told of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aggregates.event import Actor, Event, Role
from aggregates.orders.agenda import agenda
from cli.acting import Subject
from cli.doors import actor, intake_of
from cli.failures import WrongUse
from cli.moments import iso
from projections.words import ACTS_ON_ORDERS, ORDER_STAGES, ORDER_STEPS

if TYPE_CHECKING:
    from aggregates.orders.state import Order
    from office.composition import Office
    from office.handling import Answered
    from office.order_handling import OrderDesk
    from projections.sentences import Sentence
    from rulebook.model import Rulebook


def desk_of(ours: "Office") -> "OrderDesk":
    """Where orders are posted and supported.

    Raises:
        WrongUse: there is no master key.
    """
    from office.order_handling import OrderDesk

    return OrderDesk(ours.handler, ours.orders, intake_of(ours), community=ours.rules.id)


def order_of(ours: "Office", receipt: str) -> str:
    """The order of a receipt.

    Raises:
        BadReceipt: it cannot be one.
        WrongUse: nobody here has given it out for an order.
    """
    order = desk_of(ours).order_of(receipt)
    if not ours.event_log.read(order):
        raise WrongUse(f"receipt: no service order with {receipt} is on record here")
    return order


def order_actor(who: str | None, rules: "Rulebook") -> Actor:
    """Who acts: as for petitions, and contacts of partner units beside.

    Raises:
        UnknownName: neither the roster nor a partner unit has anybody of this name.
    """
    partners = rules.service_orders.partners if rules.service_orders else ()
    if any(who in partner.contacts for partner in partners):
        return Actor(role=Role.OFFICER, id=str(who))
    return actor(who, rules)


def facts(state: "Order", book: "Rulebook") -> dict[str, Any]:
    """What is on record of an order, for programs."""
    owed, zone = agenda(state), book.zone
    told = state.model_dump(
        include={"receipt", "version", "kind", "service", "charge", "first", "source", "tier", "unit", "petition"}
    )
    return {
        **told,
        "order": state.id,
        "status": state.stage.value,
        "open": state.open,
        "posted_at": iso(state.posted_at, zone),
        "due_at": iso(state.due_at, zone),
        "supporters": len(state.supporters),
        "inspectors": len(state.inspectors),
        "found_good": state.found_good,
        "next": {"step": owed.step.value, "due_at": iso(owed.due_at, zone)} if owed.step else None,
        "promises": [
            {
                **each.model_dump(include={"number", "unit", "partner", "outcome", "satisfied", "score"}),
                "claimed_at": iso(each.claimed_at, zone),
                "promised_by": iso(each.promised_by, zone),
                "ended_at": iso(each.ended_at, zone),
            }
            for each in state.promises
        ],
    }


def _sentences(events: Sequence[Event], book: "Rulebook") -> "list[Sentence]":
    from projections.order_sentences import order_names_of, says

    names = order_names_of(book)
    return [says(event, names) for event in events]


def _facts_of_act(answer: "Answered[Order]", book: "Rulebook") -> dict[str, Any]:
    topics = [event.TOPIC for event in answer.events]
    return {**facts(answer.state, book), "events": topics, "repeated": answer.repeated}


ORDERS = Subject(
    name="order",
    acts=ACTS_ON_ORDERS,
    stages=ORDER_STAGES,
    steps=ORDER_STEPS,
    doer="Who does it: a staff id or name (`rulebook staff` lists all); of a partner unit, its contact.",
    looker="Who looks: a staff id or name, or a contact of the partner unit that has claimed it.",
    stream_of=order_of,
    actor=order_actor,
    handler=lambda ours: ours.orders,
    sentences=_sentences,
    facts=_facts_of_act,
    facts_of_look=lambda answer, book: facts(answer.state, book),
)
