"""Retention of personal data: dated, with its source. After it, the engine erases the data as people would.

A resident's data is kept as long as any of their petitions or orders needs it: the last one decides. An entry of the
past is never edited: add one with the day it holds from.
"""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from rulebook.source import Day, Id, Record, Sourced


class Keeping(Sourced):
    """From `since` on, personal data is kept so many years after everything of the resident was closed."""

    since: Day
    years: Annotated[int, Field(ge=1, le=100)]
    rule: Id


class Retention(Record):
    """Retention periods, and from when each holds."""

    closed: tuple[Keeping, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        days = [keeping.since for keeping in self.closed]
        if days != sorted(set(days)):
            raise ValueError("each `since` once, oldest first")
        return self

    def on(self, day: date) -> Keeping | None:
        """The period in force on a day; None: before the first entry."""
        return next((each for each in reversed(self.closed) if each.since <= day), None)


def kept_until(closed: date, keeping: Keeping) -> date:
    """The last day of the period: the same day so many years on; of the 29th of February the 28th."""
    try:
        return closed.replace(year=closed.year + keeping.years)
    except ValueError:
        return closed.replace(year=closed.year + keeping.years, day=28)
