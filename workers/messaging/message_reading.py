"""Opening the text of a message: for staff, with a reason, and the look on record before the text is shown."""

from typing import NamedTuple

from aggregates.events import Actor, Role
from aggregates.messages.events import MessageRead, MessageWritten
from aggregates.messages.outbox import fold_outbox, stream_of_message
from eventstore.log import Append
from workers.composition import Office

READERS = frozenset({Role.CLERK, Role.OFFICER, Role.LEADER, Role.SUPERVISOR})
"""As for a petition's sealed fields; a unit's message is for its own staff, leaders and the committee."""

EVERY_UNIT = frozenset({Role.LEADER, Role.SUPERVISOR})


class NoSuchMessage(LookupError):
    """No message has this id."""


class NotForThem(PermissionError):
    """Whoever asks may not open this message; the sentence says who may."""


class Opened(NamedTuple):
    """A message and its texts."""

    event: MessageWritten
    texts: dict[str, str | None]


def open_message(office: Office, message: str, by: Actor, reason: str) -> Opened:
    """Record the look, then open the text.

    Raises:
        NoSuchMessage, NotForThem: see there.
        CannotOpen: the master key is not the one of this store.
    """
    stream = stream_of_message(message)
    while True:
        outbox = fold_outbox(office.petitions.read(stream)) if stream else None
        written = outbox.messages.get(message) if outbox else None
        if outbox is None or written is None:
            raise NoSuchMessage(f"message: no {message!r} is in the outbox; `suqiu outbox --json` lists their ids")
        _check(office, written.event, by)
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


def _check(office: Office, event: MessageWritten, by: Actor) -> None:
    about = office.handler.load(event.petition).complained_about
    if any(unit.id == about and by.id in unit.staff for unit in office.rules.units):
        raise NotForThem(f"message: {by.id} is of the unit this petition complains about, which has no part in it")
    if by.role not in READERS:
        raise NotForThem("message: expected somebody of the staff; residents have their own copy")
    if event.unit is not None and by.role not in EVERY_UNIT and by.id not in office.rules.unit(event.unit).staff:
        raise NotForThem(f"message: it is for {event.unit}; expected its staff, a leader or the committee")
