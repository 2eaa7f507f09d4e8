"""Every event of every kind of stream: what the codec reads, the golden files hold and `docs/events.md` lists."""

from aggregates.adoption import ADOPTION_EVENTS
from aggregates.erasures.events import ERASURE_EVENTS
from aggregates.event import Event
from aggregates.messages.events import MESSAGE_EVENTS
from aggregates.office.events import OFFICE_EVENTS
from aggregates.orders.events import ORDER_EVENTS
from aggregates.petition.events import EVENTS

CATALOGUE: tuple[type[Event], ...] = (
    *EVENTS,
    *ADOPTION_EVENTS,
    *MESSAGE_EVENTS,
    *ORDER_EVENTS,
    *OFFICE_EVENTS,
    *ERASURE_EVENTS,
)
