"""What is sealed, looked at: who, why, and what of."""

from typing import ClassVar

from aggregates.event import Event
from aggregates.personal import Personal


class SealedFieldsRead(Event):
    """Somebody looked at personal data, and says why. `event`: the version of the event in which it stands."""

    TOPIC: ClassVar[str] = "petition.sealed_fields_read"
    VERSION: ClassVar[int] = 2

    event: int
    event_topic: str
    fields: tuple[str, ...]
    resident: str
    reason: Personal


LookingEvent = SealedFieldsRead
