"""The base of every event, and the values events are made of: instants, roles, actors, clocks."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, NamedTuple, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from rulebook.roster import Roster
from rulebook.words import Word


def _to_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""An instant, kept in UTC; shown in the rulebook's zone."""


class Role(StrEnum):
    """In which role somebody acts; `what_may_follow.py` says what each may do."""

    RESIDENT = "resident"
    CLERK = "clerk"
    OFFICER = "officer"
    LEADER = "leader"
    SUPERVISOR = "supervisor"
    ENGINE = "engine"


class Actor(BaseModel):
    """Who acts: a role and a pseudonym (a staff id of the rulebook; `resident`; `engine`). Never a name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")

    @classmethod
    def engine(cls) -> Self:
        """The engine itself, acting from the agenda."""
        return cls(role=Role.ENGINE, id="engine")

    @classmethod
    def resident(cls) -> Self:
        """A resident; how they were known stands beside (`aggregates.known`)."""
        return cls(role=Role.RESIDENT, id="resident")


Urgent = Literal["life", "elderly", "minor"]
"""Why a petition is served before others: danger to life, 70 years and more, a child."""

ClockName = Literal[
    "tier", "first_contact", "statutory_accept", "statutory_handle", "hand_over", "review", "second_review"
]
"""The clocks of a petition. Only a missed clock of the tier escalates it."""


class Value(BaseModel):
    """A part of an event."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Pause(Value):
    """From when to when a clock was paused, and for what."""

    since: Moment
    until: Moment
    why: Literal["resident", "parked"] = "resident"


class Posting(Value):
    """From `since` on, the roster of the unit responsible counts."""

    since: Moment
    roster: Roster


class Clock(Value):
    """A promised time: its rule and budget, its start, deadline and reminders.

    `kind`, `days` and `counting` are the promised budget; with pauses, rosters and the days of an extension they are
    all that `rulebook.clocks.deadline` needs to compute it again.
    """

    name: ClockName = "tier"
    rule: str
    kind: Literal["same_day", "days"]
    days: int | None
    counting: Literal["calendar", "working"]
    started_at: Moment
    due_at: Moment
    reminders: tuple[Moment, ...]
    provisional: bool
    calendar: str
    extra_days: int = 0
    pauses: tuple[Pause, ...] = ()
    postings: tuple[Posting, ...] = ()
    pausable: bool = True


class Moved(Value):
    """A clock whose deadline moved: the clock as it is now, and its deadline before."""

    clock: Clock
    was_due_at: Moment


Counted = Literal["responded", "acted", "looked"]
"""What an event counts as in workload figures: an answer to a petition that came to the unit, another act, a look."""


class Told(NamedTuple):
    """What people are told of an event: a sentence in two languages, with plain fields of the event in braces.

    `counts`: what it counts as where staff did it. `letter`: what a letter that tells of it is called; none: there is
    no such letter.
    """

    zh: str
    en: str
    counts: Counted
    letter: Word | None = None


class Event(BaseModel):
    """The base of every event: when it takes effect (`at`), who did it, under which rulebook and rule."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    TOPIC: ClassVar[str]
    VERSION: ClassVar[int] = 1
    NEW_RESIDENT: ClassVar[bool] = False
    """Whether its `resident` may be one nobody has heard of before."""
    TOLD: ClassVar[Told]
    """Of an event of a petition: what people are told of it."""
    RESTS_ON_NOTHING: ClassVar[bool] = False
    """Whether it would be the same had no step of the engine gone before: setting steps aside leaves it as it is."""

    at: Moment
    by: Actor
    rulebook: str
    rule: str | None = None


class Header(NamedTuple):
    """The fields every event begins with: when it takes effect, who does it, under which rulebook and rule."""

    at: Moment
    by: Actor
    rulebook: str
    rule: str | None = None
