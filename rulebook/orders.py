"""Service orders (点单、派单、接单): who offers what, what partner units committed to, and when an order escalates.

The three lists: needs are the open orders themselves; services and resources are here, each with who offers it.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Literal, NamedTuple, TypeVar

from pydantic import Field

from rulebook.people import Unit
from rulebook.problems import UnknownName, one_of
from rulebook.source import Day, Days, Id, Name, Record, Sourced

Charge = Literal["free", "low_price"]
Place = tuple[str | int, ...]
T = TypeVar("T")


class Service(Record):
    """An entry of the list of services (服务清单); the first of its teams has it when the community assigns."""

    id: Id
    name: Name
    teams: Annotated[tuple[Id, ...], Field(min_length=1)]
    charge: Charge


class Resource(Record):
    """An entry of the list of resources (资源清单): a room, equipment, people or money, lent by a unit or partner."""

    id: Id
    name: Name
    kind: Literal["room", "equipment", "people", "money"]
    lent_by: Id
    charge: Charge


class Commitment(Record):
    """What a partner unit has signed to do: so many times between two days, both counted."""

    id: Id
    name: Name
    service: Id | None = None
    times: Annotated[int, Field(gt=0, le=10_000)]
    since: Day
    until: Day


class Partner(Sourced):
    """A partner unit (共建单位), its contacts who act for it, the services it claims, its commitments."""

    id: Id
    name: Name
    contacts: Annotated[tuple[Id, ...], Field(min_length=1)]
    offers: tuple[Id, ...] = ()
    commitments: tuple[Commitment, ...] = ()


class Rung(Sourced):
    """A rung of the ladder for unclaimed orders, after so many whole working days: assign, or escalate to a unit."""

    after_days: Days
    does: Literal["assign", "escalate"]
    tier: Id
    unit: Id
    rule: Id


class PromiseRule(Sourced):
    """The longest promise a claim may make, in working days; and how often a late one is reminded of."""

    at_most_days: Days
    remind_every_days: Days
    rule: Id


class RatingRule(Sourced):
    """Working days until silence closes; the score that counts as satisfied; ratings below which no mean is shown."""

    close_after_days: Days
    satisfied_from: Annotated[int, Field(ge=1, le=5)]
    shown_from: Annotated[int, Field(ge=1, le=1000)]
    rule: Id


class FirstRule(Sourced):
    """Residents of this age and more are served first."""

    from_age: Annotated[int, Field(ge=1, le=120)]
    rule: Id


class Provider(NamedTuple):
    """Who may claim: a team, another unit of the ladder, or a partner; `people` act for it."""

    id: str
    name: Name
    partner: bool
    people: tuple[str, ...]
    offers: tuple[str, ...]


class ServiceOrders(Record):
    """Everything the offices have agreed on about service orders."""

    services: tuple[Service, ...]
    resources: tuple[Resource, ...]
    partners: tuple[Partner, ...]
    unclaimed: Annotated[tuple[Rung, ...], Field(min_length=1)]
    promise: PromiseRule
    rating: RatingRule
    first: FirstRule

    def service(self, id: str) -> Service:  # noqa: A002  the catalogue's own word
        """Raises UnknownName."""
        return _find("service", self._services, id)

    @cached_property
    def _services(self) -> dict[str, Service]:
        return {service.id: service for service in self.services}

    def providers(self, units: Sequence[Unit]) -> dict[str, Provider]:
        """Everybody who may claim an order: teams first, then the ladder's units, then partners."""
        own = dict.fromkeys(
            (*(team for service in self.services for team in service.teams), *(rung.unit for rung in self.unclaimed))
        )
        known = {unit.id: unit for unit in units}
        teams = (
            Provider(id, known[id].name, False, known[id].staff, self._offered_by(id))
            for id in own  # noqa: A001
        )
        partners = (
            Provider(partner.id, partner.name, True, partner.contacts, partner.offers) for partner in self.partners
        )
        return {provider.id: provider for provider in (*teams, *partners)}

    def provider(self, id: str, units: Sequence[Unit]) -> Provider:  # noqa: A002
        """Raises UnknownName."""
        return _find("team or partner unit", self.providers(units), id)

    def _offered_by(self, unit: str) -> tuple[str, ...]:
        return tuple(service.id for service in self.services if unit in service.teams)


def _find(what: str, known: Mapping[str, T], name: str) -> T:
    try:
        return known[name]
    except KeyError:
        raise UnknownName(what, name, known) from None


def disagreements(
    orders: ServiceOrders, units: Sequence[str], tiers: Sequence[str], staff: Sequence[str]
) -> Iterator[tuple[Place, str, str]]:
    """Contradictions in the part `service_orders`: (place, what belongs there, what was found)."""
    services, partners = [entry.id for entry in orders.services], [entry.id for entry in orders.partners]
    taken = [*units, *services, *(entry.id for entry in orders.resources), *partners]
    taken += [promise.id for partner in orders.partners for promise in partner.commitments]
    taken += [*staff, *(contact for partner in orders.partners for contact in partner.contacts)]
    for name in dict.fromkeys(name for n, name in enumerate(taken) if name in taken[:n]):
        yield ("service_orders",), "ids of their own for units, services, resources, partners and people", repr(name)
    for place, name, known in _references(orders, units, tiers):
        if name not in known:
            yield ("service_orders", *place), one_of(known, name), repr(name)
    for n, partner in enumerate(orders.partners):
        for m, promise in enumerate(partner.commitments):
            if promise.until < promise.since:
                place = ("service_orders", "partners", n, "commitments", m, "until")
                yield place, f"a day from {promise.since} on", str(promise.until)


def _references(
    orders: ServiceOrders, units: Sequence[str], tiers: Sequence[str]
) -> Iterator[tuple[Place, str, Sequence[str]]]:
    services = [service.id for service in orders.services]
    for n, service in enumerate(orders.services):
        for m, team in enumerate(service.teams):
            yield ("services", n, "teams", m), team, units
    for n, resource in enumerate(orders.resources):
        yield ("resources", n, "lent_by"), resource.lent_by, [*units, *(partner.id for partner in orders.partners)]
    for n, rung in enumerate(orders.unclaimed):
        yield ("unclaimed", n, "unit"), rung.unit, units
        yield ("unclaimed", n, "tier"), rung.tier, tiers
    for n, partner in enumerate(orders.partners):
        for m, offer in enumerate(partner.offers):
            yield ("partners", n, "offers", m), offer, services
        for m, promise in enumerate(partner.commitments):
            if promise.service:
                yield ("partners", n, "commitments", m, "service"), promise.service, services
