"""Looks at sealed fields: who, why, and at which event."""

from typing import Annotated, ClassVar

from aggregates.event import Event, Told
from aggregates.personal import Personal, Readers


class SealedFieldsRead(Event):
    """Somebody opened sealed fields, and says why. `event`: the version of the event whose fields they are."""

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
