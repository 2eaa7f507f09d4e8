"""The part of a petition's state that setting steps aside restores, as a value of command and event."""

from typing import Literal

from aggregates.event import Clock, Moment, Value


class ClockStanding(Value):
    """One clock with its progress, as in the state."""

    clock: Clock
    reminders_given: int
    stopped_at: Moment | None
    breached_at: Moment | None
    paused_at: Moment | None
    repeat_at: Moment | None
    extended: bool
    dropped: bool


class Standing(Value):
    """The state without the steps set aside: every field that reminders, escalations and breaches change."""

    stage: str
    tier: str | None
    with_leader: bool
    unit: str | None
    in_charge: str | None
    assisting: tuple[str, ...]
    below: tuple[str, ...]
    escalations: int
    returns_here: int
    decided_above: Literal["asked", "decided"] | None
    return_by: Moment | None
    remind_leader_at: Moment | None
    supervisor_reminders: int
    remind_supervisor_at: Moment | None
    clocks: tuple[ClockStanding, ...]
