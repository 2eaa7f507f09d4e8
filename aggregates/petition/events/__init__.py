"""Every event of a petition.

The topics are the storage format: permanent once released. An additive change gets a default; a changed shape a new
VERSION and an upcast in `eventstore/upcasts.py`; a changed meaning is a new event. `docs/events.md` lists them. By
subject: `door`, `routing`, `waiting`, `answers`, `setting_aside`.
"""

from aggregates.event import (
    Actor,
    Clock,
    ClockName,
    Event,
    Moment,
    Moved,
    Pause,
    Posting,
    Role,
    Urgent,
)
from aggregates.petition.events.answers import (
    FollowUpAsked,
    PetitionClosed,
    PetitionConfirmed,
    PetitionDisputed,
    PetitionReplied,
    ReviewDecided,
    ReviewRequested,
)
from aggregates.petition.events.door import (
    ConfidentialitySet,
    PetitionClassified,
    PetitionMerged,
    PetitionReceived,
    PetitionReclassified,
    PetitionTriaged,
    PetitionUnmerged,
    PetitionWithdrawn,
    ResidentContacted,
    ResidentJoined,
    SealedFieldsRead,
    UrgencySet,
)
from aggregates.petition.events.routing import (
    AssistAsked,
    AssistEnded,
    HandOverConfirmed,
    MediationEnded,
    MediationOpened,
    PetitionAccepted,
    PetitionDispatched,
    PetitionEscalated,
    PetitionReferred,
    PetitionReturned,
    PetitionTransferred,
    ProxyCarried,
    ProxyResultBrought,
    ProxyTaken,
    ReferralDecided,
    ResidentHandedOver,
)
from aggregates.petition.events.setting_aside import StepsSetAside
from aggregates.petition.events.waiting import (
    ClockBreached,
    ClocksRecomputed,
    ClockWarned,
    ExtensionAsked,
    ExtensionDecided,
    LeaderReminded,
    ParkingAsked,
    ParkingDecided,
    PetitionPaused,
    PetitionReminded,
    PetitionResumed,
    PetitionSupervised,
    PetitionUnparked,
)
from aggregates.petition.standing import ClockStanding, Standing

__all__ = [
    "EVENTS",
    "Actor",
    "AnyEvent",
    "AssistAsked",
    "AssistEnded",
    "Clock",
    "ClockBreached",
    "ClockName",
    "ClockStanding",
    "ClockWarned",
    "ClocksRecomputed",
    "ConfidentialitySet",
    "Event",
    "ExtensionAsked",
    "ExtensionDecided",
    "FollowUpAsked",
    "HandOverConfirmed",
    "LeaderReminded",
    "MediationEnded",
    "MediationOpened",
    "Moment",
    "Moved",
    "ParkingAsked",
    "ParkingDecided",
    "Pause",
    "PetitionAccepted",
    "PetitionClassified",
    "PetitionClosed",
    "PetitionConfirmed",
    "PetitionDispatched",
    "PetitionDisputed",
    "PetitionEscalated",
    "PetitionMerged",
    "PetitionPaused",
    "PetitionReceived",
    "PetitionReclassified",
    "PetitionReferred",
    "PetitionReminded",
    "PetitionReplied",
    "PetitionResumed",
    "PetitionReturned",
    "PetitionSupervised",
    "PetitionTransferred",
    "PetitionTriaged",
    "PetitionUnmerged",
    "PetitionUnparked",
    "PetitionWithdrawn",
    "Posting",
    "ProxyCarried",
    "ProxyResultBrought",
    "ProxyTaken",
    "ReferralDecided",
    "ResidentContacted",
    "ResidentHandedOver",
    "ResidentJoined",
    "ReviewDecided",
    "ReviewRequested",
    "Role",
    "SealedFieldsRead",
    "Standing",
    "StepsSetAside",
    "UrgencySet",
    "Urgent",
]

AnyEvent = (
    PetitionReceived
    | PetitionClassified
    | PetitionTriaged
    | PetitionReclassified
    | ResidentContacted
    | ResidentJoined
    | ConfidentialitySet
    | UrgencySet
    | PetitionMerged
    | PetitionUnmerged
    | PetitionDispatched
    | PetitionAccepted
    | PetitionReturned
    | PetitionTransferred
    | PetitionEscalated
    | AssistAsked
    | AssistEnded
    | ProxyTaken
    | ProxyCarried
    | ProxyResultBrought
    | ResidentHandedOver
    | HandOverConfirmed
    | MediationOpened
    | MediationEnded
    | PetitionReferred
    | ReferralDecided
    | PetitionReminded
    | ClockWarned
    | ClockBreached
    | PetitionSupervised
    | LeaderReminded
    | ExtensionAsked
    | ExtensionDecided
    | PetitionPaused
    | PetitionResumed
    | ParkingAsked
    | ParkingDecided
    | PetitionUnparked
    | ClocksRecomputed
    | PetitionReplied
    | FollowUpAsked
    | PetitionConfirmed
    | PetitionDisputed
    | ReviewRequested
    | ReviewDecided
    | PetitionWithdrawn
    | PetitionClosed
    | SealedFieldsRead
    | StepsSetAside
)
"""Every event of a petition as one type: `evolve` must handle each, and mypy checks that it does."""

EVENTS: tuple[type[Event], ...] = (
    PetitionReceived,
    PetitionClassified,
    PetitionTriaged,
    PetitionReclassified,
    ResidentContacted,
    ResidentJoined,
    ConfidentialitySet,
    UrgencySet,
    PetitionMerged,
    PetitionUnmerged,
    PetitionDispatched,
    PetitionAccepted,
    PetitionReturned,
    PetitionTransferred,
    PetitionEscalated,
    AssistAsked,
    AssistEnded,
    ProxyTaken,
    ProxyCarried,
    ProxyResultBrought,
    ResidentHandedOver,
    HandOverConfirmed,
    MediationOpened,
    MediationEnded,
    PetitionReferred,
    ReferralDecided,
    PetitionReminded,
    ClockWarned,
    ClockBreached,
    PetitionSupervised,
    LeaderReminded,
    ExtensionAsked,
    ExtensionDecided,
    PetitionPaused,
    PetitionResumed,
    ParkingAsked,
    ParkingDecided,
    PetitionUnparked,
    ClocksRecomputed,
    PetitionReplied,
    FollowUpAsked,
    PetitionConfirmed,
    PetitionDisputed,
    ReviewRequested,
    ReviewDecided,
    PetitionWithdrawn,
    PetitionClosed,
    SealedFieldsRead,
    StepsSetAside,
)
"""Every event of a petition; tests compare the catalogue, the codec and the golden files with this list."""
