"""Decisions about a message: delivered or failed once, and opened as often as staff have a reason."""

from aggregates.event import Header
from aggregates.messages.events import MessageDelivered, MessageFailed, MessageRead
from aggregates.messages.outbox import Outbox, Written


def deliver(
    outbox: Outbox, message: str, header: Header, *, gateway: str, reference: str | None, attempts: int
) -> MessageDelivered | None:
    """The gateway took it; None: the message no longer waits (idempotent)."""
    if not outbox.messages[message].waiting:
        return None
    return MessageDelivered(
        **header._asdict(), message=message, gateway=gateway, reference=reference, attempts=attempts
    )


def fail(
    outbox: Outbox, message: str, header: Header, *, gateway: str, code: str, attempts: int
) -> MessageFailed | None:
    """It was given up; None: the message no longer waits (idempotent)."""
    if not outbox.messages[message].waiting:
        return None
    return MessageFailed(**header._asdict(), message=message, gateway=gateway, code=code, attempts=attempts)


def read(written: Written, header: Header, reason: str) -> MessageRead:
    """Record that somebody opens the text. Whether they may is checked by `may_open_letter`."""
    event = written.event
    return MessageRead(**header._asdict(), message=event.message, resident=event.resident, reason=reason)
