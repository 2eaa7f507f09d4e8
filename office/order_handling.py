"""Service orders as commands use them: posted with a receipt, handled like petitions, supported once per resident."""

from typing import Any, NamedTuple

from aggregates.event import Actor, Role
from aggregates.kinds import ORDERS, PETITIONS
from aggregates.known import BY_CODE, Known
from aggregates.orders.commands import Post
from aggregates.orders.decisions import decide
from aggregates.orders.parts import recused
from aggregates.orders.state import Order, Origin
from aggregates.petition.decisions import Refused
from aggregates.record import Recorded
from aggregates.streams import ORDER
from eventstore.log import Append
from eventstore.once import append_once
from office.codes import Code
from office.handling import Handler, StreamHandler, UnknownPetition
from office.identity import normalised
from office.intake import Intake


class OrderHandler(StreamHandler[Order]):
    """Carries out commands on service orders, which know of the petition they came from what stands of it now."""

    kind = ORDERS

    def _fold(self, petition: str, records: list[Recorded]) -> Order:
        state = super()._fold(petition, records)
        return state.model_copy(update={"origin": self.origin(state.petition)}) if state.petition else state

    def origin(self, petition: str) -> Origin | None:
        """What an order keeps to of the petition it was raised from; None: no such petition is on record."""
        records = self.log.read(petition)
        if not records:
            return None
        state = PETITIONS.fold(petition, (record.event for record in records))
        # What was asked for in confidence stays so when it is lifted, and an order does not say when it was asked for.
        confidential = state.confidential or bool(state.said_in_confidence)
        return Origin(confidential=confidential, complained_about=state.complained_about, recused=state.recused)


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
            UnknownPetition: `petition` is not on record, or complains about who posts.
            BadReceipt: it is not a receipt.
        """
        receipt = self._identities.receipt(f"order\n{key}")
        order = self.order_of(receipt)
        resident = self._identities.resident(order)
        source, state = None, Order(id=order)
        if petition is not None:
            if by.role is Role.RESIDENT and known != BY_CODE:
                raise Refused("code-needed", "petition: a resident posts from their own, with the code of it")
            source = self._identities.petition(petition)
            resident = self._petitions.load(source).resident
            state = state.model_copy(update={"origin": self._orders.origin(source)})
            if by.id in recused(state, self._orders.rules):
                raise UnknownPetition(f"no petition {source} is on record")
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
        events = decide(state, command, self._orders.rules)

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
