"""Messages put into a log as the messenger writes them, for tests of what goes through the whole log."""

from datetime import UTC, datetime
from typing import Any

from aggregates.messages.events import MessageDelivered, MessageWritten
from aggregates.messages.outbox import message_id, stream_of
from eventstore.log import Append, EventLog
from tests.eventstore.examples import EXAMPLES


def write_message(log: EventLog, petition: str, *, delivered: bool = False) -> str:
    """A message of a petition for the gateway, which waits; or one that was delivered. Its id."""
    stream, now = stream_of(petition), datetime.now(UTC)
    name = message_id(petition, 1, "received")
    written = _example(MessageWritten, message=name, petition=petition, way="gateway", at=now)
    events = (written, _example(MessageDelivered, message=name, at=now)) if delivered else (written,)
    assert log.append([Append(stream, 0, events, f"{stream}:1", now)]) == [True]
    return name


def _example(kind: type[Any], **values: object) -> Any:
    return next(each for each in EXAMPLES if isinstance(each, kind)).model_copy(update=values)
