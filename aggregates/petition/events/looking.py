"""What is sealed, looked at: who, why, and what of."""

from typing import Annotated, ClassVar

from aggregates.event import Event, Told
from aggregates.personal import Personal, Readers


class SealedFieldsRead(Event):
    """Somebody looked at personal data, and says why. `event`: the version of the event in which it stands."""

    TOPIC: ClassVar[str] = "petition.sealed_fields_read"
    VERSION: ClassVar[int] = 2
    RESTS_ON_NOTHING: ClassVar[bool] = True
    TOLD: ClassVar[Told] = Told(
        "查阅了个人信息{event}：{fields}", "Personal data{event} was looked at: {fields}", counts="looked"
    )

    event: int
    event_topic: str
    fields: tuple[str, ...]
    resident: str
    reason: Annotated[Personal, Readers.COURT_ALONE]


LookingEvent = SealedFieldsRead
