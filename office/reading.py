"""Reading, with one reader's policy: what `aggregates.readers` says a reader sees, applied for every way to read.

A case that a reader is kept from is answered in the words for what is not on record. Lists leave it out before they
count. Who reads is who they say they are: a door that knows people by a sign-in passes on whom it knows.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from psycopg import Connection

from aggregates.event import Actor, Role
from aggregates.office.events import LOG, LossAccepted
from aggregates.orders.state import Order
from aggregates.petition.state import Petition
from aggregates.petition.what_may_follow import STAFF
from aggregates.readers import Field, Seen, complaint_in, kept_from, sees
from aggregates.record import Recorded
from aggregates.streams import PETITION
from eventstore.complaints import naming
from eventstore.log import EventLog
from office.composition import Office
from office.identity import Identities, normalised
from rulebook.model import Rulebook
from rulebook.problems import BadInput

KNOWN_BY_NAME = STAFF | {Role.SUPERVISOR}
"""Roles that may name a petition by its internal id; a resident acts with what they hold."""

Reader = Actor | None
"""Who reads; None: whoever is at the machine and gives no name."""


class NotOnRecord(BadInput, LookupError):
    """Nothing is on record under this receipt, or nothing that this reader may know of: in the same words."""


class Read:
    """A case as one reader sees it: its stream, its records, its state, and which fields are shown."""

    def __init__(
        self, stream: str, records: Sequence[Recorded], state: Petition | Order, reader: Reader, book: Rulebook
    ) -> None:
        """Take a case that is not unknown to the reader."""
        self.stream = stream
        self.records = records
        self._state = state
        self._reader = reader
        self._book = book

    def shows(self, field: Field) -> bool:
        """Whether a field is shown; else it is masked."""
        return sees(self._reader, self._state, field, self._book) is Seen.SHOWN


def petition_for(office: Office, identities: Identities, named: str, reader: Reader) -> Read:
    """The petition called so: by its receipt or, to who gives a name, by its internal id.

    Raises:
        BadReceipt: it cannot be a receipt.
        NotOnRecord: nothing is on record under it, or nothing for this reader.
    """
    by_id = reader is not None and reader.role in KNOWN_BY_NAME and named.strip().startswith(PETITION)
    petition = named.strip() if by_id else identities.petition(named)
    records = office.event_log.read(petition)
    state = office.handler.kind.fold(petition, (record.event for record in records))
    if not records or sees(reader, state, Field.CASE, office.rules) is Seen.UNKNOWN:
        called = petition if by_id else normalised(named)
        raise NotOnRecord(f"receipt: no petition with {called} is on record here{_lost(office, petition, records)}")
    return Read(petition, records, state, reader, office.rules)


def order_for(office: Office, order: str, named: str, reader: Reader) -> Read:
    """The service order, whose receipt is `named`.

    Raises:
        NotOnRecord: nothing is on record under it, or nothing for this reader.
    """
    records = office.event_log.read(order)
    state = office.orders.load(order) if records else Order(id=order)
    if not records or sees(reader, state, Field.CASE, office.rules) is Seen.UNKNOWN:
        raise NotOnRecord(f"receipt: no service order with {named} is on record here")
    return Read(order, records, state, reader, office.rules)


def hidden_from(connection: Connection[Any], reader: Reader, book: Rulebook) -> list[str]:
    """The petitions that lists leave out for a reader; orders raised from one, and letters about it, go with it.

    Asked of the log itself, as read models follow it: what was named a moment ago is left out already. Where an event
    that names a unit cannot be decoded, whom it names is not guessed: its petition is left out for everybody.
    """
    hidden = []
    for petition, found in groupby(naming(connection), key=lambda row: row[0]):
        events = [event for _, event in found]
        known = [event for event in events if event is not None]
        if len(known) < len(events) or kept_from(reader, complaint_in(known), book):
            hidden.append(petition)
    return hidden


def _lost(office: Office, petition: str, records: Sequence[Recorded]) -> str:
    """What to say besides where the log was put back: the petition may have been on record before."""
    event_log: EventLog = office.event_log
    losses = [record.event for record in event_log.read(LOG) if isinstance(record.event, LossAccepted)]
    if not losses:
        return ""
    named = not records and any(each.stream == petition for loss in losses for each in loss.missing)
    last = losses[-1]
    return (
        f"{'; it was, and is among what was lost' if named else ''}. The log was put back: what was entered up to "
        f"{last.known_at.astimezone(office.rules.zone):%Y-%m-%d %H:%M} may be lost; submit it again "
        "· 记录曾回退，此件可能已遗失，请重新提交"
    )
