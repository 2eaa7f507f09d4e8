"""What a wrong clock did, put right: steps before their time set aside, and where the petition stands without them."""

from typing import ClassVar, Literal

from aggregates.event import Clock, Event, Moment, Value
from aggregates.personal import Personal


class ClockStanding(Value):
    """One clock and how far it is, as the state keeps it."""

    clock: Clock
    reminders_given: int
    stopped_at: Moment | None
    breached_at: Moment | None
    paused_at: Moment | None
    repeat_at: Moment | None
    extended: bool
    dropped: bool


class Standing(Value):
    """Where a petition stands without the steps set aside: all that reminders, escalations and breaches change."""

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


class StepsSetAside(Event):
    """A leader set aside what the engine did before its time, by a clock that was ahead; what is owed is owed again.

    `versions`: the steps that count no more; `noted`: other events of the petition whose recorded time is known to be
    wrong, and which stand. `standing`: where it stands afterwards; None where everything stands and is only noted.
    """

    TOPIC: ClassVar[str] = "petition.steps_set_aside"

    versions: tuple[int, ...]
    noted: tuple[int, ...]
    standing: Standing | None
    resident: str
    reason: Personal
