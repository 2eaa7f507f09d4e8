"""A row of the log: an event with its place, when it was written and for which command; or one that cannot be read."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple, TypeAlias

from aggregates.event import Event


class Recorded(NamedTuple):
    """One row of the log. `position` counts from 1 without gaps; `version` counts from 1 within the stream."""

    position: int
    stream: str
    version: int
    recorded_at: datetime
    command_id: str
    event: Event


class Unreadable(NamedTuple):
    """A row that is no event this program knows, or one it cannot apply; `reason` has nothing of what it holds."""

    position: int
    stream: str
    version: int
    topic: str
    reason: str

    def __str__(self) -> str:
        """Where it stands and why, in one line."""
        return f"position {self.position} ({self.stream}, version {self.version}, {self.topic}): {self.reason}"


class Waiting(NamedTuple):
    """A stream set aside: the first row that is not applied, and since when it waits."""

    row: Unreadable
    since: datetime


Entry: TypeAlias = Recorded | Unreadable


class Sifted(NamedTuple):
    """A page parted: what can be applied, in order, and the first row of each stream that stops there."""

    readable: list[Recorded]
    stops: list[Unreadable]


def sift(page: Iterable[Entry], aside: Collection[str] = ()) -> Sifted:
    """Part a page of the log. Rows of streams that are set aside already, and those after an unreadable one, wait.

    The order of what is left, within and between streams, is the page's.
    """
    waiting = set(aside)
    readable: list[Recorded] = []
    stops: list[Unreadable] = []
    for entry in page:
        if entry.stream in waiting:
            continue
        if isinstance(entry, Unreadable):
            waiting.add(entry.stream)
            stops.append(entry)
        else:
            readable.append(entry)
    return Sifted(readable, stops)
