"""The answer, and what the resident makes of it."""

from typing import ClassVar, Literal

from pydantic import Field

from aggregates.command import Command, ResidentsWord, Words
from rulebook.words import Word


class Reply(Command):
    """Answer the resident, with grounds. It stops the clock."""

    NAME: ClassVar[str] = "reply"
    WORD: ClassVar[Word | None] = Word("答复", "answer")

    outcome: Literal["resolved", "explained", "refused"] = Field(
        description="resolved 已解决, explained 已说明 or refused 不予支持."
    )
    text: Words = Field(repr=False, description="What the resident is told. Kept sealed.")
    grounds: Words = Field(repr=False, description="The facts and rules it rests on. Kept sealed.")


class AskFollowUp(Command):
    """The resident was asked whether it is settled. The answer is `confirm` or `dispute`."""

    NAME: ClassVar[str] = "follow-up"
    WORD: ClassVar[Word | None] = Word("回访", "ask the resident")


class Confirm(ResidentsWord):
    """The resident says it is settled."""

    NAME: ClassVar[str] = "confirm"
    WORD: ClassVar[Word | None] = Word("确认", "confirm")

    satisfied: bool | None = Field(default=None, description="Whether the resident is satisfied, if they said so.")


class Dispute(ResidentsWord):
    """The resident says it is not settled; the tier above takes over. Also after it was closed, for a while."""

    NAME: ClassVar[str] = "dispute"
    WORD: ClassVar[Word | None] = Word("异议", "dispute")

    reason: Words = Field(repr=False, description="What is not settled. Kept sealed.")


class RequestReview(ResidentsWord):
    """The resident asks the tier above to look at the decision, or at the first review's."""

    NAME: ClassVar[str] = "request-review"
    WORD: ClassVar[Word | None] = Word("申请复查/复核", "ask for a review")

    reason: Words = Field(repr=False, description="What is wrong with the decision. Kept sealed.")


class DecideReview(Command):
    """Somebody of the reviewing tier decides who had no part in the case. The second one is final."""

    NAME: ClassVar[str] = "decide-review"
    WORD: ClassVar[Word | None] = Word("复查/复核决定", "decide a review")

    outcome: Literal["upheld", "changed", "revoked"] = Field(
        description="upheld 维持, changed 变更, or revoked 撤销: then the tier above handles it anew."
    )
    text: Words = Field(repr=False, description="What the resident is told. Kept sealed.")
    grounds: Words = Field(repr=False, description="The facts and rules it rests on. Kept sealed.")


class Close(Command):
    """Nothing more is owed. The engine does it by itself when it is due."""

    NAME: ClassVar[str] = "close"
    WORD: ClassVar[Word | None] = Word("归档", "close")
