"""Petitions of the log for process mining: chosen in one pass, then read petition by petition, a few at a time."""

import secrets
from collections.abc import Callable, Iterator, Sequence

from eventstore.log import PetitionLog
from projections.traces.occurrences import Aliases, Kept, Occurrence, Wanted, chosen, occurrences
from workers.rhythm.retaining import whole

Progress = Callable[[int], None]


def choose(petitions: PetitionLog, wanted: Wanted) -> list[Kept]:
    """The petitions that are wanted, in the order they came.

    Raises:
        PersistenceError: the database was lost.
    """
    return chosen(whole(petitions), wanted)


def traces(
    petitions: PetitionLog, kept: Sequence[Kept], progress: Progress = lambda _done: None
) -> Iterator[Occurrence]:
    """Every event of these petitions, petition by petition, under names made for this call; `progress` hears how many.

    Events written since the choice are left out, so that everything stands as of one moment.
    """
    alias = Aliases(secrets.token_bytes(32))
    for number, (petition, events) in enumerate(kept, 1):
        yield from occurrences(petitions.read(petition)[:events], alias)
        progress(number)
