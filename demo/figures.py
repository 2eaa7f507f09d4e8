"""The story's totals: counted twice, from the log and from the ledger, and compared."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import Connection, errors
from pydantic import BaseModel, ConfigDict

from aggregates.orders.state import Order
from aggregates.petition import events as e
from aggregates.petition.state import Stage
from demo.chronicle import Chronicle
from eventstore.log import EventLog
from evidence.auditing import verify
from evidence.notary import notary_of
from office.composition import Office
from projections import ledger
from projections.paging import LARGEST
from rulebook.problems import Expected

LEADER = "leader"
LEDGER_FOLLOWS_WITHIN_SECONDS = 15.0
LOOK_EVERY_SECONDS = 0.05


class Count(BaseModel):
    """Totals that both log and ledger have: petitions = closed + open + withdrawn."""

    model_config = ConfigDict(frozen=True)

    petitions: int
    by_category: dict[str, int]
    by_tier: dict[str, int]
    escalations: int
    closed: int
    open: int
    withdrawn: int
    returns: int
    disputes: int


class Happened(BaseModel):
    """Totals only the log has. `escalations_by_step`: keys as `community-district`; `answers`: replies given."""

    model_config = ConfigDict(frozen=True)

    escalations_by_step: dict[str, int]
    reminders: int
    transfers: int
    answers: int
    on_time: int
    late: int
    confirmed: int
    events: int


class Evidence(BaseModel):
    """The log, signed at the end of the story, and recomputed from its rows as `suqiu audit verify` does."""

    model_config = ConfigDict(frozen=True)

    signed_events: int
    checkpoints: int
    streams: int
    root: str


class Ordered(BaseModel):
    """The outcome of a service order."""

    model_config = ConfigDict(frozen=True)

    receipt: str
    status: str
    kept: bool | None
    score: int | None


class Disagreement(Expected):
    """Log and ledger differ; the message has both."""


def count_log(chronicle: Chronicle) -> Count:
    """Count the petitions of the log."""
    petitions = chronicle.petitions.values()
    return Count(
        petitions=len(petitions),
        by_category=_sorted(Counter(petition.category or ledger.NONE for petition in petitions)),
        by_tier=_sorted(Counter(petition.tier or ledger.NONE for petition in petitions)),
        escalations=sum(petition.escalations for petition in petitions),
        closed=sum(petition.stage is Stage.CLOSED for petition in petitions),
        open=sum(petition.open for petition in petitions),
        withdrawn=sum(petition.stage is Stage.WITHDRAWN for petition in petitions),
        returns=sum(petition.returns for petition in petitions),
        disputes=sum(petition.disputes for petition in petitions),
    )


def happened(chronicle: Chronicle) -> Happened:
    """Count the events of the log."""
    events: Sequence[e.Event] = [happening.record.event for happening in chronicle.happenings]
    replies = [event for event in events if isinstance(event, e.PetitionReplied)]
    steps = Counter(
        f"{event.from_tier}-{event.to_tier or LEADER}" for event in events if isinstance(event, e.PetitionEscalated)
    )
    return Happened(
        escalations_by_step=dict(steps),
        reminders=sum(isinstance(event, e.PetitionReminded) for event in events),
        transfers=sum(isinstance(event, e.PetitionTransferred) for event in events),
        answers=len(replies),
        on_time=sum(reply.on_time for reply in replies),
        late=sum(not reply.on_time for reply in replies),
        confirmed=sum(isinstance(event, e.PetitionConfirmed) for event in events),
        events=len(events),
    )


def count_ledger(connection: Connection[Any]) -> Count:
    """Count the petitions of the ledger."""
    rows = ledger.list_petitions(connection, limit=LARGEST).rows
    statuses = ledger.count_by(connection, "status")
    return Count(
        petitions=ledger.count(connection),
        by_category=_sorted(ledger.count_by(connection, "category")),
        by_tier=_sorted(ledger.count_by(connection, "tier")),
        escalations=sum(row.escalations for row in rows),
        closed=statuses.get(Stage.CLOSED, 0),
        open=ledger.count(connection, ledger.Filter(open=True)),
        withdrawn=statuses.get(Stage.WITHDRAWN, 0),
        returns=sum(row.returns for row in rows),
        disputes=sum(row.disputes for row in rows),
    )


def ordered(orders: Sequence[Order]) -> list[Ordered]:
    """The orders' outcomes."""
    last = [(order, order.promises[-1] if order.promises else None) for order in orders]
    return [
        Ordered(
            receipt=order.receipt,
            status=order.stage.value,
            kept=promise.outcome == "kept" if promise else None,
            score=promise.score if promise else None,
        )
        for order, promise in last
    ]


def signed(office: Office) -> Evidence:
    """Sign the log as it is now, and recompute it from its rows against every checkpoint.

    Raises:
        Disagreement: the log does not verify.
    """
    notary = notary_of(office)
    assert notary is not None, "the stage makes a log key"
    notary.checkpoint()
    found = verify(office.event_log.datastore.dsn, notary.verifier)
    if found.wrong is not None:
        raise Disagreement(f"the log does not verify: position {found.wrong.position}: {found.wrong.what}")
    return Evidence(
        signed_events=found.events, checkpoints=found.checkpoints, streams=found.streams, root=found.root.hex()
    )


async def agreed_count(event_log: EventLog, chronicle: Chronicle) -> Count:
    """The ledger's count, once it has caught up with the log.

    Raises:
        Disagreement: it differs from the log's count after the time limit.
    """
    expected = count_log(chronicle)
    until = time.monotonic() + LEDGER_FOLLOWS_WITHIN_SECONDS
    while True:
        found = await asyncio.to_thread(_count_if_there, event_log)
        if found == expected:
            return found
        if time.monotonic() > until:
            raise Disagreement(f"log and ledger do not agree: the log has {expected!r}, the ledger {found!r}")
        await asyncio.sleep(LOOK_EVERY_SECONDS)


def _count_if_there(event_log: EventLog) -> Count | None:
    try:
        with psycopg.connect(event_log.datastore.dsn) as connection:
            return count_ledger(connection)
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        return None


def _sorted(counter: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counter.items(), key=lambda item: (-item[1], item[0])))
