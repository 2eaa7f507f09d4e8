"""Places in the log by time, and the log up to a place: what reports are counted from."""

from collections.abc import Iterator
from datetime import datetime

from aggregates.record import Recorded
from eventstore.log import EventLog

PAGE = 2_000


def position_at(petitions: EventLog, moment: datetime) -> int:
    """The last position written until a moment; 0 before the first event. Looks at every row's time: seconds."""
    with petitions.datastore.get_connection() as connection:
        row = connection.execute(
            "SELECT COALESCE(max(position), 0) AS place FROM suqiu.events WHERE recorded_at <= %s", (moment,)
        ).fetchone()
    assert row is not None
    return int(row["place"])


def prefix(petitions: EventLog, last: int) -> Iterator[Recorded]:
    """The log from its first event up to and with a position, page by page.

    Raises:
        UnreadableEvent: a row is no event this program knows.
    """
    place = 0
    while place < last and (page := petitions.page(place, min(PAGE, last - place))):
        yield from page
        place = page[-1].position
