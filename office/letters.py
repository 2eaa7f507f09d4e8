"""Opening the text of a message: for staff, with a reason, and the look on record before the text is shown."""

from typing import NamedTuple

from aggregates.event import Actor
from aggregates.messages.events import MessageRead, MessageWritten
from aggregates.messages.outbox import fold_outbox, stream_of_message
from aggregates.petition.decisions.access import may_open_letter
from eventstore.log import Append
from office.composition import Office


class NoSuchMessage(LookupError):
    """No message has this id."""


class Opened(NamedTuple):
    """A message and its texts."""

    event: MessageWritten
    texts: dict[str, str | None]


def open_message(office: Office, message: str, by: Actor, reason: str) -> Opened:
    """Record the look, then open the text.

    Raises:
        NoSuchMessage: there is none with this id.
        Refused: it is not for them; the sentence says who may.
        CannotOpen: the master key is not the one of this store.
    """
    stream = stream_of_message(message)
    while True:
        outbox = fold_outbox(office.petitions.read(stream)) if stream else None
        written = outbox.messages.get(message) if outbox else None
        if outbox is None or written is None:
            raise NoSuchMessage(f"message: no {message!r} is in the outbox; `suqiu outbox --json` lists their ids")
        may_open_letter(by, written.event.unit, office.handler.load(written.event.petition), office.rules)
        read = MessageRead(
            at=office.now(),
            by=by,
            rulebook=office.rules.hash,
            rule=written.event.rule,
            message=message,
            resident=written.event.resident,
            reason=reason,
        )
        append = Append(stream, outbox.version, (read,), f"read:{message}:{outbox.version}", office.now())
        if office.petitions.append([append])[0]:
            return Opened(written.event, office.petitions.unseal(written.record, ("zh", "en")))
