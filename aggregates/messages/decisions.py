"""What may follow in the life of a message: delivered or failed once, and read as often as staff have a reason."""

from aggregates.event import Header
from aggregates.messages.events import MessageDelivered, MessageFailed, MessageRead
from aggregates.messages.outbox import Outbox, Written


def deliver(
    outbox: Outbox, message: str, header: Header, *, gateway: str, reference: str | None, attempts: int
) -> MessageDelivered | None:
    """The gateway took it; None where the message does not wait any more."""
    if not outbox.messages[message].waiting:
        return None
    return MessageDelivered(
        **header._asdict(), message=message, gateway=gateway, reference=reference, attempts=attempts
    )


def fail(
    outbox: Outbox, message: str, header: Header, *, gateway: str, code: str, attempts: int
) -> MessageFailed | None:
    """It was given up; None where the message does not wait any more."""
    if not outbox.messages[message].waiting:
        return None
    return MessageFailed(**header._asdict(), message=message, gateway=gateway, code=code, attempts=attempts)


def read(written: Written, header: Header, reason: str) -> MessageRead:
    """Somebody opens the text. Whether they may is asked of the petition (`may_open_letter`)."""
    event = written.event
    return MessageRead(**header._asdict(), message=event.message, resident=event.resident, reason=reason)
