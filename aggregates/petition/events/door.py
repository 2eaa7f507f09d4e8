"""At the door: taken in, classified, triaged, and what is noted about who asks."""

from typing import ClassVar, Literal

from aggregates.event import Clock, Event, Moment, Urgent
from aggregates.personal import Personal, PersonalOrNone


class PetitionReceived(Event):
    """The petition is safe and the resident has a receipt. `clock` is the door's: it runs from the first minute.

    `beside` are the clocks beside it. `complained_about` is a unit that neither handles it nor learns who complains;
    `priority` (1 is first) follows from who is in danger or in need.

    `at` is the submission where it was entered soon enough after it (`counted_from`), else the entry. `section` is the
    part of the grid (片) it is about, where that was said: some hundred households, no smaller place is kept.
    """

    TOPIC: ClassVar[str] = "petition.received"
    NEW_RESIDENT: ClassVar[bool] = True

    receipt: str
    resident: str
    channel: str
    community: str
    anonymous: bool
    confidential: bool = False
    complained_about: str | None = None
    urgent: Urgent | None = None
    priority: int
    submitted_at: Moment | None
    counted_from: Literal["submission", "entry"]
    tier: str
    clock: Clock
    beside: tuple[Clock, ...] = ()
    title: PersonalOrNone
    text: Personal
    name: PersonalOrNone
    phone: PersonalOrNone
    address: PersonalOrNone
    section: str | None = None


class PetitionClassified(Event):
    """The classifier proposed. `reasons` name terms of the rulebook, never words of the petition alone."""

    TOPIC: ClassVar[str] = "petition.classified"

    category: str
    tier: str
    matter: str | None
    confidence: float
    needs_human: bool
    reasons: tuple[str, ...]
    unit: str


class PetitionTriaged(Event):
    """What kind of petition it is, and which clocks it runs on. `basis` says who decided that."""

    TOPIC: ClassVar[str] = "petition.triaged"

    category: str
    tier: str
    matter: str | None
    basis: Literal["automatic", "confirmed", "corrected"]
    clock: Clock
    beside: tuple[Clock, ...] = ()
    complained_about: str | None = None


class PetitionReclassified(Event):
    """What kind it is was corrected after the dispatch: its clocks are counted anew from where they began.

    The unit keeps it while the tier stays (`unit_stays`); otherwise it is dispatched again.
    """

    TOPIC: ClassVar[str] = "petition.reclassified"

    category: str
    tier: str
    matter: str | None
    unit_stays: bool
    clock: Clock
    beside: tuple[Clock, ...]
    complained_about: str | None = None
    resident: str
    reason: Personal


class ResidentContacted(Event):
    """Somebody of the office spoke with the resident about it."""

    TOPIC: ClassVar[str] = "petition.resident_contacted"

    how: Literal["call", "visit", "message", "in_person"]


class ResidentJoined(Event):
    """Another resident asks for the same: `resident` is theirs, sealed with their own key. `number`: how many now."""

    TOPIC: ClassVar[str] = "petition.resident_joined"
    NEW_RESIDENT: ClassVar[bool] = True

    resident: str
    number: int
    name: PersonalOrNone
    phone: PersonalOrNone
    address: PersonalOrNone


class ConfidentialitySet(Event):
    """Whether units are kept from knowing who asks."""

    TOPIC: ClassVar[str] = "petition.confidentiality_set"

    confidential: bool


class UrgencySet(Event):
    """Who is in danger or in need, and how soon it is served for that: 1 is first."""

    TOPIC: ClassVar[str] = "petition.urgency_set"

    cause: Urgent | None
    priority: int


class PetitionMerged(Event):
    """The same thing was reported already: this one's clocks end, and its resident hears from the other one."""

    TOPIC: ClassVar[str] = "petition.merged"

    into: str
    into_receipt: str
    resident: str
    reason: Personal


class PetitionUnmerged(Event):
    """It goes on by itself, and the time in between counts.

    `cause`: it was not the same thing (`different`), or nothing is owed any more for the one it was merged into, which
    was withdrawn (`left_alone`).
    """

    TOPIC: ClassVar[str] = "petition.unmerged"
    VERSION: ClassVar[int] = 2

    was_in: str
    cause: Literal["different", "left_alone"]
    resident: str
    reason: Personal


class PetitionWithdrawn(Event):
    """The resident takes it back. Nothing rings for it any more."""

    TOPIC: ClassVar[str] = "petition.withdrawn"

    resident: str
    reason: PersonalOrNone


class SealedFieldsRead(Event):
    """Somebody looked at personal data, and says why. `event`: the version of the event in which it stands."""

    TOPIC: ClassVar[str] = "petition.sealed_fields_read"
    VERSION: ClassVar[int] = 2

    event: int
    event_topic: str
    fields: tuple[str, ...]
    resident: str
    reason: Personal
