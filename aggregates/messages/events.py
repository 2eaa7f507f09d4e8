"""Every event of a message. The topics are the storage format, as a petition's are."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from aggregates.event import Event, Moment
from aggregates.personal import Personal, Readers

Audience = Literal["resident", "unit", "lead"]
"""The recipient: the resident, the responsible unit, or a leader."""

Hint = Literal["phone", "letter", "desk", "none"]
"""How the recipient can be reached: by telephone, by letter, at their desk in the office, or not at all."""

Way = Literal["gateway", "outbox", "nowhere"]
"""Its way when it was written: through the gateway, in the outbox for staff, or unreachable."""


class MessageWritten(Event):
    """A message was written to the outbox, rendered, with the template's version.

    `cause`: a version of the petition, or of the one it is merged into if that was answered. `resident`: whose key
    seals it, for a unit's messages too, as they are about that resident's petition. `not_before`: when it may be sent,
    and then only in office hours; None: at once, whatever the hour.
    """

    TOPIC: ClassVar[str] = "message.written"
    VERSION: ClassVar[int] = 2

    message: str
    petition: str
    receipt: str
    cause: int
    cause_topic: str
    to: Audience
    unit: str | None
    hint: Hint
    way: Way
    template: str
    template_version: int
    languages: tuple[str, ...]
    not_before: Moment | None
    resident: str
    zh: Annotated[Personal, Readers.RESIDENT_AND_UNIT]
    en: Annotated[Personal, Readers.RESIDENT_AND_UNIT]


class MessageDelivered(Event):
    """The gateway took it, at the `attempts`-th try. `reference`: the gateway's own, if it gives one."""

    TOPIC: ClassVar[str] = "message.delivered"

    message: str
    gateway: str
    reference: str | None
    attempts: int


class MessageFailed(Event):
    """It was given up after `attempts` tries; staff see it in the outbox. `code` says why, without personal data."""

    TOPIC: ClassVar[str] = "message.failed"

    message: str
    gateway: str
    code: str = Field(pattern=r"^[a-z][a-z_]{0,39}$")
    attempts: int


class MessageRead(Event):
    """Somebody opened the text of a message, and says why."""

    TOPIC: ClassVar[str] = "message.read"

    message: str
    resident: str
    reason: Annotated[Personal, Readers.COURT_ALONE]


MESSAGE_EVENTS: tuple[type[Event], ...] = (MessageWritten, MessageDelivered, MessageFailed, MessageRead)
