"""The reply and the resident's reaction: follow-up, dispute, review, second review, the end."""

from typing import Annotated, ClassVar, Literal

from aggregates.event import Clock, Event, Moment, Told
from aggregates.known import Known
from aggregates.personal import Personal, PersonalOrNone, Readers
from rulebook.words import Word


class PetitionReplied(Event):
    """The answer to the resident, with its grounds. `on_time`: before the end of the tier's clock, which it stops.

    Until `dispute_by` the resident may say that it is not settled, until `review_by` ask for a review.
    """

    TOPIC: ClassVar[str] = "petition.replied"
    TOLD: ClassVar[Told] = Told(
        "{unit}答复：{outcome}（{on_time}）",
        "Reply of {unit}: {outcome}, {on_time}",
        counts="responded",
        letter=Word("答复", "reply"),
    )

    unit: str
    resident: str
    outcome: Literal["resolved", "explained", "refused"]
    text: Annotated[Personal, Readers.RESIDENT_AND_UNIT]
    grounds: Annotated[Personal, Readers.RESIDENT_AND_UNIT]
    on_time: bool
    ask_at: Moment
    dispute_by: Moment
    review_by: Moment


class FollowUpAsked(Event):
    """The resident was asked whether it is settled. Without an answer by `answer_by` the petition closes."""

    TOPIC: ClassVar[str] = "petition.follow_up_asked"
    TOLD: ClassVar[Told] = Told(
        "回访居民：是否已解决",
        "The resident was asked whether it is settled",
        counts="acted",
        letter=Word("回访", "is it settled?"),
    )

    answer_by: Moment


class PetitionConfirmed(Event):
    """The resident says it is settled; `satisfied` None: not said."""

    TOPIC: ClassVar[str] = "petition.confirmed"
    VERSION: ClassVar[int] = 2
    TOLD: ClassVar[Told] = Told(
        "居民确认已解决（{satisfied}）", "The resident confirms that it is settled ({satisfied})", counts="acted"
    )

    satisfied: bool | None
    known: Known | None


class PetitionDisputed(Event):
    """The resident says it is not settled."""

    TOPIC: ClassVar[str] = "petition.disputed"
    VERSION: ClassVar[int] = 2
    TOLD: ClassVar[Told] = Told(
        "居民提出异议",
        "The resident says that it is not settled",
        counts="acted",
        letter=Word("居民异议告知", "the resident disagrees"),
    )

    resident: str
    known: Known | None
    reason: Annotated[Personal, Readers.RESIDENT_AND_UNIT]


class ReviewRequested(Event):
    """The resident asks for a review (1) or a second review (2) of the decision; `unit`, of the tier above, decides it.

    `tier` None: the leader's unit decides.
    """

    TOPIC: ClassVar[str] = "petition.review_requested"
    VERSION: ClassVar[int] = 2
    TOLD: ClassVar[Told] = Told(
        "申请{level}，由{unit}办理",
        "{level} asked for; {unit} decides",
        counts="acted",
        letter=Word("复查复核受理告知", "a review was asked for"),
    )

    level: Literal[1, 2]
    tier: str | None
    unit: str
    clock: Clock
    known: Known | None
    resident: str
    reason: Annotated[Personal, Readers.RESIDENT_AND_UNIT]


class ReviewDecided(Event):
    """The review upheld, changed or revoked the decision, on these grounds.

    Upheld or changed, it closes the petition: `final` after the second review; after the first, a second may be asked
    for until `review_by`. Revoked, the petition goes to the tier above to be handled again.
    """

    TOPIC: ClassVar[str] = "petition.review_decided"
    TOLD: ClassVar[Told] = Told(
        "{unit}{level}决定：{outcome}（{on_time}）",
        "{level} of {unit}: {outcome}, {on_time}",
        counts="acted",
        letter=Word("复查复核决定", "decision of the review"),
    )

    level: Literal[1, 2]
    outcome: Literal["upheld", "changed", "revoked"]
    unit: str
    on_time: bool
    final: bool
    review_by: Moment | None
    resident: str
    text: Annotated[Personal, Readers.RESIDENT_AND_UNIT]
    grounds: Annotated[Personal, Readers.RESIDENT_AND_UNIT]


class PetitionWithdrawn(Event):
    """The resident withdraws it; nothing is owed any more."""

    TOPIC: ClassVar[str] = "petition.withdrawn"
    VERSION: ClassVar[int] = 2
    TOLD: ClassVar[Told] = Told(
        "居民撤回诉求", "The resident takes the petition back", counts="acted", letter=Word("撤回告知", "withdrawn")
    )

    resident: str
    known: Known | None
    reason: Annotated[PersonalOrNone, Readers.RESIDENT_AND_UNIT]


class PetitionClosed(Event):
    """Nothing more is owed: the resident confirmed, or did not answer in time."""

    TOPIC: ClassVar[str] = "petition.closed"
    TOLD: ClassVar[Told] = Told("归档：{reason}", "Closed: {reason}", counts="acted", letter=Word("归档告知", "closed"))

    reason: Literal["confirmed", "unanswered"]


AnswerEvent = (
    PetitionReplied
    | FollowUpAsked
    | PetitionConfirmed
    | PetitionDisputed
    | ReviewRequested
    | ReviewDecided
    | PetitionWithdrawn
    | PetitionClosed
)
