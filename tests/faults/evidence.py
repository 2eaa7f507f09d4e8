"""What the checker looks at: the journal, the log as it stands, and what the programs' own checks say of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import NamedTuple

from aggregates.petition.agenda import agenda
from aggregates.petition.state import Petition, evolve
from aggregates.record import Recorded
from aggregates.streams import is_petition
from rulebook.messages import MessageBook
from rulebook.model import Rulebook
from tests.faults.clock import Jump, Timeline
from tests.faults.journal import Entry, Operation, operations
from tests.faults.onlooker import IMPOSSIBLE


class Said(NamedTuple):
    """What one of the program's own checks found about one petition, workflow or table."""

    about: str
    what: str


class Outage(NamedTuple):
    """From when to when (seconds of the wall) something was broken, recovery included; and its fault's number."""

    begins: float
    ends: float
    number: int


@dataclass(frozen=True)
class Evidence:
    """Everything that is known of a run once it has settled.

    `unreadable`: streams with a row that no program can read, put there by the harness. `replays`, `audit`, `views`,
    `histories`, `reconciled`, `keys`: what each of the program's checks found, empty where all is well. `places`: how
    far each reader is. `delivered`: ids the gateway was given, in order.
    """

    entries: Sequence[Entry]
    records: Sequence[Recorded]
    rules: Rulebook
    letters: MessageBook
    head: int
    unreadable: frozenset[str] = frozenset()
    replays: Sequence[Said] = ()
    audit: Sequence[Said] = ()
    views: Sequence[Said] = ()
    histories: Sequence[Said] = ()
    reconciled: Sequence[Said] = ()
    keys: Sequence[Said] = ()
    places: Mapping[str, int] = field(default_factory=dict)
    delivered: Sequence[str] = ()

    @cached_property
    def operations(self) -> list[Operation]:
        """What was asked, and what came of it."""
        return operations(self.entries)

    @cached_property
    def streams(self) -> dict[str, list[Recorded]]:
        """The log by stream, each in the order of positions."""
        found: dict[str, list[Recorded]] = defaultdict(list)
        for record in self.records:
            found[record.stream].append(record)
        return dict(found)

    @cached_property
    def petitions(self) -> dict[str, list[Recorded]]:
        """Those that are petitions', can be read, and can have happened."""
        return {stream: records for stream, records in self._lives.items() if stream not in self.impossible}

    @cached_property
    def impossible(self) -> dict[str, str]:
        """Petitions whose record cannot be folded, or owes nothing that can be said; and why."""
        found: dict[str, str] = {}
        for stream, records in self._lives.items():
            state = Petition(id=stream)
            try:
                for record in records:
                    state = evolve(state, record.event)
                    agenda(state)
            except IMPOSSIBLE as error:
                found[stream] = f"version {state.version + 1}: {type(error).__name__}: {error}"
        return found

    @cached_property
    def _lives(self) -> dict[str, list[Recorded]]:
        return {
            stream: records
            for stream, records in self.streams.items()
            if is_petition(stream) and stream not in self.unreadable
        }

    @cached_property
    def timeline(self) -> Timeline:
        """From the town's time to the wall's."""
        return timeline_of(self.entries)

    @cached_property
    def outages(self) -> list[Outage]:
        """The faults, each until it was recovered from."""
        begun: dict[int, float] = {}
        found = []
        for entry in self.entries:
            if entry.said == "fault" and entry.op is not None:
                begun[entry.op] = entry.at
            elif entry.said == "recovered" and entry.op is not None:
                found.append(Outage(begun[entry.op], entry.detail["by"], entry.op))
        return found

    @cached_property
    def settled_at(self) -> float:
        """When all was quiet, seconds of the wall."""
        return next((entry.at for entry in self.entries if entry.said == "settled"), self.entries[-1].at)

    @property
    def tolerance(self) -> timedelta:
        """By how much a process's clock may differ before it has to stop."""
        return timedelta(seconds=60)


def timeline_of(entries: Sequence[Entry]) -> Timeline:
    """The jumps that a journal tells of."""
    return Timeline(
        [
            Jump(entry.detail["at"], entry.detail["shift"], entry.detail["woken_at"])
            for entry in entries
            if entry.said == "jump"
        ]
    )
