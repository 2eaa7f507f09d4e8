"""Between units: who has it, who helps, who decides whose it is."""

from typing import ClassVar, Literal

from pydantic import Field

from aggregates.command import Command, Words


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


class Escalate(Command):
    """A deadline passed: the tier above takes over."""

    NAME: ClassVar[str] = "escalate"


class Assist(Command):
    """Ask another unit to help; the one that has it stays responsible."""

    NAME: ClassVar[str] = "assist"

    unit: str
    reason: Words = Field(repr=False)


class EndAssist(Command):
    """The other unit need not help any more."""

    NAME: ClassVar[str] = "end-assist"

    unit: str


class TakePapers(Command):
    """Take the papers of the resident, to carry them to a unit: names of papers in the catalogue."""

    NAME: ClassVar[str] = "proxy"

    unit: str
    papers: tuple[str, ...] = Field(min_length=1)


class CarryPapers(Command):
    """The papers are where they had to go."""

    NAME: ClassVar[str] = "carry"


class BringResult(Command):
    """The resident has the result."""

    NAME: ClassVar[str] = "bring-result"

    how: Literal["fetched", "delivered"]


class HandOver(Command):
    """Staff bring the resident to the legal-aid or petition centre in person."""

    NAME: ClassVar[str] = "hand-over"

    unit: str


class ConfirmHandOver(Command):
    """The centre confirms that it has the resident."""

    NAME: ClassVar[str] = "confirm-hand-over"


class OpenMediation(Command):
    """Mediate the dispute, with these parties at the table."""

    NAME: ClassVar[str] = "mediate"

    parties: tuple[str, ...] = Field(min_length=1)


class EndMediation(Command):
    """Note what the mediation came to."""

    NAME: ClassVar[str] = "end-mediation"

    outcome: Literal["agreed", "failed"]
    terms: Words = Field(repr=False)


class Refer(Command):
    """Take a grave or stuck matter to the leading group or the joint meeting."""

    NAME: ClassVar[str] = "refer"

    to: Literal["leading_group", "joint_meeting"]
    reason: Words = Field(repr=False)


class DecideReferral(Command):
    """Note what the leading group or the joint meeting decided."""

    NAME: ClassVar[str] = "decide-referral"

    decision: Words = Field(repr=False)
