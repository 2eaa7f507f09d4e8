"""The reply and the resident's reaction: follow-up, dispute, review, second review, the end."""

from typing import Annotated, ClassVar, Literal

from aggregates.event import Clock, Event, Moment
from aggregates.personal import Personal, PersonalOrNone, Readers


class PetitionReplied(Event):
    """The answer to the resident, with its grounds. `on_time`: before the end of the tier's clock, which it stops.

    Until `dispute_by` the resident may say that it is not settled, until `review_by` ask for a review.
    """

    TOPIC: ClassVar[str] = "petition.replied"

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

    answer_by: Moment


class PetitionConfirmed(Event):
    """The resident says it is settled; `satisfied` None: not said."""

    TOPIC: ClassVar[str] = "petition.confirmed"

    satisfied: bool | None


class PetitionDisputed(Event):
    """The resident says it is not settled."""

    TOPIC: ClassVar[str] = "petition.disputed"

    resident: str
    reason: Annotated[Personal, Readers.RESIDENT_AND_UNIT]


class ReviewRequested(Event):
    """The resident asks for a review (1) or a second review (2) of the decision; `unit`, of the tier above, decides it.

    `tier` None: the leader's unit decides.
    """

    TOPIC: ClassVar[str] = "petition.review_requested"

    level: Literal[1, 2]
    tier: str | None
    unit: str
    clock: Clock
    resident: str
    reason: Annotated[Personal, Readers.RESIDENT_AND_UNIT]


class ReviewDecided(Event):
    """The review upheld, changed or revoked the decision, on these grounds.

    Upheld or changed, it closes the petition: `final` after the second review; after the first, a second may be asked
    for until `review_by`. Revoked, the petition goes to the tier above to be handled again.
    """

    TOPIC: ClassVar[str] = "petition.review_decided"

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
    """The resident takes it back. Nothing rings for it any more."""

    TOPIC: ClassVar[str] = "petition.withdrawn"

    resident: str
    reason: Annotated[PersonalOrNone, Readers.RESIDENT_AND_UNIT]


class PetitionClosed(Event):
    """Nothing more is owed: the resident confirmed, or did not answer in time."""

    TOPIC: ClassVar[str] = "petition.closed"

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
