"""Which cases an export takes, whole: petitions, the orders that came from them or stand alone, and their messages."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple

from aggregates.messages.events import MessageWritten
from aggregates.orders.events import OrderPosted
from aggregates.petition.events import PetitionReceived
from aggregates.record import Recorded

Kind = Literal["petition", "order", "messages"]


class Kept(NamedTuple):
    """A stream that an export takes, how many events it has, what kind it is, and the petition it belongs to."""

    stream: str
    events: int
    kind: Kind = "petition"
    petition: str | None = None


class Wanted(NamedTuple):
    """Which petitions: received from an instant on and before another, of a category; None: any."""

    since: datetime | None = None
    until: datetime | None = None
    category: str | None = None

    def spans(self, at: datetime) -> bool:
        """Whether an instant is within."""
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


class _Seen(NamedTuple):
    kind: Kind
    at: datetime
    petition: str | None


def chosen(log: Iterable[Recorded], wanted: Wanted) -> list[Kept]:
    """The petitions of a log that are wanted, in the order they came, and what belongs to them in the order it came.

    The category is the one a petition has in the end. An order that came from no petition is taken by the day it was
    posted, where no category is asked for.
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
