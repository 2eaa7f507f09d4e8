"""Rulebooks in the log: which was put in force, when and by whom. A book's stream is `rulebook-` and its id."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar, Literal

from aggregates.event import Actor, Event
from rulebook.model import Rulebook


class RulebookAdopted(Event):
    """A rulebook was put in force from a date. `content` is the whole book as canonical JSON; its hash identifies it.

    Years later a case can be replayed under the rules of its day, whatever became of the files.
    """

    TOPIC: ClassVar[str] = "rulebook.adopted"

    book: str
    effective_from: date
    content: str


ADOPTION_EVENTS: tuple[type[Event], ...] = (RulebookAdopted,)


def adopt(
    known: Sequence[RulebookAdopted], rules: Rulebook, by: Actor, now: datetime, day: date
) -> RulebookAdopted | None:
    """The adoption of a book from a day; None: it was the last one adopted, from the same day (idempotent)."""
    if known and (known[-1].rulebook, known[-1].effective_from) == (rules.hash, day):
        return None
    return RulebookAdopted(
        at=now, by=by, rulebook=rules.hash, book=rules.id, effective_from=day, content=rules.canonical.decode()
    )


def is_old(known: Sequence[RulebookAdopted], file: Rulebook) -> bool:
    """Whether a day later than the file's own is adopted already: a start with an old file adopts nothing."""
    return bool(known) and file.effective_from < max(each.effective_from for each in known)


Standing = Literal["last", "older", "same_day", "new"]


def standing(known: Sequence[RulebookAdopted], file: Rulebook) -> Standing:
    """How a file relates to the adoptions of its id.

    `last`: it is the one adopted last · `older`: a start with it adopts nothing, as a later day than its own is adopted
    · `same_day`: another book is adopted from its own day · `new`: it is not adopted yet.
    """
    if known and known[-1].rulebook == file.hash:
        return "last"
    if is_old(known, file) or any(each.rulebook == file.hash for each in known):
        return "older"
    return "same_day" if any(each.effective_from == file.effective_from for each in known) else "new"


def content_of(adopted: RulebookAdopted) -> dict[str, Any]:
    """The book's fields, as `Rulebook.model_validate` takes them."""
    return dict(json.loads(adopted.content))
