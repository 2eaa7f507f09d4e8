"""Service orders as commands use them: posted with a receipt, handled like petitions, supported once per resident."""

from typing import Any, NamedTuple

from aggregates.event import Actor, Role
from aggregates.kinds import ORDERS
from aggregates.known import BY_CODE, Known
from aggregates.orders.commands import Post
from aggregates.orders.decisions import decide
from aggregates.orders.state import Order
from aggregates.petition.decisions import Refused
from aggregates.record import Recorded
from aggregates.streams import ORDER
from eventstore.log import Append
from eventstore.once import append_once
from office.codes import Code
from office.handling import Handler, StreamHandler
from office.identity import normalised
from office.intake import Intake


class OrderHandler(StreamHandler[Order]):
    """Carries out commands on service orders."""

    kind = ORDERS


class Posted(NamedTuple):
    """A posted order. `repeated`: it was on record before. `code`: as with a petition, told here and never again."""

    receipt: str
    order: str
    repeated: bool
    code: Code | None


class OrderDesk:
    """Posts orders and derives supporters' pseudonyms."""

    def __init__(self, petitions: Handler, orders: OrderHandler, intake: Intake, *, community: str) -> None:
        """Use the handlers and the intake of one store, for one community."""
        self._petitions = petitions
        self._orders = orders
        self._identities, self._codes = intake.identities, intake.codes
        self._community = community

    def order_of(self, receipt: str) -> str:
        """The order's stream, which is the id of its workflow too.

        Raises:
            BadReceipt: the receipt cannot be one.
        """
        return ORDER + self._identities.petition(normalised(receipt)).partition("-")[2]

    def post(
        self, key: str, by: Actor, *, petition: str | None = None, known: Known | None = None, **said: Any
    ) -> Posted:
        """Post an order named by a key; idempotent: a repeated key returns the order it led to.

        From a petition (its receipt) the order is the petition's resident's; else it has a resident of its own, as a
        number that nobody has checked joins nobody.

        `known`: how the resident of that petition was known, who posts it by themselves.

        Raises:
            Refused, ValidationError: the order is not allowed, or a value is wrong; or a resident names a petition
                whose code they have not given.
            UnknownPetition, BadReceipt: `petition` is not on record, or not a receipt.
        """
        receipt = self._identities.receipt(f"order\n{key}")
        order = self.order_of(receipt)
        resident = self._identities.resident(order)
        source = None
        if petition is not None:
            if by.role is Role.RESIDENT and known != BY_CODE:
                raise Refused("code-needed", "petition: a resident posts from their own, with the code of it")
            source = self._identities.petition(petition)
            resident = self._petitions.load(source).resident
        now = self._orders.now()
        command = Post(
            at=now,
            by=by,
            receipt=receipt,
            resident=resident,
            community=self._community,
            petition=source,
            **said,
        )
        events = decide(Order(id=order), command, self._orders.rules)

        def first(records: list[Recorded]) -> Append | None:
            return None if records else Append(order, 0, events, f"post:{order}", now)

        repeated = append_once(self._orders.log, order, first).append is None
        code = None if repeated else self._codes.give(order, resident)
        return Posted(receipt, order, repeated, code)

    def pseudonym(self, order: str, own: str) -> str:
        """The pseudonym, for this order only, of the holder of the receipt `own`.

        It differs from order to order: who supports one wish cannot be found under another, nor in their petitions.

        Raises:
            Refused: nothing is on record under the receipt, or the order is this resident's own.
            UnknownPetition, BadReceipt: `order` is not on record, or `own` cannot be a receipt.
        """
        petition = self._identities.petition(own)
        known = self._orders.log.read(petition) or self._orders.log.read(self.order_of(own))
        if not known:
            raise Refused("unknown-receipt", "with: expected a receipt of this office; nothing is on record under it")
        resident: str = getattr(known[0].event, "resident", "")
        if resident == self._orders.load(order).resident:
            raise Refused("own-wish", "with: it is this resident's own wish")
        return self._identities.resident(f"{order}\n{resident}")
