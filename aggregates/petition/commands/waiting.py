"""Time: reminders, warnings, extensions, pauses, parking."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from aggregates.command import Command, ResidentsWord, Words
from aggregates.event import ClockName
from aggregates.petition.standing import Standing
from rulebook.words import Word


class Remind(Command):
    """Remind the unit, or the leader, of what waits."""

    NAME: ClassVar[str] = "remind"


class Warn(Command):
    """A clock beside the tier's will end, or a review is late: tell the unit. Which one, the agenda says."""

    NAME: ClassVar[str] = "warn"


class Breach(Command):
    """A clock beside the tier's was missed: record it and report it. Which one, the agenda says."""

    NAME: ClassVar[str] = "breach"


class Supervise(Command):
    """A leader watches it until it is settled, and is reminded of it."""

    NAME: ClassVar[str] = "supervise"
    WORD: ClassVar[Word | None] = Word("督办", "watch")

    leader: str | None = Field(default=None, description="The staff id of the leader (default: who asks).")


class RemindLeader(Command):
    """Remind the leader who watches it."""

    NAME: ClassVar[str] = "remind-leader"


class RequestExtension(Command):
    """Ask for more time, before the deadline, once a clock. Somebody else decides."""

    NAME: ClassVar[str] = "extend"
    WORD: ClassVar[Word | None] = Word("申请延期", "ask for more time")

    days: int = Field(
        ge=1,
        le=3650,
        description="How many days more, counted as the clock counts; its rule says how many are possible.",
    )
    reason: Words = Field(repr=False, description="Why. Kept sealed.")
    clock: ClockName = Field(
        default="tier",
        description="Which clock: tier (the default), statutory_handle, … as `petition show` lists them.",
    )


class DecideExtension(Command):
    """A leader who did not ask for it approves or refuses more time."""

    NAME: ClassVar[str] = "decide-extension"
    WORD: ClassVar[Word | None] = Word("审批延期", "decide on more time")

    approved: bool = Field(description="Whether it is approved or refused.")
    reason: Words = Field(repr=False, description="Why. Kept sealed.")


class Pause(Command):
    """Ask the resident for what is missing and wait. The clocks that can wait stand still, for a bounded time."""

    NAME: ClassVar[str] = "pause"
    WORD: ClassVar[Word | None] = Word("待补充", "ask for what is missing")

    what: Words = Field(repr=False, description="What is missing. Kept sealed.")
    days: int | None = Field(
        default=None,
        ge=1,
        le=3650,
        description="For how many working days at most (default: the rulebook's bound). "
        "Then the clocks run on by themselves.",
    )


class Resume(ResidentsWord):
    """The resident brought what was missing. The clocks run on with the time they had left."""

    NAME: ClassVar[str] = "resume"
    WORD: ClassVar[Word | None] = Word("已补充", "go on")

    # By the engine too, when the wait ran out.
    answer: Words | None = Field(default=None, repr=False, description="What was brought or said. Kept sealed.")


class RequestParking(Command):
    """Ask to park what cannot be done now, until a day on which it is looked at again. Somebody else decides."""

    NAME: ClassVar[str] = "park"
    WORD: ClassVar[Word | None] = Word("申请挂账", "ask for parking")

    cause: Literal["money", "season", "law", "other"] = Field(
        description="money 资金, season 季节, law 法律 or other 其他."
    )
    look_again_on: date = Field(description="The day, as 2026-03-01, or 04-01: the next first of April.")
    reason: Words = Field(repr=False, description="Why it cannot be done now. Kept sealed.")


class DecideParking(Command):
    """A leader who did not ask for it approves or refuses the parking."""

    NAME: ClassVar[str] = "decide-parking"
    WORD: ClassVar[Word | None] = Word("审批挂账", "decide on parking")

    approved: bool = Field(description="Whether it is approved or refused.")
    reason: Words = Field(repr=False, description="Why. Kept sealed.")


class Unpark(Command):
    """Look at a parked petition again before its day. On the day the engine does it."""

    NAME: ClassVar[str] = "unpark"
    WORD: ClassVar[Word | None] = Word("恢复办理", "go on with a parked one")

    reason: Words | None = Field(default=None, repr=False, description="Why now. Kept sealed.")


class SetAside(Command):
    """What the engine did before its time, by a wrong clock, counts no more. It names every such event.

    Reminders, escalations and missed deadlines recorded ahead of their time (`suqiu audit verify` finds them),
    and those that rest on them. The petition stands where it would without them, and does in time what is then owed.
    Refused where somebody has acted on them since: other acts put that right, and the times are only noted.
    """

    NAME: ClassVar[str] = "set-aside"
    WORD: ClassVar[Word | None] = Word("撤除误时步骤", "set untimely steps aside")

    # `undoing.py` finds all but the reason and `note_only`.
    steps: tuple[int, ...] = Field(description="The versions that count no more.")
    noted: tuple[int, ...] = Field(description="The versions of other events whose time is wrong.")
    standing: Standing | None = Field(description="Where it stands without the steps.")
    acted: str | None = Field(default=None, description="What somebody did since that rests on the steps.")
    as_of: int | None = Field(default=None, description="The version that was looked at; none: not asked.")
    reason: Words = Field(repr=False, description="Why; kept sealed.")
    note_only: bool = Field(default=False, description="The steps stand; their times are noted as wrong.")


class Recompute(Command):
    """Count one petition's clocks again under what is in force. Adopting a rulebook does it for all."""

    NAME: ClassVar[str] = "recompute"
    WORD: ClassVar[Word | None] = Word("重新计算", "count the clocks again")

    cause: Literal["calendar", "rulebook"] = Field(description="calendar 日历 or rulebook 规则.")
