"""What the offices promise: hours, clocks, tiers, reminders; windows to return, to ask and to close."""

from typing import Annotated, Literal

from pydantic import Field

from rulebook.source import Days, Id, Name, Record, Sourced, TimeOfDay


class OfficeHours(Sourced):
    """When business opens and closes; what comes before `same_day_cutoff` is settled the same day."""

    opens: TimeOfDay
    closes: TimeOfDay
    same_day_cutoff: TimeOfDay


class ClockRule(Sourced):
    """A promised time: `same_day`, or `days` calendar or working days. `clocks.deadline` counts it."""

    rule: Id
    kind: Literal["same_day", "days"]
    days: Days | None = None
    counting: Literal["calendar", "working"] = "calendar"


class Tier(Record):
    """A level that can settle a petition, and its clock; the rulebook lists them lowest first."""

    id: Id
    name: Name
    clock: ClockRule


class Leader(Sourced):
    """Who supervises above the last tier, and every how many working days they are reminded."""

    unit: Id
    remind_every_days: Days
    rule: Id


class Reminders(Sourced):
    """Shares (0..1) of a clock's open office time after which the unit, then its lead, is reminded."""

    at: tuple[float, ...]
    rule: Id


class Returns(Sourced):
    """Working days a unit has to say a petition is not its own."""

    window_days: Days
    rule: Id


class TriageRules(Sourced):
    """Below `confidence_line` (0..1), or with fewer than `short_text_chars` characters, a person decides."""

    confidence_line: Annotated[float, Field(ge=0, le=1)]
    short_text_chars: Annotated[int, Field(ge=0, le=1000)]
    rule: Id


class FollowUp(Sourced):
    """Working days from reply to asking the resident, and from asking until silence closes the case."""

    ask_after_days: Days
    close_after_days: Days
    rule: Id


class Intake(Sourced):
    """A petition entered late counts from its submission, up to so many calendar days back; longest text."""

    counts_from_submission_within_days: Days
    max_text_chars: Annotated[int, Field(gt=0, le=1_000_000)]
    rule: Id
