"""Everything that can have happened to a message. The topics are the storage format, as a petition's are."""

from typing import ClassVar, Literal

from pydantic import Field

from aggregates.event import Event, Moment
from aggregates.personal import Personal

Audience = Literal["resident", "unit", "lead"]
"""For whom: the resident, the unit that handles, or the one who leads it."""

Hint = Literal["phone", "letter", "desk", "none"]
"""How whoever is meant can be reached: by telephone, by letter, at their desk in the office, or not at all."""

Way = Literal["gateway", "outbox", "nowhere"]
"""Where it went when it was written: to be delivered by the gateway, to the outbox for staff, or nowhere to send it."""


class MessageWritten(Event):
    """A message stands in the outbox, rendered, with the template's version.

    `cause` is a version of the petition, or of the one it is merged into where that was answered.

    `resident` names the key it is sealed with, for a unit's messages too: they are about that resident's petition.
    `not_before`: when it may leave, and then only while the office is open; None: at once, whatever the hour.
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
    zh: Personal
    en: Personal


class MessageDelivered(Event):
    """The gateway took it, at the `attempts`-th try. `reference` is the gateway's own, where it gives one."""

    TOPIC: ClassVar[str] = "message.delivered"

    message: str
    gateway: str
    reference: str | None
    attempts: int


class MessageFailed(Event):
    """It was given up after so many tries; staff see it in the outbox. `code` says why, without personal data."""

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
    reason: Personal


MESSAGE_EVENTS: tuple[type[Event], ...] = (MessageWritten, MessageDelivered, MessageFailed, MessageRead)
