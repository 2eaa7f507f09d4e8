"""The petitions of a small town, as an export would take them."""

from collections.abc import Iterator

import pytest

from eventstore.log import PetitionLog
from eventstore.recorder import Datastore
from projections.traces.occurrences import Kept, Wanted
from tests.projections.conftest import MASTER
from tests.projections.town import TOWN
from workers.evidence.tracing import choose
from workers.machine.embedded_postgres import EmbeddedPostgres


@pytest.fixture(scope="session")
def town_log(postgres: EmbeddedPostgres) -> Iterator[PetitionLog]:
    """The log of `TOWN`, written once."""
    postgres.make_database("traced_town")
    datastore = Datastore(postgres.dsn("traced_town"))
    log = PetitionLog(datastore, MASTER)
    TOWN.write(log)
    yield log
    datastore.close()


@pytest.fixture(scope="session")
def every(town_log: PetitionLog) -> list[Kept]:
    """Every petition of it."""
    return choose(town_log, Wanted())
