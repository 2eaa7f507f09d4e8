"""Time: reminders, warnings, extensions, pauses, parking, and clocks counted again."""

from typing import ClassVar, Literal

from aggregates.event import ClockName, Event, Moment, Moved
from aggregates.personal import Personal, PersonalOrNone


class PetitionReminded(Event):
    """The unit was reminded before the deadline (`number` counts from 1), or a leader of what still waits.

    `next_at` is set only where reminders repeat, with the leader.
    """

    TOPIC: ClassVar[str] = "petition.reminded"

    unit: str | None
    number: int
    due_at: Moment | None
    next_at: Moment | None


class ClockWarned(Event):
    """A clock beside the tier's will end, or a review is late: the unit was told. `number` counts from 1.

    `next_at` is set only where it repeats, for a review that is late.
    """

    TOPIC: ClassVar[str] = "petition.clock_warned"

    clock: ClockName
    unit: str | None
    number: int
    due_at: Moment
    next_at: Moment | None


class ClockBreached(Event):
    """A clock beside the tier's was missed: recorded once, reported to `leader`, a unit. It does not rise."""

    TOPIC: ClassVar[str] = "petition.clock_breached"

    clock: ClockName
    unit: str | None
    due_at: Moment
    leader: str
    next_at: Moment | None


class PetitionSupervised(Event):
    """A named leader watches it until it is settled."""

    TOPIC: ClassVar[str] = "petition.supervised"

    leader: str
    next_at: Moment


class LeaderReminded(Event):
    """The leader who watches it hears of it again."""

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
    reason: Personal


class ExtensionDecided(Event):
    """Somebody else approved or refused it; `moved` is the clock with its new end."""

    TOPIC: ClassVar[str] = "petition.extension_decided"

    clock: ClockName
    approved: bool
    days: int
    moved: Moved | None
    resident: str
    reason: Personal


class PetitionPaused(Event):
    """Something is missing that only the resident can bring. `clocks` stand still, `until` at the latest."""

    TOPIC: ClassVar[str] = "petition.paused"

    until: Moment
    clocks: tuple[ClockName, ...]
    resident: str
    what: Personal


class PetitionResumed(Event):
    """The resident answered, or the bound ran out. The clocks run on with the time that was left."""

    TOPIC: ClassVar[str] = "petition.resumed"

    cause: Literal["answered", "ran_out"]
    moved: tuple[Moved, ...]
    resident: str
    answer: PersonalOrNone


class ParkingAsked(Event):
    """It cannot be done now: somebody asks to park it."""

    TOPIC: ClassVar[str] = "petition.parking_asked"

    cause: Literal["money", "season", "law", "other"]
    look_again_at: Moment
    resident: str
    reason: Personal


class ParkingDecided(Event):
    """Somebody else approved or refused it. Approved, `clocks` stand still until `look_again_at`."""

    TOPIC: ClassVar[str] = "petition.parking_decided"

    approved: bool
    cause: Literal["money", "season", "law", "other"]
    look_again_at: Moment
    clocks: tuple[ClockName, ...]
    resident: str
    reason: Personal


class PetitionUnparked(Event):
    """It is looked at again: the date has come, or it can be done after all."""

    TOPIC: ClassVar[str] = "petition.unparked"

    cause: Literal["date", "early"]
    moved: tuple[Moved, ...]
    resident: str
    reason: PersonalOrNone


class ClocksRecomputed(Event):
    """A calendar or a rulebook came into force and moved the end of clocks that run."""

    TOPIC: ClassVar[str] = "petition.clocks_recomputed"

    cause: Literal["calendar", "rulebook"]
    moved: tuple[Moved, ...]
