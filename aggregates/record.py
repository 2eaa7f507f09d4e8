"""A row of the log: an event with its position, time of recording and command id; or one that cannot be decoded."""

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
    """A row that this program cannot decode or apply; `reason` contains nothing of its content."""

    position: int
    stream: str
    version: int
    topic: str
    reason: str

    def __str__(self) -> str:
        """Its place and the reason, in one line."""
        return f"position {self.position} ({self.stream}, version {self.version}, {self.topic}): {self.reason}"


class Waiting(NamedTuple):
    """A stream set aside: the first row that is not applied, and since when."""

    row: Unreadable
    since: datetime


Entry: TypeAlias = Recorded | Unreadable


class Sifted(NamedTuple):
    """A page split in two: records to apply, in order, and the row at which each unreadable stream stops."""

    readable: list[Recorded]
    stops: list[Unreadable]


def sift(page: Iterable[Entry], aside: Collection[str] = ()) -> Sifted:
    """Split a page of the log. Left out: rows of streams in `aside`, and rows after an unreadable one of their stream.

    The order of the records, within and between streams, is the page's.
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
