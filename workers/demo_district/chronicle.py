"""The petitions of the log, read as it grows: where each stands, and what has happened since we last looked."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from aggregates.agenda import agenda
from aggregates.record import Recorded
from aggregates.state import Petition, evolve
from aggregates.streams import is_petition
from eventstore.log import PetitionLog

PAGE = 500


class Happening(NamedTuple):
    """One event of the log, with the petition before and after it."""

    record: Recorded
    before: Petition
    after: Petition


class Chronicle:
    """Follows one log and tells each event once, in the order of the log."""

    def __init__(self, log: PetitionLog, tell: Callable[[Happening], None]) -> None:
        """Follow a log from its beginning."""
        self._log = log
        self._tell = tell
        self._position = 0
        self.petitions: dict[str, Petition] = {}
        self.happenings: list[Happening] = []

    def read_on(self) -> None:
        """Read what is new, and tell it."""
        while page := self._log.page(self._position, PAGE):
            self._position = page[-1].position
            for record in page:
                if not is_petition(record.stream):
                    continue
                before = self.petitions.get(record.stream) or Petition(id=record.stream)
                after = evolve(before, record.event)
                self.petitions[record.stream] = after
                self.happenings.append(Happening(record, before, after))
                self._tell(self.happenings[-1])

    def next_due(self) -> datetime | None:
        """The earliest instant at which a petition owes something of the engine."""
        return min((due for petition in self.petitions.values() if (due := agenda(petition).due_at)), default=None)

    def due(self, at: datetime) -> list[Petition]:
        """Petitions that owe something of the engine at an instant, or since before it."""
        return [petition for petition in self.petitions.values() if (due := agenda(petition).due_at) and due <= at]
