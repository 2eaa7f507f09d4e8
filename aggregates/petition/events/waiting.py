"""Time: reminders, warnings, extensions, pauses, parking, and recomputed clocks."""

from typing import Annotated, ClassVar, Literal

from aggregates.event import ClockName, Event, Moment, Moved, Told
from aggregates.known import Known
from aggregates.personal import Personal, PersonalOrNone, Readers
from rulebook.words import Word


class PetitionReminded(Event):
    """The unit was reminded before the deadline (`number` counts from 1), or the leader of what is with them.

    `next_at` is set only where reminders repeat, with the leader.
    """

    TOPIC: ClassVar[str] = "petition.reminded"
    TOLD: ClassVar[Told] = Told(
        "催办{unit}（第{number}次）", "Reminder {number} to {unit}", counts="acted", letter=Word("催办提醒", "reminder")
    )

    unit: str | None
    number: int
    due_at: Moment | None
    next_at: Moment | None


class ClockWarned(Event):
    """A clock other than the tier's will end soon, or a review is late: the unit was warned. `number` counts from 1.

    `next_at` is set only where it repeats, for a late review.
    """

    TOPIC: ClassVar[str] = "petition.clock_warned"
    TOLD: ClassVar[Told] = Told(
        "提醒{unit}：{clock}（第{number}次）",
        "Warning {number} to {unit}: {clock}",
        counts="acted",
        letter=Word("时限提醒", "a deadline is near"),
    )

    clock: ClockName
    unit: str | None
    number: int
    due_at: Moment
    next_at: Moment | None


class ClockBreached(Event):
    """A clock other than the tier's was missed: recorded once, reported to the unit `leader`. Nothing escalates."""

    TOPIC: ClassVar[str] = "petition.clock_breached"
    TOLD: ClassVar[Told] = Told(
        "{clock}逾期，报{leader}",
        "{clock} was missed; {leader} was told",
        counts="acted",
        letter=Word("超期报告", "a deadline was missed"),
    )

    clock: ClockName
    unit: str | None
    due_at: Moment
    leader: str
    next_at: Moment | None


class PetitionSupervised(Event):
    """A leader watches the petition until it is settled."""

    TOPIC: ClassVar[str] = "petition.supervised"
    RESTS_ON_NOTHING: ClassVar[bool] = True
    TOLD: ClassVar[Told] = Told(
        "{leader}督办",
        "{leader} watches it until it is settled",
        counts="acted",
        letter=Word("督办告知", "a leader watches it"),
    )

    leader: str
    next_at: Moment


class LeaderReminded(Event):
    """The leader who watches the petition was reminded."""

    TOPIC: ClassVar[str] = "petition.leader_reminded"
    TOLD: ClassVar[Told] = Told(
        "提醒督办领导{leader}（第{number}次）",
        "Reminder {number} to {leader}, who watches it",
        counts="acted",
        letter=Word("督办提醒", "reminder to the leader who watches it"),
    )

    leader: str
    number: int
    next_at: Moment


class ExtensionAsked(Event):
    """More time is asked for, before the deadline. Until it is approved, the clock is as it was."""

    TOPIC: ClassVar[str] = "petition.extension_asked"
    TOLD: ClassVar[Told] = Told(
        "申请延期{days}天（{clock}）",
        "{days} more days are asked for ({clock})",
        counts="responded",
        letter=Word("延期申请", "more time is asked for"),
    )

    clock: ClockName
    days: int
    due_at: Moment
    resident: str
    reason: Annotated[Personal, Readers.RESIDENT_AND_UNIT]


class ExtensionDecided(Event):
    """Somebody else approved or refused the extension; `moved`: the clock with its new end."""

    TOPIC: ClassVar[str] = "petition.extension_decided"
    TOLD: ClassVar[Told] = Told(
        "{approved}延期{days}天（{clock}）",
        "{days} more days {approved} ({clock})",
        counts="acted",
        letter=Word("延期决定告知", "decision on more time"),
    )

    clock: ClockName
    approved: bool
    days: int
    moved: Moved | None
    resident: str
    reason: Annotated[Personal, Readers.RESIDENT_AND_UNIT]


class PetitionPaused(Event):
    """Something is missing that only the resident can bring. `clocks` are paused, until `until` at the latest."""

    TOPIC: ClassVar[str] = "petition.paused"
    TOLD: ClassVar[Told] = Told(
        "待居民补充，时限暂停",
        "Waiting for the resident; the clock stands still",
        counts="responded",
        letter=Word("补充材料通知", "something is missing"),
    )

    until: Moment
    clocks: tuple[ClockName, ...]
    resident: str
    what: Annotated[Personal, Readers.RESIDENT_AND_UNIT]


class PetitionResumed(Event):
    """The resident answered, or the limit of the pause was reached. The clocks run on with the time they had left."""

    TOPIC: ClassVar[str] = "petition.resumed"
    VERSION: ClassVar[int] = 2
    TOLD: ClassVar[Told] = Told(
        "{cause}，时限继续",
        "{cause}; the clock runs on",
        counts="acted",
        letter=Word("恢复办理告知", "handling goes on"),
    )

    cause: Literal["answered", "ran_out"]
    known: Known | None
    moved: tuple[Moved, ...]
    resident: str
    answer: Annotated[PersonalOrNone, Readers.RESIDENT_AND_UNIT]


class ParkingAsked(Event):
    """Somebody asks to park what cannot be done now."""

    TOPIC: ClassVar[str] = "petition.parking_asked"
    TOLD: ClassVar[Told] = Told(
        "申请挂账（{cause}）",
        "Parking is asked for ({cause})",
        counts="responded",
        letter=Word("挂账申请", "parking is asked for"),
    )

    cause: Literal["money", "season", "law", "other"]
    look_again_at: Moment
    resident: str
    reason: Annotated[Personal, Readers.RESIDENT_AND_UNIT]


class ParkingDecided(Event):
    """Somebody else approved or refused parking. Approved, `clocks` are paused until `look_again_at`."""

    TOPIC: ClassVar[str] = "petition.parking_decided"
    TOLD: ClassVar[Told] = Told(
        "{approved}挂账（{cause}）",
        "Parking {approved} ({cause})",
        counts="acted",
        letter=Word("挂账决定告知", "decision on parking"),
    )

    approved: bool
    cause: Literal["money", "season", "law", "other"]
    look_again_at: Moment
    clocks: tuple[ClockName, ...]
    resident: str
    reason: Annotated[Personal, Readers.RESIDENT_AND_UNIT]


class PetitionUnparked(Event):
    """Parking ended: its date has come, or it can be done after all."""

    TOPIC: ClassVar[str] = "petition.unparked"
    TOLD: ClassVar[Told] = Told(
        "{cause}，恢复办理", "{cause}; it goes on", counts="acted", letter=Word("结束挂账告知", "no longer parked")
    )

    cause: Literal["date", "early"]
    moved: tuple[Moved, ...]
    resident: str
    reason: Annotated[PersonalOrNone, Readers.RESIDENT_AND_UNIT]


class ClocksRecomputed(Event):
    """A calendar or rulebook came into force and moved the deadlines of running clocks."""

    TOPIC: ClassVar[str] = "petition.clocks_recomputed"
    TOLD: ClassVar[Told] = Told(
        "{cause}，时限重新计算",
        "{cause}: the clocks were counted again",
        counts="acted",
        letter=Word("时限重算告知", "a deadline was counted again"),
    )

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
