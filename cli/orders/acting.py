"""Service orders as what acts are done to: how one is found, who may act, and what is told of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aggregates.event import Actor, Event
from aggregates.orders.agenda import agenda
from cli.acting import Subject
from cli.doors import intake_of, partner_or_staff
from cli.moments import iso
from projections.words import ACTS_ON_ORDERS, ORDER_STAGES, ORDER_STEPS

if TYPE_CHECKING:
    from aggregates.orders.state import Order
    from office.composition import Office
    from office.handling import Answered
    from office.order_handling import OrderDesk
    from office.reading import Read
    from projections.sentences import Sentence
    from rulebook.model import Rulebook


def desk_of(ours: "Office") -> "OrderDesk":
    """Where orders are posted and supported.

    Raises:
        WrongUse: there is no master key.
    """
    from office.order_handling import OrderDesk

    return OrderDesk(ours.handler, ours.orders, intake_of(ours), community=ours.rules.id)


def order_of(ours: "Office", receipt: str, reader: "Actor | None") -> str:
    """The order of a receipt.

    Raises:
        BadReceipt: it cannot be one.
        NotOnRecord: nobody here has given it out for an order, or this reader may not know of it.
    """
    return read_order(ours, receipt, reader).stream


def read_order(ours: "Office", receipt: str, reader: "Actor | None") -> "Read":
    """As `order_of`, with its records and what of it the reader is shown."""
    from office.reading import order_for

    return order_for(ours, desk_of(ours).order_of(receipt), receipt, reader)


def facts(state: "Order", book: "Rulebook", reader: Actor | None) -> dict[str, Any]:
    """What is on record of an order, for programs, as a reader sees it."""
    from aggregates.readers import Field, Seen, sees

    owed, zone = agenda(state), book.zone
    told = state.model_dump(
        include={"receipt", "version", "kind", "service", "charge", "first", "source", "tier", "unit"}
    )
    return {
        **told,
        "petition": state.petition if sees(reader, state, Field.OTHER, book) is Seen.SHOWN else None,
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
    return {**facts(answer.state, book, answer.events[0].by), "events": topics, "repeated": answer.repeated}


ORDERS = Subject(
    name="order",
    acts=ACTS_ON_ORDERS,
    stages=ORDER_STAGES,
    steps=ORDER_STEPS,
    doer="Who does it: a staff id or name (`rulebook staff` lists all); of a partner unit, its contact.",
    looker="Who looks: a staff id or name, or a contact of the partner unit that has claimed it.",
    stream_of=order_of,
    actor=partner_or_staff,
    handler=lambda ours: ours.orders,
    sentences=_sentences,
    facts=_facts_of_act,
    facts_of_look=lambda answer, book: facts(answer.state, book, answer.events[0].by),
)
