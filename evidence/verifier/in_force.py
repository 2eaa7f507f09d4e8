"""Which rulebook was in force when, by the adoptions on record, and what was decided under another one."""

from __future__ import annotations

from datetime import date, datetime

from evidence.verifier.dossier import Dossier, Event
from evidence.verifier.limits import HEARD_WITHIN


def adoptions(dossier: Dossier) -> list[Event]:
    """Adoptions of the log's own rulebooks: of that name, in the stream of that name."""
    return [event for event in dossier.of(f"rulebook-{dossier.town}") if event.topic == "rulebook.adopted"]


def not_in_force(dossier: Dossier) -> list[Event]:
    """The petition's events decided under a book that was not in force then.

    Before anything was adopted it is the book adopted first: intake does not wait for the process that adopts it. A
    process learns of an adoption a moment late: until then the book before it is right too.
    """
    adopted, found = adoptions(dossier), []
    for event in dossier.petition:
        book = dossier.books[str(event.body["rulebook"])]
        # A receipt is decided when it is recorded, whenever the paper was handed in.
        day = (event.recorded if event.version == 1 else event.at).astimezone(book.zone).date()
        before = event.recorded - HEARD_WITHIN
        moments = [before, *(each.recorded for each in adopted if before < each.recorded <= event.recorded)]
        if book.name not in {in_force(adopted, moment, day) for moment in moments}:
            found.append(event)
    return found


def in_force(adopted: list[Event], moment: datetime, day: date) -> str | None:
    """The book of the latest effective day up to this one, of those adopted by then; before the earliest, that one.

    None: none was ever adopted.
    """
    known = [each for each in adopted if each.recorded <= moment] or adopted[:1]
    days = [(date.fromisoformat(str(each.body["effective_from"])), number) for number, each in enumerate(known)]
    begun = [each for each in days if each[0] <= day]
    if not days:
        return None
    number = max(begun)[1] if begun else min((each, -number) for each, number in days)[1]
    return str(known[abs(number)].body["rulebook"])
