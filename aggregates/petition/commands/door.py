"""At the door: what is taken in, what kind it is, who asks."""

from typing import ClassVar, Literal

from pydantic import Field

from aggregates.command import Command, Words
from aggregates.event import Moment, Urgent
from rulebook.classification import Proposal


class Receive(Command):
    """Take a petition in. `submitted_at` is when the resident wrote it, where that is known.

    `confidential`: units are kept from knowing who asks. `complained_about`: a unit that is complained about.
    """

    NAME: ClassVar[str] = "receive"

    receipt: str
    resident: str
    channel: str
    community: str
    section: str | None = None
    anonymous: bool = False
    confidential: bool = False
    complained_about: str | None = None
    urgent: Urgent | None = None
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
    complained_about: str | None = None


class Reclassify(Command):
    """Correct category, tier or matter after the dispatch; the time already used stays used."""

    NAME: ClassVar[str] = "reclassify"

    category: str | None = None
    tier: str | None = None
    matter: str | None = None
    complained_about: str | None = None
    reason: Words = Field(repr=False)


class Contact(Command):
    """Somebody spoke with the resident about it."""

    NAME: ClassVar[str] = "contact"

    how: Literal["call", "visit", "message", "in_person"] = "call"


class AddResident(Command):
    """Another resident asks for the same."""

    NAME: ClassVar[str] = "join"

    resident: str
    name: str | None = Field(default=None, repr=False)
    phone: str | None = Field(default=None, repr=False)
    address: str | None = Field(default=None, repr=False)


class SetConfidential(Command):
    """Keep units from knowing who asks, or no longer."""

    NAME: ClassVar[str] = "confidential"

    confidential: bool = True


class SetUrgency(Command):
    """Note who is in danger or in need, and is served first; None: nobody any more."""

    NAME: ClassVar[str] = "urgent"

    cause: Urgent | None = "life"


class Merge(Command):
    """The same thing was reported already: `into` is that petition, `into_receipt` its receipt."""

    NAME: ClassVar[str] = "merge"

    into: str
    into_receipt: str
    reason: Words = Field(repr=False)


class Unmerge(Command):
    """It was not the same thing after all; or, by the engine, the one it was merged into was withdrawn."""

    NAME: ClassVar[str] = "unmerge"

    reason: Words = Field(repr=False)


class Withdraw(Command):
    """The resident takes it back."""

    NAME: ClassVar[str] = "withdraw"

    reason: Words | None = Field(default=None, repr=False)


class ReadSealedFields(Command):
    """Look at personal data, saying why; the looking is recorded."""

    NAME: ClassVar[str] = "read"

    fields: tuple[str, ...] = ("title", "text")
    reason: Words = Field(repr=False)
