"""Rulebooks in force: written into the log, and read from it again."""

from datetime import datetime

import rfc8785

from aggregates.adoption import RulebookAdopted, content_of
from aggregates.events import Actor
from aggregates.streams import RULEBOOK
from eventstore.log import Append, PetitionLog
from rulebook.model import Rulebook


def stream_of(book: str) -> str:
    """The stream of a rulebook's id."""
    return RULEBOOK + book


def adoptions(petitions: PetitionLog, book: str) -> list[RulebookAdopted]:
    """Every adoption of a rulebook's id, oldest first."""
    events = [record.event for record in petitions.read(stream_of(book))]
    return [event for event in events if isinstance(event, RulebookAdopted)]


def adopted_book(petitions: PetitionLog, book: str, rulebook_hash: str) -> Rulebook | None:
    """The book of that hash as it was adopted; None if it never was."""
    for adopted in adoptions(petitions, book):
        if adopted.rulebook == rulebook_hash:
            return Rulebook.model_validate(content_of(adopted))
    return None


def adopt(petitions: PetitionLog, rules: Rulebook, by: Actor, now: datetime) -> bool:
    """Write a rulebook into the log unless it is the one adopted last; says whether it was written.

    Two processes that adopt the same book at once write it once.
    """
    while True:
        known = petitions.read(stream_of(rules.id))
        if known and known[-1].event.rulebook == rules.hash:
            return False
        event = RulebookAdopted(
            at=now,
            by=by,
            rulebook=rules.hash,
            book=rules.id,
            effective_from=rules.effective_from,
            content=rfc8785.dumps(rules.model_dump(mode="json")).decode(),
        )
        append = Append(stream_of(rules.id), len(known), (event,), f"adopt:{rules.hash}:{len(known)}", now)
        if petitions.append([append])[0]:
            return True
