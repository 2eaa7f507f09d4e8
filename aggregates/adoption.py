"""Rulebooks in the log: which rules were put in force, when and by whom. A book's stream is `rulebook-` and its id."""

import json
from datetime import date
from typing import Any, ClassVar

from aggregates.event import Event


class RulebookAdopted(Event):
    """A rulebook was put in force from a date. `content` is the whole book as canonical JSON; its hash names it.

    Years later a case can be decided again under the very rules of its day, whatever became of the files.
    """

    TOPIC: ClassVar[str] = "rulebook.adopted"

    book: str
    effective_from: date
    content: str


ADOPTION_EVENTS: tuple[type[Event], ...] = (RulebookAdopted,)


def content_of(adopted: RulebookAdopted) -> dict[str, Any]:
    """The book's fields, as `Rulebook.model_validate` takes them."""
    return dict(json.loads(adopted.content))
