"""What may be asked of a service order. What follows is `decisions.py`'s."""

from typing import Annotated, ClassVar

from pydantic import Field

from aggregates.command import Command, Words
from aggregates.event import Moment
from aggregates.orders.events import Charge, Kind


class Post(Command):
    """Order something, or post a need. `age` decides only whether it comes first; it is not kept."""

    NAME: ClassVar[str] = "post"

    receipt: str
    resident: str
    community: str
    kind: Kind = "service"
    service: str | None = None
    charge: Charge | None = None
    petition: str | None = None
    age: Annotated[int, Field(ge=0, le=130)] | None = None
    text: Words = Field(repr=False)
    name: str | None = Field(default=None, max_length=100, repr=False)
    phone: str | None = Field(default=None, max_length=40, repr=False)
    address: str | None = Field(default=None, max_length=300, repr=False)


class Assign(Command):
    """Give it to a unit; with none named, to the team of its service."""

    NAME: ClassVar[str] = "assign"

    unit: str | None = None


class Escalate(Command):
    """Nobody claimed it: the tier above has it."""

    NAME: ClassVar[str] = "escalate"


class Remind(Command):
    """Remind the unit."""

    NAME: ClassVar[str] = "remind"


class Claim(Command):
    """Take it for a unit, and promise a time."""

    NAME: ClassVar[str] = "claim"

    unit: str
    promised_by: Moment


class Start(Command):
    """Begin."""

    NAME: ClassVar[str] = "start"


class BreakCommitment(Command):
    """The promised time has passed."""

    NAME: ClassVar[str] = "break-commitment"


class Release(Command):
    """Give it back."""

    NAME: ClassVar[str] = "release"

    reason: Words = Field(repr=False)


class Deliver(Command):
    """It is done."""

    NAME: ClassVar[str] = "deliver"

    words: Words | None = Field(default=None, repr=False)


class Rate(Command):
    """Say how it was: a score of 1 to 5, or satisfied or not."""

    NAME: ClassVar[str] = "rate"

    score: Annotated[int, Field(ge=1, le=5)] | None = None
    satisfied: bool | None = None
    words: Words | None = Field(default=None, repr=False)


class Support(Command):
    """Want the same collective wish; once each."""

    NAME: ClassVar[str] = "support"

    supporter: str


class Inspect(Command):
    """Say whether what was delivered for all is good; once each."""

    NAME: ClassVar[str] = "inspect"

    inspector: str
    satisfied: bool


class Withdraw(Command):
    """Take it back."""

    NAME: ClassVar[str] = "withdraw"

    reason: Words | None = Field(default=None, repr=False)


class Close(Command):
    """Nothing more is owed."""

    NAME: ClassVar[str] = "close"


class ReadFields(Command):
    """Look at personal data, saying why; the looking is recorded."""

    NAME: ClassVar[str] = "read"

    fields: tuple[str, ...] = ("text",)
    reason: Words = Field(repr=False)


COMMANDS: tuple[type[Command], ...] = (
    Post,
    Assign,
    Escalate,
    Remind,
    Claim,
    Start,
    BreakCommitment,
    Release,
    Deliver,
    Rate,
    Support,
    Inspect,
    Withdraw,
    Close,
    ReadFields,
)
