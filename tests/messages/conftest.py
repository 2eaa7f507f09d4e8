"""A post office for tests: an intake, petitions with and without contacts, and a gateway that does as it is told."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from aggregates.event import Actor
from aggregates.messages.events import Audience, Hint, MessageWritten
from aggregates.messages.outbox import fold_outbox, stream_of
from eventstore.sealing import MasterKey
from office.composition import Office, office
from office.intake import Offered, submission
from office.rules.rulebooks import STANDARD, read_messages
from tests.workflows.town import test_settings as settings_of
from workers.messaging.gateways import Parcel, Undelivered
from workers.messaging.messenger import Messenger

NOW = datetime(2025, 9, 24, 1, 0, tzinfo=UTC)
MASTER = os.urandom(32)
BOOK = read_messages(STANDARD)


class Recording:
    """A gateway that keeps what it was given, or is dead."""

    name = "recording"

    def __init__(self, *, dead: bool = False) -> None:
        self.dead = dead
        self.tries = 0
        self.parcels: list[Parcel] = []

    def carries(self, to: Audience, hint: Hint) -> bool:
        """Residents with a telephone."""
        return to == "resident" and hint == "phone"

    def send(self, parcel: Parcel) -> str | None:
        """Keep it."""
        self.tries += 1
        if self.dead:
            raise Undelivered("gateway_refused")
        self.parcels.append(parcel)
        return f"ref-{len(self.parcels)}"


@pytest.fixture
def here(database: str) -> Iterator[Office]:
    """An office whose clock stands still."""
    with office(settings_of(database), now=lambda _=None: NOW, master=MasterKey(MASTER)) as ours:
        yield ours


def submit(here: Office, text: str = "路灯坏了", **fields: object) -> str:
    """Take one petition in; its id."""
    assert here.intake is not None
    (taken,) = here.intake.take_in([Offered(1, submission({"text": text, **fields}), None)], Actor.resident())
    assert taken.petition is not None
    return taken.petition


def messenger(here: Office, gateway: Recording | None = None) -> Messenger:
    """The messenger of an office."""
    return Messenger(here.event_log, lambda: here.rules, BOOK, gateway or Recording(), here.now)


def written(here: Office, petition: str) -> list[MessageWritten]:
    """The messages of a petition."""
    outbox = fold_outbox(here.event_log.read(stream_of(petition)))
    return [each.event for each in outbox.messages.values()]
