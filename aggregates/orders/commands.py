"""What may be asked of a service order. What follows is `decisions.py`'s."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from aggregates.command import Command, ResidentsWord, Words
from aggregates.event import Moment
from aggregates.orders.events import Charge, Kind


class Post(Command):
    """Order a service, or post a need or a wish; the answer is its receipt."""

    NAME: ClassVar[str] = "post"

    receipt: str = Field(description="The receipt the resident is given.")
    resident: str = Field(description="The resident's pseudonym.")
    community: str = Field(description="The community it is posted in.")
    kind: Kind = Field(default="service", description="service (default), need, micro_wish or collective_wish.")
    service: str | None = Field(default=None, description="An entry of the list of services (`suqiu order lists`).")
    charge: Charge | None = Field(default=None, description="free or low_price, where no service says so.")
    petition: str | None = Field(default=None, description="The petition it comes from.")
    age: Annotated[int, Field(ge=0, le=130)] | None = Field(
        default=None, repr=False, description="Of the resident: decides only whether they come first, and is not kept."
    )
    text: Words = Field(repr=False, description="What is asked for. Kept sealed.")
    name: str | None = Field(default=None, max_length=100, repr=False, description="Of the resident. Kept sealed.")
    phone: str | None = Field(default=None, max_length=40, repr=False, description="Of the resident. Kept sealed.")
    address: str | None = Field(default=None, max_length=300, repr=False, description="Where to come to. Kept sealed.")


class Assign(Command):
    """The desk gives it to a unit, which is to claim it; with none named, to the team of its service."""

    NAME: ClassVar[str] = "assign"

    unit: str | None = Field(default=None, description="The id of a team or partner unit.")


class Escalate(Command):
    """Nobody claimed it: the tier above has it."""

    NAME: ClassVar[str] = "escalate"


class Remind(Command):
    """Remind the unit."""

    NAME: ClassVar[str] = "remind"


class Claim(Command):
    """A team or partner unit takes it and promises a time. The promise is on record, kept or not."""

    NAME: ClassVar[str] = "claim"

    unit: str = Field(description="The id of a team or partner unit that offers it.")
    promised_by: Moment = Field(description="By when it will be done, as 2025-10-09T17:00.")


class Start(Command):
    """The unit begins."""

    NAME: ClassVar[str] = "start"


class BreakCommitment(Command):
    """The promised time has passed."""

    NAME: ClassVar[str] = "break-commitment"


class Release(Command):
    """The unit gives it back; it waits to be claimed again."""

    NAME: ClassVar[str] = "release"

    reason: Words = Field(repr=False, description="Why. Kept sealed.")


class Deliver(Command):
    """It is done. The resident is asked how it was."""

    NAME: ClassVar[str] = "deliver"

    words: Words | None = Field(default=None, repr=False, description="What was done. Kept sealed.")


class Rate(ResidentsWord):
    """The resident says how it was, by a score or by satisfied or not."""

    NAME: ClassVar[str] = "rate"

    score: Literal[1, 2, 3, 4, 5] | None = Field(default=None, description="1 to 5, 5 the best.")
    satisfied: bool | None = Field(default=None, description="Whether the resident is satisfied.")
    words: Words | None = Field(default=None, repr=False, description="In the resident's own words. Kept sealed.")


class Support(ResidentsWord):
    """Another resident wants the same collective wish. Once each; who it was is not told to anybody."""

    NAME: ClassVar[str] = "support"

    supporter: str = Field(description="The pseudonym, for this order only, of who wants the same.")


class Inspect(ResidentsWord):
    """A resident says whether what was delivered for all is good. Once each."""

    NAME: ClassVar[str] = "inspect"

    inspector: str = Field(description="The pseudonym, for this order only, of who says so.")
    satisfied: bool = Field(description="Whether it is good.")


class Withdraw(ResidentsWord):
    """Whoever asked for it takes it back."""

    NAME: ClassVar[str] = "withdraw"

    reason: Words | None = Field(default=None, repr=False, description="Why, if they said. Kept sealed.")


class Close(Command):
    """Nothing more is owed."""

    NAME: ClassVar[str] = "close"


class ReadFields(Command):
    """Show personal data of an order. Who looked, at what and why is recorded first."""

    NAME: ClassVar[str] = "read"

    reason: Words = Field(repr=False, description="Why you have to see it. Kept sealed.")
    fields: tuple[str, ...] = Field(
        default=("text",), description="What to show (default text); may be given several times."
    )


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
