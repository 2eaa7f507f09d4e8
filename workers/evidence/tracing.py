"""Cases of the log for process mining: chosen in one pass, then read one by one, a few at a time."""

import secrets
from collections.abc import Callable, Iterator, Sequence

from eventstore.log import PetitionLog
from projections.traces.choosing import Kept, Wanted, chosen
from projections.traces.occurrences import Aliases, Occurrence, occurrences
from workers.rhythm.retaining import whole

Progress = Callable[[int], None]


def choose(petitions: PetitionLog, wanted: Wanted) -> list[Kept]:
    """The petitions that are wanted with their orders and messages, in the order each began.

    Raises:
        PersistenceError: the database was lost.
    """
    return chosen(whole(petitions), wanted)


def traces(
    petitions: PetitionLog, kept: Sequence[Kept], progress: Progress = lambda _done: None
) -> Iterator[Occurrence]:
    """Every event of these cases, case by case, under names made for this call; `progress` hears how many.

    Events written since the choice are left out, so that everything stands as of one moment.
    """
    alias = Aliases(secrets.token_bytes(32))
    for number, each in enumerate(kept, 1):
        yield from occurrences(petitions.read(each.stream)[: each.events], alias, each)
        progress(number)
