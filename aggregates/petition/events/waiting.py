"""Time: reminders, warnings, extensions, pauses, parking, and recomputed clocks."""

from typing import Annotated, ClassVar, Literal

from aggregates.event import ClockName, Event, Moment, Moved
from aggregates.personal import Personal, PersonalOrNone, Readers


class PetitionReminded(Event):
    """The unit was reminded before the deadline (`number` counts from 1), or the leader of what is with them.

    `next_at` is set only where reminders repeat, with the leader.
    """

    TOPIC: ClassVar[str] = "petition.reminded"

    unit: str | None
    number: int
    due_at: Moment | None
    next_at: Moment | None


class ClockWarned(Event):
    """A clock other than the tier's will end soon, or a review is late: the unit was warned. `number` counts from 1.

    `next_at` is set only where it repeats, for a late review.
    """

    TOPIC: ClassVar[str] = "petition.clock_warned"

    clock: ClockName
    unit: str | None
    number: int
    due_at: Moment
    next_at: Moment | None


class ClockBreached(Event):
    """A clock other than the tier's was missed: recorded once, reported to the unit `leader`. Nothing escalates."""

    TOPIC: ClassVar[str] = "petition.clock_breached"

    clock: ClockName
    unit: str | None
    due_at: Moment
    leader: str
    next_at: Moment | None


class PetitionSupervised(Event):
    """A leader watches the petition until it is settled."""

    TOPIC: ClassVar[str] = "petition.supervised"
    RESTS_ON_NOTHING: ClassVar[bool] = True

    leader: str
    next_at: Moment


class LeaderReminded(Event):
    """The leader who watches the petition was reminded."""

    TOPIC: ClassVar[str] = "petition.leader_reminded"

    leader: str
    number: int
    next_at: Moment


class ExtensionAsked(Event):
    """More time is asked for, before the deadline. Until it is approved, the clock is as it was."""

    TOPIC: ClassVar[str] = "petition.extension_asked"

    clock: ClockName
    days: int
    due_at: Moment
    resident: str
    reason: Annotated[Personal, Readers.RESIDENT_AND_UNIT]


class ExtensionDecided(Event):
    """Somebody else approved or refused the extension; `moved`: the clock with its new end."""

    TOPIC: ClassVar[str] = "petition.extension_decided"

    clock: ClockName
    approved: bool
    days: int
    moved: Moved | None
    resident: str
    reason: Annotated[Personal, Readers.RESIDENT_AND_UNIT]


class PetitionPaused(Event):
    """Something is missing that only the resident can bring. `clocks` are paused, until `until` at the latest."""

    TOPIC: ClassVar[str] = "petition.paused"

    until: Moment
    clocks: tuple[ClockName, ...]
    resident: str
    what: Annotated[Personal, Readers.RESIDENT_AND_UNIT]


class PetitionResumed(Event):
    """The resident answered, or the limit of the pause was reached. The clocks run on with the time they had left."""

    TOPIC: ClassVar[str] = "petition.resumed"

    cause: Literal["answered", "ran_out"]
    moved: tuple[Moved, ...]
    resident: str
    answer: Annotated[PersonalOrNone, Readers.RESIDENT_AND_UNIT]


class ParkingAsked(Event):
    """Somebody asks to park what cannot be done now."""

    TOPIC: ClassVar[str] = "petition.parking_asked"

    cause: Literal["money", "season", "law", "other"]
    look_again_at: Moment
    resident: str
    reason: Annotated[Personal, Readers.RESIDENT_AND_UNIT]


class ParkingDecided(Event):
    """Somebody else approved or refused parking. Approved, `clocks` are paused until `look_again_at`."""

    TOPIC: ClassVar[str] = "petition.parking_decided"

    approved: bool
    cause: Literal["money", "season", "law", "other"]
    look_again_at: Moment
    clocks: tuple[ClockName, ...]
    resident: str
    reason: Annotated[Personal, Readers.RESIDENT_AND_UNIT]


class PetitionUnparked(Event):
    """Parking ended: its date has come, or it can be done after all."""

    TOPIC: ClassVar[str] = "petition.unparked"

    cause: Literal["date", "early"]
    moved: tuple[Moved, ...]
    resident: str
    reason: Annotated[PersonalOrNone, Readers.RESIDENT_AND_UNIT]


class ClocksRecomputed(Event):
    """A calendar or rulebook came into force and moved the deadlines of running clocks."""

    TOPIC: ClassVar[str] = "petition.clocks_recomputed"

    cause: Literal["calendar", "rulebook"]
    moved: tuple[Moved, ...]


WaitingEvent = (
    PetitionReminded
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
)
