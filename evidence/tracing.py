"""Cases of the log for process mining: chosen in one pass, then read one by one, a few at a time."""

import secrets
from collections.abc import Callable, Iterator, Sequence

from aggregates.record import Recorded, Unreadable
from eventstore.log import EventLog
from projections.traces.choosing import Kept, Wanted, chosen
from projections.traces.occurrences import Aliases, Occurrence, occurrences

PAGE = 2_000
Progress = Callable[[int], None]


def choose(event_log: EventLog, wanted: Wanted, left_out: Callable[[Unreadable], None] = lambda _: None) -> list[Kept]:
    """The wanted petitions with their orders and messages, in the order each began.

    A case with a row that cannot be decoded is left out whole; `left_out` is called with each such row, wanted or not.

    Raises:
        PersistenceError: the database was lost.
    """
    stopped: set[str] = set()

    def events() -> Iterator[Recorded]:
        for page in event_log.sifted(PAGE):
            yield from page.readable
            for row in page.stops:
                stopped.add(row.stream)
                left_out(row)

    return [kept for kept in chosen(events(), wanted) if kept.stream not in stopped]


def traces(event_log: EventLog, kept: Sequence[Kept], progress: Progress = lambda _done: None) -> Iterator[Occurrence]:
    """Every event of these cases, case by case, under pseudonyms made for this call; `progress` gets cases done.

    Events appended since `choose` are left out, so that all is as of one moment.
    """
    alias = Aliases(secrets.token_bytes(32))
    for number, each in enumerate(kept, 1):
        yield from occurrences(event_log.read(each.stream)[: each.events], alias, each)
        progress(number)
