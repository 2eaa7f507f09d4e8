"""Opening the text of a message: for staff, with a reason, and recorded before the text is shown."""

from typing import NamedTuple

from aggregates.event import Actor, Header
from aggregates.messages.decisions import read
from aggregates.messages.events import MessageWritten
from aggregates.messages.outbox import Outbox, Written, fold_outbox, stream_of_message
from aggregates.petition.decisions.access import may_open_letter
from aggregates.readers import Field, Seen, sees
from aggregates.record import Recorded
from eventstore.log import Append
from eventstore.once import append_once
from office.composition import Office
from rulebook.problems import BadInput


class NoSuchMessage(BadInput, LookupError):
    """No message has this id."""


class Opened(NamedTuple):
    """A message and its texts."""

    event: MessageWritten
    texts: dict[str, str | None]


def open_message(office: Office, message: str, by: Actor, reason: str) -> Opened:
    """Record the look, then decrypt the text.

    Raises:
        NoSuchMessage: no message has this id, or it is about a petition that `by` may not know of.
        Refused: `by` may not open it; the sentence says who may.
        CannotOpen: the master key is not the one of this store.
    """
    stream = stream_of_message(message)

    def look(records: list[Recorded]) -> Append:
        outbox = fold_outbox(records)
        written = _written(outbox, message)
        petition = office.handler.load(written.event.petition)
        if sees(by, petition, Field.CASE, office.rules) is Seen.UNKNOWN:
            raise _unknown(message)
        may_open_letter(by, written.event.unit, petition, office.rules)
        header = Header(office.now(), by, office.rules.hash, written.event.rule)
        event = read(written, header, reason)
        return Append(stream, outbox.version, (event,), f"read:{message}:{outbox.version}", header.at)

    written = _written(fold_outbox(append_once(office.event_log, stream, look).records), message)
    return Opened(written.event, office.event_log.unseal(written.record, ("zh", "en")))


def _written(outbox: Outbox, message: str) -> Written:
    found = outbox.messages.get(message)
    if found is None:
        raise _unknown(message)
    return found


def _unknown(message: str) -> NoSuchMessage:
    return NoSuchMessage(f"message: no {message!r} is in the outbox; `suqiu outbox --json` lists their ids")
