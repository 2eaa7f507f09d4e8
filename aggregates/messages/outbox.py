"""The messages of one petition, folded from their events."""

from collections.abc import Iterable
from typing import NamedTuple

from aggregates.messages.events import MessageDelivered, MessageFailed, MessageWritten
from aggregates.record import Recorded
from aggregates.streams import MESSAGES, PETITION


class Written(NamedTuple):
    """A message: its record, and whether it still waits for the gateway."""

    record: Recorded
    event: MessageWritten
    waiting: bool


class Outbox(NamedTuple):
    """Every message of a petition by its id, and the version of the stream."""

    version: int
    messages: dict[str, Written]


def stream_of(petition: str) -> str:
    """The stream of a petition's messages."""
    return MESSAGES + petition.removeprefix(PETITION)


def stream_of_message(message: str) -> str:
    """The stream that a message is in: the first part of its id."""
    return message.partition(":")[0]


def message_id(petition: str, cause: int, template: str, number: int = 0) -> str:
    """The id of a template's message about a petition's version, to its `number`-th resident; deterministic."""
    return f"{stream_of(petition)}:{cause}:{template}" + (f":{number}" if number else "")


def fold_outbox(records: Iterable[Recorded]) -> Outbox:
    """The outbox of one petition, from its stream of messages."""
    messages: dict[str, Written] = {}
    version = 0
    for record in records:
        version = record.version
        match record.event:
            case MessageWritten() as written:
                messages[written.message] = Written(record, written, waiting=written.way == "gateway")
            case MessageDelivered(message=message) | MessageFailed(message=message):
                messages[message] = messages[message]._replace(waiting=False)
            case _:
                pass
    return Outbox(version, messages)
