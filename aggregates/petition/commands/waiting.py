"""Time: reminders, warnings, extensions, pauses, parking."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from aggregates.command import Command, Words
from aggregates.event import ClockName
from aggregates.petition.events import Standing


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
    """A leader watches it until it is settled; whoever asks, when none is named."""

    NAME: ClassVar[str] = "supervise"

    leader: str | None = None


class RemindLeader(Command):
    """Remind the leader who watches it."""

    NAME: ClassVar[str] = "remind-leader"


class RequestExtension(Command):
    """Ask for more time, before the deadline."""

    NAME: ClassVar[str] = "extend"

    days: int = Field(ge=1, le=3650)
    reason: Words = Field(repr=False)
    clock: ClockName = "tier"


class DecideExtension(Command):
    """Approve or refuse the time somebody else asked for."""

    NAME: ClassVar[str] = "decide-extension"

    approved: bool
    reason: Words = Field(repr=False)


class Pause(Command):
    """Ask the resident for what is missing, and wait; `days` are working days, the longest when none are given."""

    NAME: ClassVar[str] = "pause"

    what: Words = Field(repr=False)
    days: int | None = Field(default=None, ge=1, le=3650)


class Resume(Command):
    """The resident brought what was missing, or the wait ran out."""

    NAME: ClassVar[str] = "resume"

    answer: Words | None = Field(default=None, repr=False)


class RequestParking(Command):
    """Ask to park what cannot be done now, until a day on which it is looked at again."""

    NAME: ClassVar[str] = "park"

    cause: Literal["money", "season", "law", "other"]
    reason: Words = Field(repr=False)
    look_again_on: date


class DecideParking(Command):
    """Approve or refuse the parking somebody else asked for."""

    NAME: ClassVar[str] = "decide-parking"

    approved: bool
    reason: Words = Field(repr=False)


class Unpark(Command):
    """Look at a parked petition again."""

    NAME: ClassVar[str] = "unpark"

    reason: Words | None = Field(default=None, repr=False)


class SetAside(Command):
    """Set aside what the engine did before its time, by a wrong clock; `undoing.py` finds all but the reason.

    `steps` are the versions that count no more, `standing` is where it stands then; `noted` are other events whose time
    is wrong. `acted`: what somebody did since that rests on the steps. `note_only`: they stand all the same,
    and their times are noted as wrong. `as_of`: the version that was looked at; None: not asked.
    """

    NAME: ClassVar[str] = "set-aside"

    steps: tuple[int, ...]
    noted: tuple[int, ...]
    standing: Standing | None
    acted: str | None = None
    note_only: bool = False
    as_of: int | None = None
    reason: Words = Field(repr=False)


class Recompute(Command):
    """Count the clocks again under the calendar or rulebook that came into force."""

    NAME: ClassVar[str] = "recompute"

    cause: Literal["calendar", "rulebook"]
