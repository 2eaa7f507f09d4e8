"""The state of one petition: stage, unit, clocks. No personal data: that stays in the sealed fields."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from aggregates.event import Clock, ClockName, Moment, Urgent


class Stage(StrEnum):
    """The stage of a petition. `NEW` is before its first event."""

    NEW = "new"
    RECEIVED = "received"
    PROPOSED = "proposed"
    TRIAGED = "triaged"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    PAUSED = "paused"
    PARKED = "parked"
    MERGED = "merged"
    REPLIED = "replied"
    CONFIRMED = "confirmed"
    UNDER_REVIEW = "under_review"
    UNDER_SECOND_REVIEW = "under_second_review"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


OPEN: frozenset[Stage] = frozenset(Stage) - {Stage.NEW, Stage.MERGED, Stage.CLOSED, Stage.WITHDRAWN}
"""Stages in which something is owed. For a merged petition it is owed in the one it was merged into."""

IN_REVIEW: frozenset[Stage] = frozenset({Stage.UNDER_REVIEW, Stage.UNDER_SECOND_REVIEW})

WAITING: frozenset[Stage] = frozenset({Stage.PAUSED, Stage.PARKED})
"""Stages in which pausable clocks are paused."""

CLOCK_RUNS: frozenset[Stage] = OPEN - WAITING - IN_REVIEW - {Stage.REPLIED, Stage.CONFIRMED}
"""Stages in which the tier's clock runs; a reply stops it."""


class Part(BaseModel):
    """A part of a petition's state."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RunningClock(Part):
    """A clock and its progress: reminders given, when it was stopped, missed or paused.

    `repeat_at`: when the unit is warned again of what is late. `extended`: an extension was approved. `dropped`: the
    kind the petition was corrected to has no such clock; corrected back, it runs on from its own start.
    """

    clock: Clock
    reminders_given: int = 0
    stopped_at: Moment | None = None
    breached_at: Moment | None = None
    paused_at: Moment | None = None
    repeat_at: Moment | None = None
    extended: bool = False
    dropped: bool = False

    @property
    def owed(self) -> bool:
        """Whether it is still to be met: neither stopped nor dropped."""
        return self.stopped_at is None and not self.dropped

    @property
    def runs(self) -> bool:
        """Whether it counts now: owed and not paused."""
        return self.owed and self.paused_at is None


class ExtensionRequest(Part):
    """A request for more time that is not decided yet."""

    clock: ClockName
    days: int
    by: str


class ParkingRequest(Part):
    """A request for parking that is not decided yet."""

    cause: Literal["money", "season", "law", "other"]
    look_again_at: Moment
    by: str


class Petition(BaseModel):
    """The state of one petition after `version` events.

    `unit`: the one proposed, responsible, or last responsible; `in_charge`: only the one responsible, or that answered.
    `confidential_from`: the event since which it is confidential; `said_in_confidence`: the stretches of events that
    were written while it was, before it was lifted. `below`: units whose deadline passed and who keep working.
    `taken_in_by`: the member of staff. `complained_about`: every unit it complains about, the first named first;
    `recused`: the people of each on the day it was named. Both only grow: who has heard of a complaint about them once
    is never let in again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: int = 0
    stage: Stage = Stage.NEW
    receipt: str = ""
    resident: str = ""
    joined: tuple[str, ...] = ()
    taken_in_by: str | None = None
    channel: str = ""
    community: str = ""
    anonymous: bool = False
    section: str | None = None
    confidential: bool = False
    confidential_from: int | None = None
    said_in_confidence: tuple[tuple[int, int], ...] = ()
    complained_about: tuple[str, ...] = ()
    recused: tuple[str, ...] = ()
    urgent: Urgent | None = None
    priority: int = 5
    received_at: Moment | None = None
    category: str | None = None
    matter: str | None = None
    tier: str | None = None
    proposed_tier: str | None = None
    unit: str | None = None
    in_charge: str | None = None
    assisting: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    with_leader: bool = False
    clocks: dict[ClockName, RunningClock] = {}
    remind_leader_at: Moment | None = None
    supervised_by: str | None = None
    supervisor_reminders: int = 0
    remind_supervisor_at: Moment | None = None
    return_by: Moment | None = None
    returns: int = 0
    returns_here: int = 0
    decided_above: Literal["asked", "decided"] | None = None
    escalations: int = 0
    disputes: int = 0
    extension_asked: ExtensionRequest | None = None
    parking_asked: ParkingRequest | None = None
    before: Stage | None = None
    waits_until: Moment | None = None
    waited_from: Moment | None = None
    pauses: int = 0
    merged_into: str | None = None
    merged_from: Stage | None = None
    papers: tuple[str, ...] = ()
    papers_for: str | None = None
    papers_stage: str | None = None
    handed_over_to: str | None = None
    handed_over_by: str | None = None
    hand_over_confirmed: bool = False
    mediation: tuple[str, ...] = ()
    referred_to: Literal["leading_group", "joint_meeting"] | None = None
    outcome: str | None = None
    ask_at: Moment | None = None
    answer_by: Moment | None = None
    dispute_by: Moment | None = None
    review_by: Moment | None = None
    review_level: int = 0
    review_tier: str | None = None
    review_unit: str | None = None
    final: bool = False
    handled_by: tuple[str, ...] = ()
    last_at: Moment | None = None

    @property
    def open(self) -> bool:
        """Whether something is still owed."""
        return self.stage in OPEN

    @property
    def clock(self) -> Clock | None:
        """The tier's clock, running or not; None before the first event."""
        tier = self.clocks.get("tier")
        return tier.clock if tier else None

    @property
    def reminders_given(self) -> int:
        """Reminders given by the tier's clock, or to the leader."""
        tier = self.clocks.get("tier")
        return tier.reminders_given if tier else 0

    @property
    def due_at(self) -> Moment | None:
        """The end of the tier's or the review's clock; None: neither runs."""
        if self.stage in CLOCK_RUNS:
            return self.clock.due_at if self.clock else None
        if self.stage in IN_REVIEW:
            return self.clocks[review_clock(self.review_level)].clock.due_at
        return None

    @property
    def residents(self) -> int:
        """The number of residents who ask together."""
        return 1 + len(self.joined)

    def keeps_who(self, event: int) -> bool:
        """Whether units are kept from who asks in this event: all of them while it is confidential, else those that
        were written while it was.
        """
        return self.confidential or any(first <= event <= last for first, last in self.said_in_confidence)

    @property
    def running(self) -> tuple[RunningClock, ...]:
        """The clocks that count now, the tier's first; empty for a merged, withdrawn or closed petition."""
        return tuple(each for each in self.clocks.values() if each.runs) if self.open else ()


def review_clock(level: int) -> ClockName:
    """The clock of the first or the second review."""
    return "second_review" if level == 2 else "review"
