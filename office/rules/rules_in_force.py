"""Which rulebook is in force when: computed from the adoptions in the log, which are reread every second.

In force at an instant is the book with the latest `effective_from` that is not after its local day; of two from the
same day, the one adopted last. Before the earliest day it is the book of that day; without adoptions, the file's.
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from aggregates.adoption import RulebookAdopted, content_of
from eventstore.log import EventLog
from office.clock import Now, wall_clock
from office.rules.adoption import adoptions
from rulebook.classification import TermClassifier
from rulebook.model import Rulebook
from rulebook.proposal import Proposal

LOOK_EVERY_SECONDS: Final = 1.0
"""The maximum age of a process's list of adoptions."""

RulesAt = Callable[[datetime], Rulebook]


class RulesInForce:
    """The adopted books of one rulebook id, as last read from the log. Thread-safe."""

    def __init__(self, event_log: EventLog, file: Rulebook) -> None:
        """Use a log; `file` is the book the process was started with, in force while none is adopted."""
        self.file = file
        self._petitions = event_log
        self._books: dict[str, Rulebook] = {file.hash: file}
        self._adopted: tuple[RulebookAdopted, ...] = ()
        self._looked_at = float("-inf")
        self._looking = threading.Lock()

    def at(self, moment: datetime) -> Rulebook:
        """The book in force at an instant; rereads the adoptions if the list is older than a second.

        Raises:
            PersistenceError: the database was lost.
        """
        if self._old():
            with self._looking:  # threads that arrive during a refresh wait for it: no decision uses stale rules
                if self._old():
                    self._look()
        return in_force(self._adopted, self._books, moment) or self.file

    @property
    def adopted(self) -> bool:
        """Whether any book of this id was adopted in the store."""
        self.at(wall_clock())
        return bool(self._adopted)

    def _old(self) -> bool:
        return time.monotonic() - self._looked_at > LOOK_EVERY_SECONDS

    def _look(self) -> None:
        looked_at = time.monotonic()
        new = adoptions(self._petitions, self.file.id, after=len(self._adopted))
        for adopted in new:
            if adopted.rulebook not in self._books:
                self._books[adopted.rulebook] = Rulebook.model_validate(content_of(adopted))
        self._adopted += tuple(new)
        self._looked_at = looked_at


def in_force(adopted: tuple[RulebookAdopted, ...], books: dict[str, Rulebook], moment: datetime) -> Rulebook | None:
    """The book in force at an instant, of `adopted` in order of adoption; None: none was adopted."""
    if not adopted:
        return None
    day = moment.astimezone(books[adopted[-1].rulebook].zone).date()
    begun = [(each.effective_from, number) for number, each in enumerate(adopted) if each.effective_from <= day]
    first = min((each.effective_from, -number) for number, each in enumerate(adopted))
    return books[adopted[max(begun)[1] if begun else -first[1]].rulebook]


def at_any_time(rules: Rulebook | RulesInForce) -> RulesAt:
    """A function from an instant to its book: the books in force, or one book for ever."""
    if isinstance(rules, RulesInForce):
        return rules.at
    return lambda _: rules


class ClassifierInForce:
    """Classifies by the terms of the book in force."""

    def __init__(self, rules: RulesInForce, now: Now) -> None:
        """Use the books in force and a clock."""
        self._rules = rules
        self._now = now
        self._made: tuple[str, TermClassifier] | None = None

    def classify(self, title: str, text: str) -> Proposal:
        """As `rulebook.classification.Classifier`."""
        book, made = self._rules.at(self._now()), self._made
        if made is None or made[0] != book.hash:
            made = self._made = (book.hash, TermClassifier(book))
        return made[1].classify(title, text)
