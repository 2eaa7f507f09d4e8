"""At the door: what is taken in, what kind it is, who asks."""

from typing import ClassVar, Literal

from pydantic import Field

from aggregates.command import Command, ResidentsWord, Words
from aggregates.event import Moment, Urgent
from aggregates.known import Seen
from rulebook.proposal import Proposal
from rulebook.words import Word


class Receive(Command):
    """Take a petition in."""

    NAME: ClassVar[str] = "receive"

    receipt: str = Field(description="The receipt the resident is given.")
    resident: str = Field(description="The resident's pseudonym.")
    channel: str = Field(description="How it came in.")
    community: str = Field(description="The community that takes it in.")
    section: str | None = Field(default=None, description="The section of the grid it is about.")
    anonymous: bool = Field(default=False, description="The resident does not want to be named.")
    confidential: bool = Field(default=False, description="Units are kept from knowing who asks.")
    complained_about: str | None = Field(default=None, description="The id of a unit the resident complains about.")
    urgent: Urgent | None = Field(default=None, description="Who is in danger or in need.")
    submitted_at: Moment | None = Field(default=None, description="When the resident wrote it, where that is known.")
    title: str | None = Field(default=None, repr=False, description="What it is about. Kept sealed.")
    text: str = Field(repr=False, description="What the resident says. Kept sealed.")
    name: str | None = Field(default=None, repr=False, description="The resident's name. Kept sealed.")
    phone: str | None = Field(default=None, repr=False, description="The resident's telephone number. Kept sealed.")
    address: str | None = Field(default=None, repr=False, description="Where the resident lives. Kept sealed.")


class Classify(Command):
    """Note what the classifier proposes; above the line it is triaged with it."""

    NAME: ClassVar[str] = "classify"

    proposal: Proposal = Field(description="The kind it proposes, and how sure it is.")


class Triage(Command):
    """Confirm the kind the classifier proposed (nothing given), or correct it."""

    NAME: ClassVar[str] = "triage"
    WORD: ClassVar[Word | None] = Word("甄别", "triage")

    category: str | None = Field(
        default=None, description="The id of a category of the rulebook (`suqiu rulebook check` lists them)."
    )
    tier: str | None = Field(default=None, description="The id of a tier of the rulebook.")
    matter: str | None = Field(default=None, description="The id of an entry of the catalogue.")
    complained_about: str | None = Field(
        default=None,
        description="The id of a unit the resident complains about: it gets no part in this petition.",
    )


class Reclassify(Command):
    """Correct its kind after the dispatch. The time already used stays used."""

    NAME: ClassVar[str] = "reclassify"
    WORD: ClassVar[Word | None] = Word("更正类别", "correct the kind")

    category: str | None = Field(
        default=None, description="The id of a category of the rulebook (`suqiu rulebook check` lists them)."
    )
    tier: str | None = Field(default=None, description="The id of a tier of the rulebook.")
    matter: str | None = Field(default=None, description="The id of an entry of the catalogue.")
    complained_about: str | None = Field(
        default=None,
        description="The id of a unit the resident complains about: it gets no part in this petition.",
    )
    reason: Words = Field(repr=False, description="Why. Kept sealed.")


class Contact(Command):
    """Somebody spoke with the resident about it. It stops the clock of the first contact."""

    NAME: ClassVar[str] = "contact"
    WORD: ClassVar[Word | None] = Word("联系居民", "contact")

    how: Literal["call", "visit", "message", "in_person"] = Field(
        default="call", description="call (the default), visit, message or in_person."
    )


class AddResident(ResidentsWord):
    """Another resident asks for the same, and has a code of their own.

    They are written to like the first if somebody looked at a paper of theirs; else they ask with the code.
    """

    NAME: ClassVar[str] = "join"
    WORD: ClassVar[Word | None] = Word("联名", "join")

    resident: str = Field(description="The other resident's pseudonym.")
    name: str | None = Field(
        default=None, repr=False, description="The other resident's name. Kept sealed, as phone and address are."
    )
    phone: str | None = Field(
        default=None,
        repr=False,
        description="The other resident's telephone number; nothing is told of whose it is.",
    )
    address: str | None = Field(default=None, repr=False, description="Where the other resident lives.")


class SetConfidential(ResidentsWord):
    """Keep units from knowing who asks. They still see what is asked."""

    NAME: ClassVar[str] = "confidential"
    WORD: ClassVar[Word | None] = Word("保密", "confidential")

    confidential: bool = Field(default=True, description="Whether units are kept from knowing; false: no longer.")


class SetUrgency(Command):
    """Note who is in danger or in need. It is served before others; its deadlines stay."""

    NAME: ClassVar[str] = "urgent"
    WORD: ClassVar[Word | None] = Word("紧急", "urgent")

    cause: Urgent | None = Field(
        default="life", description="life 危及生命, elderly 七十岁以上, minor 未成年人; none: no longer urgent."
    )


class Merge(Command):
    """The same thing was reported already. Its clocks end; its resident keeps the receipt and is told."""

    NAME: ClassVar[str] = "merge"
    WORD: ClassVar[Word | None] = Word("并案", "merge")

    into: str = Field(description="The petition it is merged into: one that is open and not merged itself.")
    reason: Words = Field(repr=False, description="Why they are the same. Kept sealed.")


class Unmerge(ResidentsWord):
    """It was not the same thing after all. It goes on where it was, and the time in between counts."""

    NAME: ClassVar[str] = "unmerge"
    WORD: ClassVar[Word | None] = Word("撤销并案", "unmerge")

    # By the engine too, when the petition it was merged into is withdrawn.
    reason: Words = Field(repr=False, description="Why it is not the same. Kept sealed.")


class Withdraw(ResidentsWord):
    """The resident takes it back. Nothing rings for it any more."""

    NAME: ClassVar[str] = "withdraw"
    WORD: ClassVar[Word | None] = Word("撤回", "withdraw")

    reason: Words | None = Field(default=None, repr=False, description="Why, if they said. Kept sealed.")


class GiveCode(Command):
    """A resident who came in person gets a new code, told once; the one before it opens nothing any more."""

    NAME: ClassVar[str] = "new-code"
    WORD: ClassVar[Word | None] = Word("补发查询码", "give a new code")

    seen: Seen = Field(
        description="What you looked at: id_card 身份证, household_book 户口簿, residence_permit 居住证 or "
        "social_card 社保卡. Never its number."
    )
    number: int = Field(
        default=1, ge=1, description="Of a joint petition: which resident, in the order they came (default 1)."
    )


class ReadSealedFields(Command):
    """Show what is sealed in an event of a petition. Who looked, at what and why is recorded first.

    Refused to staff of a unit the petition complains about; who asks confidentially is not shown to units.
    """

    NAME: ClassVar[str] = "read"
    WORD: ClassVar[Word | None] = Word("查阅", "read")

    reason: Words = Field(repr=False, description="Why you have to see it. Kept sealed.")
    event: int = Field(
        default=1,
        ge=1,
        description="What of: the number of an event in `petition show` (default: the first, what was submitted).",
    )
    fields: tuple[str, ...] = Field(
        default=("title", "text"),
        description="What to show (default: all but name, phone and address); may be given several times.",
    )
    event_topic: str = Field(default="petition.received", description="The topic of that event.")
    resident: str | None = Field(default=None, description="Whose data stands in it; none: who asked first.")
