"""Which event of a petition is looked at, and which of its sealed fields are shown where none is named."""

from typing import TYPE_CHECKING

from cli.failures import WrongUse

if TYPE_CHECKING:
    from aggregates.record import Recorded
    from office.composition import Office


def event_of(ours: "Office", petition: str, number: int) -> "Recorded":
    """The event of a petition that has a number.

    Raises:
        WrongUse: none has it.
        Refused: its resident's key is gone. The first event, what it began with, shows `[erased]` instead.
    """
    from aggregates.petition.decisions import Refused

    records = ours.event_log.read(petition)
    if not 1 <= number <= len(records):
        raise WrongUse(f"--event: expected 1 to {len(records)}, as `petition show` numbers them; found {number}")
    record = records[number - 1]
    if number > 1 and ours.event_log.is_erased(record):
        what = "what was sealed in it was erased with its resident's data and can be read no more"
        raise Refused("erased", f"event {number}, {record.event.TOPIC}: {what}")
    return record


def unasked(record: "Recorded") -> tuple[str, ...]:
    """The sealed fields of an event but name, phone and address: what is shown where nobody says which.

    Raises:
        WrongUse: the event holds name, phone or address only, which are shown to whoever names them.
    """
    from aggregates.petition.decisions.looking import SEALED, shown_unasked

    fields, sealed = shown_unasked(record.event.TOPIC), SEALED[record.event.TOPIC]
    if sealed and not fields:
        raise WrongUse(f"--field: event {record.version} holds {', '.join(sealed)}; name what you have to see")
    return fields
