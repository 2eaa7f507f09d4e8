"""What the offices promise: hours, clocks, tiers, reminders; windows to return, to ask, to disagree and to close."""

from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import Field

from rulebook.source import Days, Id, Name, Record, Sourced, Text, TimeOfDay

Priority = Annotated[int, Field(ge=1, le=5)]
"""1 is served first."""


class OfficeHours(Sourced):
    """When business opens and closes; what comes before `same_day_cutoff` is settled the same day."""

    opens: TimeOfDay
    closes: TimeOfDay
    same_day_cutoff: TimeOfDay


class ClockRule(Sourced):
    """A promised time: `same_day`, or `days` calendar or working days. `clocks.deadline` computes its end.

    `extend_days`: the most one extension may add; None: it cannot be extended. `pausable`: it pauses while the resident
    is waited for, or the petition is parked. `keep_old_rule`: a case running when this rule comes into force keeps the
    budget it was promised; calendars apply to every case.
    """

    rule: Id
    kind: Literal["same_day", "days"]
    days: Days | None = None
    counting: Literal["calendar", "working"] = "calendar"
    extend_days: Days | None = None
    pausable: bool = True
    keep_old_rule: bool = True


class ClockBeside(ClockRule):
    """A clock besides the tier's, from the receipt on: for some categories (none named: all), not for some channels.

    `first_contact` ends when somebody has spoken with the resident, `statutory_accept` when a unit has accepted or
    answered, `hand_over` when the centre confirms, all of them with the reply.
    """

    name: Literal["first_contact", "statutory_accept", "statutory_handle", "hand_over"]
    categories: tuple[Id, ...] = ()
    except_channels: tuple[Id, ...] = ()


class Tier(Record):
    """A level that can settle a petition, and its clock; the rulebook lists them lowest first."""

    id: Id
    name: Name
    clock: ClockRule


class Leader(Sourced):
    """Who supervises above the last tier, and every how many working days they are reminded.

    `stands_in`: the unit that gets complaints about the leader.
    """

    unit: Id
    stands_in: Id
    remind_every_days: Days
    rule: Id


class Reminders(Sourced):
    """Shares (0..1) of a clock's open office time after which the unit, then its lead, is reminded."""

    at: tuple[float, ...]
    rule: Id


class Returns(Sourced):
    """Working days a unit has to say a petition is not its own; after how many returns the tier above decides."""

    window_days: Days
    decided_above_after: Days
    rule: Id


class TriageRules(Sourced):
    """Below `confidence_line` (0..1), or with fewer than `short_text_chars` characters, a person decides."""

    confidence_line: Annotated[float, Field(ge=0, le=1)]
    short_text_chars: Annotated[int, Field(ge=0, le=1000)]
    rule: Id


class FollowUp(Sourced):
    """Working days from reply to asking the resident, and from asking until silence closes the case.

    `dispute_within_days`: calendar days after the reply in which the resident may say that it is not settled, closed
    or not.
    """

    ask_after_days: Days
    close_after_days: Days
    dispute_within_days: Days
    rule: Id


class Intake(Sourced):
    """A petition entered late counts from its submission, up to so many calendar days back; longest text."""

    counts_from_submission_within_days: Days
    max_text_chars: Annotated[int, Field(gt=0, le=1_000_000)]
    rule: Id


LATE_ENTRY: Final = timedelta(hours=1)
"""How late an act may be entered and still count from when it was done, where a book says nothing of it."""


class LateEntries(Sourced):
    """What stops or moves a clock counts from when it was done only if it was entered within so many minutes.

    With this part, a pause or a parking that is dated back further is refused: it is entered as of now.
    """

    counts_within_minutes: Annotated[int, Field(ge=0, le=1440)]
    rule: Id


class HandOver(Sourced):
    """Centres that residents are brought to in person."""

    centres: tuple[Id, ...]
    rule: Id


class Pauses(Sourced):
    """Longest wait for the resident in working days, and how many times a petition may wait."""

    max_days: Days
    at_most: Days
    rule: Id


class Parking(Sourced):
    """Calendar days within which what is parked is looked at again."""

    look_again_within_days: Days
    rule: Id


class Supervision(Sourced):
    """Every how many working days a leader who watches a petition is reminded of it."""

    remind_every_days: Days
    rule: Id


class Reviews(Sourced):
    """Calendar days in which a review may be asked for, and the clocks of the first and the second one."""

    request_within_days: Days
    first: ClockRule
    second: ClockRule
    rule: Id


class Urgency(Sourced):
    """Who is served first, 1 before 5: danger to life, elderly residents, minors; and everybody else."""

    life: Priority
    elderly: Priority
    minor: Priority
    otherwise: Priority
    rule: Id


class Mediation(Sourced):
    """Who may sit at the table when a dispute is mediated."""

    parties: tuple[Annotated[Text, Field(pattern=r"^[a-z][a-z_]*$")], ...]
    rule: Id
