"""Submissions taken in by earlier versions, whose receipts were derived otherwise: a repeat of one is still found.

There the key was the sender's own id alone, whoever sent it and whatever it said, or the content alone. A repeat of
such a one is answered only where sender and content are the same.
"""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any, Final

from aggregates.event import Actor
from aggregates.petition.events import PetitionReceived
from aggregates.record import Recorded
from eventstore.log import EventLog
from eventstore.stream_lookup import begun_among
from office.identity import Identities
from office.submission import Submission, content_hash

SEALED: Final = ("title", "text", "name", "phone", "address")
PLAIN: Final = ("channel", "anonymous", "confidential", "urgent", "complained_about")


class Earlier:
    """Of a batch, what stands under an earlier key."""

    def __init__(
        self, event_log: EventLog, identities: Identities, by: Actor, zone: tzinfo, given: Sequence[Submission]
    ) -> None:
        """Look which of them stand, in one question.

        Raises:
            PersistenceError: the database was lost.
        """
        self._petitions = event_log
        self._identities = identities
        self._by = by
        self._zone = zone
        receipts = {identities.receipt(_earlier_key(each)) for each in given}
        streams = {identities.petition(receipt): receipt for receipt in receipts}
        with event_log.datastore.get_connection() as connection:
            self._stand = begun_among(connection, list(streams)) if streams else set()

    def receipt_of(self, given: Submission) -> str | None:
        """The receipt of the same submission by the same sender, from before; None: there is none."""
        receipt, record = self._found(given)
        if record is None or record.event.by != self._by or not self._says_the_same(record, given):
            return None
        return receipt

    def used_its_id(self, given: Submission) -> bool:
        """Whether this sender gave the same id before, for something else."""
        _, record = self._found(given) if given.external_id else ("", None)
        return record is not None and record.event.by == self._by

    def _found(self, given: Submission) -> tuple[str, Recorded | None]:
        receipt = self._identities.receipt(_earlier_key(given))
        stream = self._identities.petition(receipt)
        return receipt, self._petitions.read(stream)[0] if stream in self._stand else None

    def _says_the_same(self, record: Recorded, given: Submission) -> bool:
        if not given.external_id:
            return True  # the content was the key
        event = record.event
        assert isinstance(event, PetitionReceived)
        said: dict[str, Any] = {field: getattr(event, field) for field in PLAIN}
        same = all(said[field] == getattr(given, field) for field in PLAIN) and _same_time(event, given, self._zone)
        return same and self._petitions.unseal(record, SEALED) == {field: getattr(given, field) for field in SEALED}


def _same_time(event: PetitionReceived, given: Submission, zone: tzinfo) -> bool:
    """Whether both were submitted at one time; without a zone the office's is meant."""
    if event.submitted_at is None or given.submitted_at is None:
        return event.submitted_at is None and given.submitted_at is None
    if given.submitted_at.tzinfo is None:
        return event.submitted_at == given.submitted_at.replace(tzinfo=zone)
    return event.submitted_at == given.submitted_at


def _earlier_key(given: Submission) -> str:
    return f"external\n{given.external_id}" if given.external_id else f"content\n{content_hash(given)}"
