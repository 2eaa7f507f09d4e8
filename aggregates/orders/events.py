"""Every event of a service order. The topics are the storage format: permanent once released.

Who asks is sealed with the resident's key; a unit's promise and whether it was kept are public.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from aggregates.event import Event, Moment
from aggregates.known import Known
from aggregates.personal import Personal, PersonalOrNone, Readers

Kind = Literal["service", "need", "micro_wish", "collective_wish"]
Charge = Literal["free", "low_price"]


class Next(BaseModel):
    """The step the engine takes next if nobody acts, and when; the step is a command's name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: Literal["assign", "escalate", "remind"]
    at: Moment


class OrderPosted(Event):
    """An order: of a resident, or posted by the community. `petition`: the one it was raised from.

    `first`: the resident's age puts the order first; the age itself is not recorded. `priority` (1 is first) is on the
    same scale as that of petitions. Version 1 had none, and was served by the engine's default.
    """

    TOPIC: ClassVar[str] = "order.posted"
    VERSION: ClassVar[int] = 2

    receipt: str
    resident: str
    community: str
    tier: str
    source: Literal["resident", "community"]
    kind: Kind
    service: str | None
    charge: Charge
    first: bool
    priority: int
    petition: str | None
    next: Next
    text: Annotated[Personal, Readers.RESIDENT_AND_UNIT]
    name: Annotated[PersonalOrNone, Readers.RESIDENT]
    phone: Annotated[PersonalOrNone, Readers.RESIDENT]
    address: Annotated[PersonalOrNone, Readers.RESIDENT]


class OrderAssigned(Event):
    """Assigned to a unit that is to claim it: by hand, or because nobody claimed it.

    `climbed`: rungs of the ladder so far.
    """

    TOPIC: ClassVar[str] = "order.assigned"

    unit: str
    cause: Literal["unclaimed", "by_hand"]
    climbed: int
    next: Next


class OrderEscalated(Event):
    """Still unclaimed: it goes to a unit of the tier above."""

    TOPIC: ClassVar[str] = "order.escalated"

    from_tier: str
    to_tier: str
    unit: str
    climbed: int
    next: Next


class OrderReminded(Event):
    """The unit was reminded: of an unclaimed order, of a promise soon due, or of a late one."""

    TOPIC: ClassVar[str] = "order.reminded"

    unit: str
    about: Literal["unclaimed", "promise", "late"]
    number: int
    next: Next | None


class OrderClaimed(Event):
    """A team or partner unit claimed it and promised a time. `number` counts the claims of this order from 1."""

    TOPIC: ClassVar[str] = "order.claimed"

    unit: str
    partner: bool
    number: int
    promised_by: Moment
    reminders: tuple[Moment, ...]


class OrderStarted(Event):
    """The unit began."""

    TOPIC: ClassVar[str] = "order.started"

    unit: str


class CommitmentBroken(Event):
    """The promised time passed without delivery: recorded once a claim, whatever follows."""

    TOPIC: ClassVar[str] = "order.commitment_broken"

    unit: str
    number: int
    promised_by: Moment
    next: Next


class OrderReleased(Event):
    """The unit gives up its claim; the order can be claimed again, at the tier it had reached."""

    TOPIC: ClassVar[str] = "order.released"

    unit: str
    number: int
    resident: str
    reason: Annotated[Personal, Readers.UNIT]
    next: Next


class OrderDelivered(Event):
    """It is done. `kept`: by the time that was promised. Without a rating it closes at `rate_by`."""

    TOPIC: ClassVar[str] = "order.delivered"

    unit: str
    number: int
    kept: bool
    rate_by: Moment
    resident: str
    words: Annotated[PersonalOrNone, Readers.RESIDENT_AND_UNIT]


class OrderRated(Event):
    """The resident's rating; `score` None: only `satisfied` was said."""

    TOPIC: ClassVar[str] = "order.rated"
    VERSION: ClassVar[int] = 2

    unit: str
    number: int
    satisfied: bool
    score: int | None
    known: Known | None
    resident: str
    words: Annotated[PersonalOrNone, Readers.RESIDENT_AND_UNIT]


class OrderSupported(Event):
    """Another resident wants the same. `supporter` is a pseudonym for this order only."""

    TOPIC: ClassVar[str] = "order.supported"
    VERSION: ClassVar[int] = 2

    supporter: str
    known: Known | None


class OrderInspected(Event):
    """A resident inspected what was delivered for all. `inspector` is a pseudonym for this order only."""

    TOPIC: ClassVar[str] = "order.inspected"
    VERSION: ClassVar[int] = 2

    inspector: str
    satisfied: bool
    known: Known | None


class OrderWithdrawn(Event):
    """Whoever asked for it withdraws it; nothing is owed any more."""

    TOPIC: ClassVar[str] = "order.withdrawn"
    VERSION: ClassVar[int] = 2

    resident: str
    known: Known | None
    reason: Annotated[PersonalOrNone, Readers.RESIDENT_AND_UNIT]


class OrderClosed(Event):
    """Nothing more is owed."""

    TOPIC: ClassVar[str] = "order.closed"

    reason: Literal["rated", "unrated"]


class OrderFieldsRead(Event):
    """Somebody opened sealed fields of the order, and says why."""

    TOPIC: ClassVar[str] = "order.sealed_fields_read"

    fields: tuple[str, ...]
    resident: str
    reason: Annotated[Personal, Readers.COURT_ALONE]


ORDER_EVENTS: tuple[type[Event], ...] = (
    OrderPosted,
    OrderAssigned,
    OrderEscalated,
    OrderReminded,
    OrderClaimed,
    OrderStarted,
    CommitmentBroken,
    OrderReleased,
    OrderDelivered,
    OrderRated,
    OrderSupported,
    OrderInspected,
    OrderWithdrawn,
    OrderClosed,
    OrderFieldsRead,
)
"""Every event of an order; tests compare the catalogue, the codec and the golden files with this list."""
