"""What may be asked of a petition. Every door speaks these: shell, page, classifier and deadline alike.

A command says when it counts (`at`) and who asks (`by`); what follows is `decisions.py`'s.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from aggregates.events import Actor, Moment
from rulebook.classification import Proposal

MAX_WORDS = 4_000
"""Characters of a reply, a reason or grounds: two printed pages; a petition's own text is bounded by the rulebook."""

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_WORDS)]
"""What a person says or writes: never blank."""


class Command(BaseModel):
    """What every command says. Its errors name fields, never what was in them: that may be a resident's words."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    NAME: ClassVar[str]

    at: Moment
    by: Actor


class Receive(Command):
    """Take a petition in. `submitted_at` is when the resident wrote it, where that is known."""

    NAME: ClassVar[str] = "receive"

    receipt: str
    resident: str
    channel: str
    community: str
    anonymous: bool = False
    submitted_at: Moment | None = None
    title: str | None = Field(default=None, repr=False)
    text: str = Field(repr=False)
    name: str | None = Field(default=None, repr=False)
    phone: str | None = Field(default=None, repr=False)
    address: str | None = Field(default=None, repr=False)


class Classify(Command):
    """Note what the classifier proposes; above the line it is triaged with it."""

    NAME: ClassVar[str] = "classify"

    proposal: Proposal


class Triage(Command):
    """A person confirms the proposal (nothing given) or corrects it."""

    NAME: ClassVar[str] = "triage"

    category: str | None = None
    tier: str | None = None
    matter: str | None = None


class Dispatch(Command):
    """Give it to a unit; with none named, to the desk the rulebook says."""

    NAME: ClassVar[str] = "dispatch"

    unit: str | None = None


class Accept(Command):
    """The unit takes it."""

    NAME: ClassVar[str] = "accept"


class Return(Command):
    """The unit says it is not theirs."""

    NAME: ClassVar[str] = "return"

    reason: Words = Field(repr=False)


class Transfer(Command):
    """Move it to another unit of the same tier."""

    NAME: ClassVar[str] = "transfer"

    unit: str
    reason: Words = Field(repr=False)


class Remind(Command):
    """Remind the unit, or the leader, of what waits."""

    NAME: ClassVar[str] = "remind"


class Escalate(Command):
    """A deadline passed: the tier above takes over."""

    NAME: ClassVar[str] = "escalate"


class Reply(Command):
    """Answer the resident, with grounds."""

    NAME: ClassVar[str] = "reply"

    outcome: Literal["resolved", "explained", "refused"]
    text: Words = Field(repr=False)
    grounds: Words = Field(repr=False)


class AskFollowUp(Command):
    """Ask the resident whether it is settled."""

    NAME: ClassVar[str] = "follow-up"


class Confirm(Command):
    """The resident says it is settled."""

    NAME: ClassVar[str] = "confirm"

    satisfied: bool | None = None


class Dispute(Command):
    """The resident says it is not settled."""

    NAME: ClassVar[str] = "dispute"

    reason: Words = Field(repr=False)


class Withdraw(Command):
    """The resident takes it back."""

    NAME: ClassVar[str] = "withdraw"

    reason: Words | None = Field(default=None, repr=False)


class Close(Command):
    """Nothing more is owed."""

    NAME: ClassVar[str] = "close"


class ReadSealedFields(Command):
    """Look at personal data, saying why; the looking is recorded."""

    NAME: ClassVar[str] = "read"

    fields: tuple[str, ...] = ("title", "text")
    reason: Words = Field(repr=False)


COMMANDS: tuple[type[Command], ...] = (
    Receive,
    Classify,
    Triage,
    Dispatch,
    Accept,
    Return,
    Transfer,
    Remind,
    Escalate,
    Reply,
    AskFollowUp,
    Confirm,
    Dispute,
    Withdraw,
    Close,
    ReadSealedFields,
)
