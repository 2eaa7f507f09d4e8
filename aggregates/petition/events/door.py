"""Intake: received, classified, triaged, and facts about who asks."""

from typing import Annotated, ClassVar, Literal

from aggregates.event import Clock, Event, Moment, Told, Urgent
from aggregates.known import Known, Seen
from aggregates.personal import Personal, PersonalOrNone, Readers
from rulebook.words import Word


class PetitionReceived(Event):
    """The petition is stored and the resident has a receipt. `clock` is the first tier's; `beside`: further clocks.

    `complained_about`: a unit that neither handles it nor learns who complains; `recused`: its people that day, who
    stay out of it wherever they work later, None where that was not recorded yet. `priority` (1 is first) follows from
    who is in danger or in need.

    `at` is when the resident submitted it if it was entered within the rulebook's limit, else when it was entered;
    `counted_from` says which. `section`: the part of the grid (片) it is about, if stated: some hundred households, no
    smaller place is recorded.
    """

    TOPIC: ClassVar[str] = "petition.received"
    VERSION: ClassVar[int] = 2
    NEW_RESIDENT: ClassVar[bool] = True
    TOLD: ClassVar[Told] = Told(
        "经{channel}受理；时限自{counted_from}起算",
        "Received by {channel}; its clock runs from the {counted_from}",
        counts="acted",
        letter=Word("受理告知", "received"),
    )

    receipt: str
    resident: str
    channel: str
    community: str
    anonymous: bool
    confidential: bool = False
    complained_about: str | None = None
    recused: tuple[str, ...] | None = None
    urgent: Urgent | None = None
    priority: int
    submitted_at: Moment | None
    counted_from: Literal["submission", "entry"]
    tier: str
    clock: Clock
    beside: tuple[Clock, ...] = ()
    title: Annotated[PersonalOrNone, Readers.RESIDENT_AND_UNIT]
    text: Annotated[Personal, Readers.RESIDENT_AND_UNIT]
    name: Annotated[PersonalOrNone, Readers.RESIDENT]
    phone: Annotated[PersonalOrNone, Readers.RESIDENT]
    address: Annotated[PersonalOrNone, Readers.RESIDENT]
    section: str | None = None


class PetitionClassified(Event):
    """The classifier's proposal. `reasons` name terms of the rulebook, never words of the petition alone."""

    TOPIC: ClassVar[str] = "petition.classified"
    TOLD: ClassVar[Told] = Told(
        "初步归为{category}，建议{tier}办理；{needs_human}",
        "Proposed: {category}, tier: {tier}; {needs_human}",
        counts="acted",
        letter=Word("险情提醒", "somebody may be in danger"),
    )

    category: str
    tier: str
    matter: str | None
    confidence: float
    needs_human: bool
    reasons: tuple[str, ...]
    unit: str


class PetitionTriaged(Event):
    """Category, tier and matter, and the clocks that follow. `basis`: automatic, or confirmed or corrected by hand.

    `complained_about` adds a unit to those the petition complains about; `recused`: its people that day.
    """

    TOPIC: ClassVar[str] = "petition.triaged"
    VERSION: ClassVar[int] = 2
    TOLD: ClassVar[Told] = Told(
        "甄别为{category}，由{tier}办理（{basis}）",
        "Triaged as {category}, tier: {tier} ({basis})",
        counts="acted",
        letter=Word("甄别告知", "classed"),
    )

    category: str
    tier: str
    matter: str | None
    basis: Literal["automatic", "confirmed", "corrected"]
    clock: Clock
    beside: tuple[Clock, ...] = ()
    complained_about: str | None = None
    recused: tuple[str, ...] | None = None


class PetitionReclassified(Event):
    """Category, tier or matter was corrected after the dispatch: clocks are recomputed from their starts.

    The unit keeps it while the tier stays (`unit_stays`); otherwise it is dispatched again. `complained_about` adds a
    unit to those the petition complains about; `recused`: its people that day.
    """

    TOPIC: ClassVar[str] = "petition.reclassified"
    VERSION: ClassVar[int] = 2
    TOLD: ClassVar[Told] = Told(
        "更正为{category}，由{tier}办理",
        "Corrected: {category}, tier: {tier}",
        counts="acted",
        letter=Word("更正类别告知", "classed anew"),
    )

    category: str
    tier: str
    matter: str | None
    unit_stays: bool
    clock: Clock
    beside: tuple[Clock, ...]
    complained_about: str | None = None
    recused: tuple[str, ...] | None = None
    resident: str
    reason: Annotated[Personal, Readers.UNIT]


class ResidentContacted(Event):
    """Somebody of the office spoke with the resident about it."""

    TOPIC: ClassVar[str] = "petition.resident_contacted"
    RESTS_ON_NOTHING: ClassVar[bool] = True
    TOLD: ClassVar[Told] = Told("已联系居民（{how}）", "The resident was spoken with ({how})", counts="responded")

    how: Literal["call", "visit", "message", "in_person"]


class ResidentJoined(Event):
    """Another resident asks for the same; their data is sealed with their own key. `number`: how many ask now."""

    TOPIC: ClassVar[str] = "petition.resident_joined"
    VERSION: ClassVar[int] = 2
    NEW_RESIDENT: ClassVar[bool] = True
    RESTS_ON_NOTHING: ClassVar[bool] = True
    TOLD: ClassVar[Told] = Told(
        "又有居民联名，现共{number}人",
        "Another resident joined; they are {number} now",
        counts="acted",
        letter=Word("联名告知", "joined"),
    )

    resident: str
    number: int
    known: Known | None
    name: Annotated[PersonalOrNone, Readers.RESIDENT]
    phone: Annotated[PersonalOrNone, Readers.RESIDENT]
    address: Annotated[PersonalOrNone, Readers.RESIDENT]


class ConfidentialitySet(Event):
    """Whether it is hidden from units who asks."""

    TOPIC: ClassVar[str] = "petition.confidentiality_set"
    VERSION: ClassVar[int] = 2
    RESTS_ON_NOTHING: ClassVar[bool] = True
    TOLD: ClassVar[Told] = Told(
        "{confidential}", "{confidential}", counts="acted", letter=Word("保密要求告知", "confidentiality")
    )

    confidential: bool
    known: Known | None


class UrgencySet(Event):
    """The cause of urgency (None: not urgent), and the priority that follows: 1 is first."""

    TOPIC: ClassVar[str] = "petition.urgency_set"
    RESTS_ON_NOTHING: ClassVar[bool] = True
    TOLD: ClassVar[Told] = Told(
        "优先级{priority}：{cause}",
        "Priority {priority}: {cause}",
        counts="acted",
        letter=Word("紧急程度变更", "urgency set"),
    )

    cause: Urgent | None
    priority: int


class PetitionMerged(Event):
    """The same was reported before: nothing is owed here while merged, and its resident gets the other one's answer.

    The other one is named by its internal id alone. Version 1 had its receipt, too, which is another resident's.
    """

    TOPIC: ClassVar[str] = "petition.merged"
    VERSION: ClassVar[int] = 2
    TOLD: ClassVar[Told] = Told(
        "并入已受理的同一诉求",
        "Merged: the same thing was reported already",
        counts="acted",
        letter=Word("并案告知", "merged"),
    )

    into: str
    resident: str
    reason: Annotated[Personal, Readers.RESIDENT_AND_UNIT]


class PetitionUnmerged(Event):
    """The petition goes on by itself; the time in between counts.

    `cause`: it was not the same thing (`different`), or the one it was merged into was withdrawn (`left_alone`).
    """

    TOPIC: ClassVar[str] = "petition.unmerged"
    VERSION: ClassVar[int] = 3
    TOLD: ClassVar[Told] = Told(
        "恢复单独办理：{cause}",
        "It goes on by itself: {cause}",
        counts="acted",
        letter=Word("撤销并案告知", "no longer merged"),
    )

    was_in: str
    cause: Literal["different", "left_alone"]
    known: Known | None
    resident: str
    reason: Annotated[Personal, Readers.RESIDENT_AND_UNIT]


class CodeGiven(Event):
    """A resident came to the counter, and whoever gave them a new code looked at `seen`. The code is in no event.

    `number`: which of the residents, in the order they came.
    """

    TOPIC: ClassVar[str] = "petition.code_given"
    RESTS_ON_NOTHING: ClassVar[bool] = True
    TOLD: ClassVar[Told] = Told(
        "核对{seen}后补发查询码（第{number}位居民）",
        "A new code was given after looking at {seen} (resident {number})",
        counts="acted",
        letter=Word("补发查询码告知", "a new code was given"),
    )

    number: int
    seen: Seen


DoorEvent = (
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
    | CodeGiven
)
