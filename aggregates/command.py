"""The base of every command, and limits of texts."""

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from aggregates.event import Actor, Moment
from aggregates.known import Known
from rulebook.words import Word

MAX_WORDS = 4_000
"""Characters of a reply, a reason or grounds: two printed pages; a petition's own text is bounded by the rulebook."""

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_WORDS)]
"""A text that a person says or writes: never blank."""


class Command(BaseModel):
    """What every command says. Its errors name fields, never what was in them: that may be a resident's words.

    A command's docstring and its fields' descriptions are what doors show as its help: the shell takes its options from
    them (`cli/acts.py`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    NAME: ClassVar[str]
    WORD: ClassVar[Word | None] = None
    """What people call the act; none: the engine alone does it."""

    at: Moment = Field(description="When it counts; never ahead.")
    by: Actor = Field(description="Who does it.")
    noted_at: Moment | None = Field(default=None, description="When it is entered; its handler fills it in.")

    @property
    def judged_at(self) -> Moment:
        """When a deadline takes it as done: what is entered later, with an earlier `at`, was not on record before."""
        return max(self.at, self.noted_at or self.at)


class ResidentsWord(Command):
    """The base of what residents themselves say, or somebody of the staff notes for them.

    The resident's own word needs their code (`known`); what staff note without it is on record as only noted.
    """

    known: Known | None = Field(
        default=None, description="How the resident was known; its door fills it in. None: the engine's, or noted."
    )
