"""How an act on a service order is carried out: who, when, once; and what is answered."""

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from cli.doors import actor, intake_of, opened
from cli.failures import WrongUse
from cli.moments import iso, not_ahead, read_moment, shown
from cli.options import Common
from cli.petitions.acting import ByAnyone, ByStaff
from cli.screen import OUT, emit, remarks
from projections.words import ORDER_STAGES, ORDER_STEPS, both

if TYPE_CHECKING:
    from aggregates.command import Command
    from aggregates.event import Actor
    from aggregates.orders.state import Order
    from office.composition import Office
    from office.handling import Answered
    from office.order_handling import OrderDesk
    from rulebook.model import Rulebook

Kind = Literal["service", "need", "micro_wish", "collective_wish"]


def desk_of(ours: "Office") -> "OrderDesk":
    """Where orders are posted and supported.

    Raises:
        WrongUse: there is no master key.
    """
    from office.order_handling import OrderDesk

    return OrderDesk(ours.handler, ours.orders, intake_of(ours).identities, community=ours.rules.id)


def order_of(ours: "Office", receipt: str) -> str:
    """The order of a receipt.

    Raises:
        BadReceipt: it cannot be one.
        WrongUse: nobody here has given it out for an order.
    """
    order = desk_of(ours).order_of(receipt)
    if not ours.petitions.read(order):
        raise WrongUse(f"receipt: no service order with {receipt} is on record here")
    return order


def order_actor(who: str | None, rules: "Rulebook") -> "Actor":
    """Who acts: as for petitions, and contacts of partner units beside.

    Raises:
        UnknownName: neither the roster nor a partner unit has anybody of this name.
    """
    from aggregates.event import Actor, Role

    partners = rules.service_orders.partners if rules.service_orders else ()
    if any(who in partner.contacts for partner in partners):
        return Actor(role=Role.OFFICER, id=str(who))
    return actor(who, rules)


def act(name: str, receipt: str, doing: ByStaff | ByAnyone, common: Common, **fields: Any) -> int:
    """Carry out the order's command called `name` once and say what came of it.

    Raises:
        Refused, BadReceipt, WrongUse, UnknownName: it may not follow, or something named is not there.
    """
    notes: list[str] = []
    with opened(common) as ours:
        at = now = ours.now()
        if doing.at is not None:
            at = not_ahead("--at", read_moment("--at", doing.at, ours.rules.zone, notes), now)
        if "promised_by" in fields:
            fields["promised_by"] = read_moment("--promise", fields["promised_by"], ours.rules.zone, notes)
        order = order_of(ours, receipt)
        command = _command(name, {"at": at, "by": order_actor(doing.by, ours.rules), **fields})
        answer = ours.orders.execute(order, command, command_id(doing.command_id))
        return tell(answer, ours.rules, common, notes)


def look(receipt: str, wanted: Sequence[str], reason: str, by: str, common: Common) -> int:
    """Record who looks at what and why; then show it.

    Raises:
        as `act`; CannotOpen: the fields were sealed under another key.
    """
    fields = tuple(dict.fromkeys(wanted))
    with opened(common) as ours:
        order = order_of(ours, receipt)
        said = {"at": ours.now(), "by": order_actor(by, ours.rules), "reason": reason, "fields": fields}
        answer = ours.orders.execute(order, _command("read", said), command_id(None))
        texts = ours.petitions.unseal(ours.petitions.read(order)[0], fields)
        if common.json:
            emit({**facts(answer.state, ours.rules), "fields": texts})
            return 0
    for field, text in texts.items():
        OUT.print(field, style="bold cyan", markup=False)
        OUT.print(text if text is not None else "—", markup=False, soft_wrap=True)
    return 0


def command_id(given: str | None) -> str:
    """As for petitions: ids of the engine's steps begin otherwise.

    Raises:
        WrongUse: it is empty or longer than 200 characters.
    """
    if given is not None and not 0 < len(given) <= 200:
        raise WrongUse(f"--command-id: expected 1 to 200 characters; found {len(given)}")
    return f"shell:{given or secrets.token_hex(16)}"


def wrong_field(error: Any) -> WrongUse:
    """A pydantic error as what was typed wrong; never what was in it."""
    first = error.errors(include_input=False)[0]
    message = first["msg"].removeprefix("Value error, ")
    field = ".".join(str(part) for part in first["loc"]).replace("_", "-")
    return WrongUse(f"--{field}: {message[:1].lower()}{message[1:]}")


def _command(name: str, fields: dict[str, Any]) -> "Command":
    from pydantic import ValidationError

    from aggregates.orders.commands import COMMANDS

    kind = next(each for each in COMMANDS if name == each.NAME)
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise wrong_field(error) from None


def facts(state: "Order", book: "Rulebook") -> dict[str, Any]:
    """What is on record of an order, for programs."""
    from aggregates.orders.agenda import agenda

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


def tell(answer: "Answered[Order]", book: "Rulebook", common: Common, notes: Sequence[str] = ()) -> int:
    """Answer what came of an act."""
    from aggregates.orders.agenda import agenda
    from projections.order_sentences import order_names_of, says

    state, names = answer.state, order_names_of(book)
    if common.json:
        topics = [event.TOPIC for event in answer.events]
        emit({**facts(state, book), "events": topics, "repeated": answer.repeated, "notes": list(notes)})
        return 0
    for event in answer.events:
        sentence = says(event, names)
        OUT.print(f"✓ {sentence.zh} · {sentence.en}", markup=False, soft_wrap=True)
    if answer.repeated:
        OUT.print("已办过，未重复 done before with this id; not repeated", style="yellow")
    owed = agenda(state)
    after = f" · 下一步 next: {both(ORDER_STEPS, owed.step.value)} {shown(owed.due_at, book.zone)}" if owed.step else ""
    OUT.print(
        f"{state.receipt} · {both(ORDER_STAGES, state.stage.value)}{after}", style="dim", markup=False, soft_wrap=True
    )
    remarks(notes)
    return 0
