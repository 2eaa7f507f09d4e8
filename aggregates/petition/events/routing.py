"""Between units: dispatched, accepted, returned, transferred, escalated; and help."""

from typing import Annotated, ClassVar, Literal

from aggregates.event import Clock, Event, Moment, Moved
from aggregates.personal import Personal, Readers


class PetitionDispatched(Event):
    """A unit has it. `return_by`: until then the unit may return it as not theirs."""

    TOPIC: ClassVar[str] = "petition.dispatched"

    unit: str
    tier: str
    return_by: Moment
    moved: tuple[Moved, ...] = ()


class PetitionAccepted(Event):
    """The unit accepted it. The clock did not wait for this."""

    TOPIC: ClassVar[str] = "petition.accepted"

    unit: str


class PetitionReturned(Event):
    """The unit returns it as not theirs, and why. `decided_above`: from now on the tier above decides whose it is."""

    TOPIC: ClassVar[str] = "petition.returned"

    unit: str
    resident: str
    reason: Annotated[Personal, Readers.UNIT]
    count: int
    decided_above: bool = False


class PetitionTransferred(Event):
    """It moved to another unit of the same tier; the clock runs on."""

    TOPIC: ClassVar[str] = "petition.transferred"

    from_unit: str
    unit: str
    resident: str
    reason: Annotated[Personal, Readers.UNIT]
    return_by: Moment
    moved: tuple[Moved, ...] = ()


class PetitionEscalated(Event):
    """A deadline passed or the resident disagreed: the tier above takes over, the unit below keeps working.

    `complaint`: the desk that would have it is complained about. `review`: the reply was revoked.

    `to_tier` is None when there is no tier above: the leader takes it. `clock` is None then, `next_at` the leader's
    first reminder. `missed_due_at` is the deadline that passed, None otherwise.
    """

    TOPIC: ClassVar[str] = "petition.escalated"

    cause: Literal["deadline", "dispute", "complaint", "review"]
    from_tier: str
    to_tier: str | None
    unit: str
    missed_due_at: Moment | None
    clock: Clock | None
    return_by: Moment | None
    next_at: Moment | None


class AssistAsked(Event):
    """Another unit is asked to help; `by_unit` stays responsible."""

    TOPIC: ClassVar[str] = "petition.assist_asked"

    unit: str
    by_unit: str
    resident: str
    reason: Annotated[Personal, Readers.UNIT]


class AssistEnded(Event):
    """The unit's help has ended."""

    TOPIC: ClassVar[str] = "petition.assist_ended"

    unit: str


class ProxyTaken(Event):
    """The resident's papers were taken, to be carried to `unit` for them. Papers are names of the catalogue."""

    TOPIC: ClassVar[str] = "petition.proxy_taken"

    unit: str
    papers: tuple[str, ...]


class ProxyCarried(Event):
    """The papers were delivered to the unit they are for."""

    TOPIC: ClassVar[str] = "petition.proxy_carried"

    unit: str


class ProxyResultBrought(Event):
    """The resident has the result: fetched at the door, or delivered home."""

    TOPIC: ClassVar[str] = "petition.proxy_result_brought"

    how: Literal["fetched", "delivered"]


class ResidentHandedOver(Event):
    """Staff brought the resident to a centre. It is done only when the centre confirms."""

    TOPIC: ClassVar[str] = "petition.handed_over"

    unit: str


class HandOverConfirmed(Event):
    """The centre has the resident. `on_time`: before the hand-over clock ended; None: there is no such clock."""

    TOPIC: ClassVar[str] = "petition.hand_over_confirmed"

    unit: str
    on_time: bool | None


class MediationOpened(Event):
    """The dispute is mediated with these parties at the table."""

    TOPIC: ClassVar[str] = "petition.mediation_opened"

    parties: tuple[str, ...]


class MediationEnded(Event):
    """The outcome of the mediation."""

    TOPIC: ClassVar[str] = "petition.mediation_ended"

    outcome: Literal["agreed", "failed"]
    resident: str
    terms: Annotated[Personal, Readers.RESIDENT_AND_UNIT]


class PetitionReferred(Event):
    """A grave or stuck matter goes to the leading group or the joint meeting; the clocks run on."""

    TOPIC: ClassVar[str] = "petition.referred"

    to: Literal["leading_group", "joint_meeting"]
    resident: str
    reason: Annotated[Personal, Readers.UNIT]


class ReferralDecided(Event):
    """The decision of the leading group or the joint meeting."""

    TOPIC: ClassVar[str] = "petition.referral_decided"

    to: Literal["leading_group", "joint_meeting"]
    resident: str
    decision: Annotated[Personal, Readers.UNIT]


RoutingEvent = (
    PetitionDispatched
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
)
