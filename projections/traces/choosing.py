"""Selects the cases of an export: petitions, orders raised from them or by themselves, and their messages."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple

from aggregates.messages.events import MessageWritten
from aggregates.orders.events import OrderPosted
from aggregates.petition.events import PetitionReceived
from aggregates.record import Recorded

Kind = Literal["petition", "order", "messages"]


class Kept(NamedTuple):
    """A stream in the export: its number of events, its kind, and the petition it belongs to."""

    stream: str
    events: int
    kind: Kind = "petition"
    petition: str | None = None


class Wanted(NamedTuple):
    """Which petitions: received from `since` (inclusive) to `until` (exclusive), in a category; None: any."""

    since: datetime | None = None
    until: datetime | None = None
    category: str | None = None

    def spans(self, at: datetime) -> bool:
        """Whether an instant is in the range."""
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


class _Seen(NamedTuple):
    kind: Kind
    at: datetime
    petition: str | None


def chosen(log: Iterable[Recorded], wanted: Wanted) -> list[Kept]:
    """The wanted petitions in order of receipt, each with its orders and messages.

    A petition's category is its last one. An order of its own is selected by the day it was posted, if no category is
    given.
    """
    begun: dict[str, _Seen] = {}
    category: dict[str, str] = {}
    events: dict[str, int] = {}
    for record in log:
        match record.event:
            case PetitionReceived(at=at):
                begun[record.stream] = _Seen("petition", at, record.stream)
            case OrderPosted(at=at, petition=petition):
                begun[record.stream] = _Seen("order", at, petition)
            case MessageWritten(at=at, petition=petition):
                begun.setdefault(record.stream, _Seen("messages", at, petition))
            case _:
                pass
        if record.stream in begun:
            events[record.stream] = events.get(record.stream, 0) + 1
            if named := getattr(record.event, "category", None):
                category[record.stream] = named
    petitions = {
        stream
        for stream, seen in begun.items()
        if seen.kind == "petition" and wanted.spans(seen.at) and wanted.category in (None, category.get(stream))
    }

    def takes(seen: _Seen) -> bool:
        alone = seen.petition is None and wanted.category is None and wanted.spans(seen.at)
        return seen.petition in petitions or alone

    return [Kept(stream, events[stream], seen.kind, seen.petition) for stream, seen in begun.items() if takes(seen)]
