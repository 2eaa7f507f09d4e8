"""The petitions of a small town, as an export would take them."""

from collections.abc import Iterator

import pytest

from eventstore.log import EventLog
from eventstore.recorder import Datastore
from evidence.tracing import choose
from machine.embedded_postgres import EmbeddedPostgres
from office.rules.rulebooks import STANDARD, read_messages
from projections.traces.choosing import Kept, Wanted
from tests.projections.conftest import MASTER
from tests.projections.test_orders import Life, market
from tests.projections.town import MONDAY, RULES, TOWN
from workers.messaging.gateways import Outbox as OutboxOnly
from workers.messaging.messenger import Messenger


@pytest.fixture(scope="session")
def town_log(postgres: EmbeddedPostgres) -> Iterator[EventLog]:
    """The log of `TOWN`, written once."""
    postgres.make_database("traced_town")
    datastore = Datastore(postgres.dsn("traced_town"))
    log = EventLog(datastore, MASTER)
    TOWN.write(log)
    yield log
    datastore.close()


@pytest.fixture(scope="session")
def busy_log(postgres: EmbeddedPostgres) -> Iterator[EventLog]:
    """The same town with service orders, two of them from petitions, and what residents and units were told."""
    postgres.make_database("traced_busy_town")
    datastore = Datastore(postgres.dsn("traced_busy_town"))
    log = EventLog(datastore, MASTER)
    TOWN.write(log)
    lives = [Life(f"from-{petition}", petition=petition).claimed().delivered(5) for petition in ("accepted", "closed")]
    for append in [*market(), *(append for life in lives for append in life.appends)]:
        assert log.append([append]) == [True]
    messenger = Messenger(log, lambda: RULES, read_messages(STANDARD), OutboxOnly(), lambda _=None: MONDAY)
    messenger.write(log.page(0, 10_000))
    yield log
    datastore.close()


@pytest.fixture(scope="session")
def every(town_log: EventLog) -> list[Kept]:
    """Every petition of it."""
    return choose(town_log, Wanted())
