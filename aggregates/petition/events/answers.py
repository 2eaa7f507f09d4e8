"""The answer and what the resident makes of it: follow-up, dispute, review, second review, the end."""

from typing import ClassVar, Literal

from aggregates.event import Clock, Event, Moment
from aggregates.personal import Personal


class PetitionReplied(Event):
    """What the resident is told, with its grounds. `on_time` holds the reply against the tier's clock it stopped.

    Until `dispute_by` the resident may say that it is not settled, until `review_by` ask for a review.
    """

    TOPIC: ClassVar[str] = "petition.replied"

    unit: str
    resident: str
    outcome: Literal["resolved", "explained", "refused"]
    text: Personal
    grounds: Personal
    on_time: bool
    ask_at: Moment
    dispute_by: Moment
    review_by: Moment


class FollowUpAsked(Event):
    """The resident was asked: settled? `answer_by` is when silence lets the petition close."""

    TOPIC: ClassVar[str] = "petition.follow_up_asked"

    answer_by: Moment


class PetitionConfirmed(Event):
    """The resident says it is settled; `satisfied` is None where nobody said."""

    TOPIC: ClassVar[str] = "petition.confirmed"

    satisfied: bool | None


class PetitionDisputed(Event):
    """The resident says it is not settled."""

    TOPIC: ClassVar[str] = "petition.disputed"

    resident: str
    reason: Personal


class PetitionClosed(Event):
    """Nothing more is owed: the resident confirmed, or did not answer in time."""

    TOPIC: ClassVar[str] = "petition.closed"

    reason: Literal["confirmed", "unanswered"]


class ReviewRequested(Event):
    """The resident asks for a review (1) or a second review (2) of the decision. `unit` decides, of the tier above.

    `tier` is None where the leader's unit decides.
    """

    TOPIC: ClassVar[str] = "petition.review_requested"

    level: Literal[1, 2]
    tier: str | None
    unit: str
    clock: Clock
    resident: str
    reason: Personal


class ReviewDecided(Event):
    """The review upheld, changed or revoked the decision, on these grounds.

    Upheld or changed, the petition is closed with it: `final` after the second one, before that a second review may be
    asked for until `review_by`. Revoked, it is handled anew by the tier above.
    """

    TOPIC: ClassVar[str] = "petition.review_decided"

    level: Literal[1, 2]
    outcome: Literal["upheld", "changed", "revoked"]
    unit: str
    on_time: bool
    final: bool
    review_by: Moment | None
    resident: str
    text: Personal
    grounds: Personal
