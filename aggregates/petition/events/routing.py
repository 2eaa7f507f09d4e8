"""Between units: dispatched, accepted, returned, transferred, escalated; and help."""

from typing import Annotated, ClassVar, Literal

from aggregates.event import Clock, Event, Moment, Moved, Told
from aggregates.personal import Personal, Readers
from rulebook.words import Word


class PetitionDispatched(Event):
    """A unit has it. `return_by`: until then the unit may return it as not theirs."""

    TOPIC: ClassVar[str] = "petition.dispatched"
    TOLD: ClassVar[Told] = Told(
        "派单至{unit}", "Dispatched to {unit}", counts="acted", letter=Word("派单告知", "given to a unit")
    )

    unit: str
    tier: str
    return_by: Moment
    moved: tuple[Moved, ...] = ()


class PetitionAccepted(Event):
    """The unit accepted it. The clock did not wait for this."""

    TOPIC: ClassVar[str] = "petition.accepted"
    TOLD: ClassVar[Told] = Told("{unit}签收", "Accepted by {unit}", counts="responded")

    unit: str


class PetitionReturned(Event):
    """The unit returns it as not theirs, and why. `decided_above`: from now on the tier above decides whose it is."""

    TOPIC: ClassVar[str] = "petition.returned"
    TOLD: ClassVar[Told] = Told(
        "{unit}退单：不属本单位（第{count}次）",
        "Returned by {unit} as not theirs (return {count})",
        counts="responded",
        letter=Word("退单告知", "returned by a unit"),
    )

    unit: str
    resident: str
    reason: Annotated[Personal, Readers.UNIT]
    count: int
    decided_above: bool = False


class PetitionTransferred(Event):
    """It moved to another unit of the same tier; the clock runs on."""

    TOPIC: ClassVar[str] = "petition.transferred"
    TOLD: ClassVar[Told] = Told(
        "由{from_unit}转办至{unit}",
        "Transferred from {from_unit} to {unit}",
        counts="responded",
        letter=Word("转办告知", "moved to another unit"),
    )

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
    TOLD: ClassVar[Told] = Told(
        "{cause}，由{from_tier}升级至{to_tier}，{unit}接办",
        "{cause}: escalated from {from_tier} to {to_tier}; {unit} takes over",
        counts="acted",
        letter=Word("升级告知", "taken up by the tier above"),
    )

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
    TOLD: ClassVar[Told] = Told(
        "请{unit}协办，{by_unit}仍负责",
        "{unit} is asked to assist; {by_unit} stays responsible",
        counts="responded",
        letter=Word("协办通知", "help is asked for"),
    )

    unit: str
    by_unit: str
    resident: str
    reason: Annotated[Personal, Readers.UNIT]


class AssistEnded(Event):
    """The unit's help has ended."""

    TOPIC: ClassVar[str] = "petition.assist_ended"
    TOLD: ClassVar[Told] = Told(
        "{unit}协办结束",
        "{unit} need not assist any more",
        counts="acted",
        letter=Word("协办结束告知", "help is no longer needed"),
    )

    unit: str


class ProxyTaken(Event):
    """The resident's papers were taken, to be carried to `unit` for them. Papers are names of the catalogue."""

    TOPIC: ClassVar[str] = "petition.proxy_taken"
    TOLD: ClassVar[Told] = Told(
        "代收材料（{papers}），送{unit}",
        "Papers taken ({papers}), to be carried to {unit}",
        counts="responded",
        letter=Word("代办告知", "done on the resident's behalf"),
    )

    unit: str
    papers: tuple[str, ...]


class ProxyCarried(Event):
    """The papers were delivered to the unit they are for."""

    TOPIC: ClassVar[str] = "petition.proxy_carried"
    TOLD: ClassVar[Told] = Told(
        "材料已送至{unit}",
        "Papers carried to {unit}",
        counts="acted",
        letter=Word("代办材料送达告知", "papers carried"),
    )

    unit: str


class ProxyResultBrought(Event):
    """The resident has the result: fetched at the door, or delivered home."""

    TOPIC: ClassVar[str] = "petition.proxy_result_brought"
    TOLD: ClassVar[Told] = Told(
        "办理结果{how}",
        "The result was {how}",
        counts="acted",
        letter=Word("代办结果告知", "result of what was done on the resident's behalf"),
    )

    how: Literal["fetched", "delivered"]


class ResidentHandedOver(Event):
    """Staff brought the resident to a centre. It is done only when the centre confirms."""

    TOPIC: ClassVar[str] = "petition.handed_over"
    TOLD: ClassVar[Told] = Told(
        "引领居民前往{unit}，待其确认",
        "Staff bring the resident to {unit}, which has to confirm it",
        counts="responded",
        letter=Word("引领告知", "brought to a centre"),
    )

    unit: str


class HandOverConfirmed(Event):
    """The centre has the resident. `on_time`: before the hand-over clock ended; None: there is no such clock."""

    TOPIC: ClassVar[str] = "petition.hand_over_confirmed"
    TOLD: ClassVar[Told] = Told(
        "{unit}确认已接待（{on_time}）",
        "{unit} confirms that it has the resident ({on_time})",
        counts="acted",
        letter=Word("引领到达告知", "the centre has confirmed"),
    )

    unit: str
    on_time: bool | None


class MediationOpened(Event):
    """The dispute is mediated with these parties at the table."""

    TOPIC: ClassVar[str] = "petition.mediation_opened"
    TOLD: ClassVar[Told] = Told(
        "联合调解：{parties}", "Mediated by {parties}", counts="responded", letter=Word("调解通知", "mediation")
    )

    parties: tuple[str, ...]


class MediationEnded(Event):
    """The outcome of the mediation."""

    TOPIC: ClassVar[str] = "petition.mediation_ended"
    TOLD: ClassVar[Told] = Told(
        "调解{outcome}",
        "The mediation {outcome}",
        counts="acted",
        letter=Word("调解结果告知", "outcome of the mediation"),
    )

    outcome: Literal["agreed", "failed"]
    resident: str
    terms: Annotated[Personal, Readers.RESIDENT_AND_UNIT]


class PetitionReferred(Event):
    """A grave or stuck matter goes to the leading group or the joint meeting; the clocks run on."""

    TOPIC: ClassVar[str] = "petition.referred"
    TOLD: ClassVar[Told] = Told(
        "提交{to}", "Referred to {to}", counts="responded", letter=Word("提请议定告知", "referred for a decision")
    )

    to: Literal["leading_group", "joint_meeting"]
    resident: str
    reason: Annotated[Personal, Readers.UNIT]


class ReferralDecided(Event):
    """The decision of the leading group or the joint meeting."""

    TOPIC: ClassVar[str] = "petition.referral_decided"
    TOLD: ClassVar[Told] = Told(
        "{to}已作出决定", "{to} has decided", counts="acted", letter=Word("议定结果告知", "decision on the referral")
    )

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
