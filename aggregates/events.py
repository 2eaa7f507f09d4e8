"""Everything that can have happened to a petition.

The topics are the storage format: permanent once released. An additive change gets a default; a changed shape a new
VERSION and an upcast in `eventstore/upcasts.py`; a changed meaning is a new event. `docs/events.md` lists them.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from aggregates.personal import Personal, PersonalOrNone


def _to_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""An instant, kept in UTC; shown in the rulebook's zone."""


class Role(StrEnum):
    """In which role somebody acts; `what_may_follow.py` says what each may do."""

    RESIDENT = "resident"
    CLERK = "clerk"
    OFFICER = "officer"
    LEADER = "leader"
    SUPERVISOR = "supervisor"
    ENGINE = "engine"


class Actor(BaseModel):
    """Who acts: a role and a pseudonym (a staff id of the rulebook; `resident`; `engine`). Never a name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")

    @classmethod
    def engine(cls) -> Self:
        """The engine itself, acting from the agenda."""
        return cls(role=Role.ENGINE, id="engine")

    @classmethod
    def resident(cls) -> Self:
        """Whoever holds the receipt."""
        return cls(role=Role.RESIDENT, id="resident")


class Clock(BaseModel):
    """A promised time: the rule it follows, where it starts, when it ends and when to remind before that."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    started_at: Moment
    due_at: Moment
    reminders: tuple[Moment, ...]
    provisional: bool
    calendar: str


class Event(BaseModel):
    """What every event says: when it counts (`at`), who did it, under which rulebook and which rule of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    TOPIC: ClassVar[str]
    VERSION: ClassVar[int] = 1

    at: Moment
    by: Actor
    rulebook: str
    rule: str | None = None


class PetitionReceived(Event):
    """The petition is safe and the resident has a receipt. `clock` is the door's: it runs from the first minute.

    `at` is the submission where it was entered soon enough after it (`counted_from`), else the entry.
    """

    TOPIC: ClassVar[str] = "petition.received"

    receipt: str
    resident: str
    channel: str
    community: str
    anonymous: bool
    submitted_at: Moment | None
    counted_from: Literal["submission", "entry"]
    tier: str
    clock: Clock
    title: PersonalOrNone
    text: Personal
    name: PersonalOrNone
    phone: PersonalOrNone
    address: PersonalOrNone


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
    """What kind of petition it is, and which tier's clock it runs on. `basis` says who decided that."""

    TOPIC: ClassVar[str] = "petition.triaged"

    category: str
    tier: str
    matter: str | None
    basis: Literal["automatic", "confirmed", "corrected"]
    clock: Clock


class PetitionDispatched(Event):
    """A unit has it. `return_by` is the end of the window in which the unit can say that it is not theirs."""

    TOPIC: ClassVar[str] = "petition.dispatched"

    unit: str
    tier: str
    return_by: Moment


class PetitionAccepted(Event):
    """The unit took it. The clock did not wait for this."""

    TOPIC: ClassVar[str] = "petition.accepted"

    unit: str


class PetitionReturned(Event):
    """The unit says it is not theirs, and why."""

    TOPIC: ClassVar[str] = "petition.returned"

    unit: str
    resident: str
    reason: Personal
    count: int


class PetitionTransferred(Event):
    """It moved to another unit of the same tier; the clock runs on."""

    TOPIC: ClassVar[str] = "petition.transferred"

    from_unit: str
    unit: str
    resident: str
    reason: Personal
    return_by: Moment


class PetitionReminded(Event):
    """The unit was reminded before the deadline (`number` counts from 1), or a leader of what still waits.

    `next_at` is set only where reminders repeat, with the leader.
    """

    TOPIC: ClassVar[str] = "petition.reminded"

    unit: str | None
    number: int
    due_at: Moment | None
    next_at: Moment | None


class PetitionEscalated(Event):
    """A deadline passed or the resident disagreed: the tier above takes over, the unit below keeps working.

    `to_tier` is None when there is no tier above: the leader takes it. `clock` is None then, `next_at` the leader's
    first reminder. `missed_due_at` is the deadline that passed, None for a dispute.
    """

    TOPIC: ClassVar[str] = "petition.escalated"

    cause: Literal["deadline", "dispute"]
    from_tier: str
    to_tier: str | None
    unit: str
    missed_due_at: Moment | None
    clock: Clock | None
    return_by: Moment | None
    next_at: Moment | None


class PetitionReplied(Event):
    """What the resident is told, with its grounds. `on_time` holds the reply against the clock it stopped."""

    TOPIC: ClassVar[str] = "petition.replied"

    unit: str
    resident: str
    outcome: Literal["resolved", "explained", "refused"]
    text: Personal
    grounds: Personal
    on_time: bool
    ask_at: Moment


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


class PetitionWithdrawn(Event):
    """The resident takes it back. Nothing rings for it any more."""

    TOPIC: ClassVar[str] = "petition.withdrawn"

    resident: str
    reason: PersonalOrNone


class PetitionClosed(Event):
    """Nothing more is owed: the resident confirmed, or did not answer in time."""

    TOPIC: ClassVar[str] = "petition.closed"

    reason: Literal["confirmed", "unanswered"]


class SealedFieldsRead(Event):
    """Somebody looked at personal data, and says why."""

    TOPIC: ClassVar[str] = "petition.sealed_fields_read"

    fields: tuple[str, ...]
    resident: str
    reason: Personal


EVENTS: tuple[type[Event], ...] = (
    PetitionReceived,
    PetitionClassified,
    PetitionTriaged,
    PetitionDispatched,
    PetitionAccepted,
    PetitionReturned,
    PetitionTransferred,
    PetitionReminded,
    PetitionEscalated,
    PetitionReplied,
    FollowUpAsked,
    PetitionConfirmed,
    PetitionDisputed,
    PetitionWithdrawn,
    PetitionClosed,
    SealedFieldsRead,
)
"""Every event of a petition: the catalogue, the codec and the golden files are held to this list."""
