"""Who lives in the community and how many hands it has; and from when on the same matter in one place is a pattern."""

from datetime import date
from typing import Annotated

from pydantic import Field, field_validator

from rulebook.source import Day, Days, Id, Record, Sourced

Count = Annotated[int, Field(gt=0, le=100_000_000)]


class CountFrom(Sourced):
    """A count that holds from a day on, until the next one does."""

    since: Day
    count: Count


class Community(Record):
    """Residents of the community, and for how many of them one member of staff is the norm. Oldest first."""

    residents: tuple[CountFrom, ...] = Field(min_length=1)
    residents_per_staff: tuple[CountFrom, ...] = Field(min_length=1)

    @field_validator("residents", "residents_per_staff")
    @classmethod
    def _ascending(cls, counts: tuple[CountFrom, ...]) -> tuple[CountFrom, ...]:
        days = [entry.since for entry in counts]
        if days != sorted(set(days)):
            raise ValueError("counts by `since`, oldest first, each day once")
        return counts

    def residents_on(self, day: date) -> int:
        """How many lived here on a day; before the first count, that one."""
        return _on(self.residents, day)

    def norm_on(self, day: date) -> int:
        """Residents to one member of staff, as the norm of a day says."""
        return _on(self.residents_per_staff, day)


class Window(Record):
    """So many petitions of one matter from one section (片) within so many calendar days are a pattern."""

    days: Days
    at_least: Annotated[int, Field(gt=1, le=10_000)]


class Recurring(Sourced):
    """From when on the same matter in one place is shown as recurring. Places only, never people."""

    windows: tuple[Window, ...] = Field(min_length=1)
    rule: Id


def _on(counts: tuple[CountFrom, ...], day: date) -> int:
    return next((entry.count for entry in reversed(counts) if entry.since <= day), counts[0].count)
