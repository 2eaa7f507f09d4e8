"""Between units: who has it, who helps, who decides whose it is."""

from typing import ClassVar, Literal

from pydantic import Field

from aggregates.command import Command, Words
from rulebook.words import Word


class Dispatch(Command):
    """Give it to a unit; with none named, to the desk the rulebook says."""

    NAME: ClassVar[str] = "dispatch"
    WORD: ClassVar[Word | None] = Word("派单", "dispatch")

    unit: str | None = Field(default=None, description="The id of a unit of the petition's tier.")


class Accept(Command):
    """The unit takes it. The clock has been running already."""

    NAME: ClassVar[str] = "accept"
    WORD: ClassVar[Word | None] = Word("签收", "accept")


class Return(Command):
    """The unit says it is not theirs, within the return window."""

    NAME: ClassVar[str] = "return"
    WORD: ClassVar[Word | None] = Word("退单", "return")

    reason: Words = Field(repr=False, description="Why it is not theirs. Kept sealed.")


class Transfer(Command):
    """Move it to another unit of the same tier."""

    NAME: ClassVar[str] = "transfer"
    WORD: ClassVar[Word | None] = Word("转办", "transfer")

    unit: str = Field(description="The id of the unit that takes over.")
    reason: Words = Field(repr=False, description="Why. Kept sealed.")


class Escalate(Command):
    """A deadline passed: the tier above takes over."""

    NAME: ClassVar[str] = "escalate"


class Assist(Command):
    """Ask another unit to help. The one that has it stays responsible (首接负责)."""

    NAME: ClassVar[str] = "assist"
    WORD: ClassVar[Word | None] = Word("协办", "ask for assistance")

    unit: str = Field(description="The id of the unit that is to help, of whatever tier.")
    reason: Words = Field(repr=False, description="What it is asked to do. Kept sealed.")


class EndAssist(Command):
    """The other unit need not help any more."""

    NAME: ClassVar[str] = "end-assist"
    WORD: ClassVar[Word | None] = Word("结束协办", "end assistance")

    unit: str = Field(description="The id of the unit that helped.")


class TakePapers(Command):
    """Take the resident's papers, to carry them to a unit for the resident."""

    NAME: ClassVar[str] = "proxy"
    WORD: ClassVar[Word | None] = Word("代办", "take papers")

    unit: str = Field(description="The id of the unit they are carried to.")
    papers: tuple[str, ...] = Field(
        min_length=1, description="A paper's name in the catalogue; may be given several times."
    )


class CarryPapers(Command):
    """The papers are where they had to go."""

    NAME: ClassVar[str] = "carry"
    WORD: ClassVar[Word | None] = Word("送达材料", "carry papers")


class BringResult(Command):
    """The resident has the result of what was carried."""

    NAME: ClassVar[str] = "bring-result"
    WORD: ClassVar[Word | None] = Word("送回结果", "bring the result")

    how: Literal["fetched", "delivered"] = Field(description="fetched by the resident 自取, or delivered home 送到家.")


class HandOver(Command):
    """Staff bring the resident to a centre in person. Done only when the centre confirms."""

    NAME: ClassVar[str] = "hand-over"
    WORD: ClassVar[Word | None] = Word("引领", "bring the resident")

    unit: str = Field(description="The id of the centre: the legal-aid or the petition centre.")


class ConfirmHandOver(Command):
    """The centre itself says that it has the resident."""

    NAME: ClassVar[str] = "confirm-hand-over"
    WORD: ClassVar[Word | None] = Word("确认引领", "confirm the resident came")


class OpenMediation(Command):
    """Mediate the dispute. The clocks run on."""

    NAME: ClassVar[str] = "mediate"
    WORD: ClassVar[Word | None] = Word("联合调解", "mediate")

    parties: tuple[str, ...] = Field(
        min_length=1, description="police, justice, petition_office or court; may be given several times."
    )


class EndMediation(Command):
    """Note what the mediation came to."""

    NAME: ClassVar[str] = "end-mediation"
    WORD: ClassVar[Word | None] = Word("调解结果", "end mediation")

    outcome: Literal["agreed", "failed"] = Field(description="agreed 达成协议 or failed 未达成.")
    terms: Words = Field(repr=False, description="What was agreed, or why it failed. Kept sealed.")


class Refer(Command):
    """Take a grave or stuck matter to the leading group or the joint meeting. The clocks run on."""

    NAME: ClassVar[str] = "refer"
    WORD: ClassVar[Word | None] = Word("提交研究", "refer")

    to: Literal["leading_group", "joint_meeting"] = Field(
        description="leading_group 领导小组 or joint_meeting 联席会议."
    )
    reason: Words = Field(repr=False, description="What is to be decided. Kept sealed.")


class DecideReferral(Command):
    """Note what the leading group or the joint meeting decided."""

    NAME: ClassVar[str] = "decide-referral"
    WORD: ClassVar[Word | None] = Word("研究决定", "decide a referral")

    decision: Words = Field(repr=False, description="What was decided. Kept sealed.")
