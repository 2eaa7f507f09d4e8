"""Between units: who has it, who helps, who decides whose it is."""

from typing import ClassVar, Literal

from pydantic import Field

from aggregates.command import Command, Words


class Dispatch(Command):
    """Give it to a unit; with none named, to the desk the rulebook says."""

    NAME: ClassVar[str] = "dispatch"

    unit: str | None = Field(default=None, description="The id of a unit of the petition's tier.")


class Accept(Command):
    """The unit takes it. The clock has been running already."""

    NAME: ClassVar[str] = "accept"


class Return(Command):
    """The unit says it is not theirs, within the return window."""

    NAME: ClassVar[str] = "return"

    reason: Words = Field(repr=False, description="Why it is not theirs. Kept sealed.")


class Transfer(Command):
    """Move it to another unit of the same tier."""

    NAME: ClassVar[str] = "transfer"

    unit: str = Field(description="The id of the unit that takes over.")
    reason: Words = Field(repr=False, description="Why. Kept sealed.")


class Escalate(Command):
    """A deadline passed: the tier above takes over."""

    NAME: ClassVar[str] = "escalate"


class Assist(Command):
    """Ask another unit to help. The one that has it stays responsible (首接负责)."""

    NAME: ClassVar[str] = "assist"

    unit: str = Field(description="The id of the unit that is to help, of whatever tier.")
    reason: Words = Field(repr=False, description="What it is asked to do. Kept sealed.")


class EndAssist(Command):
    """The other unit need not help any more."""

    NAME: ClassVar[str] = "end-assist"

    unit: str = Field(description="The id of the unit that helped.")


class TakePapers(Command):
    """Take the resident's papers, to carry them to a unit for the resident."""

    NAME: ClassVar[str] = "proxy"

    unit: str = Field(description="The id of the unit they are carried to.")
    papers: tuple[str, ...] = Field(
        min_length=1, description="A paper's name in the catalogue; may be given several times."
    )


class CarryPapers(Command):
    """The papers are where they had to go."""

    NAME: ClassVar[str] = "carry"


class BringResult(Command):
    """The resident has the result of what was carried."""

    NAME: ClassVar[str] = "bring-result"

    how: Literal["fetched", "delivered"] = Field(description="fetched by the resident 自取, or delivered home 送到家.")


class HandOver(Command):
    """Staff bring the resident to a centre in person. Done only when the centre confirms."""

    NAME: ClassVar[str] = "hand-over"

    unit: str = Field(description="The id of the centre: the legal-aid or the petition centre.")


class ConfirmHandOver(Command):
    """The centre itself says that it has the resident."""

    NAME: ClassVar[str] = "confirm-hand-over"


class OpenMediation(Command):
    """Mediate the dispute. The clocks run on."""

    NAME: ClassVar[str] = "mediate"

    parties: tuple[str, ...] = Field(
        min_length=1, description="police, justice, petition_office or court; may be given several times."
    )


class EndMediation(Command):
    """Note what the mediation came to."""

    NAME: ClassVar[str] = "end-mediation"

    outcome: Literal["agreed", "failed"] = Field(description="agreed 达成协议 or failed 未达成.")
    terms: Words = Field(repr=False, description="What was agreed, or why it failed. Kept sealed.")


class Refer(Command):
    """Take a grave or stuck matter to the leading group or the joint meeting. The clocks run on."""

    NAME: ClassVar[str] = "refer"

    to: Literal["leading_group", "joint_meeting"] = Field(
        description="leading_group 领导小组 or joint_meeting 联席会议."
    )
    reason: Words = Field(repr=False, description="What is to be decided. Kept sealed.")


class DecideReferral(Command):
    """Note what the leading group or the joint meeting decided."""

    NAME: ClassVar[str] = "decide-referral"

    decision: Words = Field(repr=False, description="What was decided. Kept sealed.")
