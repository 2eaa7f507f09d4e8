"""Ping-pong (推诿): petitions that units passed on to each other, by return or transfer. Counted by pair of units.

A hop is a stay that follows a return or transfer, whoever dispatched in between. An escalation to the tier above is no
hop: a deadline or the resident caused it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from psycopg import Connection

from projections.periods import Period
from projections.stays import Fact, facts_of_petitions

SENT_ON = ("returned", "transferred")

MANY = 2
"""Hops from which on a petition is listed."""


class Hop(NamedTuple):
    """From one unit to the next; `to_unit` None: nobody has it yet after a return."""

    from_unit: str
    to_unit: str | None
    how: Literal["returned", "transferred"]
    at: datetime


@dataclass(slots=True)
class Pair:
    """How often petitions went from one unit to another; `to_unit` None: still at the desk after a return."""

    from_unit: str
    to_unit: str | None
    returns: int = 0
    transfers: int = 0

    @property
    def hops(self) -> int:
        """Returns and transfers together."""
        return self.returns + self.transfers


class Chain(NamedTuple):
    """A petition and the units it was passed between, in order; None: the desk, after a return."""

    petition: str
    receipt: str
    hops: int
    units: tuple[str | None, ...]
    last_at: datetime


class PingPong(NamedTuple):
    """The pairs, most hops first, and the petitions with two hops or more, most hops first."""

    pairs: tuple[Pair, ...]
    chains: tuple[Chain, ...]


def ping_pong(connection: Connection[Any], period: Period, as_of: datetime) -> PingPong:
    """The hops of a period, by what was recorded until `as_of`. A chain includes its earlier hops too."""
    return counted(facts_of_petitions(connection, SENT_ON, None, as_of), period)


def counted(facts: Iterable[Fact], period: Period) -> PingPong:
    """Pairs and chains from facts, which are grouped by petition."""
    pairs: dict[tuple[str, str | None], Pair] = {}
    chains = []
    for petition, each in groupby(facts, key=attrgetter("petition")):
        listed = list(each)
        hops = list(_hops(listed))
        within = [hop for hop in hops if period.starts <= hop.at < period.ends]
        for hop in within:
            pair = pairs.setdefault((hop.from_unit, hop.to_unit), Pair(hop.from_unit, hop.to_unit))
            pair.returns += hop.how == "returned"
            pair.transfers += hop.how == "transferred"
        if within and len(hops) >= MANY:
            chains.append(Chain(petition, listed[0].receipt, len(hops), _way(hops), hops[-1].at))
    ranked = sorted(pairs.values(), key=lambda pair: (-pair.hops, pair.from_unit, pair.to_unit or ""))
    chains.sort(key=lambda chain: (-chain.hops, chain.last_at, chain.petition))
    return PingPong(tuple(ranked), tuple(chains))


def _hops(facts: Iterable[Fact]) -> Iterator[Hop]:
    """The hops of one petition, in order."""
    pending: Fact | None = None
    for fact in facts:
        if fact.fact in SENT_ON:
            pending = fact
        elif fact.fact == "came" and fact.unit is not None and pending:
            if pending.unit is not None:
                yield Hop(pending.unit, fact.unit, _how(pending), fact.at)
            pending = None
    if pending and pending.unit is not None:
        yield Hop(pending.unit, None, _how(pending), pending.at)


def _way(hops: Iterable[Hop]) -> tuple[str | None, ...]:
    """The units in order; where an escalation moved it between two hops, both its ends."""
    units: list[str | None] = []
    for hop in hops:
        units += [hop.to_unit] if units and units[-1] == hop.from_unit else [hop.from_unit, hop.to_unit]
    return tuple(units)


def _how(fact: Fact) -> Literal["returned", "transferred"]:
    return "returned" if fact.fact == "returned" else "transferred"
