"""The answer, and what the resident makes of it."""

from typing import ClassVar, Literal

from pydantic import Field

from aggregates.command import Command, Words


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
    """The resident says it is not settled, closed or not."""

    NAME: ClassVar[str] = "dispute"

    reason: Words = Field(repr=False)


class RequestReview(Command):
    """The resident asks for a review of the decision, or a second one."""

    NAME: ClassVar[str] = "request-review"

    reason: Words = Field(repr=False)


class DecideReview(Command):
    """Decide the review, by somebody of the tier above who had nothing to do with the case."""

    NAME: ClassVar[str] = "decide-review"

    outcome: Literal["upheld", "changed", "revoked"]
    text: Words = Field(repr=False)
    grounds: Words = Field(repr=False)


class Close(Command):
    """Nothing more is owed."""

    NAME: ClassVar[str] = "close"
